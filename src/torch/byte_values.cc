#include "torch/byte_values.h"

#include <algorithm>

#include "base/utf8.h"

namespace ptscope::torch {

using pickle::Kind;
using pickle::Ref;

namespace {

constexpr size_t kLong = 64;

bool IsBytesKind(Kind kind) {
  return kind == Kind::kBytes || kind == Kind::kByteArray ||
         kind == Kind::kPy2Str;
}

}  // namespace

std::optional<ByteValues::Holder> ByteValues::HolderOf(Ref ref) {
  constexpr int kMaxDepth = 4;
  for (int depth = 0; depth < kMaxDepth; ++depth) {
    const Kind kind = values_.KindOf(ref);
    if (IsBytesKind(kind)) return Holder{.text = ref};
    if (kind != Kind::kObject) return std::nullopt;
    const Ref callable = values_.CallableOf(ref);
    const auto args = values_.ItemsOf(values_.ArgsOf(ref));
    const Known known = known_.Of(callable);
    const bool is_class = known == Known::kBytes || known == Known::kByteArray;
    if (is_class && args.empty()) return Holder{.empty = true};
    if (is_class && args.size() == 1) {  // bytearray(bytes)
      ref = args[0];
      continue;
    }
    const bool encodes = globals_.MeaningOf(callable) == Meaning::kEncode ||
                         known == Known::kByteArray;
    if (!encodes || args.size() != 2 || !values_.Is(args[0], Kind::kStr)) {
      return std::nullopt;
    }
    const Kind codec = values_.KindOf(args[1]);
    if (codec != Kind::kStr && codec != Kind::kPy2Str) return std::nullopt;
    const std::string_view name = values_.TextOf(args[1]);
    if (name != "latin1" && name != "latin-1") return std::nullopt;
    return Holder{.text = args[0], .latin1 = true};
  }
  return std::nullopt;
}

std::optional<uint64_t> ByteValues::CountOf(Ref ref) {
  const auto holder = HolderOf(ref);
  if (!holder) return std::nullopt;
  if (holder->empty) return 0;
  if (!holder->latin1) return values_.TextOf(holder->text).size();
  return CountLatin1(holder->text);
}

std::optional<uint64_t> ByteValues::CountLatin1(Ref text) {
  const std::string_view utf8 = values_.TextOf(text);
  const auto count = [utf8]() -> std::optional<uint64_t> {
    uint64_t n = 0;
    for (size_t at = 0; at < utf8.size(); ++n) {
      const CodePoint c = DecodeUtf8(utf8, at);
      if (c.length == 0 || c.value > 0xFF) return std::nullopt;
      at += c.length;
    }
    return n;
  };
  if (utf8.size() <= kLong) return count();
  const auto [it, added] = counts_.try_emplace(text.index());
  if (added) it->second = count();
  return it->second;
}

std::string ByteValues::Read(Ref ref, size_t most) {
  const auto holder = HolderOf(ref);
  if (!holder || holder->empty) return {};
  const std::string_view text = values_.TextOf(holder->text);
  if (!holder->latin1) return std::string(text.substr(0, most));
  std::string bytes;
  for (size_t at = 0; at < text.size() && bytes.size() < most;) {
    const CodePoint c = DecodeUtf8(text, at);
    bytes += static_cast<char>(c.value);
    at += std::max<size_t>(c.length, 1);
  }
  return bytes;
}

bool ByteValues::IsText(Ref py2_str) {
  const std::string_view text = values_.TextOf(py2_str);
  if (text.size() <= kLong) return IsValidUtf8(text);
  const auto [it, added] = counts_.try_emplace(py2_str.index());
  if (added && IsValidUtf8(text)) it->second = text.size();
  return it->second.has_value();
}

}  // namespace ptscope::torch
