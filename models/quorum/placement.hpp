// Where a key lives: the ring of consistent hashing with equal partitions. This is the partitioning
// that Dynamo arrived at (DeCandia et al., "Dynamo: Amazon's highly available key-value store",
// SOSP 2007, section 6.2, strategy 3), with one partition for each node.
//
// The hash of a key names a position on the ring; the nodes from there on, clockwise, are its
// preference list (section 4.3). The first N are its replicas, those after them stand in when a
// replica cannot be reached. Neighbours on the ring are of different regions as far as there are
// enough (section 4.6 spreads preference lists over data centres).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <faultline/core/random.hpp>
#include <faultline/history/operation.hpp>

namespace faultline::quorum {

/// A node's number in its service.
using NodeNumber = std::uint32_t;

class Placement {
 public:
  /// `regions` of the nodes, by their numbers.
  explicit Placement(std::span<const std::uint32_t> regions) : positions_(regions.size()) {
    std::vector<std::vector<NodeNumber>> by_region;
    for (NodeNumber node = 0; node < regions.size(); ++node) {
      if (regions[node] >= by_region.size()) by_region.resize(regions[node] + 1);
      by_region[regions[node]].push_back(node);
    }
    for (std::size_t turn = 0; ring_.size() < regions.size(); ++turn) {
      for (const auto& members : by_region) {
        if (turn < members.size()) ring_.push_back(members[turn]);
      }
    }
    for (std::uint32_t position = 0; position < ring_.size(); ++position) {
      positions_[ring_[position]] = position;
    }
  }

  std::uint32_t size() const { return static_cast<std::uint32_t>(ring_.size()); }

  /// The position where the preference list of `key` begins; a partition is named by it.
  std::uint32_t partition_of(Key key) const {
    return static_cast<std::uint32_t>(scatter(key) % ring_.size());
  }
  /// The node at a place of a partition's preference list: 0 is its first replica.
  NodeNumber node_at(std::uint32_t partition, std::uint32_t place) const {
    return ring_[(partition + place) % ring_.size()];
  }
  /// The place of `node` on a partition's preference list.
  std::uint32_t place_of(NodeNumber node, std::uint32_t partition) const {
    return (positions_[node] + size() - partition) % size();
  }
  /// The partition for which `node` stands at `place`.
  std::uint32_t partition_at(NodeNumber node, std::uint32_t place) const {
    return (positions_[node] + size() - place % size()) % size();
  }

 private:
  std::vector<NodeNumber> ring_;
  std::vector<std::uint32_t> positions_;  ///< of each node on the ring
};

}  // namespace faultline::quorum
