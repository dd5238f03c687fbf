// Checkpoints within an archive, of which OpenOptions::member may name one.
#ifndef PTSCOPE_FORMAT_MEMBERS_H_
#define PTSCOPE_FORMAT_MEMBERS_H_

#include <span>
#include <string>
#include <string_view>

#include "format/member_values.h"
#include "format/torch_archive.h"

namespace ptscope::format {

// A record that was opened as a checkpoint.
struct OpenedMember {
  Checkpoint checkpoint;
  uint64_t begin;  // where its bytes begin; kUnknown if they are compressed
};

// Opens a record, in words `name`, as a checkpoint; what is in it has members
// of its own named `inner`. Errors: as Open; `record` begins with the name.
Result<OpenedMember> OpenMember(TorchArchive& archive, uint32_t record,
                                std::string_view name,
                                std::string_view inner = {});

// Opens a record as a checkpoint and appends it as the member of that name;
// what it holds beside tensors goes to `values`. Errors: as OpenMember.
Status AppendMember(TorchArchive& archive, uint32_t record,
                    std::string_view name, MemberValues& values,
                    std::string_view inner = {});

// The error of what lies in a member: its record is one of the member's.
Error InMember(Error error, std::string_view name);

// There is no member of the name that was asked for. Quotes some that are.
Error NoSuchMember(std::string_view name, std::span<const std::string> members);

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_MEMBERS_H_
