// Where a key lives: in every region, on the node of that region that its hash names. Regions may
// have different numbers of nodes; clients alone make no region.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include <faultline/core/random.hpp>
#include <faultline/history/operation.hpp>

namespace faultline::causal {

/// A node's number in its service; a region's number among those that have nodes.
using NodeNumber = std::uint32_t;
using RegionNumber = std::uint32_t;

/// A marker stands beside a key, under a key that no client asks for; the same node has both.
inline constexpr Key marker_bit = Key{1} << 63U;

class Layout {
 public:
  /// `regions` of the nodes, by their numbers.
  explicit Layout(std::span<const std::uint32_t> regions) {
    std::vector<std::uint32_t> used(regions.begin(), regions.end());
    std::sort(used.begin(), used.end());
    used.erase(std::unique(used.begin(), used.end()), used.end());
    members_.resize(used.size());
    for (NodeNumber node = 0; node < regions.size(); ++node) {
      const auto place = std::lower_bound(used.begin(), used.end(), regions[node]);
      region_of_.push_back(static_cast<RegionNumber>(place - used.begin()));
      members_[region_of_.back()].push_back(node);
    }
  }

  std::size_t regions() const { return members_.size(); }
  RegionNumber region_of(NodeNumber node) const { return region_of_[node]; }
  std::span<const NodeNumber> members(RegionNumber region) const { return members_[region]; }
  NodeNumber owner(RegionNumber region, Key key) const {
    const auto& members = members_[region];
    return members[scatter(key & ~marker_bit) % members.size()];
  }
  /// Nodes of other regions with which `node` may have keys in common: it sends them what clients
  /// write here, and gets from them what clients write there. Ascending.
  std::vector<NodeNumber> counterparts(NodeNumber node) const {
    std::vector<NodeNumber> all;
    const auto& mine = members_[region_of_[node]];
    const auto place = std::find(mine.begin(), mine.end(), node) - mine.begin();
    for (RegionNumber region = 0; region < regions(); ++region) {
      if (region == region_of_[node]) continue;
      const auto& theirs = members_[region];
      if (theirs.size() == mine.size()) {
        all.push_back(theirs[static_cast<std::size_t>(place)]);
      } else {
        all.insert(all.end(), theirs.begin(), theirs.end());
      }
    }
    std::sort(all.begin(), all.end());
    return all;
  }

 private:
  std::vector<std::vector<NodeNumber>> members_;
  std::vector<RegionNumber> region_of_;
};

}  // namespace faultline::causal
