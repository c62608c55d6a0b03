// Chaos over Multi-Paxos, with what it is for watched from inside: in a slot one value is chosen.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include <faultline/multi_paxos/multi_paxos.hpp>

#include "model/chaos.hpp"

namespace faultline::multi_paxos {

using namespace std::chrono_literals;

/// Parameters for short tests: everything ten times faster than the defaults.
inline Parameters quick() {
  Parameters parameters;
  parameters.retransmission = 50ms;
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
      : testing::ChaosRun(model<MultiPaxos>(), std::make_shared<Parameters>(chaos.parameters),
                          chaos) {
    cluster().when_it_happens = [this](const testing::Event& event) {
      if (event.kind == EventKind::leader_elected) check_new_leader(event.node, event.number);
    };
  }

 private:
  const MultiPaxos* server(std::size_t number) {
    return static_cast<const MultiPaxos*>(cluster().service->node(number));
  }

  void inspect() override {
    for (std::size_t node = 0; node < chaos().nodes; ++node) {
      if (server(node) != nullptr) check_chosen(node);
    }
  }

  /// Consensus: what one node holds for chosen in a slot, no other holds differently.
  void check_chosen(std::size_t node) {
    const Ledger& ledger = server(node)->ledger();
    for (Slot slot = ledger.first(); slot <= ledger.last(); ++slot) {
      const Vote* vote = ledger.find(slot);
      if (vote == nullptr || !server(node)->knows_chosen(slot)) continue;
      const auto [known, is_new] = chosen_.try_emplace(slot, vote->proposal);
      if (is_new || same(known->second, vote->proposal)) continue;
      broken("consensus: store/" + std::to_string(node) +
             " holds another value for chosen in slot " + std::to_string(slot));
      return;
    }
  }
  static bool same(const Proposal& a, const Proposal& b) {
    return a.kind == b.kind && a.command.value == b.command.value;
  }

  /// A ballot is one node's, and led in once.
  void check_new_leader(std::size_t node, std::uint64_t round) {
    if (!ballots_.insert({round, node}).second) {
      broken("store/" + std::to_string(node) + " leads in round " + std::to_string(round) +
             " a second time");
    }
    inspect();
  }

  std::map<Slot, Proposal> chosen_;
  std::set<std::pair<std::uint64_t, std::size_t>> ballots_;
};

inline testing::Aftermath live_through(const Chaos& chaos) {
  ChaosRun run(chaos);
  return run.run();
}

}  // namespace faultline::multi_paxos
