// Consistent hashing (Karger, Lehman, Leighton, Panigrahy, Levine, Lewin, "Consistent hashing and
// random trees", STOC 1997). Hashes of keys and of buckets are points on one circle; a key belongs
// to the first bucket clockwise from it. Who joins takes only what lies just before its points,
// 1/(n+1) of all keys; who leaves gives only its own.
//
// With one point a bucket, arcs are as uneven as exponential draws: the largest of n is ln n times
// the mean. Many points each, *virtual nodes* (section 4 of the paper has copies of buckets), even
// that out: with V points the standard deviation of a bucket's share is
// sqrt((n-1)/(nV+1)) of the mean, 10 % for V = 100 (Lamping and Veach 2014 have a table).
#pragma once

#include <bit>

#include <faultline/placement/partitioner.hpp>

namespace faultline {

class ConsistentRing final : public Partitioner {
 public:
  /// `virtual_nodes` points for each bucket. Throws BadValue if there are none.
  ConsistentRing(std::vector<Bucket> buckets, std::uint32_t virtual_nodes);
  std::unique_ptr<Partitioner> clone() const override {
    return std::make_unique<ConsistentRing>(*this);
  }

  Lookup find(std::uint64_t key) const override {
    return {owners_[place_of(placement_hash(key))],
            static_cast<std::uint32_t>(std::bit_width(points_.size()))};
  }

  /// The first bucket clockwise from `hash` that is `accepted`, and the steps there. Precondition:
  /// one is.
  template <class Accepts>
  Lookup find_accepted(std::uint64_t hash, Accepts accepted) const {
    std::size_t place = place_of(hash);
    auto steps = static_cast<std::uint32_t>(std::bit_width(points_.size()));
    while (!accepted(owners_[place])) {
      place = place + 1 == points_.size() ? 0 : place + 1;
      ++steps;
    }
    return {owners_[place], steps};
  }

  /// The share of the circle, and so of uniform keys, that belongs to `bucket`.
  double share(Bucket bucket) const;

  std::size_t bytes() const override {
    return points_.size() * (sizeof(std::uint64_t) + sizeof(Bucket));
  }

 private:
  struct Point {
    std::uint64_t hash;
    Bucket bucket;
    auto operator<=>(const Point&) const = default;
  };

  /// The first point at or after `hash`.
  std::size_t place_of(std::uint64_t hash) const;
  /// The points of some buckets become part of the circle.
  void add(std::span<const Bucket> buckets);
  void joined(Bucket bucket) override { add({&bucket, 1}); }
  void left(Bucket bucket) override;

  std::uint32_t virtual_nodes_;
  std::vector<std::uint64_t> points_;  ///< ascending
  std::vector<Bucket> owners_;         ///< of the points
};

}  // namespace faultline
