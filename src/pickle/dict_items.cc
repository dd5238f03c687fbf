#include "pickle/dict_items.h"

#include <bit>
#include <cmath>
#include <cstring>

#include "base/hash.h"

namespace ptscope::pickle {

namespace {

// Up to this many items are compared one by one.
constexpr size_t kFew = 8;
// Tuples within tuples below this depth are compared by identity.
constexpr int kMaxDepth = 4;

bool IsText(Kind kind) { return kind == Kind::kStr || kind == Kind::kPy2Str; }

bool IsNumber(Kind kind) {
  return kind == Kind::kInt || kind == Kind::kBool || kind == Kind::kFloat;
}

}  // namespace

DictReader::DictReader(const Values& values)
    : values_(values), hash_key_(HashKey()) {}

void DictReader::Read(Ref dict, PodVector<Item>& to) {
  const size_t first = to.size();
  values_.ForEachRun(dict, [&to](std::span<const Ref> run) {
    static_assert(sizeof(Item) == 2 * sizeof(Ref));
    const size_t at = to.size();
    to.resize_uninitialized(at + run.size() / 2);
    std::memcpy(static_cast<void*>(to.data() + at), run.data(),
                run.size() / 2 * sizeof(Item));
  });
  const size_t count = to.size() - first;
  Item* items = to.data() + first;
  size_t kept = 0;

  if (count <= kFew) {
    for (size_t i = 0; i < count; ++i) {
      size_t j = 0;
      while (j < kept && !Equal(items[j].key, items[i].key)) ++j;
      if (j < kept) {
        items[j].value = items[i].value;
      } else {
        items[kept++] = items[i];
      }
    }
    to.truncate(first + kept);
    return;
  }

  // All hashes first, so that the table's cache misses overlap.
  const size_t mask = std::bit_ceil(2 * count) - 1;
  slots_.clear();
  slots_.resize(mask + 1, 0);
  hashes_.resize_uninitialized(count);
  for (size_t i = 0; i < count; ++i) hashes_[i] = Hash(items[i].key, 0);
  constexpr size_t kAhead = 8;
  for (size_t i = 0; i < count; ++i) {
    if (i + kAhead < count) {
      __builtin_prefetch(&slots_[hashes_[i + kAhead] & mask]);
    }
    const uint64_t hash = hashes_[i];
    size_t at = hash & mask;
    while (slots_[at] != 0 && !(hashes_[slots_[at] - 1] == hash &&
                                Equal(items[slots_[at] - 1].key,
                                      items[i].key))) {
      at = (at + 1) & mask;
    }
    if (slots_[at] != 0) {
      items[slots_[at] - 1].value = items[i].value;
      continue;
    }
    items[kept] = items[i];
    hashes_[kept] = hash;
    slots_[at] = static_cast<uint32_t>(++kept);
  }
  to.truncate(first + kept);
}

Ref DictReader::Find(Ref dict, std::string_view key) const {
  Ref found = Ref::kAbsent;
  values_.ForEachRun(dict, [&](std::span<const Ref> run) {
    for (size_t i = 0; i + 1 < run.size(); i += 2) {
      if (IsText(values_.KindOf(run[i])) && values_.TextOf(run[i]) == key) {
        found = run[i + 1];
      }
    }
  });
  return found;
}

bool DictReader::Equal(Ref a, Ref b, int depth) const {
  if (a == b) return true;
  const Kind kind = values_.KindOf(a);
  const Kind other = values_.KindOf(b);
  if (IsText(kind)) {
    return IsText(other) && values_.TextOf(a) == values_.TextOf(b);
  }
  if (IsNumber(kind)) {
    if (!IsNumber(other)) return false;
    const bool a_real = kind == Kind::kFloat;
    const bool b_real = other == Kind::kFloat;
    if (!a_real && !b_real) return values_.IntOf(a) == values_.IntOf(b);
    const auto real = [this](Ref ref, bool is_real) {
      return is_real ? values_.FloatOf(ref)
                     : static_cast<double>(values_.IntOf(ref));
    };
    return real(a, a_real) == real(b, b_real);
  }
  if (kind != other) return false;
  switch (kind) {
    case Kind::kBytes:
    case Kind::kBigInt:
      return values_.TextOf(a) == values_.TextOf(b);
    case Kind::kGlobal:
      return values_.GlobalIdOf(a) == values_.GlobalIdOf(b);
    case Kind::kTuple: {
      const auto x = values_.ItemsOf(a);
      const auto y = values_.ItemsOf(b);
      if (x.size() != y.size() || depth == kMaxDepth) return false;
      for (size_t i = 0; i < x.size(); ++i) {
        if (!Equal(x[i], y[i], depth + 1)) return false;
      }
      return true;
    }
    default:
      return false;
  }
}

uint64_t DictReader::Hash(Ref key, int depth) const {
  const Kind kind = values_.KindOf(key);
  if (IsText(kind) || kind == Kind::kBytes || kind == Kind::kBigInt) {
    return HashText(values_.TextOf(key), hash_key_);
  }
  if (IsNumber(kind)) {
    double real = 0;
    if (kind == Kind::kFloat) {
      real = values_.FloatOf(key);
    } else {
      real = static_cast<double>(values_.IntOf(key));
    }
    if (real == 0) real = 0;  // -0.0 is 0
    return HashNumber(std::bit_cast<uint64_t>(real), hash_key_);
  }
  if (kind == Kind::kGlobal) {
    return HashNumber(values_.GlobalIdOf(key), hash_key_);
  }
  if (kind == Kind::kTuple && depth < kMaxDepth) {
    uint64_t hash = hash_key_;
    for (const Ref member : values_.ItemsOf(key)) {
      hash = HashNumber(Hash(member, depth + 1), hash);
    }
    return hash;
  }
  return HashNumber(key.bits(), hash_key_);
}

}  // namespace ptscope::pickle
