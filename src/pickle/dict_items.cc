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

// Equal numbers are equal here: a float that is an integer is that integer.
struct Number {
  uint64_t bits;
  bool is_real;
  bool operator==(const Number&) const = default;
};

Number NumberOf(Ref ref, const Values& values) {
  if (values.KindOf(ref) != Kind::kFloat) {
    return {static_cast<uint64_t>(values.IntOf(ref)), false};
  }
  const double real = values.FloatOf(ref);
  constexpr double kTwo63 = 9223372036854775808.0;
  if (real >= -kTwo63 && real < kTwo63 && real == std::trunc(real)) {
    return {static_cast<uint64_t>(static_cast<int64_t>(real)), false};
  }
  return {std::bit_cast<uint64_t>(real), true};
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
  for (size_t i = 0; i < count; ++i) hashes_[i] = Hash(items[i].key);
  constexpr size_t kAhead = 8;
  for (size_t i = 0; i < count; ++i) {
    if (i + kAhead < count) {
      __builtin_prefetch(&slots_[hashes_[i + kAhead] & mask]);
    }
    const uint64_t hash = hashes_[i];
    size_t at = hash & mask;
    while (slots_[at] != 0 &&
           (hashes_[slots_[at] - 1] != hash ||
            !Equal(items[slots_[at] - 1].key, items[i].key))) {
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

bool DictReader::Equal(Ref a, Ref b, int depth, int& budget) const {
  if (a == b) return true;
  if (--budget < 0) return false;
  const Kind kind = values_.KindOf(a);
  const Kind other = values_.KindOf(b);
  if (IsText(kind)) {
    return IsText(other) && values_.TextOf(a) == values_.TextOf(b);
  }
  if (IsNumber(kind)) {
    if (kind == Kind::kFloat && std::isnan(values_.FloatOf(a))) return false;
    return IsNumber(other) && NumberOf(a, values_) == NumberOf(b, values_);
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
        if (!Equal(x[i], y[i], depth + 1, budget)) return false;
      }
      return true;
    }
    default:
      return false;
  }
}

// A key may be long and stand in many places: its hash is made once.
uint64_t DictReader::HashOfText(Ref key) {
  constexpr size_t kLong = 256;
  const std::string_view text = values_.TextOf(key);
  if (text.size() <= kLong) return HashText(text, hash_key_);
  const auto [at, added] = long_texts_.try_emplace(key.index(), 0);
  if (added) at->second = HashText(text, hash_key_);
  return at->second;
}

uint64_t DictReader::Hash(Ref key, int depth, int& budget) {
  const Kind kind = values_.KindOf(key);
  if (IsText(kind) || kind == Kind::kBytes || kind == Kind::kBigInt) {
    return HashOfText(key);
  }
  if (IsNumber(kind)) {
    const Number number = NumberOf(key, values_);
    return HashNumber(number.bits, hash_key_ + number.is_real);
  }
  if (kind == Kind::kGlobal) {
    return HashNumber(values_.GlobalIdOf(key), hash_key_);
  }
  if (kind == Kind::kTuple && depth < kMaxDepth) {
    uint64_t hash = hash_key_;
    for (const Ref member : values_.ItemsOf(key)) {
      if (--budget < 0) break;
      hash = HashNumber(Hash(member, depth + 1, budget), hash);
    }
    return hash;
  }
  return HashNumber(key.bits(), hash_key_);
}

}  // namespace ptscope::pickle
