// Consistent hashing with bounded loads (Mirrokni, Thorup, Zadimoghaddam, SODA 2018). Nobody keeps
// more than ceil(c m/n) of m things, c = 1 + e > 1: what finds its bucket on the ring full goes on
// clockwise to the first that is not. Then who joins or leaves moves O(1/e^2) times its share, and
// the looser the bound, the nearer to the plain ring.
//
// The things here are partitions, a fixed number of slices of the hashes, placed one after the
// other in a fixed order; so where they are depends on who is there alone, not on who came when,
// and a look-up is one glance at a table. (Keys one by one would need a table of all keys. A load
// balancer, which forgets requests as they end, asks ConsistentRing::find_accepted instead.)
#pragma once

#include <faultline/placement/ring.hpp>

namespace faultline {

/// ceil(bound * things / buckets), and at least what spreads them all.
std::uint64_t load_limit(double bound, std::uint64_t things, std::uint64_t buckets);

class BoundedRing final : public Partitioner {
 public:
  /// `bound`: the c of the paper. Throws BadValue unless bound > 1 (a bound of 1 leaves no room for
  /// any choice), virtual_nodes > 0, and there are partitions for all buckets.
  BoundedRing(std::vector<Bucket> buckets, std::uint32_t virtual_nodes, double bound,
              std::uint32_t partitions);
  std::unique_ptr<Partitioner> clone() const override {
    return std::make_unique<BoundedRing>(*this);
  }

  Lookup find(std::uint64_t key) const override {
    return {partitions_[placement_hash(key) % partitions_.size()], 1};
  }
  /// The owners of all partitions.
  std::span<const Bucket> partitions() const { return partitions_; }
  std::size_t bytes() const override { return partitions_.size() * sizeof(Bucket); }

 private:
  void place_all();
  void joined(Bucket bucket) override;
  void left(Bucket bucket) override;

  ConsistentRing ring_;
  double bound_;
  std::vector<Bucket> partitions_;
};

}  // namespace faultline
