#include "format/server_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "format/wrong_input_hints.h"
#include "format/wrong_input_text.h"

namespace ptscope::format {

namespace {

using namespace std::string_view_literals;
using enum ErrorCode;

constexpr size_t kLfsPointer = 1024;  // git-lfs: a pointer is shorter

constexpr std::string_view kCheckAccess =
    "check the address and the access rights, then get it again";

std::optional<Error> ServiceError(std::string_view words) {
  return FoundInstead(
      "is an error message from a web service, not the file itself",
      kCheckAccess, Quote(words));
}

// Case does not matter; `word` is lower case.
size_t FindWord(std::string_view s, std::string_view word) {
  const auto same = [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b;
  };
  const auto at =
      std::search(s.begin(), s.end(), word.begin(), word.end(), same);
  return at == s.end() ? s.npos : static_cast<size_t>(at - s.begin());
}

bool StartsWithWord(std::string_view s, std::string_view word) {
  return FindWord(s.substr(0, word.size()), word) == 0;
}

// What stands between `open` and `close`, if both are there.
std::string_view Between(std::string_view s, std::string_view open,
                         std::string_view close) {
  const size_t from = FindWord(s, open);
  if (from == std::string_view::npos) return {};
  s.remove_prefix(from + open.size());
  const size_t to = FindWord(s, close);
  if (to == std::string_view::npos) return {};
  return Trim(s.substr(0, to));
}

// The JSON string that begins after the opening quote, up to the closing one.
std::string_view JsonString(std::string_view s) {
  for (size_t i = 0; i < s.size(); ++i) {
    if (s[i] == '"') return s.substr(0, i);
    if (s[i] == '\\') ++i;
  }
  return s;
}

// --- git-lfs ---

bool IsLfsVersion(std::string_view line) {
  return line == "version https://git-lfs.github.com/spec/v1" ||
         line == "version https://hawser.github.com/spec/v1";
}

// "sha256:" and 64 hexadecimal digits.
bool IsLfsOid(std::string_view s) {
  constexpr auto kPrefix = "sha256:"sv;
  return s.starts_with(kPrefix) && s.size() == kPrefix.size() + 64 &&
         s.find_first_not_of("0123456789abcdef", kPrefix.size()) == s.npos;
}

bool IsDecimal(std::string_view s) {
  return !s.empty() && s.find_first_not_of("0123456789") == s.npos;
}

}  // namespace

// Source: github.com/git-lfs/git-lfs, docs/spec.md.
std::optional<Error> ProbeGitLfs(const Input& in) {
  std::string_view s = in.head;
  if (in.size >= kLfsPointer || !IsLfsVersion(TakeLine(s))) return {};
  std::string_view oid, size;
  while (!s.empty()) {
    const std::string_view line = TakeLine(s);
    if (line.starts_with("oid sha256:")) oid = line.substr(4);
    if (line.starts_with("size ")) size = line.substr(5);
  }
  if (!IsLfsOid(oid) || !IsDecimal(size)) {
    return FoundInstead(
        "is a malformed git-lfs pointer",
        "check it out again: git checkout FILE, then git lfs pull");
  }
  return FoundInstead(
      "is a git-lfs pointer, not the file itself",
      fmt::format("run `git lfs pull`: the file has {} bytes, oid {}", size,
                  oid));
}

std::optional<Error> ProbeGitAnnex(const Input& in) {
  if (!in.head.starts_with("/annex/objects/")) return {};
  return FoundInstead("is a git-annex pointer, not the file itself",
                      "run `git annex get`");
}

std::optional<Error> ProbeDvc(const Input& in) {
  if (!in.head.starts_with("outs:\n- md5: ")) return {};
  return FoundInstead("is a DVC pointer, not the file itself",
                      "run `dvc pull`");
}

std::optional<Error> ProbeHtml(const Input& in) {
  const std::string_view s = TextOf(in);
  if (!StartsWithWord(s, "<!doctype") && !StartsWithWord(s, "<html") &&
      !StartsWithWord(s, "<head")) {
    return {};
  }
  // The tag may have attributes.
  const std::string_view title = Between(s, "<title", "</title");
  const size_t words = std::min(title.find('>') + 1, title.size());
  return FoundInstead(
      "is an HTML page, not the file itself",
      "the download met a login, a quota or an error: get it again",
      Quote(Trim(title.substr(words))));
}

// Of S3, Google Cloud Storage, Azure.
std::optional<Error> ProbeXml(const Input& in) {
  const std::string_view s = TextOf(in);
  if (!s.starts_with("<?xml") && !s.starts_with("<Error>")) return {};
  if (s.find("<Error>") == std::string_view::npos) {
    return Found(kNotCheckpoint, "is an XML file", kCheckPath);
  }
  std::string text(Between(s, "<code>", "</code>"));
  const std::string_view message = Between(s, "<message>", "</message>");
  if (!text.empty() && !message.empty()) text += ": ";
  text += message;
  return FoundInstead(
      "is an error message from cloud storage, not the file itself",
      kCheckAccess, Quote(text));
}

// {"error": "words"}, {"error": {"code": 404, "message": "words"}} and so on.
std::optional<Error> ProbeJsonError(const Input& in) {
  const std::string_view s = TextOf(in);
  if (!s.starts_with('{')) return {};
  const std::string_view body = TrimLeft(s.substr(1));
  for (const std::string_view key : {"error", "errors", "message", "detail"}) {
    if (!body.starts_with(fmt::format("\"{}\"", key))) continue;
    std::string_view value = JsonValue(body, key);
    if (!value.starts_with('"')) {
      const std::string_view inner = JsonValue(value, "message");
      if (inner.starts_with('"')) value = inner;
    }
    return ServiceError(value.starts_with('"') ? JsonString(value.substr(1))
                                               : Trim(value));
  }
  return {};
}

std::optional<Error> ProbeTextError(const Input& in) {
  if (in.size > kHead || !IsText(in)) return {};
  std::string_view s = TextOf(in);
  for (const std::string_view start :
       {"Entry not found", "Invalid credentials",
        "Invalid username or password", "Repository not found",
        "Access to model", "404: Not Found"}) {
    if (s.starts_with(start)) return ServiceError(Trim(TakeLine(s)));
  }
  return {};
}

}  // namespace ptscope::format
