#include "format/wrong_input.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "base/byte_reader.h"
#include "base/utf8.h"
#include "format/wrong_zip.h"
#include "pickle/decoder.h"
#include "pickle/literals.h"
#include "pickle/opcode.h"

namespace ptscope::format {

namespace {

using namespace std::string_view_literals;
using enum ErrorCode;

constexpr size_t kHead = 4096;        // bytes looked at from the start
constexpr size_t kQuoted = 200;       // bytes quoted from the file
constexpr int kTarMembers = 16;       // headers looked at in a tar
constexpr uint64_t kSamples = 16;     // places looked at between head and tail
constexpr uint64_t kSample = 512;     // bytes at each
constexpr size_t kLfsPointer = 1024;  // git-lfs: a pointer is shorter
// Largest header that the safetensors library accepts.
constexpr uint64_t kSafetensorsHeader = 100'000'000;

struct Input {
  const Source& source;
  uint64_t size;          // of the file
  std::string_view name;  // of the file
  std::string_view head;  // its first kHead bytes
};

constexpr std::string_view kCheckPath = "check the path and the download";
constexpr std::string_view kAgain = "copy or download it again";
constexpr std::string_view kBinary =
    "copy it again in binary mode, and mark it `binary` in .gitattributes";
constexpr std::string_view kExported = "name the checkpoint it was made from";
constexpr std::string_view kListHdf5 = "list it with `h5ls -r`";
constexpr std::string_view kGgml = "convert it to GGUF with llama.cpp";
constexpr std::string_view kZlib = "is compressed with zlib, as joblib does";
constexpr std::string_view kJoblib =
    "if you trust it, load it with joblib.load";
constexpr std::string_view kNewline = "is damaged by newline conversion";
constexpr std::string_view kReplaced =
    "is damaged: its bytes were decoded as text";
constexpr std::string_view kEncoded =
    "is damaged: its bytes were encoded as text";
constexpr std::string_view kSaveAgain =
    "save it again with PyTorch 1.6 or newer: "
    "torch.save(torch.load(FILE, weights_only=True), NEW)";

std::optional<Error> Found(ErrorCode code, std::string message,
                           std::string_view hint, std::string found = {}) {
  return Error{.code = code,
               .message = std::move(message),
               .found = std::move(found),
               .hint = std::string(hint)};
}

std::string Hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    if (!text.empty()) text += ' ';
    text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  }
  return text;
}

// --- Text ---

bool IsSpace(char c) { return " \t\r\n"sv.find(c) != std::string_view::npos; }

bool IsDigits(std::string_view s) {
  return !s.empty() &&
         std::ranges::all_of(s, [](char c) { return c >= '0' && c <= '9'; });
}

std::string_view TrimLeft(std::string_view s) {
  while (!s.empty() && IsSpace(s.front())) s.remove_prefix(1);
  return s;
}

std::string_view Trim(std::string_view s) {
  s = TrimLeft(s);
  while (!s.empty() && IsSpace(s.back())) s.remove_suffix(1);
  return s;
}

// The text of the head: what follows a byte order mark and white space.
std::string_view TextOf(const Input& in) {
  std::string_view s = in.head;
  if (s.starts_with("\xEF\xBB\xBF")) s.remove_prefix(3);
  return TrimLeft(s);
}

