#include "torch/embedded_streams.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/byte_reader.h"
#include "base/utf8.h"
#include "torch/legacy_stream.h"
#include "torch/persistent_ids.h"

namespace ptscope::torch {

using pickle::Call;
using pickle::Kind;
using pickle::Ref;
using pickle::Values;

namespace {

// Streams within streams: pickle.dump makes one.
constexpr int kMaxDepth = 4;

Error Unsupported(std::string message) {
  return {.code = ErrorCode::kUnsupported, .message = std::move(message)};
}

bool IsCall(const Values& values, Globals& globals, Ref ref) {
  return values.Is(ref, Kind::kObject) && values.CallOf(ref) == Call::kReduce &&
         globals.MeaningOf(values.CallableOf(ref)) == Meaning::kLoadFromBytes;
}

// Calls of _load_from_bytes in the order of their nodes, which is that of the
// file.
PodVector<Ref> CallsOf(const Values& values, Globals& globals) {
  PodVector<Ref> calls;
  if (!globals.Mentions(Meaning::kLoadFromBytes)) return calls;
  for (uint32_t i = 0; i < values.node_count(); ++i) {
    if (IsCall(values, globals, Ref::Node(i))) calls.push_back(Ref::Node(i));
  }
  return calls;
}

uint32_t NumberIn(const PodVector<Ref>& calls, Ref call) {
  const auto before = [](Ref a, Ref b) { return a.index() < b.index(); };
  return static_cast<uint32_t>(
      std::lower_bound(calls.begin(), calls.end(), call, before) -
      calls.begin());
}

// The argument of a call: bytes, Python 2's str, or what protocols 0 to 2 write
// in their place, _codecs.encode(text, 'latin1').
struct Argument {
  Ref node;  // of the bytes or the text
  bool encoded = false;
};

std::optional<Argument> ArgumentOf(const Values& values, Globals& globals,
                                   Ref call) {
  const auto args = values.ItemsOf(values.ArgsOf(call));
  if (args.size() != 1) return std::nullopt;
  switch (values.KindOf(args[0])) {
    case Kind::kBytes:
    case Kind::kByteArray:
    case Kind::kPy2Str:
      return Argument{args[0]};
    case Kind::kObject:
      break;
    default:
      return std::nullopt;
  }
  if (globals.MeaningOf(values.CallableOf(args[0])) != Meaning::kEncode) {
    return std::nullopt;
  }
  const auto inner = values.ItemsOf(values.ArgsOf(args[0]));
  if (inner.size() != 2 || !values.Is(inner[0], Kind::kStr) ||
      !values.Is(inner[1], Kind::kStr) ||
      (values.TextOf(inner[1]) != "latin1" &&
       values.TextOf(inner[1]) != "latin-1")) {
    return std::nullopt;
  }
  return Argument{inner[0], true};
}

// The bytes that Latin-1 has for a text; false if it has not.
bool EncodeLatin1(std::string_view text, PodVector<std::byte>& to) {
  to.resize_uninitialized(text.size());
  size_t n = 0;
  for (size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x80) {
      to[n++] = std::byte{c};
      ++i;
      continue;
    }
    // Two bytes, and the first of them C2 or C3.
    if ((c != 0xC2 && c != 0xC3) || i + 1 == text.size()) return false;
    const auto low = static_cast<unsigned char>(text[i + 1]);
    to[n++] = static_cast<std::byte>((c & 3) << 6 | (low & 0x3F));
    i += 2;
  }
  to.truncate(n);
  return true;
}

// The storage that the stream's object is.
Status ReadStorage(const LegacyStream& stream, Globals& globals,
                   std::span<const std::byte> bytes, EmbeddedStorage& to) {
  PersistentStorage id;
  PTSCOPE_CHECK(ReadStorageId(stream.values(), globals, stream.root(), id));
  std::vector<LegacyStorage> storages;
  KeyTable by_key;
  PTSCOPE_CHECK(stream.Place(storages, by_key));
  to.key = id.key;
  to.location = id.location;
  to.dtype = id.dtype;
  to.nbytes = id.nbytes;
  const uint32_t index = by_key.Find(id.key);
  if (index >= storages.size()) return {};
  const LegacyStorage& placed = storages[index];
  if (bytes.size() < sizeof(int64_t) ||
      placed.count > bytes.size() - sizeof(int64_t)) {
    return {};
  }
  const std::byte* at = bytes.data() + placed.count;
  const auto count = static_cast<int64_t>(LoadLittle<uint64_t>(at));
  if (count < 0 || static_cast<uint64_t>(count) != placed.numel) {
    return WrongCount(placed, count, placed.count, {});
  }
  to.data = at + sizeof count;
  to.present = std::min<uint64_t>(
      id.nbytes, static_cast<uint64_t>(bytes.data() + bytes.size() - to.data));
  return {};
}

// A stream that is read: what it refers to must stay until the end.
struct Level {
  PodVector<std::byte> decoded;
  LegacyStream stream;
  std::unique_ptr<Globals> globals;
};

Error InStream(Error error) {
  error.message = fmt::format("its storage is a stream in a bytes value: {}",
                              error.message);
  // It counts in the stream, whose place the error does not have.
  error.offset.reset();
  return error;
}

// Reads the stream that is the argument of a call, and if its object is another
// such call, that one's, and so on.
Status ReadChain(const Values& outer, Globals& outer_globals, Ref call,
                 const Limits& limits, EmbeddedStorage& to) {
  std::array<std::unique_ptr<Level>, kMaxDepth> levels;
  const Values* values = &outer;
  Globals* globals = &outer_globals;
  std::string prefix;
  bool plain = true;
  for (auto& level : levels) {
    const auto argument = ArgumentOf(*values, *globals, call);
    if (!argument) {
      return Unsupported("its storage is a stream that is no bytes value");
    }
    level = std::make_unique<Level>();
    auto bytes = std::as_bytes(std::span(values->TextOf(argument->node)));
    if (argument->encoded) {
      plain = false;
      if (!EncodeLatin1(AsText(bytes), level->decoded)) {
        return Error{.message =
                         "its storage is a stream in a text that is not "
                         "Latin-1"};
      }
      bytes = {level->decoded.data(), level->decoded.size()};
    }
    if (!IsLegacyStream(bytes)) {
      return Unsupported(
          "its storage is a bytes value that is no legacy torch.save stream");
    }
    LegacyStream& stream = level->stream;
    if (auto status = stream.Read(bytes, {}, limits); !status) {
      return InStream(std::move(status.error()));
    }
    level->globals = std::make_unique<Globals>(stream.values());
    values = &stream.values();
    globals = level->globals.get();
    if (!IsCall(*values, *globals, stream.root())) {
      if (!values->Is(stream.root(), Kind::kPersistent)) {
        return Unsupported(
            "its storage is a torch.save stream of something else");
      }
      if (auto s = ReadStorage(stream, *globals, bytes, to); !s) {
        return InStream(std::move(s.error()));
      }
      to.key = prefix + to.key;
      if (!plain) to.data = nullptr;
      return {};
    }
    call = stream.root();
    prefix += fmt::format("@{}:", NumberIn(CallsOf(*values, *globals), call));
  }
  return Unsupported(fmt::format(
      "its storage is a stream in more than {} others", kMaxDepth - 1));
}

}  // namespace

