// Which of many buckets keeps a key. A bucket is whatever keys are spread over: the shards of a
// store, the servers of a cache, what stands behind a load balancer. This is the surface that all
// partitioners share; each has a file of its own, whose head teaches it.
//
//   hash_modulo.hpp   the remainder of a hash: even, and moves nearly everything
//   ring.hpp          consistent hashing with virtual nodes
//   bounded_ring.hpp  consistent hashing with bounded loads
//   rendezvous.hpp    the highest random weight
//   jump.hpp          jump consistent hash: no memory at all
//   maglev.hpp        a table filled in turns: nearly perfect balance
//   directory.hpp     a table of slots that may be assigned at will
//   range_map.hpp     ranges of keys, split and merged
//   nested.hpp        a partitioner of groups over one within each: geographic, hash then range
//
// What to choose is told by figures.hpp, which measures all of them alike.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <faultline/core/random.hpp>

namespace faultline {

/// A bucket's number. Numbers need not be consecutive: whoever leaves takes its number along.
using Bucket = std::uint32_t;

/// Where a key was found, and what it took.
struct Lookup {
  Bucket bucket;
  /// Hashes of buckets that were computed and entries of tables that were looked at.
  std::uint32_t steps;
};

/// The hash by which keys are spread. It is none that replicas of a shard use among themselves
/// (scatter(key) alone): of keys that all have one remainder, those would see one remainder only.
constexpr std::uint64_t placement_hash(std::uint64_t key) {
  return scatter(key ^ 0x706c6163656d6e74U);
}

/// The hash of one of a bucket's many places.
constexpr std::uint64_t place_hash(Bucket bucket, std::uint64_t place) {
  return scatter(scatter(bucket ^ 0x6275636b65740000U) + place);
}

/// 0 .. count-1.
std::vector<Bucket> first_buckets(std::uint32_t count);

/// Invariants:
/// 1. There is always a bucket, and every key has exactly one.
/// 2. Nothing depends on chance, on addresses or on time: the same calls give the same buckets.
class Partitioner {
 public:
  virtual ~Partitioner() = default;
  virtual std::unique_ptr<Partitioner> clone() const = 0;

  Bucket owner(std::uint64_t key) const { return find(key).bucket; }
  virtual Lookup find(std::uint64_t key) const = 0;

  // Both change nothing if they throw.
  /// A new bucket takes its share of keys. Throws BadValue if there is such a bucket, or if there
  /// is no room for one more.
  void join(Bucket bucket);
  /// A bucket's keys go to others. Throws BadValue if there is no such bucket, or no other.
  void leave(Bucket bucket);

  /// In ascending order.
  std::span<const Bucket> buckets() const { return buckets_; }

  /// What a look-up needs to have at hand, in bytes.
  virtual std::size_t bytes() const = 0;

 protected:
  /// Throws BadValue if there is no bucket, or one twice.
  explicit Partitioner(std::vector<Bucket> buckets);
  Partitioner(const Partitioner&) = default;
  Partitioner& operator=(const Partitioner&) = default;

  bool has(Bucket bucket) const;
  /// Where `bucket` stands among buckets(). Precondition: it does.
  std::size_t place_of(Bucket bucket) const;

 private:
  // What throws BadValue has changed nothing before.
  /// `bucket` is among buckets() already.
  virtual void joined(Bucket bucket) = 0;
  /// `bucket` is no longer among buckets().
  virtual void left(Bucket bucket) = 0;

  std::vector<Bucket> buckets_;
};

}  // namespace faultline
