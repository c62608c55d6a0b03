#include <faultline/leader_follower/leader_follower.hpp>
#include <faultline/models/catalog.hpp>
#include <faultline/quorum/quorum.hpp>
#include <faultline/raft/raft.hpp>

namespace faultline {

const Catalog& catalog() {
  static const Catalog all{
      &model<leader_follower::LeaderFollower>(),
      &model<quorum::Quorum>(),
      &model<raft::Raft>(),
  };
  return all;
}

}  // namespace faultline
