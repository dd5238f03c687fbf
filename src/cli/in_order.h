// InOrder: values made on several threads, taken on one, in order.
//
//   threads   make(0)  make(2)  make(3) ...      any order, at the same time
//   caller       take(0), take(1), take(2) ...   one after the other
//
// A value that is ready early waits for those before it. The values that are
// being made or waiting are at most twice as many as there are threads.
#ifndef PTSCOPE_CLI_IN_ORDER_H_
#define PTSCOPE_CLI_IN_ORDER_H_

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace ptscope::cli {

template <typename T>
struct InOrderWork {
  // Makes the value of one index. Of several threads.
  std::function<T(size_t)> make;
  // Whether no other may begin; those that have begun are taken all the same.
  // Of several threads.
  std::function<bool()> stop;
  // Called before the caller waits for a value.
  std::function<void(size_t)> await;
  // False ends it: nothing else is taken.
  std::function<bool(size_t, T)> take;
};

// The values between the threads that make them and the one that takes them.
// What `make` throws is thrown again where its value is taken.
template <typename T>
class InOrderWindow {
 public:
  InOrderWindow(size_t count, size_t room) : end_(count), slots_(room) {}

  // Makes values until there is nothing to make.
  void Make(const InOrderWork<T>& work) {
    while (const auto index = Begin(work)) {
      Slot made;
      try {
        made.value.emplace(work.make(*index));
      } catch (...) {
        made.thrown = std::current_exception();
      }
      const std::lock_guard lock(mutex_);
      Slot& slot = slots_[*index % slots_.size()];
      slot.thrown = std::move(made.thrown);
      if (made.value) slot.value.emplace(*std::move(made.value));
      changed_.notify_all();
    }
  }

  // Waits for the value of the next index; absent if it was never begun.
  std::optional<T> Take() {
    std::unique_lock lock(mutex_);
    Slot& slot = slots_[taken_ % slots_.size()];
    changed_.wait(lock,
                  [&] { return slot.value || slot.thrown || taken_ == end_; });
    if (taken_ == end_) return {};
    const std::exception_ptr thrown = std::exchange(slot.thrown, nullptr);
    std::optional<T> value = std::move(slot.value);
    slot.value.reset();
    ++taken_;
    changed_.notify_all();
    if (thrown) std::rethrow_exception(thrown);
    return value;
  }

  // Nothing is begun any more.
  void Close() {
    const std::lock_guard lock(mutex_);
    end_ = begun_;
    changed_.notify_all();
  }

 private:
  struct Slot {
    std::optional<T> value = {};
    std::exception_ptr thrown = {};
  };

  // The next index to make, once there is room for its value.
  std::optional<size_t> Begin(const InOrderWork<T>& work) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] {
      return begun_ == end_ || begun_ - taken_ < slots_.size();
    });
    if (begun_ != end_ && work.stop()) {
      end_ = begun_;
      changed_.notify_all();
    }
    if (begun_ == end_) return {};
    return begun_++;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  size_t taken_ = 0;         // values that were taken
  size_t begun_ = 0;         // values that were begun; at least taken_
  size_t end_;               // values to make; at least begun_
  std::vector<Slot> slots_;  // value i in slot i modulo their number
};

// Makes and takes the values of 0, 1, … count - 1. With one thread that is the
// caller's, and a value is taken before the next is made.
template <typename T>
void InOrder(size_t count, size_t threads, const InOrderWork<T>& work) {
  threads = std::min(threads, count);
  if (threads <= 1) {
    for (size_t i = 0; i < count && !work.stop(); ++i) {
      work.await(i);
      if (!work.take(i, work.make(i))) return;
    }
    return;
  }
  InOrderWindow<T> window(count, 2 * threads);
  struct Team {
    ~Team() {
      window.Close();
      for (std::thread& member : members) member.join();
    }
    InOrderWindow<T>& window;
    std::vector<std::thread> members = {};
  } team{window};
  team.members.reserve(threads);
  for (size_t i = 0; i < threads; ++i) {
    try {
      team.members.emplace_back([&] { window.Make(work); });
    } catch (const std::system_error&) {
      if (i == 0) throw;
      break;  // fewer threads do it too
    }
  }
  for (size_t i = 0; i < count; ++i) {
    work.await(i);
    auto value = window.Take();
    if (!value || !work.take(i, *std::move(value))) return;
  }
}

}  // namespace ptscope::cli

#endif  // PTSCOPE_CLI_IN_ORDER_H_
