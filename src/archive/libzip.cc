#include "archive/libzip.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <zip.h>

#include <algorithm>

namespace ptscope::archive {

namespace {

// Every function of libzip that is used, looked up by name.
#define PTSCOPE_LIBZIP(X)           \
  X(zip_close)                      \
  X(zip_discard)                    \
  X(zip_error_code_zip)             \
  X(zip_error_fini)                 \
  X(zip_error_init)                 \
  X(zip_error_set)                  \
  X(zip_error_strerror)             \
  X(zip_error_to_data)              \
  X(zip_fclose)                     \
  X(zip_file_get_error)             \
  X(zip_fopen_index)                \
  X(zip_fread)                      \
  X(zip_get_error)                  \
  X(zip_open_from_source)           \
  X(zip_source_function_create)     \
  X(zip_source_free)                \
  X(zip_source_seek_compute_offset) \
  X(zip_stat_index)

struct Libzip {
#define X(name) decltype(&::name) name = nullptr;
  PTSCOPE_LIBZIP(X)
#undef X
  std::string error;  // empty: loaded
};

// Loaded once and kept.
const Libzip& Load() {
  static const Libzip library = [] {
    Libzip lib;
    void* handle = ::dlopen(PTSCOPE_LIBZIP_SONAME, RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
      lib.error = ::dlerror();
      return lib;
    }
#define X(name)                                                            \
  lib.name = reinterpret_cast<decltype(lib.name)>(::dlsym(handle, #name)); \
  if (lib.name == nullptr) lib.error = "it lacks " #name;
    PTSCOPE_LIBZIP(X)
#undef X
    return lib;
  }();
  return library;
}

// A libzip source over the bytes of the archive alone: what lies before or
// behind it would make libzip look for another one.
struct Window {
  const Libzip& zip;
  const Source& source;
  const uint64_t begin;
  const uint64_t size;
  uint64_t pos = 0;
  zip_error_t error = {};

  static zip_int64_t Call(void* self, void* data, zip_uint64_t n,
                          zip_source_cmd_t command) {
    return static_cast<Window*>(self)->Do(data, n, command);
  }

  zip_int64_t Do(void* data, zip_uint64_t n, zip_source_cmd_t command) {
    switch (command) {
      case ZIP_SOURCE_OPEN:
        pos = 0;
        return 0;
      case ZIP_SOURCE_READ:
        return Read(static_cast<std::byte*>(data), n);
      case ZIP_SOURCE_SEEK: {
        const auto to =
            zip.zip_source_seek_compute_offset(pos, size, data, n, &error);
        if (to < 0) return -1;
        pos = static_cast<uint64_t>(to);
        return 0;
      }
      case ZIP_SOURCE_TELL:
        return static_cast<zip_int64_t>(pos);
      case ZIP_SOURCE_STAT: {
        auto* stat = static_cast<zip_stat_t*>(data);
        *stat = {};
        stat->valid = ZIP_STAT_SIZE;
        stat->size = size;
        return sizeof *stat;
      }
      case ZIP_SOURCE_ERROR:
        return zip.zip_error_to_data(&error, data, n);
      case ZIP_SOURCE_CLOSE:
      case ZIP_SOURCE_FREE:
        return 0;
      case ZIP_SOURCE_SUPPORTS:
        return ZIP_SOURCE_SUPPORTS_SEEKABLE;
      default:
        zip.zip_error_set(&error, ZIP_ER_OPNOTSUPP, 0);
        return -1;
    }
  }

  zip_int64_t Read(std::byte* to, uint64_t n) {
    n = std::min(n, size - std::min(pos, size));
    const auto done = source.ReadAt(begin + pos, {to, static_cast<size_t>(n)});
    if (!done) {
      zip.zip_error_set(&error, ZIP_ER_READ, 0);
      return -1;
    }
    pos += *done;
    return static_cast<zip_int64_t>(*done);
  }
};

Error Disagree(const Record& record, std::string message) {
  return {.code = ErrorCode::kDamaged,
          .message = std::move(message),
          .record = std::string(record.name)};
}

// An open entry, closed in the end.
class Entry {
 public:
  Entry(const Libzip& lib, zip_file_t* file) : zip_(lib), file_(file) {}
  ~Entry() { zip_.zip_fclose(file_); }
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;

  // Reads up to n bytes; 0 at the end.
  Result<size_t> Read(const Record& record, std::byte* to, size_t n) {
    const zip_int64_t done = zip_.zip_fread(file_, to, n);
    if (done < 0) {
      zip_error_t* error = zip_.zip_file_get_error(file_);
      // A CRC field of 0 says "not computed" to torch, and to us; libzip holds
      // it against the content once that has all been given.
      if (record.crc == 0 && zip_.zip_error_code_zip(error) == ZIP_ER_CRC) {
        return size_t{0};
      }
      return Disagree(
          record,
          fmt::format("it does not inflate: {}",
                      zip_.zip_error_strerror(zip_.zip_file_get_error(file_))));
    }
    return static_cast<size_t>(done);
  }

 private:
  const Libzip& zip_;
  zip_file_t* const file_;
};

}  // namespace

class LibzipArchive::Open {
 public:
  Open(const Libzip& lib, const Source& source, const ZipDirectory& directory)
      : zip_(lib),
        window_{lib, source, directory.begin, directory.end - directory.begin} {
    zip_.zip_error_init(&window_.error);
  }
  ~Open() {
    if (archive_ != nullptr) zip_.zip_discard(archive_);
    zip_.zip_error_fini(&window_.error);
  }
  Open(const Open&) = delete;
  Open& operator=(const Open&) = delete;

  Status Start(const Record& record) {
    zip_error_t error;
    zip_.zip_error_init(&error);
    zip_source_t* source =
        zip_.zip_source_function_create(&Window::Call, &window_, &error);
    if (source != nullptr) {
      archive_ = zip_.zip_open_from_source(source, ZIP_RDONLY, &error);
      if (archive_ == nullptr) zip_.zip_source_free(source);
    }
    const std::string words =
        archive_ == nullptr ? zip_.zip_error_strerror(&error) : "";
    zip_.zip_error_fini(&error);
    if (archive_ != nullptr) return {};
    return Disagree(record, "libzip does not open the archive: " + words);
  }

  Result<RecordBytes> Inflate(const Record& record, uint32_t index) {
    PTSCOPE_CHECK(Compare(record, index));
    zip_file_t* const file =
        zip_.zip_fopen_index(archive_, index, ZIP_FL_UNCHANGED);
    if (file == nullptr) {
      return Disagree(
          record,
          fmt::format("libzip does not open the record: {}",
                      zip_.zip_error_strerror(zip_.zip_get_error(archive_))));
    }
    Entry entry(zip_, file);
    return ReadAll(record, entry);
  }

 private:
  Status Compare(const Record& record, uint32_t index) {
    zip_stat_t stat = {};
    if (zip_.zip_stat_index(archive_, index, ZIP_FL_ENC_RAW, &stat) != 0) {
      return Disagree(record, "libzip finds fewer records than our walk");
    }
    const bool same =
        std::string_view(stat.name) == record.name &&
        stat.size == record.size && stat.comp_size == record.stored &&
        stat.comp_method == record.method_code && stat.crc == record.crc;
    if (same) return {};
    Error error = Disagree(record, "libzip reads the directory in another way");
    error.found = fmt::format("'{}', {} bytes from {}", stat.name, stat.size,
                              stat.comp_size);
    error.expected =
        fmt::format("{} bytes from {}", record.size, record.stored);
    return error;
  }

  // The size is what the directory claims; memory follows what comes out.
  static Result<RecordBytes> ReadAll(const Record& record, Entry& entry) {
    RecordBytes to;
    size_t done = 0;
    while (true) {
      if (done == to.size()) {
        const uint64_t room = std::max<uint64_t>(64 << 10, done * uint64_t{2});
        // One byte more than it claims, so that a longer one is noticed.
        to.resize_uninitialized(
            static_cast<size_t>(std::min(room, record.size + 1)));
        if (done == to.size()) break;
      }
      PTSCOPE_TRY(const size_t n,
                  entry.Read(record, to.data() + done, to.size() - done));
      done += n;
      if (n == 0) break;
    }
    to.truncate(done);
    if (done == record.size) return to;
    Error error =
        Disagree(record, done > record.size
                             ? "it inflates to more bytes than it claims"
                             : "it inflates to fewer bytes than it claims");
    if (done < record.size) error.found = fmt::format("{}", done);
    error.expected = fmt::format("{}", record.size);
    return error;
  }

  const Libzip& zip_;
  Window window_;
  zip_t* archive_ = nullptr;
};

LibzipArchive::LibzipArchive() = default;
LibzipArchive::~LibzipArchive() = default;
LibzipArchive::LibzipArchive(LibzipArchive&&) noexcept = default;
LibzipArchive& LibzipArchive::operator=(LibzipArchive&&) noexcept = default;

Result<RecordBytes> LibzipArchive::Inflate(const Source& source,
                                           const ZipDirectory& directory,
                                           uint32_t index) {
  const Record& record = directory.records[index];
  const Libzip& lib = Load();
  if (!lib.error.empty()) {
    return Error{
        .code = ErrorCode::kUnsupported,
        .message = "is compressed, and libzip cannot be loaded: " + lib.error,
        .record = std::string(record.name),
        .hint = "install libzip (Debian: libzip4)"};
  }
  if (open_ == nullptr) {
    auto open = std::make_unique<Open>(lib, source, directory);
    PTSCOPE_CHECK(open->Start(record));
    open_ = std::move(open);
  }
  return open_->Inflate(record, index);
}

}  // namespace ptscope::archive
