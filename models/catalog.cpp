#include <faultline/causal/causal.hpp>
#include <faultline/chain_replication/chain_replication.hpp>
#include <faultline/epaxos/epaxos.hpp>
#include <faultline/gossip/gossip.hpp>
#include <faultline/leader_follower/leader_follower.hpp>
#include <faultline/models/catalog.hpp>
#include <faultline/multi_leader/multi_leader.hpp>
#include <faultline/multi_paxos/multi_paxos.hpp>
#include <faultline/primary_backup/primary_backup.hpp>
#include <faultline/quorum/quorum.hpp>
#include <faultline/raft/raft.hpp>

namespace faultline {
namespace {

Catalog& all_models() {
  static Catalog all{
      &model<causal::Causal>(),
      &model<chain_replication::ChainReplication>(),
      &model<epaxos::Epaxos>(),
      &model<gossip::Gossip>(),
      &model<leader_follower::LeaderFollower>(),
      &model<multi_leader::MultiLeader>(),
      &model<multi_paxos::MultiPaxos>(),
      &model<primary_backup::PrimaryBackup>(),
      &model<quorum::Quorum>(),
      &model<raft::Raft>(),
  };
  return all;
}

}  // namespace

const Catalog& catalog() { return all_models(); }

void add_to_catalog(const Model& model) { all_models().push_back(&model); }

}  // namespace faultline
