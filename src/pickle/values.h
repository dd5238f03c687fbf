// Values: what a pickle builds, in one arena.
//
// Values refer to each other by 32-bit Ref, so that sharing and cycles cost
// nothing and all is freed at once, without recursion. Nothing is ever called
// or imported: a class is its name, a call is its callable and its arguments.
#ifndef PTSCOPE_PICKLE_VALUES_H_
#define PTSCOPE_PICKLE_VALUES_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/key_table.h"
#include "base/pod_vector.h"

namespace ptscope::pickle {

// A value. Small integers, None, True, False and () are the Ref itself; all
// else is an index into the arena. Equal Refs of the second sort are one and
// the same object.
class Ref {
 public:
  constexpr Ref() = default;
  static constexpr Ref Node(uint32_t index) { return Ref(index); }
  static constexpr Ref SmallInt(uint32_t value) { return Ref(kInt | value); }

  static constexpr uint32_t kMaxSmallInt = (1u << 30) - 1;
  static constexpr uint32_t kMaxNodes = 1u << 31;

  constexpr bool is_node() const { return bits_ < kInt; }
  constexpr bool is_small_int() const { return bits_ >> 30 == 2; }
  constexpr uint32_t index() const { return bits_; }
  constexpr uint32_t small_int() const { return bits_ & kMaxSmallInt; }
  constexpr bool operator==(const Ref&) const = default;

  // To keep a Ref in a number, and back.
  constexpr uint32_t bits() const { return bits_; }
  static constexpr Ref FromBits(uint32_t bits) { return Ref(bits); }

  static const Ref kNone;
  static const Ref kFalse;
  static const Ref kTrue;
  static const Ref kEmptyTuple;
  static const Ref kAbsent;  // no value at all

 private:
  explicit constexpr Ref(uint32_t bits) : bits_(bits) {}
  static constexpr uint32_t kInt = 1u << 31;
  static constexpr uint32_t kSpecial = 3u << 30;

  uint32_t bits_ = UINT32_MAX;
};
inline constexpr Ref Ref::kNone = Ref(Ref::kSpecial);
inline constexpr Ref Ref::kFalse = Ref(Ref::kSpecial + 1);
inline constexpr Ref Ref::kTrue = Ref(Ref::kSpecial + 2);
inline constexpr Ref Ref::kEmptyTuple = Ref(Ref::kSpecial + 3);
inline constexpr Ref Ref::kAbsent = Ref(UINT32_MAX);

enum class Kind : uint8_t {
  kNone,
  kBool,
  kInt,     // 64 bits
  kBigInt,  // text(): two's complement bytes, or digits (see BigIntIsText)
  kFloat,
  kStr,     // UTF-8, lone surrogates permitted
  kPy2Str,  // Python 2's str: bytes that are mostly text
  kBytes,
  kByteArray,
  kTuple,
  kFrozenSet,
  kList,
  kSet,
  kDict,
  kGlobal,      // module.name
  kObject,      // the result of a call
  kPersistent,  // what a persistent id stands for; inner() is the id
};

// How an object was made.
enum class Call : uint8_t { kReduce, kNewObj, kNewObjEx, kInst, kObj, kBuilt };

struct Global {
  std::string_view module;  // as written
  std::string_view name;
};

class Values {
 public:
  // Texts are views of the pickle where they can be: it must outlive the
  // values.
  Values() = default;

  Kind KindOf(Ref ref) const {
    if (ref.is_node()) return nodes_[ref.index()].kind;
    if (ref.is_small_int()) return Kind::kInt;
    if (ref == Ref::kNone) return Kind::kNone;
    return ref == Ref::kEmptyTuple ? Kind::kTuple : Kind::kBool;
  }
  bool Is(Ref ref, Kind kind) const { return KindOf(ref) == kind; }

  // kInt, kBool.
  int64_t IntOf(Ref ref) const;
  // kFloat.
  double FloatOf(Ref ref) const;
  // kStr, kPy2Str, kBytes, kByteArray, kBigInt.
  std::string_view TextOf(Ref ref) const {
    const Node& n = nodes_[ref.index()];
    return {n.text, n.a};
  }
  // kBigInt: TextOf is decimal digits, else little-endian bytes.
  bool BigIntIsText(Ref ref) const { return nodes_[ref.index()].tag != 0; }

  // kTuple, kFrozenSet: the members. Valid until a value is added.
  std::span<const Ref> ItemsOf(Ref ref) const {
    if (!ref.is_node()) return {};
    const Node& n = nodes_[ref.index()];
    return {items_.data() + n.number, n.a};
  }
  // kList, kSet, kDict, kObject: calls visit(span of members) for each run of
  // them. A dict's members are key, value, key, value; so are an object's that
  // were set as items, while appended ones stand alone: see ItemsArePairs.
  template <typename Visit>
  void ForEachRun(Ref ref, Visit visit) const {
    for (uint32_t c = ContainerOf(ref).first; c != kNoChunk;
         c = chunks_[c].next) {
      visit(std::span<const Ref>(items_.data() + chunks_[c].begin,
                                 chunks_[c].count));
    }
  }
  // Number of members, as counted above.
  uint32_t CountOf(Ref ref) const { return ContainerOf(ref).count; }
  // Members of a tuple, list, set or dict; 0 for anything else.
  uint64_t SizeOf(Ref ref) const;
  // kObject: its items came by SETITEM(S).
  bool ItemsArePairs(Ref ref) const { return ObjectOf(ref).pairs; }

  // kGlobal.
  uint32_t GlobalIdOf(Ref ref) const { return nodes_[ref.index()].a; }
  const Global& GlobalById(uint32_t id) const { return globals_[id]; }
  uint32_t global_count() const {
    return static_cast<uint32_t>(globals_.size());
  }

