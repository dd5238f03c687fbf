#include "format/bare_pickle.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/key_table.h"
#include "format/pickle_reader.h"
#include "format/wrong_input.h"
#include "format/wrong_input_probe.h"
#include "model/on_disk.h"
#include "pickle/decoder.h"
#include "pickle/literals.h"
#include "pickle/machine.h"
#include "pickle/opcode.h"
#include "torch/origin.h"
#include "torch/pickle_values.h"
#include "torch/walk.h"

namespace ptscope::format {

namespace {

using namespace std::string_view_literals;

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
  // A frame may be longer than what is left of the file, but not without end.
  const bool frame = protocol >= 4 && s[2] == '\x95' && s.size() > 11;
  if (frame && Little<uint64_t>(s, 3) > UINT32_MAX) return false;
  const pickle::OpcodeInfo* next = OpcodeAt(in, frame ? 11 : 2);
  return next != nullptr && next->needs == 0 && !next->mark;
}

// No loader looks behind STOP, unless it is told to load again.
void LookBehind(const Source& source, uint64_t end, Checkpoint& checkpoint) {
  if (end >= source.size()) return;
  checkpoint.AddFinding(
      {.id = FindingId::kBytesAfterStop,
       .severity = DefaultSeverity(FindingId::kBytesAfterStop),
       .offset = end,
       .length = source.size() - end,
       .message = fmt::format("{} bytes follow the pickle's STOP: they are not "
                              "looked at",
                              source.size() - end)});
}

}  // namespace

Result<bool> IsBarePickle(const Source& source) {
  std::string head(
      static_cast<size_t>(std::min<uint64_t>(source.size(), kHead)), '\0');
  if (head.size() < kShortest) return false;
  PTSCOPE_CHECK(
      ReadExactly(source, 0, std::as_writable_bytes(std::span(head))));
  if (!IsPickle({source, source.size(), {}, head})) return false;
  // Texts, archives and models of others may begin like one.
  return !KnownWrongInput(source, {});
}

Result<Checkpoint> ReadBarePickle(const Source& source,
                                  const OpenOptions& options) {
  Checkpoint checkpoint;
  checkpoint.format = "pickle";
  checkpoint.file_size = source.size();
  PickleReader reader(source, 0, source.size(), {}, options.limits);
  PTSCOPE_TRY(const auto bytes, reader.Pickle());
  auto kept = std::make_shared<torch::OwnedPickle>();
  PTSCOPE_TRY(const pickle::Program program,
              pickle::Run(bytes, {}, options.limits, kept->values));
  LookBehind(source, reader.offset(), checkpoint);
  const KeyTable none;
  const torch::StorageRecords records{.by_key = none,
                                      .prefix = {},
                                      .place =
                                          "the file: no loader of bare "
                                          "pickles knows persistent ids",
                                      .runs = true,
                                      .pickle = bytes,
                                      .pickle_offset = 0};
  PTSCOPE_CHECK(torch::ListTensors(kept->values, program.root, records, {},
                                   bytes.size(), options.limits, checkpoint,
                                   options.metadata, options.evidence));
  if (options.origin) {
    torch::FindOrigin(kept->values, program.root, "pickle", checkpoint);
  }
  checkpoint.on_disk = BytesOnDisk(checkpoint);
  if (options.keep_values) {
    kept->root = program.root;
    kept->bytes = reader.Take();
    checkpoint.values = torch::PickleValues::Of(std::move(kept));
  }
  return checkpoint;
}

}  // namespace ptscope::format
