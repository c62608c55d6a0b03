// A workload as plain data: who asks what of which service, when, and what they do when it fails.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <faultline/core/distribution.hpp>
#include <faultline/core/time.hpp>
#include <faultline/engine/topology.hpp>
#include <faultline/history/operation.hpp>
#include <faultline/overload/backoff.hpp>

namespace faultline {

// ---- arrivals: open loop, whatever the service does ------------------------------------------

/// Independent arrivals: exponential gaps. Rates are per second.
struct PoissonArrivals {
  double rate = 1000;
};
/// One arrival every 1/rate seconds.
struct ConstantArrivals {
  double rate = 1000;
};
/// Poisson at `rate`, and at `burst_rate` during the first `burst_length` of every `period`.
struct BurstArrivals {
  double rate = 500;
  double burst_rate = 5000;
  Duration period = std::chrono::seconds(10);
  Duration burst_length = std::chrono::seconds(1);
};
/// Poisson whose rate swings between `low` and `high` as a sine of `period`, starting at the low.
struct DiurnalArrivals {
  double low = 100;
  double high = 1000;
  Duration period = std::chrono::hours(24);
};
/// Recorded arrivals: instants since the start of the run in ascending order, with what was asked
/// where the trace says so.
struct TraceArrivals {
  struct Entry {
    Time at;
    bool has_kind = false;
    bool has_key = false;
    OperationKind kind = OperationKind::get;
    Key key = 0;
  };
  std::string file;
  std::vector<Entry> entries;
};
/// Closed loop: every session asks, waits for the answer, thinks, and asks again.
struct ClosedLoop {
  Distribution think = Distribution::constant(0);
};
using Arrivals = std::variant<PoissonArrivals, ConstantArrivals, BurstArrivals, DiurnalArrivals,
                              TraceArrivals, ClosedLoop>;

// ---- keys ---------------------------------------------------------------------------------------

struct KeySettings {
  enum class Kind {
    uniform,
    zipfian,  ///< rank r with probability ~ 1/r^exponent, ranks scattered over the keys
    latest,   ///< zipfian over recency: the newest insert is the likeliest (YCSB D)
    hotspot   ///< `hot_operations` of the operations go to `hot_keys` of the keys
  };
  Kind kind = Kind::uniform;
  std::uint64_t count = 1000;
  double exponent = 0.99;
  double hot_keys = 0.2;
  double hot_operations = 0.8;
};

struct WorkloadSettings {
  std::string name;
  std::string target;  ///< a service
  /// Regions and the share of the sessions in each; shares add up to 1.
  std::vector<std::pair<std::uint32_t, double>> from;
  Arrivals arrivals = PoissonArrivals{};
  /// Logical processes; open-loop arrivals are dealt to them in turn.
  std::uint32_t sessions = 100;
  /// Open loop: further sessions step in for those that still wait for an answer, up to so many in
  /// all; beyond that, arrivals wait for a session (and their latency counts the wait).
  std::uint32_t most_sessions = 100'000;
  KeySettings keys;
  /// Weights of the kinds of operations, in the order of OperationKind.
  std::array<double, operation_kinds> mix{0.5, 0.5};
  /// An add or a remove is of a number from 1 to this: an element, or an amount.
  std::uint32_t operands = 8;
  Distribution value_size = Distribution::constant(1000);  ///< bytes
  Distribution scan_length = Distribution::constant(50);   ///< keys
  Duration timeout = std::chrono::milliseconds(500);       ///< of one attempt
  RetrySettings retry;
  /// Sends a read again, to another node, if it is not answered after this span; zero: never.
  Duration hedge_after{0};
  /// How a session picks the node to ask; the model's own rule unless the scenario says otherwise.
  enum class ContactRule { model, nearest, random, round_robin };
  ContactRule contact = ContactRule::model;
  Time start{};
  Time stop = never;
  std::uint64_t most_operations = 10'000'000;  ///< the workload ends there and the result says so
};

}  // namespace faultline
