// Yardstick: a quorum store on bare coroutines, without any simulator. Clients arrive as a Poisson
// stream of 100,000 a second, half reads and half writes over 10,000 keys; a coordinator asks N=3
// replicas and answers after R=W=2. Nine events per operation: the arrival, the way to the
// coordinator, three requests to replicas, their three answers, and the way back. Nothing fails and
// nothing is measured but the mean latency, so it bounds from above what a simulator can reach.
//
//   bare_quorum [OPERATIONS]
#include <array>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <new>
#include <string>
#include <unordered_map>
#include <vector>

#include "bench.hpp"

namespace {

constexpr std::size_t replicas = 3;
constexpr std::size_t quorum = 2;
constexpr std::uint64_t keys = 10'000;
constexpr double mean_interarrival_seconds = 1e-5;

// ---- The event loop: a heap with four children per node, which touches fewer cache lines than
// two.

struct Event {
  using Handler = void (*)(void* subject, std::uint64_t first, std::uint64_t second);

  double date;  // seconds
  std::uint64_t sequence;
  Handler handler;
  void* subject;
  std::uint64_t first;
  std::uint64_t second;
};

class Loop {
 public:
  double now() const { return now_; }
  std::uint64_t events() const { return events_; }

  void schedule(double delay, Event::Handler handler, void* subject, std::uint64_t first = 0,
                std::uint64_t second = 0) {
    const Event event{now_ + delay, next_sequence_++, handler, subject, first, second};
    std::size_t hole = heap_.size();
    heap_.push_back(event);
    while (hole > 0) {
      const std::size_t parent = (hole - 1) / 4;
      if (!earlier(event, heap_[parent])) break;
      heap_[hole] = heap_[parent];
      hole = parent;
    }
    heap_[hole] = event;
  }

  void run() {
    while (!heap_.empty()) {
      const Event event = pop();
      now_ = event.date;
      ++events_;
      event.handler(event.subject, event.first, event.second);
    }
  }

 private:
  static bool earlier(const Event& a, const Event& b) {
    return a.date < b.date || (a.date == b.date && a.sequence < b.sequence);
  }

  Event pop() {
    const Event first = heap_.front();
    const Event last = heap_.back();
    heap_.pop_back();
    if (heap_.empty()) return first;
    std::size_t hole = 0;
    for (std::size_t child = 1; child < heap_.size(); child = 4 * hole + 1) {
      std::size_t least = child;
      for (std::size_t i = child + 1; i < child + 4 && i < heap_.size(); ++i)
        if (earlier(heap_[i], heap_[least])) least = i;
      if (!earlier(heap_[least], last)) break;
      heap_[hole] = heap_[least];
      hole = least;
    }
    heap_[hole] = last;
    return first;
  }

  std::vector<Event> heap_;
  double now_ = 0;
  std::uint64_t next_sequence_ = 0;
  std::uint64_t events_ = 0;
};

// ---- Coroutines whose frames come from a pool.

class FramePool {
 public:
  ~FramePool() {
    for (const auto& frames : free_)
      for (void* frame : frames) ::operator delete(frame);
  }
  void* allocate(std::size_t bytes) {
    auto& frames = free_[size_class(bytes)];
    if (frames.empty()) return ::operator new(size_class(bytes) * granule);
    void* frame = frames.back();
    frames.pop_back();
    return frame;
  }
  void release(void* frame, std::size_t bytes) { free_[size_class(bytes)].push_back(frame); }

 private:
  static constexpr std::size_t granule = 64;
  static std::size_t size_class(std::size_t bytes) { return (bytes + granule - 1) / granule; }
  std::array<std::vector<void*>, 32> free_;
} frame_pool;

/// A coroutine that nobody waits for; its frame goes when it returns.
struct Detached {
  struct promise_type {
    Detached get_return_object() { return {}; }
    std::suspend_never initial_suspend() { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
    static void* operator new(std::size_t bytes) { return frame_pool.allocate(bytes); }
    static void operator delete(void* frame, std::size_t bytes) {
      frame_pool.release(frame, bytes);
    }
  };
};

// ---- The store.

class Store {
 public:
  explicit Store(std::uint64_t operations) : wanted_(operations) {
    for (auto& values : values_) values.reserve(2 * keys);
  }

