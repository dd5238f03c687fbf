#include "base/boxes.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <vector>

namespace ptscope {
namespace {

using Numbers = std::vector<int64_t>;

struct Piece {
  Numbers begin;
  Numbers size;
};

bool DoTile(const std::vector<Piece>& pieces, const Numbers& outer) {
  std::vector<Box> boxes;
  for (const Piece& p : pieces) boxes.push_back({p.begin, p.size});
  return Tile(boxes, outer);
}

TEST(Boxes, FitOnlyWithinTheOuterOne) {
  const auto fits = [](const Numbers& begin, const Numbers& size) {
    const Numbers outer = {4, 3};
    return Fits({begin, size}, outer);
  };
  EXPECT_TRUE(fits({0, 0}, {4, 3}));
  EXPECT_TRUE(fits({4, 3}, {0, 0}));
  EXPECT_TRUE(fits({3, 1}, {1, 2}));
  EXPECT_FALSE(fits({3, 1}, {2, 2}));
  EXPECT_FALSE(fits({-1, 0}, {1, 1}));
  EXPECT_FALSE(fits({0, 0}, {1, -1}));
  EXPECT_FALSE(fits({5, 0}, {0, 0}));
  EXPECT_FALSE(fits({0}, {1}));
  EXPECT_FALSE(fits({0, 0, 0}, {1, 1, 1}));
  EXPECT_FALSE(fits({INT64_MAX, 0}, {INT64_MAX, 1}));
}

TEST(Boxes, KnowTheirVolume) {
  const Numbers none = {};
  const Numbers large = {INT64_MAX, INT64_MAX};
  const Numbers empty = {INT64_MAX, INT64_MAX, INT64_MAX, 0};
  EXPECT_EQ(VolumeOf({none, none}), Wide{1});
  EXPECT_EQ(VolumeOf({none, large}), Wide{INT64_MAX} * INT64_MAX);
  EXPECT_EQ(VolumeOf({none, empty}), Wide{0});
}

TEST(Boxes, TileWhatTheyFillOnce) {
  EXPECT_TRUE(DoTile({{{}, {}}}, {}));
  EXPECT_FALSE(DoTile({{{}, {}}, {{}, {}}}, {}));
  EXPECT_FALSE(DoTile({}, {}));
  EXPECT_TRUE(DoTile({}, {3, 0}));
  EXPECT_TRUE(DoTile({{{0}, {3}}, {{3}, {2}}, {{5}, {0}}}, {5}));
  EXPECT_FALSE(DoTile({{{0}, {3}}, {{3}, {1}}}, {5}));
  EXPECT_FALSE(DoTile({{{0}, {3}}, {{2}, {3}}}, {5}));
  // A windmill, whose pieces cannot be parted by any straight cut.
  EXPECT_TRUE(DoTile({{{0, 0}, {1, 2}},
                      {{0, 2}, {2, 1}},
                      {{2, 1}, {1, 2}},
                      {{1, 0}, {2, 1}},
                      {{1, 1}, {1, 1}}},
                     {3, 3}));
}

TEST(Boxes, DoNotTileWithTheVolumeAlone) {
  // Half of it twice, and half of it not at all.
  EXPECT_FALSE(DoTile({{{0, 0}, {1, 2}}, {{0, 0}, {1, 2}}}, {2, 2}));
  EXPECT_FALSE(DoTile({{{0, 0}, {1, 2}}, {{0, 0}, {2, 1}}}, {2, 2}));
  EXPECT_FALSE(DoTile(
      {{{0, 0}, {2, 2}}, {{2, 2}, {2, 2}}, {{0, 2}, {2, 2}}, {{0, 2}, {2, 2}}},
      {4, 4}));
}

TEST(Boxes, TileWithLargeCoordinates) {
  const int64_t half = INT64_MAX / 2;
  EXPECT_TRUE(
      DoTile({{{0}, {half}}, {{half}, {INT64_MAX - half}}}, {INT64_MAX}));
  EXPECT_FALSE(DoTile({{{0}, {half}}, {{half}, {half}}}, {INT64_MAX}));
}

// Splits boxes at random places, then counts the points of random changes.
TEST(Boxes, TileAsCountingSays) {
  std::mt19937 random(1);
  const auto below = [&](size_t n) { return random() % n; };
  const Numbers outer = {4, 3, 2};
  int tiled = 0;
  for (int round = 0; round < 2000; ++round) {
    std::vector<Piece> pieces = {{{0, 0, 0}, outer}};
    for (int cut = 0; cut < 6; ++cut) {
      Piece& piece = pieces[below(pieces.size())];
      const size_t axis = below(3);
      if (piece.size[axis] < 2) continue;
      Piece rest = piece;
      piece.size[axis] = 1;
      ++rest.begin[axis];
      --rest.size[axis];
      pieces.push_back(rest);
    }
    if (round % 2 == 0) {
      Piece& piece = pieces[below(pieces.size())];
      const size_t axis = below(3);
      if (piece.begin[axis] > 0) --piece.begin[axis];
    }
    int counts[4][3][2] = {};
    for (const Piece& p : pieces) {
      for (int64_t x = 0; x < p.size[0]; ++x) {
        for (int64_t y = 0; y < p.size[1]; ++y) {
          for (int64_t z = 0; z < p.size[2]; ++z) {
            ++counts[p.begin[0] + x][p.begin[1] + y][p.begin[2] + z];
          }
        }
      }
    }
    bool once = true;
    for (const auto& plane : counts) {
      for (const auto& line : plane) {
        for (const int count : line) once = once && count == 1;
      }
    }
    ASSERT_EQ(DoTile(pieces, outer), once) << round;
    tiled += once;
  }
  EXPECT_GT(tiled, 1000);
  EXPECT_LT(tiled, 1900);
}

}  // namespace
}  // namespace ptscope