  // kObject.
  Call CallOf(Ref ref) const {
    return static_cast<Call>(nodes_[ref.index()].tag);
  }
  Ref CallableOf(Ref ref) const { return ObjectOf(ref).callable; }
  Ref ArgsOf(Ref ref) const { return ObjectOf(ref).args; }      // a tuple
  Ref KwargsOf(Ref ref) const { return ObjectOf(ref).kwargs; }  // or kAbsent
  // What BUILD applied; of several, a tuple of them in order (see
  // StateIsSeveral); kAbsent if there was none.
  Ref StateOf(Ref ref) const { return ObjectOf(ref).state; }
  bool StateIsSeveral(Ref ref) const { return ObjectOf(ref).several; }

  // kPersistent.
  Ref PersistentIdOf(Ref ref) const {
    return Ref::FromBits(nodes_[ref.index()].a);
  }

  uint32_t node_count() const { return static_cast<uint32_t>(nodes_.size()); }
  uint32_t object_count() const {
    return static_cast<uint32_t>(objects_.size());
  }

  // Bytes of memory that the values take.
  uint64_t bytes() const {
    return nodes_.size() * sizeof(Node) + items_.size() * sizeof(Ref) +
           chunks_.size() * sizeof(Chunk) +
           containers_.size() * sizeof(Container) +
           objects_.size() * sizeof(Object) + globals_.size() * 64 +
           owned_.used();
  }

  // --- Adding ---
  //
  // For the machine, and for formats that keep parts of the object outside of
  // its pickle.

  Ref AddInt(int64_t value) {
    if (value >= 0 && value <= Ref::kMaxSmallInt) {
      return Ref::SmallInt(static_cast<uint32_t>(value));
    }
    return AddNode(Kind::kInt, 0, 0, static_cast<uint64_t>(value));
  }
  Ref AddFloat(double value) {
    return AddNode(Kind::kFloat, 0, 0, std::bit_cast<uint64_t>(value));
  }
  Ref AddText(Kind kind, std::string_view text, uint8_t tag = 0) {
    const Ref ref = AddNode(kind, tag, static_cast<uint32_t>(text.size()), 0);
    nodes_[ref.index()].text = text.data();
    return ref;
  }
  Ref AddOwnedText(Kind kind, std::string_view text, uint8_t tag = 0) {
    return AddText(kind, owned_.Copy(text), tag);
  }
  Ref AddTuple(Kind kind, std::span<const Ref> members) {
    if (members.empty() && kind == Kind::kTuple) return Ref::kEmptyTuple;
    const uint64_t begin = items_.size();
    items_.append(members.data(), members.size());
    return AddNode(kind, 0, static_cast<uint32_t>(members.size()), begin);
  }
  Ref AddContainer(Kind kind) {
    containers_.push_back({});
    return AddNode(kind, 0, static_cast<uint32_t>(containers_.size() - 1), 0);
  }
  // `owned`: the texts are copied.
  Ref AddGlobal(std::string_view module, std::string_view name, bool owned);
  Ref AddPersistent(Ref id) {
    return AddNode(Kind::kPersistent, 0, id.bits(), 0);
  }
  Ref AddObject(Call call, Ref callable, Ref args, Ref kwargs) {
    objects_.push_back(
        {callable, args, kwargs, Ref::kAbsent, kNoContainer, false, false});
    return AddNode(Kind::kObject, static_cast<uint8_t>(call),
                   static_cast<uint32_t>(objects_.size() - 1), 0);
  }
  // Appends to a list, set, dict or object.
  void AddMembers(Ref ref, std::span<const Ref> members, bool pairs);
  void AddState(Ref ref, Ref state);

  // A kPersistent becomes what it stands for, wherever it is referred to.
  // `by` is no small value but a node.
  void Replace(Ref persistent, Ref by) {
    nodes_[persistent.index()] = nodes_[by.index()];
  }

 private:
  static constexpr uint32_t kNoChunk = UINT32_MAX;
  static constexpr uint32_t kNoContainer = UINT32_MAX;

  struct Node {
    Kind kind;
    uint8_t tag;  // Call of an object; 1: a kBigInt is digits
    uint32_t a;   // length, count, index into objects_, …
    union {
      uint64_t number;
      const char* text;
      double real;
    };
  };
  // Members are added in runs; a run is never moved.
  struct Chunk {
    uint32_t begin;
    uint32_t count;
    uint32_t next;
  };
  struct Container {
    uint32_t first = kNoChunk;
    uint32_t last = kNoChunk;
    uint32_t count = 0;
  };
  struct Object {
    Ref callable;
    Ref args;
    Ref kwargs;
    Ref state;
    uint32_t container;
    bool pairs;
    bool several;
  };

  const Object& ObjectOf(Ref ref) const {
    return objects_[nodes_[ref.index()].a];
  }
  const Container& ContainerOf(Ref ref) const;

  Ref AddNode(Kind kind, uint8_t tag, uint32_t a, uint64_t number) {
    Node node{kind, tag, a, {number}};
    nodes_.push_back(node);
    return Ref::Node(static_cast<uint32_t>(nodes_.size() - 1));
  }
  PodVector<Node> nodes_;
  PodVector<Ref> items_;
  PodVector<Chunk> chunks_;
  PodVector<Container> containers_;
  PodVector<Object> objects_;
  std::vector<Global> globals_;
  KeyTable global_index_;  // "module\nname" to an index into globals_
  Arena owned_;            // texts that are no view of the stream
};

}  // namespace ptscope::pickle

#endif  // PTSCOPE_PICKLE_VALUES_H_
