// DumpValue: a value of the pickle machine as one line of text.
//
//   None True 7 1.5 'str' 2'Python 2' b'bytes' bytearray'…' long'digits'
//   (1, 2) frozenset(…) [1, 2] set(…) {1: 2} module.name persistent(id)
//   call: callable(args)   with the sort of call in front where it is no REDUCE
//   behind a call: kwargs **{…}, items [1, 2] or {1: 2}, state |state
//   ... for a container that is being written already
#ifndef PTSCOPE_TESTS_SUPPORT_VALUE_DUMP_H_
#define PTSCOPE_TESTS_SUPPORT_VALUE_DUMP_H_

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "pickle/values.h"

namespace ptscope::test {

class ValueDumper {
 public:
  explicit ValueDumper(const pickle::Values& values) : values_(values) {}

  // No recursion: a value may be a million levels deep. Stops at `most` bytes.
  std::string Dump(pickle::Ref root, size_t most = 4096) {
    std::string text;
    Add(root);
    Flush();
    while (!stack_.empty() && text.size() < most) {
      const Piece piece = stack_.back();
      stack_.pop_back();
      text += piece.text;
      if (piece.closes != pickle::Ref::kAbsent) {
        std::erase(open_, piece.closes.bits());
      }
      if (piece.value != pickle::Ref::kAbsent) Write(piece.value, text);
    }
    return text;
  }

 private:
  using Kind = pickle::Kind;
  using Ref = pickle::Ref;

  // Text, or a value, or the end of a container.
  struct Piece {
    std::string text;
    Ref value = Ref::kAbsent;
    Ref closes = Ref::kAbsent;
  };

  void Add(std::string text) { next_.push_back({std::move(text)}); }
  void Add(Ref value) { next_.push_back({{}, value}); }
  void Flush() {
    std::move(next_.rbegin(), next_.rend(), std::back_inserter(stack_));
    next_.clear();
  }
  void AddList(std::string_view open, std::span<const Ref> members,
               std::string_view close, bool pairs = false) {
    Add(std::string(open));
    for (size_t i = 0; i < members.size(); ++i) {
      if (i > 0) Add(pairs && i % 2 == 1 ? ": " : ", ");
      Add(members[i]);
    }
    Add(std::string(close));
  }
  std::vector<Ref> Members(Ref ref) const {
    std::vector<Ref> members;
    values_.ForEachRun(ref, [&](std::span<const Ref> run) {
      members.insert(members.end(), run.begin(), run.end());
    });
    return members;
  }

  void Write(Ref ref, std::string& text) {
    if (ref.is_node() && std::ranges::find(open_, ref.bits()) != open_.end()) {
      text += "...";
      return;
    }
    const Kind kind = values_.KindOf(ref);
    switch (kind) {
      case Kind::kNone:
        text += "None";
        return;
      case Kind::kBool:
        text += values_.IntOf(ref) != 0 ? "True" : "False";
        return;
      case Kind::kInt:
        text += std::to_string(values_.IntOf(ref));
        return;
      case Kind::kFloat: {
        char digits[40];
        std::snprintf(digits, sizeof digits, "%.17g", values_.FloatOf(ref));
        text += digits;
        return;
      }
      case Kind::kBigInt:
        return Quote(values_.BigIntIsText(ref) ? "digits" : "long", ref, text);
      case Kind::kStr:
        return Quote("", ref, text);
      case Kind::kPy2Str:
        return Quote("2", ref, text);
      case Kind::kBytes:
        return Quote("b", ref, text);
      case Kind::kByteArray:
        return Quote("bytearray", ref, text);
      case Kind::kGlobal: {
        const auto& g = values_.GlobalById(values_.GlobalIdOf(ref));
        ((text += g.module) += '.') += g.name;
        return;
      }
      case Kind::kTuple:
        AddList("(", values_.ItemsOf(ref), ")");
        break;
      case Kind::kFrozenSet:
        AddList("frozenset(", values_.ItemsOf(ref), ")");
        break;
      case Kind::kList:
        AddList("[", Members(ref), "]");
        break;
      case Kind::kSet:
        AddList("set(", Members(ref), ")");
        break;
      case Kind::kDict:
        AddList("{", Members(ref), "}", true);
        break;
      case Kind::kPersistent:
        Add("persistent(");
        Add(values_.PersistentIdOf(ref));
        Add(")");
        break;
      case Kind::kObject:
        WriteObject(ref);
        break;
    }
    if (ref.is_node()) {
      open_.push_back(ref.bits());
      next_.push_back({{}, Ref::kAbsent, ref});
    }
    Flush();
  }

  void WriteObject(Ref ref) {
    static constexpr const char* kCalls[] = {"",      "new ", "new_ex ",
                                             "inst ", "obj ", "built "};
    Add(kCalls[static_cast<size_t>(values_.CallOf(ref))]);
    Add(values_.CallableOf(ref));
    Add(values_.ArgsOf(ref));
    if (values_.KwargsOf(ref) != Ref::kAbsent) {
      Add("**");
      Add(values_.KwargsOf(ref));
    }
    if (values_.CountOf(ref) != 0) {
      const bool pairs = values_.ItemsArePairs(ref);
      AddList(pairs ? "{" : "[", Members(ref), pairs ? "}" : "]", pairs);
    }
    if (values_.StateOf(ref) != Ref::kAbsent) {
      Add(values_.StateIsSeveral(ref) ? "||" : "|");
      Add(values_.StateOf(ref));
    }
  }

  void Quote(std::string_view prefix, Ref ref, std::string& text) const {
    ((text += prefix) += '\'');
    for (const char c : values_.TextOf(ref)) {
      if (c >= ' ' && c < '\x7F') {
        text += c;
        continue;
      }
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\x%02x",
                    static_cast<unsigned char>(c));
      text += escape;
    }
    text += '\'';
  }

  const pickle::Values& values_;
  std::vector<Piece> stack_;
  std::vector<Piece> next_;     // in order; goes onto the stack reversed
  std::vector<uint32_t> open_;  // containers that are being written
};

inline std::string DumpValue(const pickle::Values& values, pickle::Ref ref,
                             size_t most = 4096) {
  return ValueDumper(values).Dump(ref, most);
}

}  // namespace ptscope::test

#endif  // PTSCOPE_TESTS_SUPPORT_VALUE_DUMP_H_
