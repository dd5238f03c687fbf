#include "format/wrong_zip.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "format/wrong_input_hints.h"

namespace ptscope::format {

namespace {

// From either end: what tells the kinds apart is written first or last.
constexpr size_t kLooked = 4096;
// Names are shown to this length.
constexpr size_t kShown = 100;

// A kind and the records that make it one. "a/*" is any record in a folder,
// "*b" any whose name ends so. The first row that fits names the archive.
struct Kind {
  std::array<std::string_view, 2> records;
  std::string_view message;
  std::string_view hint = kCheckPath;
  ErrorCode code = ErrorCode::kNotCheckpoint;
};

using enum ErrorCode;

constexpr std::string_view kOldScript =
    "is a TorchScript archive of PyTorch 1.0 to 1.2 with several model.json";
constexpr std::string_view kNoPickle =
    "is a torch archive without the record data.pkl";

constexpr Kind kKinds[] = {
    {{"model.json", "tensors/*"}, kOldScript, kNameOrigin, kDamaged},
    {{"model.json", "attributes.pkl"}, kOldScript, kNameOrigin, kDamaged},
    {{"version", "data/0"}, kNoPickle, kCopyAgain, kDamaged},
    {{".data/version", "data/*"}, kNoPickle, kCopyAgain, kDamaged},
    {{"model.weights.h5"},
     "is a Keras model (.keras)",
     "list its weights: unzip FILE model.weights.h5, then "
     "h5ls -r model.weights.h5"},
    {{"[Content_Types].xml", "word/*"}, "is a Word document (.docx)"},
    {{"[Content_Types].xml", "xl/*"}, "is an Excel workbook (.xlsx)"},
    {{"[Content_Types].xml", "ppt/*"}, "is a PowerPoint presentation (.pptx)"},
    {{"[Content_Types].xml"}, "is an Office document"},
    {{"AndroidManifest.xml"}, "is an Android package (.apk)"},
    {{"META-INF/container.xml"}, "is an EPUB book"},
    {{"mimetype", "META-INF/manifest.xml"}, "is an OpenDocument file"},
    {{"*.dist-info/WHEEL"}, "is a Python wheel (.whl)"},
    {{"META-INF/MANIFEST.MF"}, "is a Java archive (.jar)"},
};

constexpr std::string_view kCheckpointEndings[] = {
    ".pt", ".pth", ".bin", ".ckpt", ".pkl", ".safetensors", ".pth.tar"};

struct Sample {
  std::vector<std::string_view> names;  // without litter
  size_t folder = 0;  // bytes that all begin with, the last slash included
  size_t total = 0;   // records of the archive, without the litter seen
};

size_t CommonFolder(const std::vector<std::string_view>& names) {
  if (names.empty()) return 0;
  const std::string_view first = names.front();
  size_t common = first.rfind('/') + 1;
  for (std::string_view name : names) {
    const auto differ = std::ranges::mismatch(first.substr(0, common), name);
    const auto same = static_cast<size_t>(differ.in2 - name.begin());
    if (same != common) common = name.substr(0, same).rfind('/') + 1;
  }
  return common;
}

Sample Look(std::span<const std::string_view> names) {
  Sample sample;
  sample.total = names.size();
  for (size_t i = 0; i < names.size(); ++i) {
    if (i == kLooked && names.size() > 2 * kLooked) i = names.size() - kLooked;
    if (IsLeftOver(names[i])) {
      --sample.total;
    } else {
      sample.names.push_back(names[i]);
    }
  }
  sample.folder = CommonFolder(sample.names);
  return sample;
}

bool Fits(std::string_view name, std::string_view pattern) {
  if (pattern.starts_with('*')) return name.ends_with(pattern.substr(1));
  if (!pattern.ends_with('*')) return name == pattern;
  return name.starts_with(pattern.substr(0, pattern.size() - 1));
}

// Any part of the common folder may be left off: all records of a package may
// lie in `name/.data/`.
bool Fits(const Sample& sample, std::string_view pattern) {
  const std::string_view folder = sample.names.front().substr(0, sample.folder);
  for (size_t at = 0; at <= folder.size();) {
    if (std::ranges::any_of(sample.names, [&](std::string_view name) {
          return Fits(name.substr(at), pattern);
        })) {
      return true;
    }
    const size_t slash = folder.find('/', at);
    if (slash == folder.npos) break;
    at = slash + 1;
  }
  return false;
}

bool Fits(const Sample& sample, const Kind& kind) {
  return std::ranges::all_of(kind.records, [&](std::string_view pattern) {
    return pattern.empty() || Fits(sample, pattern);
  });
}

std::string Shown(std::string_view name) {
  if (name.size() <= kShown) return fmt::format("\"{}\"", name);
  return fmt::format("\"{}...\"", name.substr(0, kShown));
}

// "records "a", "b", "c" and 7 more".
std::string Shown(const Sample& sample) {
  const size_t shown = std::min<size_t>(sample.names.size(), 3);
  std::string text = sample.total == 1 ? "record " : "records ";
  for (size_t i = 0; i < shown; ++i) {
    if (i != 0) text += ", ";
    text += Shown(sample.names[i]);
  }
  if (sample.total > shown) {
    text += fmt::format(" and {} more", sample.total - shown);
  }
  return text;
}

}  // namespace

bool IsCheckpointName(std::string_view name) {
  return std::ranges::any_of(kCheckpointEndings, [&](std::string_view ending) {
    return name.ends_with(ending);
  });
}

// What a system leaves in every archive that is made with it.
bool IsLeftOver(std::string_view name) {
  const std::string_view base = name.substr(name.rfind('/') + 1);
  return name.ends_with('/') || name.starts_with("__MACOSX/") ||
         base.starts_with("._") || base == ".DS_Store";
}

std::optional<Error> KnownZip(std::span<const std::string_view> names) {
  if (names.empty()) {
    return Error{.code = kNotCheckpoint,
                 .message = "is an empty zip archive",
                 .expected = "the record data.pkl",
                 .hint = "save, copy or download it again"};
  }
  const Sample sample = Look(names);
  if (sample.names.empty()) {
    return Error{.code = kNotCheckpoint,
                 .message = "is a zip archive of folders without files",
                 .expected = "the record data.pkl",
                 .hint = std::string(kCheckPath)};
  }
  const auto kind = std::ranges::find_if(
      kKinds, [&](const Kind& k) { return Fits(sample, k); });
  if (kind != std::end(kKinds)) {
    return Error{.code = kind->code,
                 .message = std::string(kind->message),
                 .hint = std::string(kind->hint)};
  }
  if (std::ranges::all_of(sample.names, [](std::string_view n) {
        return n.ends_with(".npy");
      })) {
    return Error{.code = kNotCheckpoint,
                 .message = "is a NumPy archive (.npz)",
                 .hint = "numpy.load reads it"};
  }
  return std::nullopt;
}

Error OrdinaryZip(std::span<const std::string_view> names) {
  return {.code = kNotCheckpoint,
          .message = "is an ordinary zip archive without a checkpoint in it",
          .found = Shown(Look(names)),
          .hint = std::string(kCheckPath)};
}

}  // namespace ptscope::format
