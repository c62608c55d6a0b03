// How long quorums take and how stale they are: order statistics of the delays, and the tables of
// the WARS model (Bailis et al., "Probabilistically bounded staleness for practical partial
// quorums", VLDB 5(8), 2012, section 5).
#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <faultline/quorum/quorum.hpp>

#include "figures.hpp"
#include "model/conversation.hpp"

namespace faultline::quorum {
namespace {

using testing::Stage;
using Talk = testing::Conversation<Quorum>;

/// 99.9 % of what chance does.
constexpr double z = 3.2905;

/// One-way delays of the four legs.
struct Legs {
  Distribution store;    ///< W
  Distribution stored;   ///< A
  Distribution fetch;    ///< R
  Distribution fetched;  ///< S
};

struct Sample {
  std::vector<double> writes;  ///< latencies in milliseconds, ascending
  std::vector<double> reads;
  double consistent = 0;  ///< of the reads that began when the write was done
};

/// Writes a fresh key and reads it at once, `trials` times, through a node that is no replica, so
/// that every leg crosses the network; clients are next to it.
Sample sample(const Legs& legs, std::int64_t r, std::int64_t w, int trials, std::uint64_t seed) {
  Parameters parameters;
  parameters.replicas = 3;
  parameters.read_quorum = r;
  parameters.write_quorum = w;
  parameters.sloppy = false;
  parameters.read_repair = ReadRepair::none;
  parameters.write_versions = WriteVersions::clock;
  parameters.durability = Durability::memory;
  parameters.timeout = std::chrono::hours(1);
  Talk talk(parameters, Stage{.nodes = 4, .seed = seed});
  talk.silent = true;
  talk.patience = std::chrono::hours(2);
  RandomStream random(seed, "legs");
  talk.network.latency = [&](HostId, HostId, std::string_view message) -> Duration {
    if (message == Store::name) return legs.store.sample_duration(random);
    if (message == Stored::name) return legs.stored.sample_duration(random);
    if (message == Fetch::name) return legs.fetch.sample_duration(random);
    if (message == Fetched::name) return legs.fetched.sample_duration(random);
    return Duration{0};
  };
  const auto wait_for = [&](OperationId operation) {
    while (talk.operation(operation).completed == never) talk.queue.run_next();
    return seconds(talk.operation(operation).latency()) * 1e3;
  };
  Sample result;
  int consistent = 0;
  Key key = 0;
  for (int trial = 1; trial <= trials; ++trial) {
    do {
      ++key;
    } while (talk.parameters->placement->partition_of(key) != 0);  // node 3 is no replica
    const auto value = static_cast<Value>(trial);
    result.writes.push_back(wait_for(talk.put(3, key, value)));
    const OperationId read = talk.get(3, key);
    result.reads.push_back(wait_for(read));
    if (talk.operation(read).observed == value) ++consistent;
  }
  result.consistent = static_cast<double>(consistent) / trials;
  std::sort(result.writes.begin(), result.writes.end());
  std::sort(result.reads.begin(), result.reads.end());
  return result;
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double error_of_mean(const std::vector<double>& values) {
  const double mean = mean_of(values);
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const auto n = static_cast<double>(values.size());
  return std::sqrt(squares / (n - 1) / n);
}

double share_up_to(const std::vector<double>& ascending, double bound) {
  const auto place = std::upper_bound(ascending.begin(), ascending.end(), bound);
  return static_cast<double>(place - ascending.begin()) / static_cast<double>(ascending.size());
}

double error_of_share(double p, std::size_t n) {
  return std::sqrt(p * (1 - p) / static_cast<double>(n));
}

/// P(the k-th smallest of 3 is at most x) if each is with probability p.
double order_statistic(int k, double p) {
  if (k == 1) return 1 - std::pow(1 - p, 3);
  if (k == 2) return 3 * p * p * (1 - p) + p * p * p;
  return p * p * p;
}

TEST_CASE("a quorum's latency is an order statistic of its replicas' delays") {
  // Exponential there, nothing back: the k-th of 3 takes 1/3, 1/3 + 1/2, 1/3 + 1/2 + 1 means.
  const double mean_delay = 2;
  const Legs legs{Distribution::exponential(mean_delay * 1e-3), Distribution::constant(0),
                  Distribution::exponential(mean_delay * 1e-3), Distribution::constant(0)};
  double expected = 0;
  for (int k = 1; k <= 3; ++k) {
    expected += mean_delay / (4 - k);
    CAPTURE(k);
    const Sample s = sample(legs, k, k, 20'000, static_cast<std::uint64_t>(k));
    for (const auto* latencies : {&s.writes, &s.reads}) {
      if (latencies == &s.reads && k > 1) {
        // Of a read after a write of the same key, messages are independent of the write's.
        CHECK(s.consistent == 1);
      }
      CHECK(std::abs(mean_of(*latencies) - expected) < z * error_of_mean(*latencies));
      for (const double x : {0.2, 1.0, 2.0, 5.0, 9.0}) {
        const double p = order_statistic(k, 1 - std::exp(-x / mean_delay));
        CHECK(std::abs(share_up_to(*latencies, x) - p) < z * error_of_share(p, latencies->size()));
      }
    }
  }
}

TEST_CASE("with lognormal delays both ways, as an independent simulation says") {
  const Legs legs{Distribution::lognormal(2e-3, 0.8), Distribution::lognormal(1e-3, 0.5),
                  Distribution::lognormal(2e-3, 0.8), Distribution::lognormal(1e-3, 0.5)};
  RandomStream random(99, "independent");
  constexpr int trials = 20'000;
  for (int k = 1; k <= 3; ++k) {
    CAPTURE(k);
    std::vector<double> independent;
    for (int trial = 0; trial < trials; ++trial) {
      std::array<double, 3> round_trips{};
      for (double& trip : round_trips) {
        trip = 2 * std::exp(0.8 * random.normal()) + std::exp(0.5 * random.normal());
      }
      std::sort(round_trips.begin(), round_trips.end());
      independent.push_back(round_trips[static_cast<std::size_t>(k - 1)]);
    }
    std::sort(independent.begin(), independent.end());
    const Sample s = sample(legs, k, k, trials, 10);
    const double error = std::hypot(error_of_mean(s.reads), error_of_mean(independent));
    CHECK(std::abs(mean_of(s.reads) - mean_of(independent)) < z * error);
    // Kolmogorov and Smirnov, two samples, 99.9 %.
    double distance = 0;
    for (const double x : independent) {
      distance =
          std::max(distance, std::abs(share_up_to(s.reads, x) - share_up_to(independent, x)));
    }
    CHECK(distance < 1.95 * std::sqrt(2.0 / trials));
  }
}

/// A row of the reference: five million trials of the WARS model, with the delays measured at
/// LinkedIn (Bailis et al. 2012, table 3). Latencies in milliseconds.
struct Row {
  bool disk;
  int r;
  int w;
  double read_mean, read_p50, read_p99;
  double write_mean, write_p50, write_p99;
  double consistent;  ///< a read that begins when the write is done
};
constexpr Row rows[] = {
    {false, 1, 1, 0.4771, 0.4889, 0.5628, 0.4771, 0.4889, 0.5629, 0.973499},
    {false, 1, 2, 0.4771, 0.4890, 0.5629, 0.5307, 0.5146, 0.9114, 0.978286},
    {false, 2, 1, 0.5306, 0.5146, 0.9105, 0.4771, 0.4889, 0.5630, 0.999418},
    {false, 2, 2, 0.5306, 0.5146, 0.9102, 0.5306, 0.5146, 0.9092, 1},
    {false, 3, 1, 0.7388, 0.5660, 2.6891, 0.4771, 0.4889, 0.5630, 1},
    {false, 1, 3, 0.4771, 0.4889, 0.5630, 0.7387, 0.5660, 2.6884, 1},
    {true, 1, 1, 0.4771, 0.4889, 0.5629, 1.7678, 1.5050, 6.7380, 0.436860},
    {true, 1, 2, 0.4771, 0.4889, 0.5629, 3.7091, 2.7697, 13.9370, 0.712671},
    {true, 2, 1, 0.5307, 0.5146, 0.9111, 1.7684, 1.5046, 6.7321, 0.762783},
    {true, 2, 2, 0.5307, 0.5146, 0.9126, 3.7088, 2.7695, 13.9301, 1},
    {true, 3, 1, 0.7386, 0.5660, 2.6878, 1.7688, 1.5051, 6.7378, 1},
    {true, 1, 3, 0.4770, 0.4889, 0.5630, 9.1040, 6.9669, 33.9080, 1},
};

TEST_CASE("the WARS tables: latency, and how often a read right after a write misses it") {
  const Distribution fast =
      Distribution::mixture({{0.9122, Distribution::pareto(0.235e-3, 10)},
                             {0.0878, Distribution::exponential(1e-3 / 1.66)}});
  const Distribution disk =
      Distribution::mixture({{0.38, Distribution::pareto(1.05e-3, 1.51)},
                             {0.62, Distribution::exponential(1e-3 / 0.183)}});
  constexpr int trials = 20'000;
  constexpr int published_trials = 5'000'000;
  constexpr double rounding = 1e-4;  // of the published latencies
  const auto error_of = [](double share) {
    return z * std::hypot(error_of_share(share, trials), error_of_share(share, published_trials));
  };
  // The share of `latencies` below a published quantile is right up to chance and its rounding.
  const auto check_quantile = [&](const std::vector<double>& latencies, double quantile,
                                  double published) {
    const double rounded = share_up_to(latencies, published + rounding / 2) -
                           share_up_to(latencies, published - rounding / 2);
    CHECK(std::abs(share_up_to(latencies, published) - quantile) < error_of(quantile) + rounded);
  };
  std::uint64_t seed = 100;
  for (const Row& row : rows) {
    CAPTURE(row.disk);
    CAPTURE(row.r);
    CAPTURE(row.w);
    const Legs legs{row.disk ? disk : fast, fast, fast, fast};
    const Sample s = sample(legs, row.r, row.w, trials, ++seed);
    const auto note = [&](std::string_view figure, std::string_view unit, double theirs,
                          double ours) {
      testing::note_figure(
          fmt::format("Bailis et al. 2012, WARS with LinkedIn's delays: {}", figure),
          fmt::format("{}, R={} W={}", row.disk ? "disk" : "SSD", row.r, row.w), std::string(unit),
          theirs, ours);
    };
    note("median read", "ms", row.read_p50, s.reads[trials / 2]);
    note("median write", "ms", row.write_p50, s.writes[trials / 2]);
    note("99 % of writes", "ms", row.write_p99, s.writes[trials * 99 / 100]);
    note("consistent right after the write", "", row.consistent, s.consistent);
    if (row.r + row.w > 3) {
      CHECK(s.consistent == 1);  // every read quorum meets every write quorum
    } else {
      CHECK(std::abs(s.consistent - row.consistent) < error_of(row.consistent));
    }
    CHECK(std::abs(mean_of(s.reads) - row.read_mean) < z * error_of_mean(s.reads) + rounding);
    check_quantile(s.reads, 0.5, row.read_p50);
    check_quantile(s.reads, 0.99, row.read_p99);
    check_quantile(s.writes, 0.5, row.write_p50);
    check_quantile(s.writes, 0.99, row.write_p99);
    // Pareto with shape 1.51 has no variance; three of them have none to speak of.
    if (!row.disk || row.w < 3) {
      CHECK(std::abs(mean_of(s.writes) - row.write_mean) < z * error_of_mean(s.writes) + rounding);
    }
  }
}

}  // namespace
}  // namespace faultline::quorum
