#include "format/members.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/arena.h"
#include "format/reading.h"

namespace ptscope::format {

namespace {

// There may be many members, and each may have a pickle that inflates.
constexpr uint64_t kInflateFrom = 64 << 10;  // Limits::inflate_from

OpenOptions OptionsWithin(const OpenOptions& options, std::string_view inner,
                          bool stored) {
  OpenOptions within = options;
  // Of compressed bytes no offset is told, and finding it is another pass.
  within.locate = options.locate && stored;
  within.limits.inflate_from =
      std::min(within.limits.inflate_from, kInflateFrom);
  within.member = inner;
  return within;
}

Status CheckTensors(const Checkpoint& checkpoint, const Limits& limits) {
  if (checkpoint.tensors.size() + checkpoint.extras.size() <= limits.tensors) {
    return {};
  }
  return Error{.code = ErrorCode::kLimit,
               .message = "there are more tensors than the limit `tensors`",
               .expected = fmt::format("at most {}", limits.tensors)};
}

}  // namespace

Result<OpenedMember> OpenMember(TorchArchive& archive, uint32_t record,
                                std::string_view name, std::string_view inner) {
  if (archive.depth() >= kMaxDepth) {
    return InMember({.code = ErrorCode::kUnsupported,
                     .message = "is an archive in an archive in an archive",
                     .hint = "extract it and name that file"},
                    name);
  }
  auto content = archive.Open(record);
  if (!content) {
    content.error().record.clear();
    return InMember(std::move(content.error()), name);
  }
  const OpenOptions options =
      OptionsWithin(archive.options(), inner, content->begin != kUnknown);
  auto opened = OpenPart({*content->source, BaseName(name), nullptr, options,
                          archive.depth() + 1});
  if (!opened) return InMember(std::move(opened.error()), name);
  return OpenedMember{*std::move(opened), content->begin};
}

Status AppendMember(TorchArchive& archive, uint32_t record,
                    std::string_view name, MemberValues& values,
                    std::string_view inner) {
  PTSCOPE_TRY(OpenedMember opened, OpenMember(archive, record, name, inner));
  Checkpoint& checkpoint = archive.checkpoint();
  values.Add(name, std::move(opened.checkpoint.values));
  const Part part{checkpoint.arena().Copy(name), Part::Kind::kMember};
  checkpoint.Append(std::move(opened.checkpoint), part, 0, opened.begin);
  return CheckTensors(checkpoint, archive.limits());
}

Error InMember(Error error, std::string_view name) {
  error.record = error.record.empty()
                     ? std::string(name)
                     : fmt::format("{}/{}", name, error.record);
  return error;
}

Error NoSuchMember(std::string_view name,
                   std::span<const std::string> members) {
  constexpr size_t kShown = 10;
  std::string there;
  for (size_t i = 0; i < std::min(members.size(), kShown); ++i) {
    there += fmt::format("{}\"{}\"", i == 0 ? "" : ", ", members[i]);
  }
  if (members.size() > kShown) {
    there += fmt::format(" and {} more", members.size() - kShown);
  }
  return {.code = ErrorCode::kUsage,
          .message = fmt::format("no checkpoint in it is named \"{}\"", name),
          .hint = members.empty() ? "there is none in it"
                                  : "those that are: " + there};
}

}  // namespace ptscope::format
