// A directory: the hash of a key names one of a fixed number of slots, a table says who keeps the
// slot, and anybody may change the table. So do the 16384 slots of Redis Cluster; so did strategy 3
// of Dynamo (DeCandia et al., SOSP 2007, section 6.2). Who joins is given as many slots as make
// its share, from the fullest; who leaves gives its own to the emptiest. Nothing moves besides, and
// balance is to the slot. Its price is the table, and to keep the table the same everywhere.
#pragma once

#include <set>
#include <utility>

#include <faultline/placement/partitioner.hpp>

namespace faultline {

class Directory final : public Partitioner {
 public:
  /// `slots` are dealt out in turn. Throws BadValue if there are fewer than buckets.
  Directory(std::vector<Bucket> buckets, std::uint32_t slots);
  std::unique_ptr<Partitioner> clone() const override { return std::make_unique<Directory>(*this); }

  Lookup find(std::uint64_t key) const override { return {slots_[slot_of(key)], 1}; }
  std::uint32_t slot_of(std::uint64_t key) const {
    return static_cast<std::uint32_t>(placement_hash(key) % slots_.size());
  }
  /// Gives a slot to a bucket. Throws BadValue if there is no such slot or bucket.
  void assign(std::uint32_t slot, Bucket bucket);
  /// The owners of all slots.
  std::span<const Bucket> slots() const { return slots_; }
  std::size_t bytes() const override { return slots_.size() * sizeof(Bucket); }

 private:
  /// How many slots somebody has.
  using Holding = std::pair<std::uint32_t, Bucket>;
  std::set<Holding> holdings() const;
  void joined(Bucket bucket) override;
  void left(Bucket bucket) override;

  std::vector<Bucket> slots_;
};

}  // namespace faultline