  void run() {
    loop_.schedule(0, &Store::arrive, this);
    loop_.run();
  }

  std::uint64_t completed() const { return completed_; }
  std::uint64_t events() const { return loop_.events(); }
  double mean_latency() const { return total_latency_ / static_cast<double>(completed_); }

 private:
  /// One question to all replicas, and whoever waits for enough answers.
  struct Gather {
    Store* store = nullptr;
    std::coroutine_handle<> waiter;
    std::size_t asked = 0;
    std::size_t answered = 0;
    std::uint64_t newest = 0;
  };

  struct Answers {
    Gather& gather;

    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> handle) { gather.waiter = handle; }
    std::uint64_t await_resume() const { return gather.newest; }
  };

  struct Sleep {
    Loop& loop;
    double delay;

    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> handle) {
      loop.schedule(delay, &Sleep::wake, handle.address());
    }
    void await_resume() const {}
    static void wake(void* address, std::uint64_t, std::uint64_t) {
      std::coroutine_handle<>::from_address(address).resume();
    }
  };

  double delay() { return 1e-3 + random_.exponential(1e-3); }

  static void arrive(void* self, std::uint64_t, std::uint64_t) {
    Store& store = *static_cast<Store*>(self);
    if (store.issued_++ == store.wanted_) return;
    const std::uint64_t key = store.random_.below(keys);
    const bool write = store.random_.uniform() < 0.5;
    store.serve(key, write);
    store.loop_.schedule(store.random_.exponential(mean_interarrival_seconds), &Store::arrive,
                         self);
  }

  Detached serve(std::uint64_t key, bool write) {
    const double start = loop_.now();
    co_await Sleep{loop_, delay()};
    if (write) ++last_version_;
    const std::uint64_t version = write ? last_version_ : 0;
    co_await gather(key, version);
    co_await Sleep{loop_, delay()};
    ++completed_;
    total_latency_ += loop_.now() - start;
  }

  /// Asks every replica for its version of `key`, or to store `version` if it is not zero.
  Answers gather(std::uint64_t key, std::uint64_t version) {
    if (free_gathers_.empty()) free_gathers_.push_back(&gathers_.emplace_back());
    Gather* gather = free_gathers_.back();
    free_gathers_.pop_back();
    *gather = Gather{};
    gather->store = this;
    for (std::size_t i = 0; i < replicas; ++i)
      loop_.schedule(delay(), &Store::reach_replica, gather, key, version);
    return {*gather};
  }

  static void reach_replica(void* subject, std::uint64_t key, std::uint64_t version) {
    Gather& gather = *static_cast<Gather*>(subject);
    Store& store = *gather.store;
    std::uint64_t& value = store.values_[gather.asked++][key];
    if (version != 0) value = version;
    store.loop_.schedule(store.delay(), &Store::reach_coordinator, subject, value);
  }

  static void reach_coordinator(void* subject, std::uint64_t version, std::uint64_t) {
    Gather& gather = *static_cast<Gather*>(subject);
    if (version > gather.newest) gather.newest = version;
    ++gather.answered;
    if (gather.answered == quorum) gather.waiter.resume();
    if (gather.answered == replicas) gather.store->free_gathers_.push_back(&gather);
  }

  Loop loop_;
  bench::Random random_;
  std::array<std::unordered_map<std::uint64_t, std::uint64_t>, replicas> values_;
  std::deque<Gather> gathers_;
  std::vector<Gather*> free_gathers_;
  std::uint64_t wanted_;
  std::uint64_t issued_ = 0;
  std::uint64_t completed_ = 0;
  std::uint64_t last_version_ = 0;
  double total_latency_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  Store store(bench::positive_argument(argc, argv, 1, 1'000'000));
  const bench::Stopwatch stopwatch;
  store.run();
  const double seconds = stopwatch.seconds();
  bench::print_result("bare_quorum", store.events(), seconds,
                      bench::operations_members(store.completed(), seconds) +
                          ", \"mean_latency\": " + std::to_string(store.mean_latency()));
}
