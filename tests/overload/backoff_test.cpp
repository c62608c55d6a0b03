// Backoff against the table that made it known: clients that contend for one optimistic lock, as
// simulated for Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015
// (program: awslabs/aws-arch-backoff-simulator). The model: every client reads a version, then
// writes under it; a write of an old version is refused, and the client backs off and reads again.
// Messages take |normal(10 ms, 2 ms)| each way; base 5 ms, cap 2 s.
#include <chrono>
#include <cmath>
#include <queue>
#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <faultline/overload/backoff.hpp>

#include "figures.hpp"
#include "workload/statistics.hpp"

using namespace faultline;
using namespace faultline::testing;
using namespace std::chrono_literals;

namespace {

struct Contention {
  double completion = 0;  ///< ms until the last client has written
  double calls = 0;       ///< writes tried
};

/// One trial of `clients` contending.
Contention contend(int clients, const RetrySettings& settings, std::uint64_t seed) {
  enum class Step { read, read_answered, write, write_answered };
  struct Message {
    double at;
    int sequence;
    int client;
    Step step;
    int version;
    bool operator<(const Message& other) const {
      return at > other.at || (at == other.at && sequence > other.sequence);
    }
  };
  RandomStream random(seed, "contention");
  std::vector<BackoffSequence> backoffs(static_cast<std::size_t>(clients),
                                        BackoffSequence(settings));
  std::priority_queue<Message> messages;
  int sequence = 0;
  const auto send = [&](double at, int client, Step step, int version) {
    messages.push({at + std::abs(10 + 2 * random.normal()), ++sequence, client, step, version});
  };
  for (int client = 0; client < clients; ++client) send(0, client, Step::read, 0);

  Contention result;
  int version = 0;
  while (!messages.empty()) {
    const Message message = messages.top();
    messages.pop();
    result.completion = message.at;
    switch (message.step) {
      case Step::read:
        send(message.at, message.client, Step::read_answered, version);
        break;
      case Step::read_answered:
        send(message.at, message.client, Step::write, message.version);
        break;
      case Step::write: {
        result.calls += 1;
        const bool current = message.version == version;
        if (current) ++version;
        send(message.at, message.client, Step::write_answered, current ? 1 : 0);
        break;
      }
      case Step::write_answered: {
        if (message.version == 1) break;
        auto& backoff = backoffs[static_cast<std::size_t>(message.client)];
        const double wait = seconds(backoff.next(random)) * 1e3;
        send(message.at + wait, message.client, Step::read, 0);
        break;
      }
    }
  }
  return result;
}

struct Row {
  int clients;
  Backoff backoff;
  const char* name;
  double completion, completion_error;
  double calls, calls_error;
};

// Means of 100 trials with their standard errors.
constexpr Row published[] = {
    {10, Backoff::none, "no wait", 379.5, 3.2, 51.0, 0.39},
    {10, Backoff::exponential, "exponential", 3391.9, 130.5, 50.6, 0.41},
    {10, Backoff::equal_jitter, "equal jitter", 738.7, 20.7, 42.4, 0.26},
    {10, Backoff::full_jitter, "full jitter", 454.3, 9.7, 38.5, 0.25},
    {10, Backoff::decorrelated_jitter, "decorrelated jitter", 439.6, 10.7, 37.8, 0.21},
    {50, Backoff::none, "no wait", 1150.2, 4.9, 692.7, 1.90},
    {50, Backoff::exponential, "exponential", 36646.0, 361.7, 628.5, 2.95},
    {50, Backoff::equal_jitter, "equal jitter", 4204.3, 52.2, 347.8, 0.58},
    {50, Backoff::full_jitter, "full jitter", 2971.6, 59.1, 332.5, 0.44},
    {50, Backoff::decorrelated_jitter, "decorrelated jitter", 2063.3, 33.3, 375.8, 1.22},
    {100, Backoff::none, "no wait", 2030.4, 4.6, 2420.8, 3.29},
    {100, Backoff::exponential, "exponential", 63433.2, 378.5, 1851.5, 5.64},
    {100, Backoff::equal_jitter, "equal jitter", 6641.3, 66.6, 811.6, 0.68},
    {100, Backoff::full_jitter, "full jitter", 4913.9, 52.0, 795.6, 0.68},
    {100, Backoff::decorrelated_jitter, "decorrelated jitter", 4505.4, 67.8, 1001.7, 3.28}};

}  // namespace

