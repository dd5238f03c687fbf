#include "base/boxes.h"

#include "base/hash.h"

namespace ptscope {

namespace {

// Numbers modulo a prime, 2^61 - 1.
constexpr uint64_t kPrime = (uint64_t{1} << 61) - 1;

uint64_t Product(uint64_t a, uint64_t b) {
  return static_cast<uint64_t>(Wide{a} * b % kPrime);
}
uint64_t Difference(uint64_t a, uint64_t b) {
  return a >= b ? a - b : a + kPrime - b;
}

// A ruler whose marks stand at random places, another one in each dimension.
class Ruler {
 public:
  explicit Ruler(size_t dimension)
      : key_(HashNumber(dimension, HashKey()) | 1) {}

  uint64_t Length(int64_t begin, int64_t size) const {
    // Coordinates fit 63 bits, so that the sum fits 64.
    const auto from = static_cast<uint64_t>(begin);
    return Difference(Mark(from + static_cast<uint64_t>(size)), Mark(from));
  }

 private:
  uint64_t Mark(uint64_t at) const { return HashNumber(at, key_) % kPrime; }

  const uint64_t key_;
};

uint64_t Measure(std::span<const int64_t> begin,
                 std::span<const int64_t> size) {
  uint64_t volume = 1;
  for (size_t i = 0; i < size.size(); ++i) {
    volume =
        Product(volume, Ruler(i).Length(begin.empty() ? 0 : begin[i], size[i]));
  }
  return volume;
}

}  // namespace

bool Fits(const Box& box, std::span<const int64_t> outer) {
  if (box.begin.size() != outer.size() || box.size.size() != outer.size()) {
    return false;
  }
  for (size_t i = 0; i < outer.size(); ++i) {
    if (box.begin[i] < 0 || box.size[i] < 0 || box.begin[i] > outer[i] ||
        box.size[i] > outer[i] - box.begin[i]) {
      return false;
    }
  }
  return true;
}

Wide VolumeOf(const Box& box) {
  Wide volume = 1;
  for (const int64_t n : box.size) volume *= static_cast<uint64_t>(n);
  return volume;
}

// The boxes are measured with rulers whose marks are random. Boxes that fill
// the outer one each point once have the outer one's volume by any rulers. The
// difference of both is a polynomial in the marks; if a point is in no box or
// in two, it is not zero, and random marks seldom make it so (Schwartz-Zippel).
bool Tile(std::span<const Box> boxes, std::span<const int64_t> outer) {
  uint64_t sum = 0;
  for (const Box& box : boxes) {
    sum = (sum + Measure(box.begin, box.size)) % kPrime;
  }
  return sum == Measure({}, outer);
}

}  // namespace ptscope
