// Where torch's records lie in a zip archive.
#ifndef PTSCOPE_FORMAT_ARCHIVE_LAYOUT_H_
#define PTSCOPE_FORMAT_ARCHIVE_LAYOUT_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "ptscope/checkpoint.h"
#include "ptscope/result.h"

namespace ptscope::format {

// The record that makes the archive what it is, and those of fixed names that
// lie in its folder. kNone: there is none.
struct ArchiveLayout {
  uint32_t main = kNone;
  std::string_view folder;   // with its separator; may be empty
  uint32_t version = kNone;  // `version` or `.data/version`
  uint32_t byte_order = kNone;
  uint32_t constants = kNone;  // constants.pkl: the archive is TorchScript's
  uint64_t outside = 0;        // records that are not in the folder
};

// Looks for the record of that name, whatever folder it is in. nullopt: there
// is none. Errors: kDamaged where torch's choice among several is not laid
// down, kUnsupported where it is not known which is meant.
Result<std::optional<ArchiveLayout>> FindLayout(const Table<Record>& records,
                                                std::string_view main);

// Behind the last separator; some archivers write backslashes.
std::string_view BaseName(std::string_view name);

// torch looks records up without regard to the case of ASCII letters.
bool EqualNoCase(std::string_view a, std::string_view b);

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_ARCHIVE_LAYOUT_H_
