#include <algorithm>
#include <tuple>
#include <unordered_set>

#include <fmt/format.h>

#include <faultline/isolation/atomic_visibility.hpp>

namespace faultline::isolation {
namespace {

class FractureFinder {
 public:
  FractureFinder(const TransactionHistory& history, const Observations& observations,
                 const std::vector<std::uint32_t>& components, std::uint64_t bound,
                 Findings& findings)
      : history_(history),
        observations_(observations),
        index_(observations.index),
        components_(components),
        bound_(bound),
        findings_(findings) {}

  bool find() {
    for (TransactionId id = 0; id < components_.size(); ++id) {
      if (components_[id] == Components::alone) continue;
      if (history_.transactions[id].outcome == Outcome::ok) look_at(id);
    }
    return bound_ > 0;
  }

 private:
  /// What a reader saw at one of its steps.
  struct Sight {
    std::uint32_t step;
    VersionId version;
  };

  void look_at(TransactionId reader) {
    const auto steps = history_.steps_of(history_.transactions[reader]);
    std::vector<Sight> sights;
    for (std::uint32_t step = 0; step < steps.size(); ++step) {
      if (steps[step].kind != StepKind::read || !steps[step].known) continue;
      const VersionId version = observations_.read_version(history_, reader, steps[step]);
      if (version != no_version) sights.push_back({step, version});
    }
    bool vanished = false;
    bool fractured = false;
    for (const Sight& seen : sights) {
      const TransactionId writer = observations_.committed_writer(seen.version);
      if (writer == no_transaction || components_[writer] != components_[reader]) continue;
      for (const Sight& other : sights) {
        const VersionId missed = write_of(writer, index_.key(other.version));
        if (missed == no_version || index_.key(other.version) == index_.key(seen.version)) continue;
        if (!is_older(other.version, missed)) continue;
        if (!fractured) report(Anomaly::fractured_read, reader, seen, other, missed);
        fractured = true;
        if (other.step < seen.step || vanished) continue;
        vanished = true;
        report(Anomaly::vanishing_transaction, reader, seen, other, missed);
      }
    }
  }

  /// The last version of a key that a transaction wrote.
  VersionId write_of(TransactionId writer, Key key) const {
    VersionId last = no_version;
    for (const Step& step : history_.steps_of(history_.transactions[writer])) {
      if (step.kind != StepKind::read && step.key == key) last = index_.find(key, step.value);
    }
    return last;
  }

  /// Whether `newer` is known to come after `older`: follows successions.
  bool is_older(VersionId older, VersionId newer) {
    if (older == newer) return false;
    if (index_.is_initial(older)) return true;
    std::vector<VersionId> open = {older};
    std::unordered_set<VersionId> met = {older};
    while (!open.empty() && bound_ > 0) {
      const VersionId version = open.back();
      open.pop_back();
      const auto& all = observations_.successions;
      auto next = std::lower_bound(
          all.begin(), all.end(), version,
          [](const Succession& each, VersionId wanted) { return each.earlier < wanted; });
      for (; next != all.end() && next->earlier == version; ++next) {
        if (bound_ > 0) --bound_;
        if (next->later == newer) return true;
        if (met.insert(next->later).second) open.push_back(next->later);
      }
    }
    return false;
  }

  std::string key(VersionId version) const { return key_in_words(history_, index_.key(version)); }
  std::string value(VersionId version) const {
    return value_in_words(history_, index_.value(version));
  }

  void report(Anomaly anomaly, TransactionId reader, const Sight& seen, const Sight& other,
              VersionId missed) {
    const TransactionId writer = index_.writer(missed);
    findings_.add(anomaly, {writer, reader}, [&] {
      const std::string older = index_.is_initial(other.version)
                                    ? std::string("in its initial state")
                                    : fmt::format("at {}", value(other.version));
      return fmt::format(
          "{} put {} into {} and {} into {}. {} saw the former, but {}found {} {}, "
          "which is older than the latter.",
          name_of(history_, writer), value(seen.version), key(seen.version), value(missed),
          key(missed), name_of(history_, reader), other.step > seen.step ? "then " : "",
          key(other.version), older);
    });
  }

  const TransactionHistory& history_;
  const Observations& observations_;
  const VersionIndex& index_;
  const std::vector<std::uint32_t>& components_;
  std::uint64_t bound_;
  Findings& findings_;
};

}  // namespace

bool find_fractured_reads(const TransactionHistory& history, const Observations& observations,
                          const std::vector<std::uint32_t>& components, std::uint64_t bound,
                          Findings& findings) {
  return FractureFinder(history, observations, components, bound, findings).find();
}

}  // namespace faultline::isolation
