// What reads of registers show. A read names one version and says nothing of the others, so the
// order of versions is known in parts: the initial one comes first; what one transaction writes is
// in the order it wrote; who read one version and then wrote another replaced something not older
// than what it read. Processes and real time may order more (see order_by_clients).
#include <algorithm>
#include <optional>
#include <tuple>

#include <fmt/format.h>

#include <faultline/isolation/components.hpp>
#include <faultline/isolation/transaction_versions.hpp>

namespace faultline::isolation {
namespace {

class RegisterObserver {
 public:
  RegisterObserver(const TransactionHistory& history, const IsolationOptions& options,
                   Observations& observations, Findings& findings)
      : history_(history),
        options_(options),
        observations_(observations),
        index_(observations.index),
        findings_(findings),
        is_register_(observations.index.key_count()) {}

  void observe() {
    find_registers();
    see_values();
    const std::size_t first = observations_.successions.size();
    visit_committed([&](TransactionId id, Key key, std::span<const std::uint32_t> positions) {
      observe_transaction(id, key, positions);
    });
    if (options_.keys_are_sequential || options_.keys_are_linearizable) {
      order_by_clients(history_, options_, observations_);
    }
    drop_cycles(first);
    put_initial_versions_first(first);
  }

 private:
  std::string name(TransactionId id) const { return name_of(history_, id); }
  std::string key_name(Key key) const { return key_in_words(history_, key); }
  std::string words(Value value) const { return value_in_words(history_, value); }

  void find_registers() {
    for (const Step& step : history_.steps) {
      if (step.kind == StepKind::write || step.value != nil) {
        if (step.kind != StepKind::append) is_register_[index_.position_of(step.key)] = true;
      }
    }
  }

  template <typename Visitor>
  void visit_committed(Visitor&& visit) {
    StepsByKey steps_by_key;
    for (TransactionId id = 0; id < history_.transactions.size(); ++id) {
      if (!observations_.is_committed(id)) continue;
      steps_by_key.visit(history_, history_.transactions[id],
                         [&](Key key, std::span<const std::uint32_t> positions) {
                           if (is_register_[index_.position_of(key)]) visit(id, key, positions);
                         });
    }
  }

  /// Who committed must be known before anything else.
  void see_values() {
    for (const Transaction& each : history_.transactions) {
      if (each.outcome != Outcome::ok) continue;
      for (const Step& step : history_.steps_of(each)) {
        if (step.kind != StepKind::read || !step.known || step.value == nil) continue;
        const VersionId version = index_.find(step.key, step.value);
        if (version != no_version) observations_.see(history_, version);
      }
    }
  }

  // ---- one transaction's steps on one register -------------------------------------------------

  void observe_transaction(TransactionId id, Key key, std::span<const std::uint32_t> positions) {
    const auto steps = history_.steps_of(history_.transactions[id]);
    std::optional<Value> current;      // what the transaction must see
    VersionId own = no_version;        // what it wrote last
    VersionId read_from = no_version;  // what it read last before writing
    for (std::size_t place = 0; place < positions.size(); ++place) {
      const Step& step = steps[positions[place]];
      if (step.kind == StepKind::read) {
        if (!step.known || history_.transactions[id].outcome != Outcome::ok) continue;
        bool writes_later = false;
        for (const std::uint32_t later : positions.subspan(place + 1)) {
          writes_later = writes_later || steps[later].kind == StepKind::write;
        }
        const bool updates = writes_later && own == no_version;
        const VersionId version = read(id, positions[place], step, current, updates);
        if (own == no_version && version != no_version) read_from = version;
        current = step.value;
        continue;
      }
      const VersionId version = index_.find(key, step.value);
      if (own != no_version) {
        precede(own, version, id, Shown::by_program_order);
      } else if (options_.writes_follow_reads && read_from != no_version) {
        precede(read_from, version, id, Shown::by_read_then_write);
      }
      own = version;
      current = step.value;
    }
  }

  void precede(VersionId earlier, VersionId later, TransactionId by, Shown how) {
    observations_.successions.push_back({earlier, later, by, how});
  }

  /// Judges one read; returns the version if another transaction (or nobody) wrote it.
  VersionId read(TransactionId id, std::uint32_t position, const Step& step,
                 const std::optional<Value>& current, bool updates) {
    VersionId version = index_.initial(index_.position_of(step.key));
    if (step.value != nil) version = index_.find_or_add_outside(step.key, step.value);
    const TransactionId writer = index_.writer(version);
    if (writer == id && index_.step(version) > position) {
      report_future_read(id, step);
      return no_version;
    }
    if (current && *current != step.value) report_internal(id, step, *current);
    if (writer == id) return no_version;
    judge_version(id, step, version, writer);
    const auto& reads = observations_.reads;
    if (reads.empty() || reads.back().version != version || reads.back().reader != id) {
      observations_.reads.push_back({version, id, updates});
    }
    return version;
  }

