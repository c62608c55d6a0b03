// The remainder of a hash: key k lives in bucket hash(k) mod n. Even, quick, and without memory;
// but when n becomes n + 1, a key stays only if both remainders name the same bucket, so n/(n+1) of
// all keys move (Karger et al., "Consistent hashing and random trees", STOC 1997, open with this).
// For whom the number of buckets never changes.
#pragma once

#include <faultline/placement/partitioner.hpp>

namespace faultline {

class HashModulo final : public Partitioner {
 public:
  explicit HashModulo(std::vector<Bucket> buckets) : Partitioner(std::move(buckets)) {}
  std::unique_ptr<Partitioner> clone() const override {
    return std::make_unique<HashModulo>(*this);
  }

  Lookup find(std::uint64_t key) const override {
    return {buckets()[placement_hash(key) % buckets().size()], 1};
  }
  std::size_t bytes() const override { return buckets().size_bytes(); }

 private:
  void joined(Bucket /*bucket*/) override {}
  void left(Bucket /*bucket*/) override {}
};

}  // namespace faultline
