// Cores and disks as queues, against queueing theory and by hand.
#include <cmath>
#include <memory>

#include <doctest/doctest.h>

#include "close_to.hpp"
#include "engine/small_world.hpp"

namespace faultline {
namespace {

using testing::close_to;

using namespace std::chrono_literals;

HostSettings with_cores(int cores) {
  HostSettings settings;
  settings.cores = cores;
  return settings;
}

/// A machine under Poisson arrivals of exponential jobs; measures the mean time from arrival to
/// completion.
class MarkovQueue {
 public:
  MarkovQueue(int servers, double load, std::uint64_t seed)
      : random_(seed, "markov"),
        machine_(queue_, RandomStream(seed, "disk"), with_cores(servers)),
        gap_(1e-3 / (load * servers)) {}

  /// Mean time in system in units of the mean service time, over `counted` jobs after `warmup`.
  double mean_time(int warmup, int counted) {
    warmup_ = warmup;
    last_ = warmup + counted;
    begun_.resize(static_cast<std::size_t>(last_));
    queue_.after(from_seconds(random_.exponential(gap_)), on_arrival, this);
    queue_.run_until(Time{1000h});
    return total_ / counted / 1e-3;
  }

 private:
  static void on_arrival(void* queue, std::uint64_t) { static_cast<MarkovQueue*>(queue)->arrive(); }
  void arrive() {
    const auto job = static_cast<std::size_t>(arrived_++);
    begun_[job] = queue_.now();
    machine_.compute(from_seconds(random_.exponential(1e-3)), on_done, this, job);
    if (arrived_ < last_) queue_.after(from_seconds(random_.exponential(gap_)), on_arrival, this);
  }
  static void on_done(void* queue, std::uint64_t job) {
    auto& self = *static_cast<MarkovQueue*>(queue);
    if (job >= static_cast<std::uint64_t>(self.warmup_)) {
      self.total_ += seconds(self.queue_.now() - self.begun_[job]);
    }
  }

  EventQueue queue_;
  RandomStream random_;
  Machine machine_;
  double gap_;
  int warmup_ = 0;
  int last_ = 0;
  int arrived_ = 0;
  std::vector<Time> begun_;
  double total_ = 0;
};

/// The closed form: M/M/c's mean time in system, in service times (Erlang C).
double erlang_c_time(int servers, double load) {
  const double offered = load * servers;
  double blocking = 1;  // Erlang B by its recursion
  for (int n = 1; n <= servers; ++n) blocking = offered * blocking / (n + offered * blocking);
  const double waits = blocking / (1 - load * (1 - blocking));
  return 1 + waits / (servers * (1 - load));
}

/// 20 independent trials: the closed form lies within the 95 % interval of their mean (t = 2.093).
void check_against_theory(int servers, double load) {
  constexpr int trials = 20;
  double sum = 0;
  double squares = 0;
  for (std::uint64_t seed = 1; seed <= trials; ++seed) {
    const double mean = MarkovQueue(servers, load, seed).mean_time(5'000, 40'000);
    sum += mean;
    squares += mean * mean;
  }
  const double mean = sum / trials;
  const double deviation = std::sqrt((squares - sum * mean) / (trials - 1));
  const double half_width = 2.093 * deviation / std::sqrt(double(trials));
  INFO("servers ", servers, " load ", load, " mean ", mean, " +- ", half_width);
  CHECK(std::abs(mean - erlang_c_time(servers, load)) < half_width);
}

TEST_CASE("the closed form is right: it gives the published table") {
  CHECK(erlang_c_time(1, 0.7) == close_to(3.33333333));
  CHECK(erlang_c_time(2, 0.8) == close_to(2.77777778));
  CHECK(erlang_c_time(4, 0.7) == close_to(1.35721193));
  CHECK(erlang_c_time(16, 0.9) == close_to(1.36958962));
}
TEST_CASE("one core is an M/M/1 queue") { check_against_theory(1, 0.7); }
TEST_CASE("four cores are an M/M/4 queue") { check_against_theory(4, 0.7); }
TEST_CASE("sixteen cores are an M/M/16 queue") { check_against_theory(16, 0.9); }

TEST_CASE(
    "slowing stretches what remains, pausing stops it, cancelling gives the core to the next") {
  EventQueue queue;
  Machine machine(queue, RandomStream(1, "disk"), with_cores(1));
  Instants first(queue);
  Instants second(queue);
  Instants third(queue);
  machine.compute(10ms, Instants::note, &first);
  const JobId doomed = machine.compute(100ms, Instants::note, &second);
  machine.compute(10ms, Instants::note, &third);
  queue.run_until(Time{4ms});
  machine.set_speed(0.5);  // 6 ms of work remain: 12 ms
  queue.run_until(Time{10ms});
  machine.pause();  // 3 ms of work remain
  queue.run_until(Time{110ms});
  CHECK(first.at.empty());
  machine.resume();
  machine.set_speed(1);
  queue.run_until(Time{115ms});
  CHECK(first.at == std::vector<Time>{Time{113ms}});
  machine.cancel(doomed);
  queue.run_until(Time{1s});
  CHECK(second.at.empty());
  CHECK(third.at == std::vector<Time>{Time{125ms}});
  // 10 ms before the pause, 3 after it, 2 of the cancelled job, 10 of the last.
  CHECK(machine.core_busy() == 25ms);
}

TEST_CASE("a crash forgets everything queued") {
  EventQueue queue;
  Machine machine(queue, RandomStream(1, "disk"), with_cores(1));
  Instants done(queue);
  machine.compute(10ms, Instants::note, &done);
  machine.compute(10ms, Instants::note, &done);
  machine.disk_sync(Instants::note, &done);
  queue.run_until(Time{100us});
  machine.reset();
  machine.compute(1ms, Instants::note, &done);
  queue.run_until(Time{1s});
  CHECK(done.at == std::vector<Time>{Time{1100us}});
}

TEST_CASE("the disk serves writes and syncs one after the other") {
  EventQueue queue;
  HostSettings settings;
  settings.disk.write = Distribution::constant(1e-3);
  settings.disk.fsync = Distribution::constant(5e-3);
  settings.disk.bandwidth = 1e6;
  Machine machine(queue, RandomStream(1, "disk"), settings);
  Instants done(queue);
  machine.disk_write(2'000, Instants::note, &done);
  machine.disk_sync(Instants::note, &done);
  machine.disk_write(0, Instants::note, &done);
  queue.run_until(Time{1s});
  CHECK(done.at == std::vector<Time>{Time{3ms}, Time{8ms}, Time{9ms}});
  CHECK(machine.disk_busy() == 9ms);
}

TEST_CASE("a clock that is wrong: skew, drift, jumps") {
  EventQueue queue;
  HostSettings settings;
  settings.clock = {100ms, 1e-3};
  Machine machine(queue, RandomStream(1, "disk"), settings);
  CHECK(machine.clock(Time{0s}) == Time{100ms});
  CHECK(machine.clock(Time{1000s}) == Time{1001s + 100ms});
  CHECK(seconds(machine.real(1001ms)) == close_to(1.0));
  machine.step_clock(Time{1000s}, -1s);
  CHECK(machine.clock(Time{1000s}) == Time{1000s + 100ms});
  machine.set_clock(Time{2000s}, {});
  CHECK(machine.clock(Time{3000s}) == Time{3000s});
}

}  // namespace
}  // namespace faultline