// The next line, without its LF or CR LF.
std::string_view TakeLine(std::string_view& s) {
  const size_t end = std::min(s.find('\n'), s.size());
  std::string_view line = s.substr(0, end);
  s.remove_prefix(std::min(end + 1, s.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
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

// In quotes, cut before a character that does not fit. Empty stays empty.
std::string Quote(std::string_view s) {
  if (s.empty()) return {};
  if (s.size() <= kQuoted) return fmt::format("\"{}\"", s);
  size_t end = kQuoted;
  while (end > kQuoted - 4 && (s[end] & 0xC0) == 0x80) --end;
  return fmt::format("\"{}...\"", s.substr(0, end));
}

// UTF-8 without control characters; the head may cut the last character.
bool IsText(const Input& in) {
  const std::string_view s = in.head;
  for (size_t i = 0; i < s.size();) {
    const CodePoint c = DecodeUtf8(s, i);
    if (c.length == 0) return in.size > s.size() && s.size() - i < 4;
    if (c.value == 0x7F || (c.value < ' ' && !IsSpace(s[i]) && s[i] != '\f')) {
      return false;
    }
    i += c.length;
  }
  return true;
}

bool IsBinary(const Input& in) { return !IsText(in); }

// --- Numbers and samples ---

template <typename T>
T Little(std::string_view s, size_t offset) {
  if (offset > s.size() || sizeof(T) > s.size() - offset) return 0;
  return LoadLittle<T>(std::as_bytes(std::span(s)).data() + offset);
}

// Up to n bytes from `offset`, fewer where the file ends or cannot be read.
std::string ReadSome(const Input& in, uint64_t offset, uint64_t n) {
  std::string bytes(static_cast<size_t>(n), '\0');
  const auto got =
      in.source.ReadAt(offset, std::as_writable_bytes(std::span(bytes)));
  bytes.resize(got ? *got : 0);
  return bytes;
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

// --- Magics ---

bool Always(const Input&) { return true; }

// A bitmap's reserved field and the length of its second header.
bool IsBitmap(const Input& in) {
  const auto length = Little<uint32_t>(in.head, 14);
  return in.head.size() >= 18 && Little<uint32_t>(in.head, 6) == 0 &&
         length >= 12 && length <= 124;
}

// The count of architectures; in a Java class the version, from 45.
bool IsFatMachO(const Input& in) {
  return in.head.size() >= 8 && in.head.substr(4, 3) == "\0\0\0"sv &&
         in.head[7] < 45 && in.head[7] >= 0;
}

bool IsRiff(const Input& in) {
  return in.head.starts_with("RIFF") && IsBinary(in);
}

bool IsPickled(const Input& in) { return in.head.starts_with('\x80'); }

// The first block's magic, or that of an empty stream's end.
bool IsBzip2(const Input& in) {
  const std::string_view block = in.head.substr(4, 6);
  return block == "\x31\x41\x59\x26\x53\x59" ||
         block == "\x17\x72\x45\x38\x50\x90";
}

// A block type that exists. Source: RFC 1951, 3.2.3.
bool IsZlib(const Input& in) {
  return IsBinary(in) && (Little<uint8_t>(in.head, 2) >> 1 & 3) != 3;
}

// The second header, whose offset is at 0x3C, begins in the head.
bool IsWindowsProgram(const Input& in) {
  const size_t second = Little<uint32_t>(in.head, 0x3C);
  return second < in.head.size() &&
         in.head.substr(second).starts_with("PE\0\0"sv);
}

// A dictionary of 2^n or 2^n + 2^(n-1) bytes, a length that is unknown or
// less than 2^38, and the range coder's first byte, which is 0. Source: xz's
// lzma_alone decoder.
bool IsLzmaAlone(const Input& in) {
  const auto dictionary = Little<uint32_t>(in.head, 1);
  const auto length = Little<uint64_t>(in.head, 5);
  const uint32_t rest = dictionary & (dictionary - 1);
  return in.head.size() >= 14 && dictionary >= 4096 &&
         (rest == 0 || (rest & (rest - 1)) == 0) &&
         (length == UINT64_MAX || length < uint64_t{1} << 38) &&
         in.head[13] == 0;
}

// A magic's bytes, NULs included.
struct Bytes {
  template <size_t n>
  consteval Bytes(const char (&text)[n]) : view(text, n - 1) {}  // NOLINT
  std::string_view view;
};

struct Magic {
  size_t offset;
  Bytes bytes;
  std::string_view message;
  bool (*also)(const Input&) = Always;  // what must hold besides
  std::string_view hint = kCheckPath;
  ErrorCode code = kNotCheckpoint;
};

// The first row that fits. Magics of letters alone ask for more than that, so
// that no text is taken for an image.
constexpr Magic kMagics[] = {
    // Damaged by a transfer.
    {0, "L119547037146038801333356L\r\n.", kNewline, Always, kBinary, kDamaged},
    {2, "\x8A\r\n", kNewline, IsPickled, kBinary, kDamaged},
    {11, "\x8A\r\n\x6C", kNewline, IsPickled, kBinary, kDamaged},
    {0, "PK\3\4\r\n\0", kNewline, Always, kBinary, kDamaged},
    {0, "\xEF\xBF\xBD\2\xEF\xBF\xBD\n\x6C", kReplaced, Always, kBinary,
     kDamaged},
    {0, "\xC2\x80\2\xC2\x8A\n\x6C", kEncoded, Always, kBinary, kDamaged},

    // Relatives of the torch archive.
    {0, "PYTORCH1",
     "is a container of a PyTorch preview of 2018, which is not read", Always,
     "PyTorch does not read it either: find a newer file", kUnsupported},
    {4, "PTMF", "is a PyTorch Mobile flatbuffer, which is not read", Always,
     kExported, kUnsupported},
    {4, "ET12", "is an ExecuTorch program (.pte), which is not read", Always,
     kExported, kUnsupported},
    {0, "graph(", "is the text of a TorchScript graph, without weights", IsText,
     kExported, kUnsupported},
    {0, "PK\5\6", "is an empty zip archive", Always, kAgain},
    {0, "PK\7\x08PK\3\4", "is the first part of a split zip archive", Always,
     "join its parts: zip -s 0 FILE --out NEW", kUnsupported},

    // Pointers to a file that is elsewhere.
    {0, "/annex/objects/", "is a git-annex pointer, not the file itself",
     Always, "run `git annex get`"},
    {0, "outs:\n- md5: ", "is a DVC pointer, not the file itself", Always,
     "run `dvc pull`"},

    // Compressed.
    {0, "\x1F\x8B\x08", "is compressed with gzip", Always,
     "decompress it first: gzip -dc FILE > NEW"},
    {0, "BZh", "is compressed with bzip2", IsBzip2,
     "decompress it first: bzip2 -dc FILE > NEW"},
    {0, "\xFD\x37zXZ\0", "is compressed with xz", Always,
     "decompress it first: xz -dc FILE > NEW"},
    {0, "\x5D\0\0", "is compressed with LZMA", IsLzmaAlone,
     "decompress it first: xz -dc FILE > NEW"},
    {0, "\x28\xB5\x2F\xFD", "is compressed with zstd", Always,
     "decompress it first: zstd -dc FILE > NEW"},
    {0, "\x04\x22\x4D\x18", "is compressed with lz4", Always,
     "decompress it first: lz4 -dc FILE > NEW"},
    {0, "\x02\x21\x4C\x18", "is compressed with lz4 (legacy frame)", Always,
     "decompress it first: lz4 -dc FILE > NEW"},
    {0, "7z\xBC\xAF\x27\x1C", "is a 7-Zip archive", Always,
     "extract the checkpoint first: 7z x FILE"},
    {0, "Rar!\x1A\x07", "is a RAR archive", Always,
     "extract the checkpoint first: unrar x FILE"},

    // Other formats of weights and arrays.
    {0, "\x89HDF\r\n\x1A\n", "is an HDF5 file (Keras .h5)", Always, kListHdf5},
    {0, "GGUF", "is a GGUF model", IsBinary, "list it with `gguf-dump`"},
    {0, "lmgg", "is a GGML model", IsBinary, kGgml},
    {0, "ggml", "is a GGML model", IsBinary, kGgml},
    {0, "fmgg", "is a GGMF model", IsBinary, kGgml},
    {0, "ggmf", "is a GGMF model", IsBinary, kGgml},
    {0, "tjgg", "is a GGJT model", IsBinary, kGgml},
    {0, "ggjt", "is a GGJT model", IsBinary, kGgml},
    {0, "algg", "is a GGLA adapter", IsBinary, kGgml},
    {0, "ggla", "is a GGLA adapter", IsBinary, kGgml},
    {4, "TFL3", "is a TensorFlow Lite model", Always, kExported},
    {0, "\x93NUMPY", "is a NumPy array (.npy)", Always, "numpy.load reads it"},
    {0, "MATLAB 5.0 MAT-file", "is a MATLAB file (.mat)", Always,
     "scipy.io.loadmat reads it"},
    {0, "MATLAB 7.3 MAT-file", "is a MATLAB file (.mat)", Always, kListHdf5},
    {0, "ARROW1\0\0", "is an Arrow file"},
    {0, "FEA1", "is a Feather file", IsBinary},
    {0, "PAR1", "is a Parquet file", IsBinary},
    {0, "RDX2\n", "is R data", IsBinary},
    {0, "RDX3\n", "is R data", IsBinary},
    {0, "SQLite format 3\0", "is an SQLite database"},

    // Images, documents, sound.
    {0, "\x89PNG\r\n\x1A\n", "is a PNG image"},
    {0, "\xFF\xD8\xFF", "is a JPEG image"},
    {0, "GIF87a", "is a GIF image", IsBinary},
    {0, "GIF89a", "is a GIF image", IsBinary},
    {0, "BM", "is a BMP image", IsBitmap},
    {8, "WEBP", "is a WebP image", IsRiff},
    {0, "II*\0", "is a TIFF image"},
    {0, "MM\0*", "is a TIFF image"},
    {0, "%PDF-", "is a PDF document"},
    {0, "%!PS", "is a PostScript document"},
    {8, "WAVE", "is a WAV sound", IsRiff},
    {8, "AVI ", "is an AVI video", IsRiff},
    {0, "ID3", "is an MP3 sound", IsBinary},
    {4, "ftyp", "is an MP4 video", IsBinary},
    {0, "fLaC", "is a FLAC sound", IsBinary},
    {0, "OggS", "is an Ogg sound or video", IsBinary},

    // Programs.
    {0, "\x7F\x45LF", "is an ELF program or library"},
    {0, "MZ", "is a Windows program", IsWindowsProgram},
    {0, "\xFE\xED\xFA\xCE", "is a Mach-O program or library"},
    {0, "\xFE\xED\xFA\xCF", "is a Mach-O program or library"},
    {0, "\xCE\xFA\xED\xFE", "is a Mach-O program or library"},
    {0, "\xCF\xFA\xED\xFE", "is a Mach-O program or library"},
    {0, "\xCA\xFE\xBA\xBE", "is a Mach-O program or library", IsFatMachO},
    {0, "\xCA\xFE\xBA\xBE", "is a Java class"},
    {0, "#!", "is a script", IsText},

    // Last, since two bytes are little.
    {0, "\x78\x01", kZlib, IsZlib, kJoblib},
    {0, "\x78\x5E", kZlib, IsZlib, kJoblib},
    {0, "\x78\x9C", kZlib, IsZlib, kJoblib},
    {0, "\x78\xDA", kZlib, IsZlib, kJoblib},
};

bool Fits(const Input& in, const Magic& magic) {
  return in.head.size() >= magic.offset &&
         in.head.substr(magic.offset).starts_with(magic.bytes.view) &&
         magic.also(in);
}

std::optional<Error> ByMagic(const Input& in) {
  const auto magic = std::ranges::find_if(
      kMagics, [&](const Magic& m) { return Fits(in, m); });
  if (magic == std::end(kMagics)) return {};
  auto error = Found(magic->code, std::string(magic->message), magic->hint);
  if (magic->code == kDamaged) {
    error->offset = magic->offset;
    error->found = Hex(magic->bytes.view);
  }
  return error;
}

// --- Empty and blank files ---

std::optional<Error> Short(const Input& in) {
  if (in.size == 0) return Found(kNotCheckpoint, "is empty", kAgain);
  if (in.size >= 4) return {};
  return Found(
      kNotCheckpoint,
      fmt::format("has only {} byte{}", in.size, in.size == 1 ? "" : "s"),
      kAgain, Hex(in.head));
}

std::optional<Error> Blank(const Input& in) {
  for (const char c : {'\0', '\xFF'}) {
    if (!HoldsOnly(in, c)) continue;
    return Found(
        kNotCheckpoint,
        fmt::format("holds nothing but bytes {:02x}{}",
                    static_cast<unsigned char>(c),
                    in.size > 2 * kHead ? " where it was sampled" : ""),
        "it was not written to its end: copy or download it again");
  }
  return {};
}

// --- What a server or git left in place of the file ---

// Source: github.com/git-lfs/git-lfs, docs/spec.md.
std::optional<Error> GitLfs(const Input& in) {
  std::string_view s = in.head;
  const std::string_view version = TakeLine(s);
  if (in.size >= kLfsPointer ||
      (version != "version https://git-lfs.github.com/spec/v1" &&
       version != "version https://hawser.github.com/spec/v1")) {
    return {};
  }
  std::string_view oid, size;
  while (!s.empty()) {
    const std::string_view line = TakeLine(s);
    if (line.starts_with("oid sha256:")) oid = line.substr(4);
    if (line.starts_with("size ")) size = line.substr(5);
  }
  const bool whole =
      oid.size() == "sha256:"sv.size() + 64 && IsDigits(size) &&
      oid.find_first_not_of("0123456789abcdef", 7) == std::string_view::npos;
  if (!whole) {
    return Found(kNotCheckpoint, "is a malformed git-lfs pointer",
                 "check it out again: git checkout FILE, then git lfs pull");
  }
  return Found(kNotCheckpoint, "is a git-lfs pointer, not the file itself",
               fmt::format("run `git lfs pull`: the file has {} bytes, oid {}",
                           size, oid));
}

std::optional<Error> Html(const Input& in) {
  const std::string_view s = TextOf(in);
  if (!StartsWithWord(s, "<!doctype") && !StartsWithWord(s, "<html") &&
      !StartsWithWord(s, "<head")) {
    return {};
  }
  const std::string_view title = Between(s, "<title", "</title");
  return Found(
      kNotCheckpoint, "is an HTML page, not the file itself",
      "the download met a login, a quota or an error: get it again",
      Quote(Trim(title.substr(std::min(title.find('>') + 1, title.size())))));
}

// The answer of S3, Google Cloud Storage, Azure. Other XML is only named.
std::optional<Error> Xml(const Input& in) {
  const std::string_view s = TextOf(in);
  if (!s.starts_with("<?xml") && !s.starts_with("<Error>")) return {};
  if (s.find("<Error>") == std::string_view::npos) {
    return Found(kNotCheckpoint, "is an XML file", kCheckPath);
  }
  std::string text(Between(s, "<code>", "</code>"));
  const std::string_view message = Between(s, "<message>", "</message>");
  if (!text.empty() && !message.empty()) text += ": ";
  text += message;
  return Found(kNotCheckpoint, "is an error of a cloud storage, not the file",
               "check the address and the access rights, then get it again",
               Quote(text));
}

// The string that begins after the opening quote, up to the closing one.
std::string_view JsonString(std::string_view s) {
  for (size_t i = 0; i < s.size(); ++i) {
    if (s[i] == '"') return s.substr(0, i);
    if (s[i] == '\\') ++i;
  }
  return s;
}

// What follows the colon after a key; empty if the key is not there.
std::string_view JsonValue(std::string_view s, std::string_view key) {
  const size_t at = s.find(fmt::format("\"{}\"", key));
  if (at == std::string_view::npos) return {};
  s = TrimLeft(s.substr(at + key.size() + 2));
  return s.starts_with(':') ? TrimLeft(s.substr(1)) : std::string_view();
}

// {"error": "words"}, {"error": {"code": 404, "message": "words"}} and so on.
std::optional<Error> JsonError(const Input& in) {
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
    return Found(kNotCheckpoint, "is an error of a web service, not the file",
                 "check the address and the access rights, then get it again",
                 Quote(value.starts_with('"') ? JsonString(value.substr(1))
                                              : Trim(value)));
  }
  return {};
}

std::optional<Error> TextError(const Input& in) {
  if (in.size > kHead || !IsText(in)) return {};
  std::string_view s = TextOf(in);
  for (const std::string_view start :
       {"Entry not found", "Invalid credentials",
        "Invalid username or password", "Repository not found",
        "Access to model", "404: Not Found"}) {
    if (!s.starts_with(start)) continue;
    return Found(kNotCheckpoint, "is an error of a web service, not the file",
                 "check the address and the access rights, then get it again",
                 Quote(Trim(TakeLine(s))));
  }
  return {};
}

// --- Checkpoints in formats that are not read ---

constexpr std::string_view kLegacyStarts[] = {
    "\x80\2\x8A\n\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19."sv,
    "\x80\3\x8A\n\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19."sv,
    "\x80\4\x95\r\0\0\0\0\0\0\0"
    "\x8A\n\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19."sv,
    "\x80\5\x95\r\0\0\0\0\0\0\0"
    "\x8A\n\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19."sv,
    "L119547037146038801333356L\n."sv,
};

// Stacked pickles, the first of them a magic number. Source:
// torch/serialization.py, _legacy_save.
std::optional<Error> Legacy(const Input& in) {
  for (const std::string_view start : kLegacyStarts) {
    if (in.head.starts_with(start)) {
      return Found(kUnsupported,
                   "is a legacy torch.save file, which is not read",
                   kSaveAgain);
    }
    if (start.starts_with(in.head)) {
      return Found(kDamaged, "is a legacy torch.save file that is cut short",
                   kAgain);
    }
  }
  const std::string_view s = in.head;
  if (!s.starts_with("\x80\2\x8A\x0A") || s.size() < 17 || s[14] != '.' ||
      s[15] != '\x80') {
    return {};
  }
  auto error = Found(kDamaged, "has a wrong magic number of torch.save", kAgain,
                     Hex(s.substr(4, 10)));
  error->offset = 4;
  error->expected = Hex(kLegacyStarts[0].substr(4, 10));
  return error;
}

// A number field of a tar header: octal digits, padded with spaces and NULs.
std::optional<uint64_t> Octal(std::string_view field) {
  const size_t from = std::min(field.find_first_not_of(' '), field.size());
  const size_t to = field.find_first_of(" \0"sv, from);
  field = field.substr(from, to == field.npos ? to : to - from);
  uint64_t value = 0;
  for (const char c : field) {
    if (c < '0' || c > '7') return {};
    value = value << 3 | static_cast<uint64_t>(c - '0');  // at most 36 bits
  }
  return field.empty() ? std::nullopt : std::optional(value);
}

// Whether these 512 bytes are a tar header: its checksum is right.
bool IsTarHeader(std::string_view block) {
  if (block.size() < 512) return false;
  uint64_t sum = 8 * ' ';  // the field counts as spaces
  for (size_t i = 0; i < 512; ++i) {
    if (i < 148 || i >= 156) sum += static_cast<unsigned char>(block[i]);
  }
  return block[0] != 0 && Octal(block.substr(148, 8)) == sum;
}

std::optional<Error> Tar(const Input& in) {
  std::string block(in.head.substr(0, 512));
  if (!IsTarHeader(block)) return {};
  std::string member;
  uint64_t offset = 0;
  for (int i = 0; i < kTarMembers && IsTarHeader(block); ++i) {
    std::string_view name = std::string_view(block).substr(0, 100);
    name = name.substr(0, name.find('\0'));
    if (name.starts_with("./")) name.remove_prefix(2);
    if (name == "sys_info" || name == "pickle" || name == "storages" ||
        name == "tensors") {
      return Found(kUnsupported,
                   "is a tar archive of PyTorch 0.1, which is not read",
                   "save it again: torch.save(torch.load(FILE), NEW), in a "
                   "sandbox if you do not trust it");
    }
    if (member.empty() && IsCheckpointName(name)) member = name;
    const auto size = Octal(std::string_view(block).substr(124, 12));
    if (!size) break;
    offset += 512 + (*size + 511) / 512 * 512;  // 16 times 2^36 at most
    block = ReadSome(in, offset, 512);
  }
  if (!member.empty()) {
    return Found(kUnsupported, "is a tar archive with a checkpoint in it",
                 "extract it and name that file: tar -xf FILE",
                 "member " + Quote(member));
  }
  return Found(kNotCheckpoint,
               "is a tar archive without a checkpoint of PyTorch 0.1",
               kCheckPath);
}

std::optional<Error> Safetensors(const Input& in) {
  const auto header = Little<uint64_t>(in.head, 0);
  if (in.head.size() < 9 || header < 2 || header > kSafetensorsHeader ||
      in.head[8] != '{') {
    return {};
  }
  if (header > in.size - 8) {
    auto error = Found(kDamaged, "is a safetensors file that is cut short",
                       kAgain, fmt::format("{} bytes", in.size));
    error->expected = fmt::format("a header of {} bytes", header);
    return error;
  }
  return Found(kUnsupported, "is a safetensors file, which is not read",
               "the Python package safetensors reads it");
}

bool IsManifest(const Input& in) {
  const std::string_view s = TextOf(in);
  return s.starts_with('{') &&
         JsonValue(s, "schema").starts_with("\"ptscope/manifest/");
}

std::optional<Error> ShardIndex(const Input& in) {
  const std::string_view s = TextOf(in);
  if (!s.starts_with('{') || IsManifest(in) ||
      !JsonValue(s, "weight_map").starts_with('{')) {
    return {};
  }
  return Found(kUnsupported,
               "is the index of a sharded checkpoint, which is not read",
               "name the shards, which lie beside it");
}

// --- Bare pickles ---

// Whether the argument is what pickle.dump writes, so that no text is taken for
// a pickle of protocol 0.
bool IsPlausible(const pickle::Instruction& it) {
  constexpr auto kName =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_."sv;
  const auto is_name = [&](std::string_view s) {
    return !s.empty() && s.find_first_not_of(kName) == s.npos;
  };
  switch (it.op) {
    case pickle::Opcode::kInt:
      return pickle::ParseInt(it.text).has_value();
    case pickle::Opcode::kLong:
      return pickle::ParseLong(it.text).has_value();
    case pickle::Opcode::kFloat:
      return pickle::ParseFloat(it.text).has_value();
    case pickle::Opcode::kString:
      return pickle::ParseQuoted(it.text).has_value();
    case pickle::Opcode::kPut:
    case pickle::Opcode::kGet:
      return pickle::ParseIndex(it.text).has_value();
    case pickle::Opcode::kGlobal:
    case pickle::Opcode::kInst:
      return is_name(it.text) && is_name(it.second);
    default:
      return true;
  }
}

// Whether the head decodes, to its end or to STOP, although it has no PROTO:
// protocols 0 and 1 have none, and no loader asks for it.
bool IsPickleWithoutProto(const Input& in) {
  pickle::Decoder decoder(std::as_bytes(std::span(in.head)), "");
  pickle::Instruction it;
  int marks = 0;
  while (decoder.Next(it)) {
    const pickle::OpcodeInfo& info = pickle::InfoOf(it.op);
    if (it.offset == 0 && info.needs > 0) return false;
    if (info.mark && --marks < 0) return false;
    if (!IsPlausible(it)) return false;
    if (it.op == pickle::Opcode::kMark) ++marks;
    if (it.op == pickle::Opcode::kStop) return true;
  }
  // The head may cut an argument, but each opcode must be one.
  const auto at = static_cast<size_t>(decoder.offset());
  return in.size > in.head.size() &&
         (at == in.head.size() ||
          pickle::kOpcodes[Little<uint8_t>(in.head, at)].argument !=
              pickle::Argument::kUnknown);
}

// PROTO and what may follow it; without it the file must end with STOP.
bool IsPickle(const Input& in) {
  const std::string_view s = in.head;
  if (!s.starts_with('\x80')) {
    return IsPickleWithoutProto(in) && ReadSome(in, in.size - 1, 1) == ".";
  }
  const auto protocol = Little<uint8_t>(s, 1);
  if (protocol < 2 || protocol > 5) return false;
  if (protocol >= 4 && s[2] == '\x95' && s.size() >= 11) {
    return Little<uint64_t>(s, 3) <= in.size;
  }
  const pickle::OpcodeInfo& next = pickle::kOpcodes[Little<uint8_t>(s, 2)];
  return next.argument != pickle::Argument::kUnknown && next.needs == 0 &&
         !next.mark;
}

std::optional<Error> BarePickle(const Input& in) {
  if (!IsPickle(in)) return {};
  if (in.head.find("torch.distributed.checkpoint.metadata") !=
      std::string_view::npos) {
    return Found(kUnsupported,
                 "is the metadata of a distributed checkpoint, which is not "
                 "read",
                 "convert the checkpoint: python -m "
                 "torch.distributed.checkpoint.format_utils dcp_to_torch");
  }
  return Found(kUnsupported, "is a bare pickle, which is not read",
               "if you trust it, load it and save it with torch.save");
}

// --- Formats without a magic ---

// The varint at s[at], which moves past it.
std::optional<uint64_t> Varint(std::string_view s, size_t& at) {
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 63 && at < s.size(); shift += 7) {
    const auto c = static_cast<unsigned char>(s[at++]);
    value |= uint64_t{c & 0x7Fu} << shift;
    if (c < 0x80) return value;
  }
  return {};
}

// A protobuf ModelProto: ir_version, then what describes the model, then
// graph. Source: onnx/onnx.proto.
bool IsOnnx(const Input& in) {
  constexpr uint64_t kIrVersion = 0x08, kModelVersion = 0x28, kGraph = 0x3A;
  constexpr std::string_view kTexts = "\x12\x1A\x22\x32\x42\x72"sv;
  size_t at = 0;
  const auto first = Varint(in.head, at), version = Varint(in.head, at);
  if (first != kIrVersion || version < 1u || version > 30u) return false;
  while (at < in.head.size()) {
    const auto tag = Varint(in.head, at), value = Varint(in.head, at);
    if (!tag || !value) return false;
    if (*tag == kModelVersion) continue;
    if (*tag == kGraph) return *value >= 2 && *value <= in.size - at;
    if (*tag > 0x7F || kTexts.find(static_cast<char>(*tag)) == kTexts.npos ||
        *value > in.head.size() - at) {
      return false;
    }
    at += static_cast<size_t>(*value);
  }
  return false;
}

std::optional<Error> Onnx(const Input& in) {
  if (!IsOnnx(in)) return {};
  return Found(kNotCheckpoint, "is an ONNX model", kExported);
}

// Behind a user block, whose length is a power of two.
std::optional<Error> Hdf5Later(const Input& in) {
  constexpr auto kHdf5 = "\x89HDF\r\n\x1A\n"sv;
  for (uint64_t offset = 512; offset <= 1 << 20; offset *= 2) {
    if (ReadSome(in, offset, kHdf5.size()) == kHdf5) {
      return Found(kNotCheckpoint, "is an HDF5 file with a user block",
                   kListHdf5);
    }
  }
  return {};
}

// Its first value's type, 1 to 8, as a number or as a digit on a line.
std::optional<Error> Torch7(const Input& in) {
  if (!in.name.ends_with(".t7")) return {};
  const auto type = Little<uint32_t>(in.head, 0);
  const bool binary = type >= 1 && type <= 8;
  const bool ascii =
      in.head[0] >= '1' && in.head[0] <= '8' && in.head[1] == '\n';
  if (!binary && !ascii) return {};
  return Found(kNotCheckpoint, "is a Torch7 (Lua) file",
               "the Python package torchfile reads it");
}

// In the order in which they are asked: what is sure before what is short.
constexpr std::optional<Error> (*kProbes[])(const Input&) = {
    Short,   Blank, GitLfs,     Legacy,    Safetensors, Tar,
    ByMagic, Html,  Xml,        JsonError, TextError,   ShardIndex,
    Torch7,  Onnx,  BarePickle, Hdf5Later,
};

std::optional<Error> Known(const Input& in) {
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
  return s[0] == '[' && !inner.empty() &&
         "\"{[]-0123456789"sv.find(inner[0]) != std::string_view::npos;
}

Error Unknown(const Input& in) {
  if (in.head.starts_with("PK\3\4")) {
    return *Found(kDamaged, "is a zip archive without its end", kAgain);
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

// A hint of the name, where the bytes may be those of half a checkpoint.
Error WithPartialHint(Error error, const Input& in, bool known) {
  const std::string_view hint = PartialDownloadHint(in.name);
  if (hint.empty()) return error;
  if (!known || error.code == kDamaged || Short(in) || Blank(in)) {
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
