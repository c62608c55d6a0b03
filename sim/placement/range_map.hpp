// Ranges of keys, in order, each with a bucket: neighbours stay together, so that a scan asks few
// buckets, and whoever writes keys in order writes to one. So split Bigtable its tablets (Chang et
// al., "Bigtable: a distributed storage system for structured data", OSDI 2006, section 5) and
// CockroachDB its ranges: one that grows beyond a size is cut in the middle, neighbours that shrink
// are merged. A look-up is a binary search.
//
// Keys are dense here, as clients of the simulation number them; so the middle of a range is its
// median key, and a range that holds k keys needs no list of them.
//
// Who joins is given its fair share by the fullest, who cut a range for it where a whole one would
// be too much; who leaves gives its ranges, whole, to the emptiest. A new range that a split makes
// goes to the emptiest bucket if that evens them out.
#pragma once

#include <faultline/placement/partitioner.hpp>

namespace faultline {

/// Keys first .. last, both included.
struct KeyRange {
  std::uint64_t first;
  std::uint64_t last;
  Bucket bucket;
};

/// How many keys a range may have.
struct RangeSizes {
  std::uint64_t split_above;
  std::uint64_t merge_below;  ///< two neighbours with fewer together become one
};

class RangeMap final : public Partitioner {
 public:
  /// Keys 0 .. keys-1 cut into equal ranges, dealt out in turn, `ranges` of them to each bucket;
  /// keys beyond are of the last range. Throws BadValue if there are more ranges than keys.
  RangeMap(std::vector<Bucket> buckets, std::uint64_t keys, std::uint32_t ranges);
  /// Throws BadValue if there is a gap before or between ranges, or two have a key in common.
  explicit RangeMap(std::vector<KeyRange> ranges);
  std::unique_ptr<Partitioner> clone() const override { return std::make_unique<RangeMap>(*this); }

  Lookup find(std::uint64_t key) const override;
  std::size_t bytes() const override {
    return starts_.size() * (sizeof(std::uint64_t) + sizeof(Bucket));
  }

  /// Ranges split and merge from now on. Throws BadValue if halves of a range could be merged again
  /// at once.
  void adapt(RangeSizes sizes);
  /// There is a key more, or one less.
  void added(std::uint64_t key);
  void removed(std::uint64_t key);

  /// All ranges in order; the last has all keys from its first on.
  std::vector<KeyRange> ranges() const;
  /// How many keys each bucket has, in the order of buckets().
  std::vector<std::uint64_t> loads() const;

 private:
  std::size_t range_of(std::uint64_t key) const;
  /// Where the keys of a range end, as far as there are some: the first that it has not.
  std::uint64_t end_of(std::size_t range) const;
  /// Cuts a range so that about `keys` of its keys are in a new one behind it. False if it is too
  /// small to be cut.
  bool cut(std::size_t range, std::uint64_t keys);
  /// Makes one of a range and the one behind it; the larger's bucket has both.
  void merge(std::size_t range);
  void hand_over(std::size_t range);
  void joined(Bucket bucket) override;
  void left(Bucket bucket) override;

  std::vector<std::uint64_t> starts_;  ///< the first key of each range, ascending from 0
  std::vector<Bucket> owners_;
  std::vector<std::uint64_t> sizes_;  ///< how many keys each has
  RangeSizes limits_{UINT64_MAX, 0};
};

}  // namespace faultline
