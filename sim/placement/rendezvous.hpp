// Rendezvous hashing, or highest random weight (Thaler and Ravishankar, "Using name-based mappings
// to increase hit rates", IEEE/ACM Transactions on Networking 6(1), 1998). Every bucket draws a
// weight for the key, a hash of both; the heaviest keeps it. Who joins takes just the keys for
// which it is the heaviest, 1/(n+1) of them, and evenly from all; who leaves gives each key to its
// second choice. Its price is a hash for every bucket at each look-up.
#pragma once

#include <faultline/placement/partitioner.hpp>

namespace faultline {

class Rendezvous final : public Partitioner {
 public:
  explicit Rendezvous(std::vector<Bucket> buckets) : Partitioner(std::move(buckets)) {}
  std::unique_ptr<Partitioner> clone() const override {
    return std::make_unique<Rendezvous>(*this);
  }

  Lookup find(std::uint64_t key) const override {
    const std::uint64_t hash = placement_hash(key);
    Lookup heaviest{buckets().front(), static_cast<std::uint32_t>(buckets().size())};
    std::uint64_t most = 0;
    for (const Bucket bucket : buckets()) {
      const std::uint64_t weight = place_hash(bucket, hash);
      if (weight > most) {
        most = weight;
        heaviest.bucket = bucket;
      }
    }
    return heaviest;
  }
  std::size_t bytes() const override { return buckets().size_bytes(); }

 private:
  void joined(Bucket /*bucket*/) override {}
  void left(Bucket /*bucket*/) override {}
};

}  // namespace faultline