TEST_CASE("contending clients take as long and as many calls as published") {
  for (const Row& row : published) {
    RetrySettings settings;
    settings.backoff = row.backoff;
    // The published program counts its first retry as 1 where BackoffSequence counts 0.
    settings.base = row.backoff == Backoff::decorrelated_jitter ? 5ms : 10ms;
    settings.cap = 2s;
    std::vector<double> completions;
    std::vector<double> calls;
    for (std::uint64_t trial = 1; trial <= 100; ++trial) {
      const Contention result = contend(row.clients, settings, trial);
      completions.push_back(result.completion);
      calls.push_back(result.calls);
    }
    CAPTURE(row.clients);
    CAPTURE(row.name);
    const Sample completion = summarise(completions);
    CHECK(std::abs(completion.mean - row.completion) <
          z_999 * std::hypot(completion.standard_error, row.completion_error));
    const Sample called = summarise(calls);
    CHECK(std::abs(called.mean - row.calls) <
          z_999 * std::hypot(called.standard_error, row.calls_error));
    const std::string what = fmt::format("{} clients, {}", row.clients, row.name);
    note_figure("Brooker 2015, backoff and jitter: calls", what, "calls", row.calls, called.mean);
    note_figure("Brooker 2015, backoff and jitter: time until all are done", what, "ms",
                row.completion, completion.mean);
  }
}

TEST_CASE("waits without chance") {
  RandomStream random(1, "backoff");
  const auto waits = [&random](Backoff backoff) {
    BackoffSequence sequence({5, backoff, 20ms, 100ms});
    std::vector<Duration> all;
    for (int i = 0; i < 4; ++i) all.push_back(sequence.next(random));
    return all;
  };
  CHECK(waits(Backoff::none) == std::vector<Duration>{0ms, 0ms, 0ms, 0ms});
  CHECK(waits(Backoff::constant) == std::vector<Duration>{20ms, 20ms, 20ms, 20ms});
  CHECK(waits(Backoff::exponential) == std::vector<Duration>{20ms, 40ms, 80ms, 100ms});
}

TEST_CASE("jitter keeps to its bounds and its mean") {
  RandomStream random(2, "backoff");
  for (const auto& [backoff, low, high] :
       {std::tuple{Backoff::full_jitter, 0.0, 40.0}, {Backoff::equal_jitter, 20.0, 40.0}}) {
    std::vector<double> second;
    for (int i = 0; i < 20'000; ++i) {
      BackoffSequence sequence({5, backoff, 20ms, 1s});
      sequence.next(random);
      second.push_back(seconds(sequence.next(random)) * 1e3);
      REQUIRE(second.back() >= low);
      REQUIRE(second.back() <= high);
    }
    const Sample sample = summarise(second);
    CHECK(std::abs(sample.mean - (low + high) / 2) < z_999 * sample.standard_error);
  }
  BackoffSequence decorrelated({5, Backoff::decorrelated_jitter, 20ms, 1s});
  double before = 20;
  for (int i = 0; i < 10'000; ++i) {
    const double wait = seconds(decorrelated.next(random)) * 1e3;
    REQUIRE(wait >= 20);
    REQUIRE(wait <= std::min(1000.0, 3 * before) + 1e-6);
    before = wait;
  }
}

TEST_CASE("the thousandth retry overflows nothing") {
  RandomStream random(3, "backoff");
  BackoffSequence sequence({5000, Backoff::exponential, 20ms, 1s});
  for (int i = 0; i < 5000; ++i) REQUIRE(sequence.next(random) <= 1s);
}
