#include "format/wrong_input.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "format/magics.h"
#include "format/server_text.h"
#include "format/unread_formats.h"
#include "format/wrong_input_hints.h"
#include "format/wrong_input_models.h"
#include "format/wrong_input_probe.h"
#include "format/wrong_input_text.h"

namespace ptscope::format {

namespace {

using enum ErrorCode;

constexpr uint64_t kSamples = 16;  // places looked at between head and tail
constexpr size_t kSample = 512;    // bytes at each

// --- Empty and blank files ---

std::optional<Error> ProbeEmpty(const Input& in) {
  if (in.size != 0) return {};
  return FoundInstead("is empty", kCopyAgain);
}

// No checkpoint is so short; a list of names may be.
std::optional<Error> ProbeShort(const Input& in) {
  if (in.size >= kShortest) return {};
  return FoundInstead(
      fmt::format("has only {} byte{}", in.size, in.size == 1 ? "" : "s"),
      kCopyAgain, Hex(in.head));
}

// Whether head, tail and the samples between hold nothing but `c`.
bool HoldsOnly(const Input& in, char c) {
  const auto only = [c](std::string_view s) {
    return s.find_first_not_of(c) == std::string_view::npos;
  };
  if (!only(in.head)) return false;
  if (in.size <= kHead) return true;
  if (!only(ReadSome(in, in.size - kHead, kHead))) return false;
  const uint64_t step = in.size / (kSamples + 1);
  for (uint64_t i = 1; i <= kSamples; ++i) {
    if (!only(ReadSome(in, i * step, kSample))) return false;
  }
  return true;
}

std::optional<Error> ProbeBlank(const Input& in) {
  for (const char c : {'\0', '\xFF'}) {
    if (!HoldsOnly(in, c)) continue;
    return FoundInstead(
        fmt::format("holds nothing but bytes {:02x}{}",
                    static_cast<unsigned char>(c),
                    in.size > 2 * kHead ? " where it was sampled" : ""),
        "it was not written to its end: copy or download it again");
  }
  return {};
}

// --- The order ---

// In the order in which they are asked: what is sure before what is short.
constexpr std::optional<Error> (*kProbes[])(const Input&) = {
    ProbeEmpty,    ProbeBlank,       ProbeGitLfs,        ProbeLegacy,
    ProbeGitAnnex, ProbeDvc,         ProbeMagics,        ProbeHtml,
    ProbeXml,      ProbeJsonError,   ProbeTextError,     ProbeTorch7,
    ProbeOnnx,     ProbeDcpMetadata, ProbeHdf5UserBlock,
};

std::optional<Error> Known(const Input& in) {
  if (in.size > 0 && in.size < kShortest) return {};
  for (const auto probe : kProbes) {
    if (auto error = probe(in)) return error;
  }
  return {};
}

// --- What is left ---

// An object or an array; not the `[section]` of an INI file.
bool IsJson(const Input& in) {
  const std::string_view s = TextOf(in);
  if (!IsText(in) || s.empty()) return false;
  const std::string_view inner = TrimLeft(s.substr(1));
  if (s[0] == '{') return inner.starts_with('"') || inner.starts_with('}');
  constexpr std::string_view kStarts = "\"{[]-0123456789";
  return s[0] == '[' && !inner.empty() &&
         kStarts.find(inner[0]) != std::string_view::npos;
}

Error Unknown(const Input& in) {
  if (auto error = ProbeShort(in)) return *std::move(error);
  if (in.head.starts_with("PK\3\4")) {
    return *Found(kDamaged, "is a zip archive without its end", kCopyAgain);
  }
  if (IsManifest(in)) {
    return *Found(kNotCheckpoint, "is a manifest, not a checkpoint",
                  "compare a checkpoint with it: "
                  "ptscope check -m FILE CHECKPOINT");
  }
  if (IsJson(in)) return *Found(kNotCheckpoint, "is a JSON file", kCheckPath);
  if (IsText(in)) {
    std::string_view s = TextOf(in);
    return *Found(kNotCheckpoint, "is a text file", kCheckPath,
                  Quote(Trim(TakeLine(s))));
  }
  return *Found(kNotCheckpoint, "has no known checkpoint format", kCheckPath,
                Hex(in.head.substr(0, 8)));
}

// --- The name and the source ---

// A hint of the name, where the bytes may be those of half a checkpoint.
Error WithPartialHint(Error error, const Input& in, bool known) {
  const std::string_view hint = PartialDownloadHint(in.name);
  if (hint.empty()) return error;
  if (!known || error.code == kDamaged || ProbeShort(in) || ProbeBlank(in)) {
    error.hint = hint;
  }
  return error;
}

// Calls `describe` with what has been read of the source.
template <typename Describe>
std::optional<Error> WithHead(const Source& source, std::string_view name,
                              Describe describe) {
  std::string head(
      static_cast<size_t>(std::min<uint64_t>(source.size(), kHead)), '\0');
  const Status status =
      ReadExactly(source, 0, std::as_writable_bytes(std::span(head)));
  if (!status) return status.error();
  return describe(Input{source, source.size(), name, head});
}

}  // namespace

std::optional<Error> KnownWrongInput(const Source& source,
                                     std::string_view name) {
  return WithHead(source, name, [](const Input& in) -> std::optional<Error> {
    auto error = Known(in);
    if (!error) return {};
    return WithPartialHint(*std::move(error), in, true);
  });
}

Error DescribeWrongInput(const Source& source, std::string_view name) {
  return *WithHead(source, name, [](const Input& in) -> std::optional<Error> {
    auto error = Known(in);
    const bool known = error.has_value();
    return WithPartialHint(known ? *std::move(error) : Unknown(in), in, known);
  });
}

std::string_view PartialDownloadHint(std::string_view name) {
  for (const std::string_view ending :
       {".crdownload", ".part", ".partial", ".incomplete", ".aria2", ".lock",
        ".tmp"}) {
    if (name.ends_with(ending)) {
      return "its name is that of an unfinished download: finish it first";
    }
  }
  return {};
}

}  // namespace ptscope::format
