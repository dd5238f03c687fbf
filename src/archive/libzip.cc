#include "archive/libzip.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <zip.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

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

Error Damaged(const Record& record, std::string message) {
  return {.code = ErrorCode::kDamaged,
          .message = std::move(message),
          .record = std::string(record.name)};
}

Error TooLong(const Record& record) {
  Error error = Damaged(record, "it inflates to more bytes than it claims");
  error.expected = fmt::format("{}", record.size);
  return error;
}
Error TooShort(const Record& record, uint64_t size) {
  Error error = Damaged(record, "it inflates to fewer bytes than it claims");
  error.found = fmt::format("{}", size);
  error.expected = fmt::format("{}", record.size);
  return error;
}

}  // namespace

struct LibzipArchive::State {
  State(const Libzip& lib, const Source& source, const ZipDirectory& directory)
      : zip(lib),
        window{lib, source, directory.begin, directory.end - directory.begin} {
    zip.zip_error_init(&window.error);
  }
  ~State() {
    if (archive != nullptr) zip.zip_discard(archive);
    zip.zip_error_fini(&window.error);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  const Libzip& zip;
  Window window;
  zip_t* archive = nullptr;
};

// A record that is being inflated, from its first byte.
class LibzipArchive::Entry {
 public:
  Entry(const State& state, const Record& record)
      : zip_(state.zip), archive_(state.archive), record_(record) {}
  ~Entry() { Close(); }
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;

  Status Open(uint32_t index) {
    Close();
    PTSCOPE_CHECK(Compare(index));
    file_ = zip_.zip_fopen_index(archive_, index, ZIP_FL_UNCHANGED);
    if (file_ != nullptr) return {};
    return Damaged(
        record_,
        fmt::format("libzip does not open the record: {}",
                    zip_.zip_error_strerror(zip_.zip_get_error(archive_))));
  }

  // Reads up to to.size() bytes; 0 at the end.
  Result<size_t> Read(std::span<std::byte> to) {
    const zip_int64_t done = zip_.zip_fread(file_, to.data(), to.size());
    if (done >= 0) return static_cast<size_t>(done);
    zip_error_t* error = zip_.zip_file_get_error(file_);
    // A CRC field of 0 says "not computed" to torch, and to us; libzip holds it
    // against the content once that has all been given.
    if (record_.crc == 0 && zip_.zip_error_code_zip(error) == ZIP_ER_CRC) {
      return size_t{0};
    }
    return Damaged(record_, fmt::format("it does not inflate: {}",
                                        zip_.zip_error_strerror(error)));
  }

 private:
  void Close() {
    if (file_ != nullptr) zip_.zip_fclose(std::exchange(file_, nullptr));
  }

  Status Compare(uint32_t index) {
    zip_stat_t stat = {};
    if (zip_.zip_stat_index(archive_, index, ZIP_FL_ENC_RAW, &stat) != 0) {
      return Damaged(record_, "libzip finds fewer records than our walk");
    }
    const bool same =
        std::string_view(stat.name) == record_.name &&
        stat.size == record_.size && stat.comp_size == record_.stored &&
        stat.comp_method == record_.method_code && stat.crc == record_.crc;
    if (same) return {};
    Error error = Damaged(record_, "libzip reads the directory in another way");
    error.found = fmt::format("'{}', {} bytes from {}", stat.name, stat.size,
                              stat.comp_size);
    error.expected =
        fmt::format("{} bytes from {}", record_.size, record_.stored);
    return error;
  }

  const Libzip& zip_;
  zip_t* const archive_;
  const Record& record_;
  zip_file_t* file_ = nullptr;
};

// Keeps the end of what has come out: who reads an archive goes back and forth
// at its end.
class LibzipArchive::EntrySource final : public Source {
 public:
  EntrySource(const State& state, const Record& record, uint32_t index)
      : record_(record), index_(index), entry_(state, record_) {}

  Status Restart() const {
    kept_.clear();
    end_ = 0;
    return entry_.Open(index_);
  }

  uint64_t size() const override { return record_.size; }

