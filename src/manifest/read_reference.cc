// Which kind of reference a file is, and the reading of it.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "base/arena.h"
#include "base/byte_reader.h"
#include "format/shard_index.h"
#include "format/wrong_input.h"
#include "manifest/definition.h"
#include "manifest/parse.h"
#include "manifest/read_text.h"
#include "ptscope/open.h"
#include "ptscope/reference.h"

namespace ptscope {

namespace {

constexpr size_t kHead = 4096;

// A zip archive, a pickle of protocol 2 or later, or anything else with bytes
// that text does not have.
bool IsBinary(std::string_view head) {
  return head.starts_with("PK") || head.starts_with('\x80') ||
         head.find('\0') != std::string_view::npos;
}

bool IsUtf16(std::string_view head) {
  return head.starts_with("\xFF\xFE") || head.starts_with("\xFE\xFF");
}

Result<ReferenceSet> ParseText(std::string_view text, const Limits& limits) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos) {
    if (text[first] == '{') return manifest::ParseManifest(text, limits);
    if (text[first] == '[') return manifest::ParseNameArray(text, limits);
  }
  // A byte order mark does not make it another kind of text.
  if (text.starts_with("\xEF\xBB\xBF{")) {
    return manifest::ParseManifest(text, limits);
  }
  return manifest::ParseNameLines(text);
}

// Versions of which the filter leaves nothing can be compared with nothing.
Status CheckKept(const ReferenceSet& set, const ReferenceOptions& options) {
  for (const Reference& reference : set.versions) {
    if (reference.tensors.empty()) {
      return Error{.code = ErrorCode::kManifest,
                   .message = "the reference has no tensor"};
    }
  }
  if (options.filter.empty() || options.take_empty) return {};
  for (const Reference& reference : set.versions) {
    if (std::ranges::any_of(reference.tensors, [&](const NamedTensor& t) {
          return options.filter.Keeps(t.name);
        })) {
      return {};
    }
  }
  return Error{
      .code = ErrorCode::kManifest,
      .message = "--match and --exclude leave no tensor of the reference"};
}

Result<ReferenceSet> Take(Result<Checkpoint> checkpoint,
                          const ReferenceOptions& options) {
  if (!checkpoint) return std::move(checkpoint.error());
  PTSCOPE_TRY(Reference reference,
              ReferenceFromCheckpoint(*std::move(checkpoint), options));
  ReferenceSet set;
  set.kind = ReferenceSet::Kind::kCheckpoint;
  set.root = options.root;
  set.versions.push_back(std::move(reference));
  return set;
}

}  // namespace

Result<ReferenceSet> ReadReference(const Source& source, std::string_view name,
                                   const ReferenceOptions& options) {
  std::vector<std::byte> bytes(
      static_cast<size_t>(std::min<uint64_t>(source.size(), kHead)));
  PTSCOPE_CHECK(ReadExactly(source, 0, bytes));
  if (IsUtf16(AsText(bytes))) {
    return Error{.code = ErrorCode::kManifest,
                 .message = "the reference is UTF-16",
                 .hint = "save it as UTF-8 without a byte order mark"};
  }
  if (IsBinary(AsText(bytes))) {
    return Take(Open(source, name,
                     {.limits = options.limits, .member = options.member}),
                options);
  }
  if (auto wrong = format::KnownWrongInput(source, name)) {
    return *std::move(wrong);
  }
  PTSCOPE_TRY(const std::string text,
              manifest::ReadText(source, "the reference", options.limits));
  PTSCOPE_TRY(ReferenceSet set, ParseText(text, options.limits));
  PTSCOPE_CHECK(CheckKept(set, options));
  return set;
}

Result<ReferenceSet> ReadReference(const std::filesystem::path& path,
                                   const ReferenceOptions& options) {
  std::error_code ec;
  bool is_several = std::filesystem::is_directory(path, ec);
  std::unique_ptr<Source> source;
  if (!is_several) {
    PTSCOPE_TRY(source, OpenFile(path));
    PTSCOPE_TRY(is_several, format::IsShardIndex(*source));
  }
  if (is_several) {
    return Take(
        Open(path, {.limits = options.limits, .member = options.member}),
        options);
  }
  return ReadReference(*source, path.filename().string(), options);
}

namespace manifest {

Result<ReferenceSet> ParseManifest(std::string_view text,
                                   const Limits& limits) {
  PTSCOPE_TRY(Definitions definitions, ReadDefinitions(text, limits));
  return Resolve(std::move(definitions), text, limits);
}

}  // namespace manifest

}  // namespace ptscope
