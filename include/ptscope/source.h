// Source: the bytes of one file. Folder: the files beside it.
#ifndef PTSCOPE_SOURCE_H_
#define PTSCOPE_SOURCE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ptscope/result.h"

namespace ptscope {

// Random access to bytes that do not change while they are read. Safe to call
// from several threads.
class Source {
 public:
  virtual ~Source();

  // Bytes in all.
  virtual uint64_t size() const = 0;

  // Reads to.size() bytes from `offset`; fewer only where the file ends.
  // Errors: kIo; kDamaged of bytes that have to be decompressed.
  virtual Result<size_t> ReadAt(uint64_t offset,
                                std::span<std::byte> to) const = 0;
};

// Reads exactly to.size() bytes. A file that ends earlier (it shrank since it
// was opened) is kIo too.
Status ReadExactly(const Source& source, uint64_t offset,
                   std::span<std::byte> to);

// A regular file, read with pread(2): a file that shrinks under the reader is
// an error, never a signal. Errors: kIo with the system's words; a directory,
// a pipe or a device is kIo too.
Result<std::unique_ptr<Source>> OpenFile(const std::filesystem::path& path);

// `size` bytes of `inner` from `offset`; both stay within it. `inner` must
// outlive the source.
std::unique_ptr<Source> OpenWindow(const Source& inner, uint64_t offset,
                                   uint64_t size);

// Bytes in memory. They are not copied and must outlive the source.
std::unique_ptr<Source> OpenMemory(std::span<const std::byte> bytes);

// Forwards to `inner`, which must outlive it, and counts.
class CountingSource final : public Source {
 public:
  explicit CountingSource(const Source& inner) : inner_(inner) {}
  uint64_t size() const override { return inner_.size(); }
  Result<size_t> ReadAt(uint64_t offset,
                        std::span<std::byte> to) const override;

  uint64_t reads() const { return reads_; }
  uint64_t bytes() const { return bytes_; }

 private:
  const Source& inner_;
  mutable std::atomic<uint64_t> reads_ = 0;
  mutable std::atomic<uint64_t> bytes_ = 0;
};

// A file in a folder, or a folder.
struct FolderEntry {
  std::string name;
  uint64_t size = 0;  // of a file
  bool is_folder = false;
};

// The files of one directory, by plain name. A name with a separator, and `.`
// and `..`, are refused: no file named by a checkpoint leaves its folder.
class Folder {
 public:
  virtual ~Folder();

  // Names in byte order. Errors: kIo.
  virtual Result<std::vector<std::string>> List() const = 0;

  // The files, with their sizes, and the folders, in byte order of their names.
  // A link stands for its file; to a folder none is followed. Errors: kIo.
  virtual Result<std::vector<FolderEntry>> Entries() const;

  // Errors: kIo, a placeholder where there is no such file, and kDamaged for a
  // name that leaves the folder.
  virtual Result<std::unique_ptr<Source>> Open(std::string_view name) const = 0;

  // The folder of that name in this one. Errors: as Open.
  virtual Result<std::unique_ptr<Folder>> OpenFolder(
      std::string_view name) const = 0;
};

Result<std::unique_ptr<Folder>> OpenFolder(const std::filesystem::path& path);

}  // namespace ptscope

#endif  // PTSCOPE_SOURCE_H_
