#include "format/magics.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

#include "format/wrong_input_hints.h"
#include "format/wrong_input_text.h"

namespace ptscope::format {

namespace {

using namespace std::string_view_literals;
using enum ErrorCode;

constexpr std::string_view kBinary =
    "copy it again in binary mode, and mark it `binary` in .gitattributes";
constexpr std::string_view kGgml = "convert it to GGUF with llama.cpp";
constexpr std::string_view kZlib =
    "is compressed with zlib, as files of joblib are";
constexpr std::string_view kJoblib =
    "if you trust it, load it with joblib.load";
constexpr std::string_view kNewline = "is damaged by newline conversion";
constexpr std::string_view kReplaced =
    "is damaged by decoding its bytes as text";
constexpr std::string_view kEncoded =
    "is damaged by encoding its bytes as text";

// --- What must hold besides ---

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

// --- The table ---

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
     kNameOrigin, kUnsupported},
    {4, "ET12", "is an ExecuTorch program (.pte), which is not read", Always,
     kNameOrigin, kUnsupported},
    {0, "graph(", "is the text of a TorchScript graph, without weights", IsText,
     kNameOrigin, kUnsupported},
    {0, "PK\5\6", "is an empty zip archive", Always, kCopyAgain},
    {0, "PK\7\x08PK\3\4", "is the first part of a split zip archive", Always,
     "join its parts: zip -s 0 NAME.zip --out NEW.zip", kUnsupported},

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
    {0, "\x89HDF\r\n\x1A\n", "is an HDF5 file (.h5)", Always, kListHdf5},
    {0, "GGUF", "is a GGUF model", IsBinary, "list it with `gguf-dump`"},
    {0, "lmgg", "is a GGML model", IsBinary, kGgml},
    {0, "ggml", "is a GGML model", IsBinary, kGgml},
    {0, "fmgg", "is a GGMF model", IsBinary, kGgml},
    {0, "ggmf", "is a GGMF model", IsBinary, kGgml},
    {0, "tjgg", "is a GGJT model", IsBinary, kGgml},
    {0, "ggjt", "is a GGJT model", IsBinary, kGgml},
    {0, "algg", "is a GGLA adapter", IsBinary, kGgml},
    {0, "ggla", "is a GGLA adapter", IsBinary, kGgml},
    {4, "TFL3", "is a TensorFlow Lite model", Always, kNameOrigin},
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

}  // namespace

std::optional<Error> ProbeMagics(const Input& in) {
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

}  // namespace ptscope::format