bool EmbeddedStreams::IsStream(Ref ref) {
  return IsCall(values_, globals_, ref);
}

void EmbeddedStreams::FindCalls() {
  if (found_) return;
  found_ = true;
  calls_ = CallsOf(values_, globals_);
}

uint32_t EmbeddedStreams::NumberOf(Ref call) {
  FindCalls();
  return NumberIn(calls_, call);
}

Result<EmbeddedStorage> EmbeddedStreams::Read(Ref call) {
  const auto argument = ArgumentOf(values_, globals_, call);
  if (argument) {
    const auto it = read_.find(argument->node.index());
    if (it != read_.end()) return it->second;
  }
  EmbeddedStorage storage;
  PTSCOPE_CHECK(ReadChain(values_, globals_, call, limits_, storage));
  read_.emplace(argument->node.index(), storage);
  return storage;
}

uint32_t EmbeddedStreams::CountUnread() {
  FindCalls();
  // Calls may share their bytes; what failed once is not tried again.
  std::unordered_map<uint32_t, bool> readable;
  uint32_t unread = 0;
  for (const Ref call : calls_) {
    const auto argument = ArgumentOf(values_, globals_, call);
    if (!argument) {
      ++unread;
      continue;
    }
    const auto [it, is_new] = readable.emplace(argument->node.index(), false);
    if (is_new) it->second = Read(call).has_value();
    if (!it->second) ++unread;
  }
  return unread;
}

}  // namespace ptscope::torch
