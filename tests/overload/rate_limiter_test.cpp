// Rate limiters against what is promised of each: bounds in every window, the instant to come
// again, and no drift in a year.
#include <chrono>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <faultline/core/random.hpp>
#include <faultline/core/text.hpp>
#include <faultline/overload/exact_rate.hpp>
#include <faultline/overload/rate_limiter.hpp>

namespace faultline {
namespace {

using namespace std::chrono_literals;

constexpr RateLimiting all_algorithms[] = {
    RateLimiting::token_bucket,       RateLimiting::leaky_bucket_meter,
    RateLimiting::leaky_bucket_queue, RateLimiting::fixed_window,
    RateLimiting::sliding_window_log, RateLimiting::sliding_window_counter};

struct Call {
  Time at;
  std::int64_t cost = 1;
};

/// Calls as unkind as chance makes them: now a crowd, now nobody for windows on end.
std::vector<Call> erratic_calls(const std::string& name, int count, Duration window,
                                std::int64_t dearest) {
  RandomStream random(1, name);
  std::vector<Call> calls;
  Time now{};
  for (int i = 0; i < count; ++i) {
    if (random.chance(0.4)) now += from_seconds(random.exponential(seconds(window) / 4));
    if (random.chance(0.02)) now += 2 * window;
    // The edges of windows, and one nanosecond before, are where mistakes live.
    if (random.chance(0.1)) now += window - now.time_since_epoch() % window - 1ns;
    if (random.chance(0.1)) now += 1ns;
    calls.push_back(
        {now, 1 + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(dearest)))});
  }
  return calls;
}

std::vector<Call> admitted_of(const RateLimitSettings& settings, const std::vector<Call>& calls) {
  const auto limiter = make_rate_limiter(settings);
  std::vector<Call> admitted;
  for (const Call& call : calls) {
    if (limiter->admit(call.at, call.cost).admitted) admitted.push_back(call);
  }
  REQUIRE(admitted.size() > calls.size() / 10);  // else there is nothing to see
  REQUIRE(admitted.size() < calls.size());
  return admitted;
}

/// The most that was let in within (t - window, t] for any t.
std::int64_t most_in_any(Duration window, const std::vector<Call>& admitted) {
  std::int64_t most = 0;
  std::int64_t sum = 0;
  std::size_t oldest = 0;
  for (const Call& call : admitted) {
    sum += call.cost;
    while (call.at - admitted[oldest].at >= window) sum -= admitted[oldest++].cost;
    most = std::max(most, sum);
  }
  return most;
}

TEST_CASE("a bucket lets in no more than burst and rate allow, in any span, and all of it") {
  for (const auto algorithm : {RateLimiting::token_bucket, RateLimiting::leaky_bucket_meter,
                               RateLimiting::leaky_bucket_queue}) {
    const RateLimitSettings settings{algorithm, 7, 3s, 5};
    const auto admitted = admitted_of(settings, erratic_calls("bucket", 3000, 3s, 3));
    Parts least_slack = 1'000'000'000'000;
    for (std::size_t from = 0; from < admitted.size(); ++from) {
      Parts sum = 0;
      for (std::size_t to = from; to < admitted.size(); ++to) {
        sum += admitted[to].cost;
        // sum <= burst + limit * span / window, times the window.
        const Parts span = (admitted[to].at - admitted[from].at).count();
        const Parts slack = settings.burst * Parts{settings.window.count()} +
                            settings.limit * span - sum * settings.window.count();
        REQUIRE(slack >= 0);
        least_slack = std::min(least_slack, slack);
      }
    }
    CHECK(least_slack == 0);
  }
}

