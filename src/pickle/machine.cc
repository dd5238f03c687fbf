#include "pickle/machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <optional>
#include <string>

#include "base/utf8.h"
#include "pickle/decoder.h"
#include "pickle/literals.h"
#include "pickle/memo.h"

namespace ptscope::pickle {

namespace {

// Limits::value_bytes where it is 0.
uint64_t ValueBudget(const Limits& limits, size_t stream) {
  if (limits.value_bytes != 0) return limits.value_bytes;
  return (24ull << 20) + 4 * uint64_t{stream};
}

std::string_view Noun(Kind kind) {
  switch (kind) {
    case Kind::kNone:
      return "None";
    case Kind::kBool:
      return "a bool";
    case Kind::kInt:
    case Kind::kBigInt:
      return "an int";
    case Kind::kFloat:
      return "a float";
    case Kind::kStr:
    case Kind::kPy2Str:
      return "a str";
    case Kind::kBytes:
      return "bytes";
    case Kind::kByteArray:
      return "a bytearray";
    case Kind::kTuple:
      return "a tuple";
    case Kind::kFrozenSet:
      return "a frozenset";
    case Kind::kList:
      return "a list";
    case Kind::kSet:
      return "a set";
    case Kind::kDict:
      return "a dict";
    case Kind::kGlobal:
      return "a global";
    case Kind::kObject:
      return "an object";
    case Kind::kPersistent:
      return "a persistent object";
  }
  return "";
}

}  // namespace

class Machine {
 public:
  Machine(std::span<const std::byte> bytes, std::string_view record,
          const Limits& limits, Values& values)
      : decoder_(bytes, record),
        limits_(limits),
        budget_(ValueBudget(limits, bytes.size())),
        // A value keeps the length of its text in 32 bits.
        max_string_(std::min<uint64_t>(limits.string, UINT32_MAX)),
        values_(values),
        bytes_at_start_(values.bytes()) {}

  Result<Program> Run();

 private:
  // Between two looks at the memory that the values take. An opcode adds less
  // than 200 bytes and what it copies from the stack.
  static constexpr uint64_t kBudgetEvery = 1024;

  // The effect of an opcode; false at STOP and at a failure. Called with a
  // constant, so that each opcode has one branch to its own code. What most
  // pickles consist of is done in place; the rest by Rare.
  [[gnu::always_inline]] inline bool Execute(Opcode op, const Instruction& in);
  [[gnu::noinline]] bool Rare(Opcode op);

  // Keeps the instruction for what is out of line: its words, and Rare.
  [[gnu::always_inline]] Machine& At(const Instruction& in) {
    in_ = in;
    return *this;
  }

  [[gnu::cold, gnu::noinline]] bool Fail(ErrorCode code, std::string message,
                                         std::string found = {},
                                         std::string expected = {}) {
    failure_ = Error{.code = code,
                     .message = std::move(message),
                     .record = std::string(decoder_.record()),
                     .offset = in_.offset,
                     .found = std::move(found),
                     .expected = std::move(expected)};
    return false;
  }
  [[gnu::cold, gnu::noinline]] bool Bad(std::string message,
                                        std::string found = {},
                                        std::string expected = {}) {
    return Fail(ErrorCode::kDamaged, std::move(message), std::move(found),
                std::move(expected));
  }
  std::string_view Name() const { return InfoOf(in_.op).name; }

  // The values that the opcode takes are there, none of them below a mark that
  // it does not take.
  [[gnu::always_inline]] bool Available(const Instruction& in, size_t needs,
                                        bool mark) {
    size_t have = stack_.size() - fence_;
    if (mark) {
      if (marks_.empty()) [[unlikely]] {
        return At(in).NoMark();
      }
      have = fence_ - (marks_.size() > 1 ? marks_[marks_.size() - 2] : 0);
    }
    if (have < needs) [[unlikely]] {
      return At(in).TooFew(have, needs);
    }
    return true;
  }
  [[gnu::cold, gnu::noinline]] bool NoMark() {
    return Bad(fmt::format("{} finds no MARK", Name()));
  }
  [[gnu::cold, gnu::noinline]] bool TooFew(size_t have, size_t needs) {
    return Bad(fmt::format("{} finds too few values on the stack", Name()),
               fmt::format("{}", have), fmt::format("{}", needs));
  }

