// A partitioner of groups, and one within each group. Two of the field's schemes are made of it:
//
// *Geographic*: ranges of keys belong to regions (a user's data stays in the user's country), and
// the servers of a region share its keys by consistent hashing. Who joins or leaves moves keys
// within its region alone; a region is as loaded as its users are many.
//
// *Composite*, hash then range (Lakshman and Malik, "Cassandra: a decentralized structured storage
// system", LADIS 2009; the partition key and the clustering key of CQL): the front of a key, its
// prefix, is hashed to a group, what is behind it is kept in ranges there. All of a prefix can be
// scanned in order within one group, and prefixes that are written in order are spread.
#pragma once

#include <faultline/placement/partitioner.hpp>

namespace faultline {

class Nested final : public Partitioner {
 public:
  /// `outer` says the group of a key's prefix, which is the key divided by `span`; the group's
  /// partitioner the bucket of the remainder. A span of 0 has both see whole keys. Throws BadValue
  /// if there is a group without a partitioner.
  Nested(std::unique_ptr<Partitioner> outer, std::vector<std::unique_ptr<Partitioner>> groups,
         std::uint64_t span);
  Nested(const Nested& other);
  std::unique_ptr<Partitioner> clone() const override { return std::make_unique<Nested>(*this); }

  Lookup find(std::uint64_t key) const override;
  /// Who is in a group.
  std::span<const Bucket> group(std::size_t index) const { return groups_[index]->buckets(); }
  std::size_t bytes() const override;

 private:
  /// A bucket joins the group that has the fewest.
  void joined(Bucket bucket) override;
  /// Throws BadValue if its group would have none.
  void left(Bucket bucket) override;

  std::unique_ptr<Partitioner> outer_;
  std::vector<std::unique_ptr<Partitioner>> groups_;
  std::uint64_t span_;
};

}  // namespace faultline