TEST_CASE("a leaky bucket as a meter decides as a token bucket does") {
  for (const std::int64_t dearest : {1, 3, 9}) {
    const auto tokens = make_rate_limiter({RateLimiting::token_bucket, 7, 3s, 8});
    const auto meter = make_rate_limiter({RateLimiting::leaky_bucket_meter, 7, 3s, 8});
    for (const Call& call : erratic_calls("meter", 10'000, 3s, dearest)) {
      REQUIRE(tokens->admit(call.at, call.cost) == meter->admit(call.at, call.cost));
    }
  }
}

TEST_CASE("a sliding log never lets in more than the limit, and never refuses less") {
  const auto calls = erratic_calls("log", 20'000, 1s, 3);
  const auto limiter = make_rate_limiter({RateLimiting::sliding_window_log, 10, 1s});
  std::vector<Call> admitted;
  for (const Call& call : calls) {
    auto with_this = admitted;
    with_this.push_back(call);
    std::int64_t sum = 0;
    for (const Call& other : with_this) sum += call.at - other.at < 1s ? other.cost : 0;
    const bool admits = limiter->admit(call.at, call.cost).admitted;
    REQUIRE(admits == (sum <= 10));
    if (admits) admitted.push_back(call);
    if (admitted.size() > 100) admitted.erase(admitted.begin(), admitted.begin() + 50);
  }
}

TEST_CASE("a fixed window lets in up to twice the limit across an edge, and never more") {
  const auto calls = erratic_calls("fixed", 20'000, 1s, 3);
  const auto admitted = admitted_of({RateLimiting::fixed_window, 10, 1s}, calls);
  CHECK(most_in_any(1s, admitted) == 20);
  const auto window_of = [](const Call& call) { return call.at.time_since_epoch() / 1s; };
  for (const Call& call : admitted) {
    std::int64_t same = 0;
    for (const Call& other : admitted) {
      if (window_of(other) == window_of(call)) same += other.cost;
    }
    REQUIRE(same <= 10);
  }
}

TEST_CASE("a sliding counter is wrong by what its guess of the window before is wrong") {
  const RateLimitSettings settings{RateLimiting::sliding_window_counter, 10, 1s};
  SUBCASE("all came at its end: 2 * limit - 1 in the length of a window") {
    const auto limiter = make_rate_limiter(settings);
    std::vector<Call> admitted;
    for (int i = 0; i < 20; ++i) {
      if (limiter->admit(Time{1s - 1ns}).admitted) admitted.push_back({Time{1s - 1ns}});
    }
    CHECK(admitted.size() == 10);
    for (Duration at = 1s; at < 2s; at += 1ms) {
      if (limiter->admit(Time{at}).admitted) admitted.push_back({Time{at}});
    }
    CHECK(most_in_any(1s, admitted) == 19);
  }
  SUBCASE("all came at its beginning: refused though nobody came for a window") {
    const auto limiter = make_rate_limiter(settings);
    for (int i = 0; i < 10; ++i) CHECK(limiter->admit(Time{}).admitted);
    CHECK(limiter->admit(Time{1s}) == Admission{false, Time{1100ms}});
  }
  SUBCASE("they come evenly: one below the limit is all let in, and of more no more") {
    const auto below = make_rate_limiter(settings);
    for (Duration at = 0s; at < 100s; at += 111'111'112ns) REQUIRE(below->admit(Time{at}).admitted);
    const auto above = make_rate_limiter(settings);
    std::vector<Call> admitted;
    for (Duration at = 0s; at < 100s; at += 50ms) {
      if (above->admit(Time{at}).admitted && at >= 10s) admitted.push_back({Time{at}});
    }
    CHECK(most_in_any(1s, admitted) == 9);
    CHECK(admitted.size() == 9 * 90);
  }
  SUBCASE("whoever comes when, it is never more") {
    const auto admitted = admitted_of(settings, erratic_calls("counter", 20'000, 1s, 3));
    CHECK(most_in_any(1s, admitted) <= 19);
    CHECK(most_in_any(1s, admitted) > 10);
  }
}

TEST_CASE("whoever comes again when told is let in, and a nanosecond before is not") {
  for (const auto algorithm : all_algorithms) {
    const RateLimitSettings settings{algorithm, 7, 3s, 8};
    std::vector<Call> admitted;  // with which a limiter is brought to where this one is
    const auto as_it_is = [&] {
      auto limiter = make_rate_limiter(settings);
      for (const Call& call : admitted) REQUIRE(limiter->admit(call.at, call.cost).admitted);
      return limiter;
    };
    const auto limiter = make_rate_limiter(settings);
    int refusals = 0;
    for (const Call& call : erratic_calls("again", 600, 3s, 9)) {
      const Admission admission = limiter->admit(call.at, call.cost);
      if (admission.admitted) {
        admitted.push_back(call);
      } else if (admission.at == never) {
        REQUIRE(call.cost > 7);
      } else {
        ++refusals;
        REQUIRE(admission.at > call.at);
        REQUIRE_FALSE(as_it_is()->admit(admission.at - 1ns, call.cost).admitted);
        REQUIRE(as_it_is()->admit(admission.at, call.cost).admitted);
      }
    }
    CHECK(refusals > 100);
  }
}

TEST_CASE("a bucket's rate is exact after a year") {
  constexpr Duration year = std::chrono::hours(24 * 365);
  constexpr std::int64_t per_year = year / 300s * 7;  // 7 in 5 minutes: 42.857142857... s each
  RandomStream random(1, "year");
  const auto limiter = make_rate_limiter({RateLimiting::token_bucket, 7, 300s, 10});
  std::int64_t admitted = 0;
  Time now{};
  while (now < Time{year}) {
    const Admission admission = limiter->admit(now);
    if (admission.admitted) {
      ++admitted;
      continue;
    }
    REQUIRE_FALSE(limiter->admit(admission.at - 1ns).admitted);
    // Now as told, now too late; never so late that the bucket could overflow.
    now = admission.at + Duration{static_cast<std::int64_t>(random.below(2)) *
                                  static_cast<std::int64_t>(random.below(100'000'000'000))};
  }
  while (limiter->admit(Time{year} - 1ns).admitted) ++admitted;
  CHECK(admitted == 10 + per_year - 1);
  CHECK(limiter->admit(Time{year}).admitted);
}

TEST_CASE("what leaves a leaky bucket is as even as a clock, for a year") {
  const auto limiter = make_rate_limiter({RateLimiting::leaky_bucket_queue, 7, 300s, 10});
  Time now{};
  for (std::int64_t i = 0; i < 735'840;) {  // 7 in 300 s for 365 days
    const Admission admission = limiter->admit(now);
    if (!admission.admitted) {
      now = admission.at;
      continue;
    }
    const Parts leaves = (Parts{i} * Duration{300s}.count() + 6) / 7;  // rounded up
    REQUIRE(admission.at.time_since_epoch().count() == leaves);
    ++i;
  }
}

TEST_CASE("an idle queue lets in at once, and its burst bounds the wait") {
  const auto limiter = make_rate_limiter({RateLimiting::leaky_bucket_queue, 10, 1s, 3});
  CHECK(limiter->admit(Time{5s}) == Admission{true, Time{5s}});
  CHECK(limiter->admit(Time{5s}, 2) == Admission{true, Time{5100ms}});
  CHECK(limiter->admit(Time{5s}) == Admission{false, Time{5100ms}});
  CHECK(limiter->admit(Time{5100ms}) == Admission{true, Time{5300ms}});
}

TEST_CASE("what costs more than is ever let in is told never to come again") {
  for (const auto algorithm : all_algorithms) {
    const auto limiter = make_rate_limiter({algorithm, 4, 1s, 4});
    CHECK(limiter->admit(Time{1s}, 5) == Admission{false, never});
    CHECK(limiter->admit(Time{1s}, 4) == Admission{true, Time{1s}});
    CHECK_FALSE(limiter->admit(Time{1s}, 1).admitted);
  }
}

TEST_CASE("a clock that is set back stands still") {
  for (const auto algorithm : all_algorithms) {
    const auto limiter = make_rate_limiter({algorithm, 2, 1s, 2});
    const auto still = make_rate_limiter({algorithm, 2, 1s, 2});
    for (const Duration at : {9s, 9s, 3s, 8s, 10s, 2s}) {
      const Time shown{at};
      const Time not_before = std::max(shown, at == 2s ? Time{10s} : Time{9s});
      CHECK(limiter->admit(shown) == still->admit(not_before));
    }
  }
}

TEST_CASE("large limits and long windows overflow nothing") {
  for (const auto algorithm : all_algorithms) {
    constexpr std::int64_t limit = 4'000'000'000'000'000'000;
    const auto limiter = make_rate_limiter({algorithm, limit, longest_window, limit});
    CHECK(limiter->admit(Time{} + longest_window, limit).admitted);
    const Admission refused = limiter->admit(Time{} + longest_window, limit);
    CHECK_FALSE(refused.admitted);
    CHECK(refused.at > Time{} + longest_window);
  }
}

TEST_CASE("a limiter without capacity is refused") {
  for (const auto algorithm : all_algorithms) {
    CHECK_THROWS_AS(make_rate_limiter({algorithm, 0, 1s, 1}), BadValue);
    CHECK_THROWS_AS(make_rate_limiter({algorithm, 1, 0s, 1}), BadValue);
    CHECK_THROWS_AS(make_rate_limiter({algorithm, 1, 1s, 0}), BadValue);
    CHECK_THROWS_AS(make_rate_limiter({algorithm, 1, longest_window + 1ns, 1}), BadValue);
  }
}

TEST_CASE("every algorithm has one name") {
  const auto choices = rate_limiting_choices();
  REQUIRE(choices.size() == std::size(all_algorithms));
  for (std::size_t i = 0; i < choices.size(); ++i) CHECK(choices[i].value == all_algorithms[i]);
}

}  // namespace
}  // namespace faultline
