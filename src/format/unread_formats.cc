#include "format/unread_formats.h"

#include <string>
#include <string_view>

#include "format/wrong_input_hints.h"
#include "format/wrong_input_text.h"

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
  const std::string_view right = kLegacyStarts[0];
  if (!s.starts_with("\x80\2\x8A\x0A") || s.size() < 17 || s[14] != '.' ||
      s[15] != '\x80' || s.starts_with(right)) {
    return {};
  }
  auto error = Found(kDamaged, "has a wrong magic number of torch.save",
                     kCopyAgain, Hex(s.substr(4, 10)));
  error->offset = 4;
  error->expected = Hex(right.substr(4, 10));
  return error;
}

}  // namespace

// A whole magic number is a legacy file, which is read.
std::optional<Error> ProbeLegacy(const Input& in) {
  for (const std::string_view start : kLegacyStarts) {
    if (in.head.size() < start.size() && start.starts_with(in.head)) {
      return Found(kDamaged, "is a legacy torch.save file that is cut short",
                   kCopyAgain);
    }
  }
  return WrongLegacyMagic(in);
}

std::optional<Error> ProbeDcpMetadata(const Input& in) {
  if (!in.head.starts_with('\x80')) return {};
  for (const std::string_view module :
       {"torch.distributed.checkpoint.metadata",
        "torch.distributed._shard.checkpoint.metadata"}) {
    if (in.head.find(module) == std::string_view::npos) continue;
    return Found(kUnsupported,
                 "is only the metadata of a distributed checkpoint (DCP)",
                 "name its directory");
  }
  return {};
}

}  // namespace ptscope::format