  bool WithinBudget(uint64_t opcodes) {
    if (opcodes > limits_.opcodes) {
      return Fail(ErrorCode::kLimit,
                  "the pickle has more opcodes than the limit `opcodes`", {},
                  fmt::format("at most {}", limits_.opcodes));
    }
    const uint64_t used = values_.bytes() - bytes_at_start_ + memo_.bytes() +
                          stack_.size() * sizeof(Ref) +
                          marks_.size() * sizeof(uint32_t);
    if (used <= budget_ && values_.node_count() < Ref::kMaxNodes) return true;
    return Fail(ErrorCode::kLimit,
                "the values of the pickle take more memory than the limit "
                "`value_bytes`",
                fmt::format("{} bytes", used),
                fmt::format("at most {}", budget_));
  }

  [[gnu::always_inline]] bool Push(Ref ref) {
    stack_.push_back(ref);
    return true;
  }
  [[gnu::always_inline]] Ref Top() const { return stack_.back(); }
  [[gnu::always_inline]] Ref Pop() {
    const Ref ref = stack_.back();
    stack_.pop_back();
    return ref;
  }
  // Replaces the top n values by one.
  [[gnu::always_inline]] bool Replace(size_t n, Ref ref) {
    stack_.truncate(stack_.size() - n);
    return Push(ref);
  }

  [[gnu::always_inline]] void PushMark() {
    marks_.push_back(static_cast<uint32_t>(stack_.size()));
    fence_ = stack_.size();
  }
  [[gnu::always_inline]] void DropMark() {
    marks_.pop_back();
    fence_ = marks_.empty() ? 0 : marks_.back();
  }
  std::span<const Ref> AboveMark() const {
    return std::span<const Ref>(stack_).subspan(fence_);
  }
  // Drops the mark and all above it.
  [[gnu::always_inline]] void DropAboveMark() {
    stack_.truncate(fence_);
    DropMark();
  }

  // What a class, a call or a persistent load stands for may be called and may
  // have any methods; a plain value may not.
  bool IsOpaque(Ref ref) const {
    const Kind kind = values_.KindOf(ref);
    return kind == Kind::kGlobal || kind == Kind::kObject ||
           kind == Kind::kPersistent;
  }
  bool NeedOpaque(Ref ref, const char* verb) {
    if (IsOpaque(ref)) [[likely]] {
      return true;
    }
    return Plain(verb, ref);
  }
  [[gnu::cold, gnu::noinline]] bool Plain(const char* verb, Ref ref) {
    return Bad(
        fmt::format("{} {} {}", Name(), verb, Noun(values_.KindOf(ref))));
  }
  [[gnu::cold, gnu::noinline]] bool NoTuple(Ref ref) {
    return Bad(fmt::format("{} has arguments that are no tuple", Name()),
               std::string(Noun(values_.KindOf(ref))), "a tuple");
  }
  bool NeedHashable(Ref key) {
    const Kind kind = values_.KindOf(key);
    if (kind != Kind::kList && kind != Kind::kDict && kind != Kind::kSet &&
        kind != Kind::kByteArray) {
      return true;
    }
    return Bad(fmt::format("{} has a key that Python cannot hash", Name()),
               std::string(Noun(kind)));
  }

