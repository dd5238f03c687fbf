// The bytes are a file that may be a zip archive.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "archive/zip_directory.h"
#include "archive/zip_entry.h"
#include "fuzz/limits.h"

using ptscope::fuzz::Require;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto source = ptscope::OpenMemory(ptscope::fuzz::Bytes(data, size));
  std::vector<ptscope::Finding> findings;
  auto directory = ptscope::archive::ReadZipDirectory(
      *source, ptscope::fuzz::kLimits, findings);
  if (!directory) {
    Require(!directory.error().message.empty());
    return 0;
  }
  Require(directory->begin <= directory->offset);
  Require(directory->offset <= directory->end);
  Require(directory->end <= size);
  for (const ptscope::Record& r : directory->records) {
    Require(r.header >= directory->begin);
    Require(r.header + 30 + r.name.size() + r.stored <= directory->offset);
  }

  Require(ptscope::archive::LocateRecords(*source, *directory, findings)
              .has_value());
  for (const ptscope::Record& r : directory->records) {
    if (r.data == ptscope::kUnknown) continue;
    Require(r.stored <= directory->offset - r.data);
  }

  const auto few = std::min<size_t>(directory->records.size(), 4);
  for (uint32_t i = 0; i < few; ++i) {
    const uint64_t claimed = directory->records[i].size;
    const auto content = ptscope::archive::ReadRecord(*source, *directory, i,
                                                      ptscope::fuzz::kLimits);
    Require(!content || content->size() == claimed);
  }
  return 0;
}
