#include <algorithm>

#include <faultline/metric/tally.hpp>

namespace faultline {

void Tally::add(const Operation& operation) {
  count(operation);
  if (operation.outcome == Outcome::ok) latencies.push_back(operation.latency());
}

void Tally::count(const Operation& operation) {
  ++operations;
  attempts += operation.attempts;
  switch (operation.outcome) {
    case Outcome::ok:
      ++ok;
      break;
    case Outcome::failed:
      ++failed;
      break;
    case Outcome::unknown:
      ++unknown;
      break;
  }
}

std::optional<double> Tally::availability() const {
  if (operations == 0) return std::nullopt;
  return static_cast<double>(ok) / static_cast<double>(operations);
}

void StalenessTally::add(Duration by, std::uint64_t versions) {
  ++stale;
  time_total += seconds(by);
  time_max = std::max(time_max, seconds(by));
  versions_total += versions;
  versions_max = std::max(versions_max, versions);
}

std::optional<double> StalenessTally::fraction() const {
  if (reads == 0) return std::nullopt;
  return static_cast<double>(stale) / static_cast<double>(reads);
}

std::optional<std::size_t> phase_at(const std::vector<Phase>& phases, Time instant) {
  const auto next = std::upper_bound(phases.begin(), phases.end(), instant,
                                     [](Time t, const Phase& phase) { return t < phase.from; });
  if (next == phases.begin()) return std::nullopt;
  const auto phase = std::prev(next);
  if (instant >= phase->to) return std::nullopt;
  return static_cast<std::size_t>(phase - phases.begin());
}

namespace {

/// An operation that ended ok, and the populations that it belongs to.
struct Success {
  Duration latency;
  std::uint32_t phase;
  std::uint16_t region;
  OperationKind kind;
};

}  // namespace

/// Every operation belongs to six populations. All successes are sorted once, so that each of these
/// gets its latencies in order.
std::vector<PhaseTally> tally_phases(const History& history, std::uint16_t workload,
                                     const std::vector<Phase>& phases) {
  std::vector<PhaseTally> tallies(phases.size() + 1);
  std::vector<Success> successes;
  for (const Operation& operation : history.operations) {
    if (operation.workload != workload || operation.part) continue;
    const auto phase = phase_at(phases, operation.intended);
    if (!phase) continue;
    for (PhaseTally* tally : {&tallies[*phase], &tallies.back()}) {
      tally->all.count(operation);
      tally->kinds[operation.kind].count(operation);
      tally->regions[operation.region].count(operation);
    }
    if (operation.outcome == Outcome::ok) {
      successes.push_back({operation.latency(), static_cast<std::uint32_t>(*phase),
                           operation.region, operation.kind});
    }
  }
  sort_by_latency(successes, [](const Success& success) { return success.latency; });
  for (const Success& success : successes) {
    for (PhaseTally* tally : {&tallies[success.phase], &tallies.back()}) {
      tally->all.latencies.push_back(success.latency);
      tally->kinds[success.kind].latencies.push_back(success.latency);
      tally->regions[success.region].latencies.push_back(success.latency);
    }
  }
  return tallies;
}

}  // namespace faultline
