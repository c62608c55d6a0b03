// Chaos over Raft, with the five properties of the paper's Figure 3 watched from inside.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <faultline/raft/raft.hpp>

#include "model/chaos.hpp"

namespace faultline::raft {

using namespace std::chrono_literals;

/// Parameters for short tests: everything ten times faster than the defaults.
inline Parameters quick() {
  Parameters parameters;
  parameters.heartbeat = 20ms;
  parameters.election_timeout_min = 100ms;
  parameters.election_timeout_max = 200ms;
  parameters.timeout = 200ms;
  parameters.durability = Durability::write;
  return parameters;
}

struct Chaos : testing::Chaos {
  Parameters parameters = quick();
};

class ChaosRun final : public testing::ChaosRun {
 public:
  explicit ChaosRun(const Chaos& chaos)
      : testing::ChaosRun(model<Raft>(), std::make_shared<Parameters>(chaos.parameters), chaos) {
    cluster().when_it_happens = [this](const testing::Event& event) {
      if (event.kind == EventKind::leader_elected) check_new_leader(event.node, event.number);
    };
  }

 private:
  struct Fact {
    Entry entry;
    Term known_in = 0;  ///< it was committed in this term or before
  };

  const Raft* server(std::size_t number) {
    return static_cast<const Raft*>(cluster().service->node(number));
  }
  static std::string name(std::size_t number) { return "store/" + std::to_string(number); }
  static std::string place(Index index) { return "entry " + std::to_string(index); }

  void inspect() override {
    check_committed();
    for (std::size_t a = 0; a < chaos().nodes; ++a) {
      for (std::size_t b = 0; b < a; ++b) {
        if (server(a) != nullptr && server(b) != nullptr) check_matching(a, b);
      }
    }
  }

  /// Election Safety: at most one leader a term. Leader Completeness: it has all that is committed.
  void check_new_leader(std::size_t node, Term term) {
    if (!terms_.insert(term).second) {
      broken("election safety: term " + std::to_string(term) + " has two leaders");
    }
    check_committed();
    const Log& log = server(node)->log();
    for (const auto& [index, fact] : committed_) {
      const auto& [entry, known_in] = fact;
      if (known_in >= term) continue;  // perhaps committed in a later term: a leader come late
      const bool has =
          index < log.first() || (index <= log.last() && log.term_at(index) == entry.term);
      if (has) continue;
      broken("leader completeness: " + name(node) + ", leader of term " + std::to_string(term) +
             ", lacks " + place(index) + ", which is committed");
      return;
    }
  }

  /// State Machine Safety: what one server holds for committed, no other holds differently.
  void check_committed() {
    for (std::size_t node = 0; node < chaos().nodes; ++node) {
      if (server(node) == nullptr) continue;
      const Log& log = server(node)->log();
      const Index last = std::min(server(node)->committed(), log.last());
      for (Index index = log.first(); index <= last; ++index) {
        const Fact fact{log.at(index), server(node)->current_term()};
        const auto [known, is_new] = committed_.try_emplace(index, fact);
        if (is_new || same(known->second.entry, log.at(index))) continue;
        broken("state machine safety: " + name(node) + " has committed another " + place(index));
        return;
      }
    }
  }

  /// Log Matching: if two logs have an entry of the same index and term, they agree up to there.
  void check_matching(std::size_t a, std::size_t b) {
    const Log& one = server(a)->log();
    const Log& other = server(b)->log();
    bool agree = false;
    const Index first = std::max(one.first(), other.first());
    for (Index index = std::min(one.last(), other.last()); index >= first; --index) {
      agree = agree || one.term_at(index) == other.term_at(index);
      if (!agree || same(one.at(index), other.at(index))) continue;
      broken("log matching: " + name(a) + " and " + name(b) + " differ in " + place(index) +
             ", but not behind it");
      return;
    }
  }
  static bool same(const Entry& a, const Entry& b) {
    return a.term == b.term && a.kind == b.kind && a.command.value == b.command.value &&
           a.configuration == b.configuration;
  }

  std::set<Term> terms_;
  std::map<Index, Fact> committed_;
};

inline testing::Aftermath live_through(const Chaos& chaos) {
  ChaosRun run(chaos);
  return run.run();
}

}  // namespace faultline::raft
