// ZipBuilder: a zip archive in view, which may lie.
//
//   ZipBuilder zip;
//   zip.Add({.name = "a/data.pkl", .data = "N."});
//   std::string bytes = zip.Build();
//   Set16(bytes, zip.end() + 10, 7);  // the end record's number of entries
//
// What an entry leaves out is as it should be; a value is a lie. Offsets are
// known after Build() and absolute.
#ifndef PTSCOPE_TESTS_SUPPORT_ZIP_BUILDER_H_
#define PTSCOPE_TESTS_SUPPORT_ZIP_BUILDER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "archive/crc32.h"
#include "support/pickle_builder.h"

namespace ptscope::test {

inline void SetBytes(std::string& bytes, uint64_t at, uint64_t value,
                     size_t n) {
  bytes.replace(static_cast<size_t>(at), n, Little(value, n));
}
inline void Set16(std::string& bytes, uint64_t at, uint64_t value) {
  SetBytes(bytes, at, value, 2);
}
inline void Set32(std::string& bytes, uint64_t at, uint64_t value) {
  SetBytes(bytes, at, value, 4);
}
inline void Set64(std::string& bytes, uint64_t at, uint64_t value) {
  SetBytes(bytes, at, value, 8);
}

// Raw deflate data of one stored block; `data` is shorter than 64 KiB.
inline std::string Deflated(const std::string& data) {
  return '\x01' + Little(data.size(), 2) + Little(~data.size(), 2) + data;
}

// A ZIP64 extra field of these 64-bit numbers.
inline std::string Extra64(const std::vector<uint64_t>& numbers) {
  std::string field = Little(1, 2) + Little(8 * numbers.size(), 2);
  for (const uint64_t n : numbers) field += Little(n, 8);
  return field;
}

struct ZipEntry {
  std::string name;
  std::string data = {};
  uint16_t method = 0;
  std::optional<std::string> packed = {};  // what is stored; absent: by method
  std::string extra = {};                  // of the directory
  std::string comment = {};
  std::string local_extra = {};
  // Lies.
  std::optional<std::string> local_name = {};
  std::optional<uint16_t> local_method = {};
  std::optional<uint32_t> local_signature = {};
  std::optional<uint16_t> flags = {};
  std::optional<uint32_t> crc = {};
  std::optional<uint32_t> size = {};
  std::optional<uint32_t> stored = {};
  std::optional<uint32_t> header = {};
};

class ZipBuilder {
 public:
  ZipBuilder& Add(ZipEntry entry) {
    entries_.push_back(std::move(entry));
    return *this;
  }
  // Bytes before the archive; its offsets do not count them.
  ZipBuilder& Prepend(std::string bytes) {
    prepended_ = std::move(bytes);
    return *this;
  }
  // A ZIP64 end record and its locator, as torch always writes them.
  ZipBuilder& Zip64() {
    zip64_ = true;
    return *this;
  }
  // The version of zip that headers name: torch's say 0.
  ZipBuilder& Version(uint16_t version) {
    version_ = version;
    return *this;
  }
  ZipBuilder& Comment(std::string comment) {
    comment_ = std::move(comment);
    return *this;
  }

  std::string Build() {
    std::string out = prepended_;
    const uint64_t begin = out.size();
    headers_.clear();
    datas_.clear();
    central_.clear();
    for (const ZipEntry& e : entries_) WriteLocal(e, out);
    directory_ = out.size();
    for (size_t i = 0; i < entries_.size(); ++i) WriteCentral(i, begin, out);
    const uint64_t size = out.size() - directory_;
    if (zip64_) {
      end64_ = out.size();
      out += Little(0x06064b50, 4) + Little(44, 8) + Little(45, 2) +
             Little(45, 2) + Little(0, 4) + Little(0, 4) +
             Little(entries_.size(), 8) + Little(entries_.size(), 8) +
             Little(size, 8) + Little(directory_ - begin, 8);
      locator_ = out.size();
      out += Little(0x07064b50, 4) + Little(0, 4) + Little(end64_ - begin, 8) +
             Little(1, 4);
    }
    end_ = out.size();
    out += Little(0x06054b50, 4) + Little(0, 2) + Little(0, 2) +
           Little(entries_.size(), 2) + Little(entries_.size(), 2) +
           Little(size, 4) + Little(directory_ - begin, 4) +
           Little(comment_.size(), 2) + comment_;
    return out;
  }

  uint64_t header(size_t i) const { return headers_[i]; }
  uint64_t data(size_t i) const { return datas_[i]; }
  uint64_t central(size_t i) const { return central_[i]; }
  uint64_t directory() const { return directory_; }
  uint64_t end64() const { return end64_; }
  uint64_t locator() const { return locator_; }
  uint64_t end() const { return end_; }

 private:
  static std::string PackedOf(const ZipEntry& e) {
    if (e.packed) return *e.packed;
    return e.method == 8 ? Deflated(e.data) : e.data;
  }
  static uint32_t CrcOf(const ZipEntry& e) {
    return e.crc.value_or(archive::Crc32(0, AsBytes(e.data)));
  }

  // As torch writes them: sizes and CRC only in the directory.
  void WriteLocal(const ZipEntry& e, std::string& out) {
    headers_.push_back(out.size());
    const std::string name = e.local_name.value_or(e.name);
    out += Little(e.local_signature.value_or(0x04034b50), 4) + Little(20, 2) +
           Little(e.flags.value_or(0), 2) +
           Little(e.local_method.value_or(e.method), 2) + Little(0, 16) +
           Little(name.size(), 2) + Little(e.local_extra.size(), 2) + name +
           e.local_extra;
    datas_.push_back(out.size());
    out += PackedOf(e);
  }
  void WriteCentral(size_t i, uint64_t begin, std::string& out) {
    const ZipEntry& e = entries_[i];
    central_.push_back(out.size());
    out +=
        Little(0x02014b50, 4) + Little(version_, 2) + Little(version_, 2) +
        Little(e.flags.value_or(0), 2) + Little(e.method, 2) + Little(0, 4) +
        Little(CrcOf(e), 4) + Little(e.stored.value_or(PackedOf(e).size()), 4) +
        Little(e.size.value_or(e.data.size()), 4) + Little(e.name.size(), 2) +
        Little(e.extra.size(), 2) + Little(e.comment.size(), 2) + Little(0, 8) +
        Little(e.header.value_or(headers_[i] - begin), 4) + e.name + e.extra +
        e.comment;
  }

  std::vector<ZipEntry> entries_;
  std::string prepended_;
  std::string comment_;
  bool zip64_ = false;
  uint16_t version_ = 20;
  std::vector<uint64_t> headers_;
  std::vector<uint64_t> datas_;
  std::vector<uint64_t> central_;
  uint64_t directory_ = 0;
  uint64_t end64_ = 0;
  uint64_t locator_ = 0;
  uint64_t end_ = 0;
};

}  // namespace ptscope::test

#endif  // PTSCOPE_TESTS_SUPPORT_ZIP_BUILDER_H_
