// Maglev hashing (Eisenbud et al., "Maglev: a fast and reliable software network load balancer",
// NSDI 2016, section 3.4). Every bucket has a permutation of the places of a table: from an offset
// on, by steps of a skip, both hashes of its name. The buckets take turns, each taking the first
// place on its permutation that is still free, until the table is full. So no bucket has more than
// one place more than another; and since permutations do not depend on who else is there, a bucket
// that joins or leaves changes few places besides its own, the fewer, the larger the table (the
// paper: over 100 places a bucket). A look-up is one glance at the table.
#pragma once

#include <faultline/placement/partitioner.hpp>

namespace faultline {

/// Places offset, offset + skip, offset + 2 skip, ... modulo the size of the table.
struct MaglevPermutation {
  std::uint64_t offset;
  std::uint64_t skip;  ///< 1 .. size-1
};

/// The paper's pseudocode 1: for each place the index of the permutation that has it.
/// Precondition: `size` is prime, so that a permutation comes to all places.
std::vector<std::uint32_t> maglev_table(std::span<const MaglevPermutation> permutations,
                                        std::uint32_t size);

class Maglev final : public Partitioner {
 public:
  /// `size` of the table; the paper's are 65537 and 655373. Throws BadValue unless it is a prime
  /// and there are places for all buckets.
  Maglev(std::vector<Bucket> buckets, std::uint32_t size);
  std::unique_ptr<Partitioner> clone() const override { return std::make_unique<Maglev>(*this); }

  Lookup find(std::uint64_t key) const override {
    return {table_[placement_hash(key) % table_.size()], 1};
  }
  /// The bucket at each place.
  std::span<const Bucket> table() const { return table_; }
  std::size_t bytes() const override { return table_.size() * sizeof(Bucket); }

 private:
  void fill();
  void joined(Bucket /*bucket*/) override { fill(); }
  void left(Bucket /*bucket*/) override { fill(); }

  std::vector<Bucket> table_;
};

}  // namespace faultline
