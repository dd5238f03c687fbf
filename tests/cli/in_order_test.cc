#include "cli/in_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace ptscope::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Work whose values are their indices, and what has been taken of it.
struct Squares {
  std::vector<size_t> taken = {};

  InOrderWork<size_t> Work() {
    return {.make = [](size_t i) { return i * i; },
            .stop = [] { return false; },
            .await = [](size_t) {},
            .take =
                [this](size_t i, size_t square) {
                  EXPECT_EQ(square, i * i);
                  taken.push_back(i);
                  return true;
                }};
  }
};

std::vector<size_t> UpTo(size_t count) {
  std::vector<size_t> all(count);
  for (size_t i = 0; i < count; ++i) all[i] = i;
  return all;
}

TEST(InOrder, TakesEachValueInOrder) {
  for (const size_t threads : {1, 2, 3, 8}) {
    for (const size_t count : {0, 1, 2, 5, 500}) {
      Squares squares;
      InOrder(count, threads, squares.Work());
      EXPECT_EQ(squares.taken, UpTo(count)) << threads;
    }
  }
}

TEST(InOrder, OneThreadIsTheCallers) {
  const auto caller = std::this_thread::get_id();
  Squares squares;
  auto work = squares.Work();
  work.make = [&](size_t i) {
    EXPECT_EQ(std::this_thread::get_id(), caller);
    EXPECT_EQ(squares.taken.size(), i);  // those before it are taken
    return i * i;
  };
  InOrder(3, 1, work);
  EXPECT_THAT(squares.taken, ElementsAre(0, 1, 2));
}

TEST(InOrder, ManyThreadsForOneValueAreTheCallers) {
  const auto caller = std::this_thread::get_id();
  Squares squares;
  auto work = squares.Work();
  work.make = [&](size_t i) {
    EXPECT_EQ(std::this_thread::get_id(), caller);
    return i;
  };
  InOrder(1, 8, work);
  EXPECT_THAT(squares.taken, ElementsAre(0));
}

TEST(InOrder, MakesOthersWhileTheFirstOneLasts) {
  // Two threads have room for four values; the first waits for all others.
  std::latch others(3);
  Squares squares;
  auto work = squares.Work();
  work.make = [&](size_t i) {
    if (i == 0) others.wait();
    if (i >= 1 && i <= 3) others.count_down();
    return i * i;
  };
  InOrder(20, 2, work);
  EXPECT_EQ(squares.taken, UpTo(20));
}

TEST(InOrder, ValuesThatWaitAreTwicePerThreadAtMost) {
  for (const size_t threads : {2, 3, 5}) {
    std::atomic<size_t> alive = 0;
    std::atomic<size_t> most = 0;
    InOrderWork<std::unique_ptr<size_t>> work;
    work.make = [&](size_t i) {
      const size_t now = ++alive;
      for (size_t was = most;
           was < now && !most.compare_exchange_weak(was, now);) {
      }
      return std::make_unique<size_t>(i);
    };
    work.stop = [] { return false; };
    work.await = [](size_t) {};
    work.take = [&](size_t, std::unique_ptr<size_t> value) {
      std::this_thread::yield();
      // What is taken is the caller's: from here on it does not count.
      --alive;
      return value != nullptr;
    };
    InOrder(2000, threads, work);
    // One more is in the caller's hands.
    EXPECT_LE(most, 2 * threads + 1);
  }
}

TEST(InOrder, AwaitsEachValueBeforeItIsTaken) {
  for (const size_t threads : {1, 3}) {
    std::vector<std::string> calls;
    Squares squares;
    auto work = squares.Work();
    work.await = [&](size_t i) {
      calls.push_back("await " + std::to_string(i));
    };
    work.take = [&](size_t i, size_t) {
      calls.push_back("take " + std::to_string(i));
      return true;
    };
    InOrder(2, threads, work);
    EXPECT_THAT(calls, ElementsAre("await 0", "take 0", "await 1", "take 1"));
  }
}

TEST(InOrder, TakesWhatHasBegunWhenItIsStopped) {
  for (const size_t threads : {1, 2, 4}) {
    std::atomic<bool> stop = false;
    std::atomic<size_t> begun = 0;
    Squares squares;
    auto work = squares.Work();
    work.make = [&](size_t i) {
      ++begun;
      if (i == 30) stop = true;
      return i * i;
    };
    work.stop = [&] { return stop.load(); };
    InOrder(1000, threads, work);
    EXPECT_EQ(squares.taken, UpTo(begun));
    EXPECT_GE(begun, 31u);
    EXPECT_LE(begun, 31u + 2 * threads);
  }
}

TEST(InOrder, StoppedBeforeTheFirstMakesNothing) {
  for (const size_t threads : {1, 2}) {
    Squares squares;
    auto work = squares.Work();
    work.stop = [] { return true; };
    InOrder(100, threads, work);
    EXPECT_THAT(squares.taken, IsEmpty());
  }
}

TEST(InOrder, EndsWhereTakeSaysSo) {
  for (const size_t threads : {1, 2, 4}) {
    std::vector<size_t> taken;
    Squares squares;
    auto work = squares.Work();
    work.take = [&](size_t i, size_t) {
      taken.push_back(i);
      return i < 10;
    };
    InOrder(1000, threads, work);
    EXPECT_EQ(taken, UpTo(11));
  }
}

TEST(InOrder, ThrowsWhatMakeThrowsAfterTheValuesBeforeIt) {
  for (const size_t threads : {1, 2, 4}) {
    Squares squares;
    auto work = squares.Work();
    work.make = [](size_t i) {
      if (i == 7) throw std::runtime_error("seven");
      return i * i;
    };
    EXPECT_THROW(InOrder(100, threads, work), std::runtime_error);
    EXPECT_EQ(squares.taken, UpTo(7));
  }
}

TEST(InOrder, ThrowsWhatTakeThrows) {
  for (const size_t threads : {1, 4}) {
    Squares squares;
    auto work = squares.Work();
    work.take = [](size_t, size_t) -> bool { throw std::runtime_error("no"); };
    EXPECT_THROW(InOrder(100, threads, work), std::runtime_error);
  }
}

}  // namespace
}  // namespace ptscope::cli