  [[gnu::always_inline]] bool PushText(const Instruction& in, Kind kind) {
    if (in.text.size() > max_string_) [[unlikely]] {
      return At(in).TooLongText(in.text.size());
    }
    return Push(values_.AddText(kind, in.text));
  }
  [[gnu::cold, gnu::noinline]] bool TooLongText(uint64_t size) {
    return Fail(ErrorCode::kLimit,
                fmt::format("{} is longer than the limit `string`", Name()),
                fmt::format("{} bytes", size),
                fmt::format("at most {}", max_string_));
  }
  [[gnu::always_inline]] bool PushUtf8(const Instruction& in) {
    if (!IsUtf8WithSurrogates(in.text)) [[unlikely]] {
      return At(in).NotUtf8();
    }
    return PushText(in, Kind::kStr);
  }
  [[gnu::cold, gnu::noinline]] bool NotUtf8() {
    return Bad(fmt::format("{} is not UTF-8", Name()));
  }
  bool PushOwned(Kind kind, const std::optional<std::string>& text) {
    if (!text) return BadText();
    if (text->size() > max_string_) return TooLongText(text->size());
    return Push(values_.AddOwnedText(kind, *text));
  }
  bool BadText() {
    return Bad(fmt::format("{} has a text that it cannot have", Name()),
               fmt::format("'{}'", in_.text.substr(0, 40)));
  }
  bool TooLong(uint64_t size) {
    return Fail(ErrorCode::kLimit,
                fmt::format("{} is longer than the limit `integer`", Name()),
                fmt::format("{} bytes", size),
                fmt::format("at most {}", limits_.integer));
  }
  bool PushInt(const std::optional<IntLiteral>& literal) {
    if (in_.text.size() > limits_.integer) return TooLong(in_.text.size());
    if (!literal) return BadText();
    if (literal->digits.empty()) return Push(values_.AddInt(literal->value));
    return Push(values_.AddOwnedText(Kind::kBigInt, literal->digits, 1));
  }
  bool PushLong() {
    if (in_.text.size() > limits_.integer) return TooLong(in_.text.size());
    if (const auto value = ParseTwosComplement(in_.text)) {
      return Push(values_.AddInt(*value));
    }
    return Push(values_.AddText(Kind::kBigInt, in_.text));
  }

  [[gnu::always_inline]] bool Get(const Instruction& in, uint64_t index) {
    const Ref ref = memo_.Get(index);
    if (ref == Ref::kAbsent) [[unlikely]] {
      return At(in).NotInMemo(index);
    }
    return Push(ref);
  }
  [[gnu::cold, gnu::noinline]] bool NotInMemo(uint64_t index) {
    return Bad(
        fmt::format("{} reads memo {}, which was never stored", Name(), index));
  }
  [[gnu::always_inline]] bool Put(uint64_t index) {
    memo_.Put(index, Top());
    return true;
  }

  bool Pairs(std::span<const Ref> members) {
    if (members.size() % 2 != 0) {
      return Bad(fmt::format("{} has a key without a value", Name()));
    }
    for (size_t i = 0; i < members.size(); i += 2) {
      if (!NeedHashable(members[i])) return false;
    }
    return true;
  }
  // SETITEM(S): `to` gets key, value, key, value.
  bool SetItems(Ref to, std::span<const Ref> members) {
    if (!values_.Is(to, Kind::kDict) && !NeedOpaque(to, "sets an item of")) {
      return false;
    }
    if (!Pairs(members)) return false;
    return Extend(to, members, true);
  }
  // APPEND(S) and ADDITEMS.
  bool AddAll(Ref to, Kind kind, std::span<const Ref> members) {
    if (!values_.Is(to, kind) && !NeedOpaque(to, "adds to")) return false;
    return Extend(to, members, false);
  }
  bool Extend(Ref to, std::span<const Ref> members, bool pairs) {
    const Kind kind = values_.KindOf(to);
    if (kind == Kind::kGlobal || kind == Kind::kPersistent) {
      values_.AddState(to, Ref::kNone);  // from now on an object
    }
    if (values_.Is(to, Kind::kObject) && values_.CountOf(to) != 0 &&
        values_.ItemsArePairs(to) != pairs) {
      return Bad(
          fmt::format("{} mixes items and members in one object", Name()));
    }
    values_.AddMembers(to, members, pairs);
    return true;
  }

  bool NeedShort(std::string_view module, std::string_view name);
  bool DoGlobal();
  bool DoStackGlobal();
  bool DoInst();
  bool DoObj();
  [[gnu::always_inline]] inline bool DoNew(const Instruction& in, Call call,
                                           Ref callable, Ref args, Ref kwargs,
                                           size_t taken);
  bool DoBuild();
  bool DoProto();
  bool DoFrame();

