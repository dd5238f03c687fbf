#include "format/unread_formats.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "format/wrong_input_hints.h"
#include "format/wrong_input_text.h"
#include "format/wrong_zip.h"
#include "pickle/decoder.h"
#include "pickle/literals.h"
#include "pickle/opcode.h"

namespace ptscope::format {

namespace {

using namespace std::string_view_literals;
using enum ErrorCode;

// --- Legacy ---

constexpr std::string_view kLegacyStarts[] = {
    "\x80\2\x8A\n\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19."sv,
    "\x80\3\x8A\n\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19."sv,
    "\x80\4\x95\r\0\0\0\0\0\0\0"
    "\x8A\n\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19."sv,
    "\x80\5\x95\r\0\0\0\0\0\0\0"
    "\x8A\n\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19."sv,
    "L119547037146038801333356L\n."sv,
};

// A first pickle of protocol 2 that holds another number of that length, and a
// second pickle.
std::optional<Error> WrongLegacyMagic(const Input& in) {
  const std::string_view s = in.head;
  if (!s.starts_with("\x80\2\x8A\x0A") || s.size() < 17 || s[14] != '.' ||
      s[15] != '\x80') {
    return {};
  }
  auto error = Found(kDamaged, "has a wrong magic number of torch.save",
                     kCopyAgain, Hex(s.substr(4, 10)));
  error->offset = 4;
  error->expected = Hex(kLegacyStarts[0].substr(4, 10));
  return error;
}

// --- Tar ---

constexpr size_t kTarBlock = 512;
constexpr int kTarMembers = 16;  // headers looked at

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

// Whether a block is a tar header: its checksum is right. The sum takes its own
// field for spaces.
bool IsTarHeader(std::string_view block) {
  if (block.size() < kTarBlock) return false;
  uint64_t sum = 0;
  for (size_t i = 0; i < kTarBlock; ++i) {
    sum += static_cast<unsigned char>(i >= 148 && i < 156 ? ' ' : block[i]);
  }
  return block[0] != 0 && Octal(block.substr(148, 8)) == sum;
}

std::string_view TarName(std::string_view header) {
  std::string_view name = header.substr(0, 100);
  name = name.substr(0, name.find('\0'));
  if (name.starts_with("./")) name.remove_prefix(2);
  return name;
}

// What torch.save wrote in 0.1.
bool IsTorch01Member(std::string_view name) {
  return name == "sys_info" || name == "pickle" || name == "storages" ||
         name == "tensors";
}

// --- Bare pickles ---

// A dotted name.
bool IsGlobalName(std::string_view s) {
  constexpr auto kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_."sv;
  return !s.empty() && s.find_first_not_of(kLetters) == s.npos;
}

// Whether the argument is what pickle.dump writes, so that no text is taken for
// a pickle of protocol 0.
bool IsPlausible(const pickle::Instruction& it) {
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
      return IsGlobalName(it.text) && IsGlobalName(it.second);
    default:
      return true;
  }
}

// The opcode that a byte of the head is, if it is one.
const pickle::OpcodeInfo* OpcodeAt(const Input& in, size_t at) {
  const auto& info = pickle::kOpcodes[Little<uint8_t>(in.head, at)];
  return info.argument == pickle::Argument::kUnknown ? nullptr : &info;
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
         (at == in.head.size() || OpcodeAt(in, at) != nullptr);
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
  const pickle::OpcodeInfo* next = OpcodeAt(in, 2);
  return next != nullptr && next->needs == 0 && !next->mark;
}

}  // namespace

// Stacked pickles, the first of them a magic number. Source:
// torch/serialization.py, _legacy_save.
std::optional<Error> ProbeLegacy(const Input& in) {
  for (const std::string_view start : kLegacyStarts) {
    if (in.head.starts_with(start)) {
      return Found(kUnsupported,
                   "is a legacy torch.save file, which is not read",
                   "save it again with PyTorch 1.13 or newer: "
                   "torch.save(torch.load(FILE, weights_only=True), NEW)");
    }
    if (start.starts_with(in.head)) {
      return Found(kDamaged, "is a legacy torch.save file that is cut short",
                   kCopyAgain);
    }
  }
  return WrongLegacyMagic(in);
}

std::optional<Error> ProbeTar(const Input& in) {
  std::string block(in.head.substr(0, kTarBlock));
  if (!IsTarHeader(block)) return {};
  std::string member;
  uint64_t offset = 0;
  for (int i = 0; i < kTarMembers && IsTarHeader(block); ++i) {
    const std::string_view name = TarName(block);
    if (IsTorch01Member(name)) {
      return Found(kUnsupported,
                   "is a tar archive of PyTorch 0.1, which is not read",
                   "save it again, in a sandbox if you do not trust it: "
                   "torch.save(torch.load(FILE, weights_only=False), NEW)");
    }
    if (member.empty() && IsCheckpointName(name)) member = name;
    const auto size = Octal(std::string_view(block).substr(124, 12));
    if (!size) break;
    // 16 times 2^36 at most.
    offset += kTarBlock + (*size + kTarBlock - 1) / kTarBlock * kTarBlock;
    block = ReadSome(in, offset, kTarBlock);
  }
  if (!member.empty()) {
    return Found(kUnsupported, "is a tar archive with a checkpoint in it",
                 "extract it and name that file: tar -xf FILE",
                 "member " + Quote(member));
  }
  return Found(kNotCheckpoint, "is an ordinary tar archive", kCheckPath);
}

std::optional<Error> ProbeBarePickle(const Input& in) {
  if (!IsPickle(in)) return {};
  for (const std::string_view module :
       {"torch.distributed.checkpoint.metadata",
        "torch.distributed._shard.checkpoint.metadata"}) {
    if (in.head.find(module) == std::string_view::npos) continue;
    return Found(kUnsupported,
                 "is only the metadata of a distributed checkpoint (DCP)",
                 "name its directory");
  }
  return Found(kUnsupported, "is a bare pickle, which is not read",
               "if you trust it, load it and save it with torch.save");
}

}  // namespace ptscope::format
