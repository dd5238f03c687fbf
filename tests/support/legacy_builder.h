// Streams of the legacy form of torch.save, and tar archives, in view.
//
//   LegacyStream(Dict({{Str("w"), RebuildV2(LegacyId("0", 4), {4}, {1})}}),
//                {{"0", 4, std::string(16, '\0')}})
//
// LegacyFile may lie: it takes each pickle and count as given.
#ifndef PTSCOPE_TESTS_SUPPORT_LEGACY_BUILDER_H_
#define PTSCOPE_TESTS_SUPPORT_LEGACY_BUILDER_H_

#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "support/pickle_builder.h"
#include "support/torch_pickle.h"

namespace ptscope::test {

// An id of the legacy form. `view` is None, or (key, offset, size).
inline Piece LegacyId(std::string_view key, int64_t numel,
                      std::string_view cls = "FloatStorage",
                      const Piece& view = None()) {
  return Persistent(Tuple({Str("storage"), Global("torch", cls), Str(key),
                           Str("cpu"), Int(numel), view}));
}
inline Piece ViewOf(std::string_view key, int64_t offset, int64_t size) {
  return Tuple({Str(key), Int(offset), Int(size)});
}
// torch.storage._load_from_bytes(stream)
inline Piece LoadFromBytes(std::string_view stream) {
  return Call(Global("torch.storage", "_load_from_bytes"),
              {PickleBuilder().BinBytes(stream).bytes()});
}
// The same in protocol 2: the stream is Latin-1 text.
inline Piece LoadFromText(const Piece& text) {
  return Call(Global("torch.storage", "_load_from_bytes"),
              {Call(Global("_codecs", "encode"), {text, Str("latin1")})});
}

inline std::string LegacyMagic() {
  return std::string("\x80\2\x8A\x0A\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19.");
}
inline std::string OnePickle(const Piece& value) {
  return "\x80\2" + value + ".";
}
// Magic, version, sys_info.
inline std::string LegacyHead(
    int64_t version = 1001,
    const Piece& sys_info = Dict({{Str("little_endian"), True()}})) {
  return LegacyMagic() + OnePickle(Int(version)) + OnePickle(sys_info);
}
inline std::string LegacyFile(std::string_view head, const Piece& object,
                              const Piece& keys, std::string_view storages) {
  return std::string(head) + OnePickle(object) + OnePickle(keys) +
         std::string(storages);
}

struct LegacyContent {
  std::string_view key;
  int64_t count;
  std::string data;
};
inline std::string LegacyStream(const Piece& object,
                                const std::vector<LegacyContent>& storages) {
  Pieces keys;
  std::string data;
  for (const LegacyContent& s : storages) {
    keys.push_back(Str(s.key));
    data += Little(static_cast<uint64_t>(s.count), 8) + s.data;
  }
  return LegacyFile(LegacyHead(), object, MakeList(keys), data);
}
// What pickle.dump puts into a bytes value: four floats of zero.
inline std::string StorageStream(std::string_view key = "5") {
  return LegacyStream(LegacyId(key, 4), {{key, 4, std::string(16, '\0')}});
}

// A block of 512 bytes; `size` and `magic` may be any.
inline std::string TarHeader(std::string_view name, std::string_view size,
                             char type = '0',
                             std::string_view magic = {"ustar\0"
                                                       "00",
                                                       8},
                             std::string_view prefix = "") {
  std::string header(512, '\0');
  const auto set = [&](size_t at, std::string_view text) {
    std::memcpy(header.data() + at, text.data(), text.size());
  };
  set(0, name);
  set(124, size);
  header[156] = type;
  set(257, magic);
  set(345, prefix);
  set(148, "        ");
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  char digits[8];
  std::snprintf(digits, sizeof digits, "%06o", sum);
  set(148, std::string_view(digits, 7));
  return header;
}
inline std::string Octal(size_t n) {
  char digits[16];
  std::snprintf(digits, sizeof digits, "%011zo", n);
  return digits;
}
inline std::string TarPadded(std::string_view content) {
  std::string padded(content);
  padded.resize((content.size() + 511) / 512 * 512);
  return padded;
}
inline std::string TarEntry(std::string_view name, std::string_view content,
                            char type = '0') {
  return TarHeader(name, Octal(content.size()), type) + TarPadded(content);
}
inline std::string TarEnd() { return std::string(1024, '\0'); }

}  // namespace ptscope::test

#endif  // PTSCOPE_TESTS_SUPPORT_LEGACY_BUILDER_H_