  Decoder decoder_;
  Instruction in_;
  const Limits& limits_;
  const uint64_t budget_;
  const uint64_t max_string_;
  Values& values_;
  const uint64_t bytes_at_start_;
  PodVector<Ref> stack_;
  PodVector<uint32_t> marks_;  // stack sizes
  size_t fence_ = 0;           // the last of them: nothing below is popped
  Memo memo_;
  uint8_t protocol_ = 0;
  std::optional<Error> failure_;
};

bool Machine::DoStackGlobal() {
  const Ref name = stack_[stack_.size() - 1];
  const Ref module = stack_[stack_.size() - 2];
  if (!values_.Is(name, Kind::kStr) || !values_.Is(module, Kind::kStr)) {
    const Ref wrong = values_.Is(name, Kind::kStr) ? module : name;
    return Bad("STACK_GLOBAL has a name that is no str",
               std::string(Noun(values_.KindOf(wrong))), "a str");
  }
  if (!NeedShort(values_.TextOf(module), values_.TextOf(name))) return false;
  return Replace(
      2, values_.AddGlobal(values_.TextOf(module), values_.TextOf(name), true));
}

bool Machine::DoNew(const Instruction& in, Call call, Ref callable, Ref args,
                    Ref kwargs, size_t taken) {
  if (!IsOpaque(callable)) [[unlikely]] {
    return At(in).Plain("calls", callable);
  }
  if (!values_.Is(args, Kind::kTuple)) [[unlikely]] {
    return At(in).NoTuple(args);
  }
  return Replace(taken, values_.AddObject(call, callable, args, kwargs));
}

// Its name is joined, hashed and shown: no class of anybody is called so.
bool Machine::NeedShort(std::string_view module, std::string_view name) {
  if (module.size() <= limits_.global && name.size() <= limits_.global) {
    return true;
  }
  return Fail(
      ErrorCode::kLimit,
      fmt::format("{} has a name longer than the limit `global`", Name()),
      fmt::format("{} bytes", std::max(module.size(), name.size())),
      fmt::format("at most {}", limits_.global));
}

bool Machine::DoGlobal() {
  if (!NeedShort(in_.text, in_.second)) return false;
  return Push(values_.AddGlobal(in_.text, in_.second, false));
}

bool Machine::DoInst() {
  if (!NeedShort(in_.text, in_.second)) return false;
  const Ref cls = values_.AddGlobal(in_.text, in_.second, false);
  const Ref args = values_.AddTuple(Kind::kTuple, AboveMark());
  DropAboveMark();
  return Push(values_.AddObject(Call::kInst, cls, args, Ref::kAbsent));
}

bool Machine::DoObj() {
  const auto members = AboveMark();
  if (members.empty()) return Bad("OBJ has no class");
  const Ref cls = members[0];
  const Ref args = values_.AddTuple(Kind::kTuple, members.subspan(1));
  if (!NeedOpaque(cls, "calls")) return false;
  DropAboveMark();
  return Push(values_.AddObject(Call::kObj, cls, args, Ref::kAbsent));
}

bool Machine::DoBuild() {
  const Ref state = Pop();
  if (!NeedOpaque(Top(), "gives a state to")) return false;
  values_.AddState(Top(), state);
  return true;
}

bool Machine::DoProto() {
  if (in_.number > 5) {
    return Bad("PROTO names a protocol that does not exist",
               fmt::format("{}", in_.number), "0 to 5");
  }
  protocol_ = static_cast<uint8_t>(in_.number);
  return true;
}

// A frame is a hint to read that much at once; over memory only its size
// matters.
bool Machine::DoFrame() {
  constexpr uint64_t kFrameSize = 9;
  if (in_.number <= decoder_.size() - in_.offset - kFrameSize) return true;
  return Bad("FRAME is longer than the pickle",
             fmt::format("{} bytes", in_.number));
}

// Out of line: opcodes that stand seldom in a pickle, or take long anyhow.
bool Machine::Rare(Opcode op) {
  switch (op) {
    case Opcode::kProto:
      return DoProto();
    case Opcode::kFrame:
      return DoFrame();
    case Opcode::kStop:
      return false;
    case Opcode::kPop:
      if (stack_.size() > fence_) {
        stack_.pop_back();
      } else if (!marks_.empty()) {
        DropMark();
      } else {
        return Bad("POP finds nothing on the stack");
      }
      return true;
    case Opcode::kPopMark:
      DropAboveMark();
      return true;
    case Opcode::kDup:
      return Push(Top());
    case Opcode::kInt:
      if (in_.text == "00") return Push(Ref::kFalse);
      if (in_.text == "01") return Push(Ref::kTrue);
      return PushInt(ParseInt(in_.text));
    case Opcode::kLong:
      return PushInt(ParseLong(in_.text));
    case Opcode::kLong1:
    case Opcode::kLong4:
      return PushLong();
    case Opcode::kFloat: {
      const auto value = ParseFloat(in_.text);
      return value ? Push(values_.AddFloat(*value)) : BadText();
    }
    case Opcode::kString:
      return PushOwned(Kind::kPy2Str, ParseQuoted(in_.text));
    case Opcode::kBinString:
      return PushText(in_, Kind::kPy2Str);
    case Opcode::kBinBytes:
    case Opcode::kShortBinBytes:
    case Opcode::kBinBytes8:
      return PushText(in_, Kind::kBytes);
    case Opcode::kByteArray8:
      return PushText(in_, Kind::kByteArray);
    case Opcode::kNextBuffer:
      return Bad("NEXT_BUFFER asks for bytes that are not in the file");
    case Opcode::kReadonlyBuffer:
      return true;
    case Opcode::kUnicode:
      return PushOwned(Kind::kStr, ParseRawUnicode(in_.text));
    case Opcode::kBinUnicode8:
      return PushUtf8(in_);
    case Opcode::kEmptyList:
      return Push(values_.AddContainer(Kind::kList));
    case Opcode::kAppend: {
      const Ref member = Pop();
      return AddAll(Top(), Kind::kList, {&member, 1});
    }
    case Opcode::kAppends: {
      if (!AddAll(stack_[fence_ - 1], Kind::kList, AboveMark())) return false;
      DropAboveMark();
      return true;
    }
    case Opcode::kList: {
      const Ref list = values_.AddContainer(Kind::kList);
      values_.AddMembers(list, AboveMark(), false);
      DropAboveMark();
      return Push(list);
    }
    case Opcode::kEmptyDict:
      return Push(values_.AddContainer(Kind::kDict));
    case Opcode::kDict: {
      if (!Pairs(AboveMark())) return false;
      const Ref dict = values_.AddContainer(Kind::kDict);
      values_.AddMembers(dict, AboveMark(), true);
      DropAboveMark();
      return Push(dict);
    }
    case Opcode::kSetItem: {
      const Ref pair[] = {stack_[stack_.size() - 2], stack_[stack_.size() - 1]};
      stack_.truncate(stack_.size() - 2);
      return SetItems(Top(), pair);
    }
    case Opcode::kSetItems:
      if (!SetItems(stack_[fence_ - 1], AboveMark())) return false;
      DropAboveMark();
      return true;
    case Opcode::kEmptySet:
      return Push(values_.AddContainer(Kind::kSet));
    case Opcode::kAddItems:
      if (!AddAll(stack_[fence_ - 1], Kind::kSet, AboveMark())) return false;
      DropAboveMark();
      return true;
    case Opcode::kFrozenSet: {
      const Ref set = values_.AddTuple(Kind::kFrozenSet, AboveMark());
      DropAboveMark();
      return Push(set);
    }
    case Opcode::kGet: {
      const auto index = ParseIndex(in_.text);
      return index ? Get(in_, *index) : BadText();
    }
    case Opcode::kPut: {
      const auto index = ParseIndex(in_.text);
      return index ? Put(*index) : BadText();
    }
    case Opcode::kGlobal:
      return DoGlobal();
    case Opcode::kStackGlobal:
      return DoStackGlobal();
    case Opcode::kInst:
      return DoInst();
    case Opcode::kObj:
      return DoObj();
    case Opcode::kNewObj:
      return DoNew(in_, Call::kNewObj, stack_[stack_.size() - 2], Top(),
                   Ref::kAbsent, 2);
    case Opcode::kNewObjEx:
      return DoNew(in_, Call::kNewObjEx, stack_[stack_.size() - 3],
                   stack_[stack_.size() - 2], Top(), 3);
    case Opcode::kBuild:
      return DoBuild();
    case Opcode::kPersId:
      return Bad(
          "a persistent id is text, as pickle_protocol=0 writes it: no "
          "loader reads such a file",
          fmt::format("'{}'", in_.text.substr(0, 40)), "a tuple");
    case Opcode::kExt1:
    case Opcode::kExt2:
    case Opcode::kExt4:
      return Bad(fmt::format("{} names an extension code: its meaning is not "
                             "in the file",
                             Name()),
                 fmt::format("{}", in_.number));
    default:
      return false;  // Execute has it
  }
}

bool Machine::Execute(Opcode op, const Instruction& in) {
  switch (op) {
    case Opcode::kMark:
      PushMark();
      return true;
    case Opcode::kNone:
      return Push(Ref::kNone);
    case Opcode::kNewTrue:
      return Push(Ref::kTrue);
    case Opcode::kNewFalse:
      return Push(Ref::kFalse);
    case Opcode::kBinInt:
    case Opcode::kBinInt1:
    case Opcode::kBinInt2:
      return Push(values_.AddInt(static_cast<int64_t>(in.number)));
    case Opcode::kBinFloat:
      return Push(values_.AddFloat(std::bit_cast<double>(in.number)));
    case Opcode::kShortBinString:
      return PushText(in, Kind::kPy2Str);
    case Opcode::kBinUnicode:
    case Opcode::kShortBinUnicode:
      return PushUtf8(in);
    case Opcode::kEmptyTuple:
      return Push(Ref::kEmptyTuple);
    case Opcode::kTuple: {
      const Ref tuple = values_.AddTuple(Kind::kTuple, AboveMark());
      DropAboveMark();
      return Push(tuple);
    }
    case Opcode::kTuple1:
    case Opcode::kTuple2:
    case Opcode::kTuple3: {
      const size_t n =
          static_cast<size_t>(op) - static_cast<size_t>(Opcode::kTuple1) + 1;
      return Replace(n, values_.AddTuple(Kind::kTuple,
                                         std::span<const Ref>(stack_).last(n)));
    }
    case Opcode::kBinGet:
    case Opcode::kLongBinGet:
      return Get(in, in.number);
    case Opcode::kBinPut:
    case Opcode::kLongBinPut:
      return Put(in.number);
    case Opcode::kMemoize:
      return Put(memo_.count());
    case Opcode::kReduce:
      return DoNew(in, Call::kReduce, stack_[stack_.size() - 2], Top(),
                   Ref::kAbsent, 2);
    case Opcode::kBinPersId: {
      const Ref id = Top();
      return Replace(1, values_.AddPersistent(id));
    }
    default:
      return At(in).Rare(op);
  }
}

Result<Program> Machine::Run() {
  // Local copies, so that the loop keeps them in registers.
  Decoder decoder = decoder_;
  Instruction in;
  uint64_t opcodes = 0;
  bool decodable = true;
  while (true) {
    if (!decoder.NextOpcode(in)) {
      decodable = false;
      break;
    }
    bool go_on = false;
    switch (in.op) {
#define OP(name, text, byte, argument, needs, mark, protocol) \
  case Opcode::k##name:                                       \
    decodable = decoder.ReadArgument<Argument::argument>(in); \
    go_on = decodable && Available(in, needs, mark) &&        \
            Execute(Opcode::k##name, in);                     \
    break;
#include "pickle/opcodes.def"
#undef OP
      default:
        decodable = decoder.NoSuchOpcode();
        break;
    }
    if (!go_on) break;
    if (++opcodes % kBudgetEvery == 0 && !At(in).WithinBudget(opcodes)) break;
  }
  if (!decodable) return decoder.error();
  if (!failure_) At(in).WithinBudget(opcodes + 1);
  if (failure_) return *std::move(failure_);
  return Program{stack_.back(), decoder.offset(), opcodes + 1, protocol_};
}

Result<Program> Run(std::span<const std::byte> bytes, std::string_view record,
                    const Limits& limits, Values& values) {
  return Machine(bytes, record, limits, values).Run();
}

}  // namespace ptscope::pickle
