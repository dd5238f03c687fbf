// Lists of names: a JSON array, or text with one name a line.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/arena.h"
#include "base/name_index.h"
#include "base/text_place.h"
#include "base/utf8.h"
#include "json/reader.h"
#include "manifest/parse.h"

namespace ptscope::manifest {

namespace {

// A list that grows, with where each name is: a byte or a line.
class NameList {
 public:
  NameList() { reference_.arena = arena_; }

  Arena& arena() { return *arena_; }

  // Adds a name that lies in arena(). If it is there already, where.
  std::optional<uint64_t> Add(std::string_view name, uint64_t at) {
    auto& tensors = reference_.tensors;
    const auto id = static_cast<uint32_t>(tensors.size());
    const uint32_t kept =
        index_.Insert(name, id, [&](uint32_t i) { return tensors[i].name; });
    if (kept != id) return places_[kept];
    tensors.push_back({.name = name});
    places_.push_back(at);
    return std::nullopt;
  }

  ReferenceSet Take() {
    ReferenceSet set;
    set.kind = ReferenceSet::Kind::kNames;
    set.versions.push_back(std::move(reference_));
    return set;
  }

 private:
  std::shared_ptr<Arena> arena_ = std::make_shared<Arena>();
  Reference reference_;
  NameIndex index_;
  std::vector<uint64_t> places_;
};

class ArrayHandler final : public JsonHandler {
 public:
  explicit ArrayHandler(std::string_view text) : text_(text) {}

  bool OnArrayBegin() override {
    if (begun_) return NoName("an array");
    begun_ = true;
    return true;
  }
  bool OnArrayEnd() override { return true; }
  bool OnObjectBegin() override { return NoName("an object"); }
  bool OnObjectEnd() override { return true; }
  bool OnKey(std::string_view) override { return true; }
  bool OnString(std::string_view name) override {
    const auto first = list_.Add(list_.arena().Copy(name), offset());
    if (!first) return true;
    return Fail(
        {.code = ErrorCode::kManifest,
         .message = fmt::format("the name \"{}\" is there twice, first at {}",
                                name, PlaceOf(text_, *first))});
  }
  bool OnInt64(int64_t) override { return NoName("a number"); }
  bool OnUint64(uint64_t) override { return NoName("a number"); }
  bool OnDouble(double) override { return NoName("a number"); }
  bool OnBool(bool) override { return NoName("a boolean"); }
  bool OnNull() override { return NoName("null"); }

  ReferenceSet Take() { return list_.Take(); }

 private:
  bool NoName(const char* found) {
    return Fail({.code = ErrorCode::kManifest,
                 .message = "a list of names holds something else",
                 .found = found,
                 .expected = "a string"});
  }

  const std::string_view text_;
  bool begun_ = false;
  NameList list_;
};

Error LineError(uint64_t line, std::string message) {
  return {.code = ErrorCode::kManifest,
          .message = std::move(message),
          .place = fmt::format("{}:1", line)};
}

}  // namespace

Result<ReferenceSet> ParseNameArray(std::string_view text,
                                    const Limits& limits) {
  ArrayHandler handler(text);
  PTSCOPE_CHECK(ParseJson(text, handler, {.max_depth = limits.json_depth}));
  return handler.Take();
}

Result<ReferenceSet> ParseNameLines(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) {
    return Error{.code = ErrorCode::kManifest,
                 .message = "the list of names begins with a byte order mark",
                 .hint = "save it as UTF-8 without one",
                 .place = "1:1"};
  }
  NameList list;
  std::string_view rest = list.arena().Copy(text);
  for (uint64_t line = 1; !rest.empty(); ++line) {
    const size_t end = rest.find('\n');
    std::string_view name = rest.substr(0, end);
    const bool last = end == std::string_view::npos;
    rest.remove_prefix(last ? rest.size() : end + 1);
    if (!last && name.ends_with('\r')) name.remove_suffix(1);
    if (name.empty()) continue;
    if (!IsValidUtf8(name)) {
      return LineError(line, fmt::format("line {} is not UTF-8", line));
    }
    if (const auto first = list.Add(name, line)) {
      return LineError(line,
                       fmt::format("the name \"{}\" is there twice, in line "
                                   "{} and in line {}",
                                   name, *first, line));
    }
  }
  return list.Take();
}

}  // namespace ptscope::manifest