  Result<size_t> ReadAt(uint64_t offset,
                        std::span<std::byte> to) const override {
    if (offset >= size()) return size_t{0};
    const auto wanted =
        static_cast<size_t>(std::min<uint64_t>(to.size(), size() - offset));
    const std::lock_guard lock(mutex_);
    for (size_t done = 0; done < wanted;) {
      const uint64_t at = offset + done;
      if (at < end_ - kept_.size()) PTSCOPE_CHECK(Restart());
      if (at >= end_) {
        PTSCOPE_CHECK(Inflate());
        continue;
      }
      const auto from = static_cast<size_t>(at - (end_ - kept_.size()));
      const size_t n = std::min(wanted - done, kept_.size() - from);
      std::memcpy(to.data() + done, kept_.data() + from, n);
      done += n;
    }
    return wanted;
  }

 private:
  // The next bytes, of which there must be some.
  Status Inflate() const {
    constexpr size_t kKept = 1 << 20;
    constexpr size_t kStep = 64 << 10;
    if (kept_.size() >= 2 * kKept) {
      std::memmove(kept_.data(), kept_.data() + kept_.size() - kKept, kKept);
      kept_.resize(kKept);
    }
    const size_t before = kept_.size();
    const auto step =
        static_cast<size_t>(std::min<uint64_t>(kStep, record_.size - end_));
    kept_.resize(before + step);
    const auto n = entry_.Read({kept_.data() + before, step});
    kept_.resize(before + (n ? *n : 0));
    if (!n) return n.error();
    end_ += *n;
    if (*n == 0) return TooShort(record_, end_);
    return end_ == record_.size ? CheckEnd() : Status();
  }

  // Asks for one byte more, so that a longer one is noticed, and libzip holds
  // the CRC against what it has given.
  Status CheckEnd() const {
    std::byte more[1];
    PTSCOPE_TRY(const size_t n, entry_.Read(more));
    return n == 0 ? Status() : TooLong(record_);
  }

  const Record record_;
  const uint32_t index_;
  mutable std::mutex mutex_;
  mutable Entry entry_;
  mutable std::vector<std::byte> kept_;  // the last of the bytes before end_
  mutable uint64_t end_ = 0;
};

LibzipArchive::LibzipArchive(std::unique_ptr<State> state)
    : state_(std::move(state)) {}

LibzipArchive::~LibzipArchive() = default;

Result<std::unique_ptr<LibzipArchive>> LibzipArchive::Open(
    const Source& source, const ZipDirectory& directory, const Record& record) {
  const Libzip& lib = Load();
  if (!lib.error.empty()) {
    return Error{
        .code = ErrorCode::kUnsupported,
        .message = "is compressed, and libzip cannot be loaded: " + lib.error,
        .record = std::string(record.name),
        .hint = "install libzip (Debian: libzip4)"};
  }
  auto state = std::make_unique<State>(lib, source, directory);
  zip_error_t error;
  lib.zip_error_init(&error);
  zip_source_t* from =
      lib.zip_source_function_create(&Window::Call, &state->window, &error);
  if (from != nullptr) {
    state->archive = lib.zip_open_from_source(from, ZIP_RDONLY, &error);
    if (state->archive == nullptr) lib.zip_source_free(from);
  }
  const std::string words =
      state->archive == nullptr ? lib.zip_error_strerror(&error) : "";
  lib.zip_error_fini(&error);
  if (state->archive == nullptr) {
    return Damaged(record, "libzip does not open the archive: " + words);
  }
  return std::unique_ptr<LibzipArchive>(new LibzipArchive(std::move(state)));
}

Result<RecordBytes> LibzipArchive::Inflate(const Record& record,
                                           uint32_t index) {
  Entry entry(*state_, record);
  PTSCOPE_CHECK(entry.Open(index));
  // The size is what the directory claims; memory follows what comes out.
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
                entry.Read(std::span<std::byte>(to).subspan(done)));
    done += n;
    if (n == 0) break;
  }
  if (done > record.size) return TooLong(record);
  to.truncate(done);
  if (done != record.size) return TooShort(record, done);
  return to;
}

Result<std::unique_ptr<Source>> LibzipArchive::OpenSource(const Record& record,
                                                          uint32_t index) {
  auto source = std::make_unique<EntrySource>(*state_, record, index);
  PTSCOPE_CHECK(source->Restart());
  return std::unique_ptr<Source>(std::move(source));
}

}  // namespace ptscope::archive
