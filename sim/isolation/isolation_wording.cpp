#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include <faultline/isolation/isolation_wording.hpp>

namespace faultline::isolation {
namespace {

class CycleWording {
 public:
  CycleWording(const TransactionHistory& history, const Observations& observations)
      : history_(history), observations_(observations), index_(observations.index) {}

  std::string reason(const Hop& hop) const {
    switch (hop.kind) {
      case EdgeKind::ww:
        return overwrite(hop);
      case EdgeKind::wr:
        return read(hop);
      case EdgeKind::rw:
        return missed_write(hop);
      case EdgeKind::process:
        return fmt::format("process {} ran {} after {}", history_.transactions[hop.to].process,
                           name(hop.to), name(hop.from));
      case EdgeKind::realtime:
        return fmt::format("{} had ended before {} began", name(hop.from), name(hop.to));
      case EdgeKind::pass:
        break;
    }
    return {};
  }

 private:
  std::string name(TransactionId id) const { return name_of(history_, id); }
  std::string key(VersionId version) const { return key_in_words(history_, index_.key(version)); }
  std::string value(VersionId version) const {
    return value_in_words(history_, index_.value(version));
  }
  bool is_append(VersionId version) const {
    return version < index_.written() && step_of(version).kind == StepKind::append;
  }
  const Step& step_of(VersionId version) const {
    const Transaction& writer = history_.transactions[index_.writer(version)];
    return history_.steps_of(writer)[index_.step(version)];
  }
  /// "appended 2 to x", "wrote 2 to x".
  std::string writing(VersionId version) const {
    return fmt::format("{} {} to {}", verb(version), value(version), key(version));
  }
  std::string_view verb(VersionId version) const {
    return is_append(version) ? "appended" : "wrote";
  }

  /// The first succession from `earlier` to something that `writer` wrote.
  const Succession* find(VersionId earlier, TransactionId writer) const {
    const auto& all = observations_.successions;
    auto next = std::lower_bound(
        all.begin(), all.end(), earlier,
        [](const Succession& each, VersionId wanted) { return each.earlier < wanted; });
    for (; next != all.end() && next->earlier == earlier; ++next) {
      if (index_.writer(next->later) == writer) return &*next;
    }
    return nullptr;
  }

  std::string overwrite(const Hop& hop) const {
    for (const Step& step : history_.steps_of(history_.transactions[hop.from])) {
      if (step.kind == StepKind::read) continue;
      const VersionId version = index_.find(step.key, step.value);
      const Succession* found = find(version, hop.to);
      if (found == nullptr) continue;
      return fmt::format("{} {} after {} {} {}, as {}", name(hop.to), writing(found->later),
                         name(hop.from), verb(version), value(version), evidence(*found));
    }
    return {};
  }

  std::string read(const Hop& hop) const {
    for (const Step& step : history_.steps_of(history_.transactions[hop.to])) {
      if (step.kind != StepKind::read || !step.known) continue;
      const VersionId version = observations_.read_version(history_, hop.to, step);
      if (version == no_version || index_.writer(version) != hop.from) continue;
      return fmt::format("{} {}, which {}'s read {} returned", name(hop.from), writing(version),
                         name(hop.to), observed(step));
    }
    return {};
  }

  std::string missed_write(const Hop& hop) const {
    for (const Step& step : history_.steps_of(history_.transactions[hop.from])) {
      if (step.kind != StepKind::read || !step.known) continue;
      const VersionId version = observations_.read_version(history_, hop.from, step);
      if (version == no_version) continue;
      const Succession* found = find(version, hop.to);
      if (found == nullptr) continue;
      std::string because;
      if (!index_.is_initial(version)) {
        because = fmt::format(": it came after {}, as {}", value(version), evidence(*found));
      }
      return fmt::format("{}'s read of {} returned {} and missed that {} {}{}", name(hop.from),
                         key(version), observed(step), name(hop.to), writing(found->later),
                         because);
    }
    return {};
  }

  std::string observed(const Step& read) const {
    const auto list = history_.list_of(read);
    if (!list.empty()) return list_in_words(history_, list);
    if (read.value != nil) return value_in_words(history_, read.value);
    return is_list(read.key) ? "[]" : "nil";
  }

  bool is_list(Key wanted) const {
    const VersionId initial = index_.initial(index_.position_of(wanted));
    const auto& all = observations_.successions;
    const auto next = std::lower_bound(
        all.begin(), all.end(), initial,
        [](const Succession& each, VersionId version) { return each.earlier < version; });
    return next != all.end() && next->earlier == initial && is_append(next->later);
  }

  /// What a transaction's read of a key returned.
  std::string read_by(TransactionId reader, Key wanted) const {
    const Step* longest = nullptr;
    for (const Step& step : history_.steps_of(history_.transactions[reader])) {
      if (step.kind != StepKind::read || step.key != wanted || !step.known) continue;
      if (longest == nullptr || step.list_count > longest->list_count) longest = &step;
    }
    return longest == nullptr ? std::string() : observed(*longest);
  }

  std::string evidence(const Succession& each) const {
    const std::string by = each.shown_by == no_transaction ? std::string() : name(each.shown_by);
    switch (each.how) {
      case Shown::by_list:
        return fmt::format("{}'s read {} shows", by,
                           read_by(each.shown_by, index_.key(each.later)));
      case Shown::by_absence:
        if (each.shown_by == no_transaction) return "nobody read the list";
        return fmt::format("the longest read ({}'s {}) does not hold it yet", by,
                           read_by(each.shown_by, index_.key(each.later)));
      case Shown::by_being_initial:
        return "every write replaces the initial state";
      case Shown::by_program_order:
        return fmt::format("{} wrote both", by);
      case Shown::by_read_then_write:
        return fmt::format("{} read {} before it wrote {}", by, value(each.earlier),
                           value(each.later));
      case Shown::by_process_order:
        return fmt::format("process {} met them in this order, the latter in {}",
                           history_.transactions[each.shown_by].process, by);
      case Shown::by_real_time:
        return fmt::format("{} began after the former had been met", by);
      case Shown::by_supposition:
        break;
    }
    return "is supposed";
  }

  const TransactionHistory& history_;
  const Observations& observations_;
  const VersionIndex& index_;
};

Dependency dependency_of(EdgeKind kind) { return static_cast<Dependency>(kind); }

}  // namespace

AnomalyWitness witness_of(const TransactionHistory& history, const Observations& observations,
                          Anomaly anomaly, const Cycle& cycle) {
  const CycleWording wording(history, observations);
  AnomalyWitness witness;
  witness.explanation = std::string(meaning_of(anomaly));
  for (const Hop& hop : cycle) {
    witness.transactions.push_back(hop.from);
    witness.cycle.push_back({hop.from, hop.to, dependency_of(hop.kind), wording.reason(hop)});
    const DependencyEdge& edge = witness.cycle.back();
    witness.explanation += fmt::format(" {} before {}: {}.", name_of(history, edge.from),
                                       name_of(history, edge.to), edge.reason);
  }
  witness.explanation += " This order is circular.";
  return witness;
}

}  // namespace faultline::isolation