  void judge_version(TransactionId id, const Step& step, VersionId version, TransactionId writer) {
    if (writer == no_transaction) {
      if (step.value != nil && !options_.excerpt) report_garbage(id, step);
    } else if (!observations_.is_committed(writer)) {
      findings_.add(Anomaly::aborted_read, {writer, id}, [&] {
        return fmt::format("{}'s read of {} returned {}, but {}, which wrote it, failed.", name(id),
                           key_name(step.key), words(step.value), name(writer));
      });
    } else if (!observations_.is_final(version)) {
      findings_.add(Anomaly::intermediate_read, {writer, id}, [&] {
        return fmt::format("{}'s read of {} returned {}, which {} went on to replace itself.",
                           name(id), key_name(step.key), words(step.value), name(writer));
      });
    }
  }

  void report_garbage(TransactionId id, const Step& step) {
    findings_.add(Anomaly::garbage_read, {id}, [&] {
      return fmt::format("{}'s read of {} returned {}, which nobody wrote.", name(id),
                         key_name(step.key), words(step.value));
    });
  }

  void report_future_read(TransactionId id, const Step& step) {
    findings_.add(Anomaly::future_read, {id}, [&] {
      return fmt::format("{}'s read of {} returned {}, which {} writes only afterwards.", name(id),
                         key_name(step.key), words(step.value), name(id));
    });
  }

  void report_internal(TransactionId id, const Step& step, Value current) {
    findings_.add(Anomaly::internal, {id}, [&] {
      return fmt::format("{}'s read of {} returned {}, although it had read or written {} before.",
                         name(id), key_name(step.key), words(step.value), words(current));
    });
  }

  // ---- the order of versions ------------------------------------------------------------------

  /// Successions from `first` on that contradict each other show nothing.
  void drop_cycles(std::size_t first) {
    auto& all = observations_.successions;
    const auto mine = std::span(all).subspan(first);
    std::sort(mine.begin(), mine.end(), [](const Succession& a, const Succession& b) {
      return std::tie(a.earlier, a.later, a.how) < std::tie(b.earlier, b.later, b.how);
    });
    const Components components =
        find_components(index_.size(), [&](std::uint32_t version, std::uint32_t& cursor) {
          if (cursor == 0) {
            const auto begin = std::lower_bound(
                mine.begin(), mine.end(), version,
                [](const Succession& each, VersionId wanted) { return each.earlier < wanted; });
            cursor = static_cast<std::uint32_t>(begin - mine.begin()) + 1;
          }
          if (cursor > mine.size() || mine[cursor - 1].earlier != version) return no_node;
          return mine[cursor++ - 1].later;
        });
    if (components.count == 0) return;
    report_cycles(mine, components);
    std::erase_if(
        all, [&](const Succession& each) { return components.together(each.earlier, each.later); });
  }

  void report_cycles(std::span<const Succession> mine, const Components& components) {
    std::vector<const Succession*> example(components.count, nullptr);
    for (const Succession& each : mine) {
      if (!components.together(each.earlier, each.later)) continue;
      const Succession*& first = example[components.of[each.earlier]];
      if (first == nullptr) first = &each;
    }
    for (const Succession* each : example) {
      std::vector<TransactionId> transactions;
      if (each->shown_by != no_transaction) transactions.push_back(each->shown_by);
      findings_.add(Anomaly::cyclic_versions, transactions, [&] {
        return fmt::format("{} shows that {} came before {} in {}, and others the contrary.",
                           name(each->shown_by), words(index_.value(each->earlier)),
                           words(index_.value(each->later)), key_name(index_.key(each->later)));
      });
    }
  }

  void put_initial_versions_first(std::size_t first) {
    for (const Succession& each : std::span(observations_.successions).subspan(first)) {
      const bool ordered = index_.is_initial(each.earlier) ||
                           observations_.committed_writer(each.earlier) != no_transaction;
      if (ordered) observations_.flags[each.later] |= Observations::ordered_flag;
    }
    for (VersionId version = 0; version < index_.written(); ++version) {
      if (observations_.is_ordered(version)) continue;
      if (observations_.committed_writer(version) == no_transaction) continue;
      const std::size_t key = index_.position_of(index_.key(version));
      if (!is_register_[key]) continue;
      precede(index_.initial(key), version, no_transaction, Shown::by_being_initial);
    }
  }

  const TransactionHistory& history_;
  const IsolationOptions& options_;
  Observations& observations_;
  VersionIndex& index_;
  Findings& findings_;
  std::vector<bool> is_register_;  ///< by position of the key
};

}  // namespace

void observe_registers(const TransactionHistory& history, const IsolationOptions& options,
                       Observations& observations, Findings& findings) {
  RegisterObserver(history, options, observations, findings).observe();
}

}  // namespace faultline::isolation
