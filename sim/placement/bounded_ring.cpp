#include <cmath>

#include <fmt/format.h>

#include <faultline/core/text.hpp>
#include <faultline/placement/bounded_ring.hpp>

namespace faultline {
namespace {

void check_partitions(std::size_t buckets, std::size_t partitions) {
  if (buckets <= partitions) return;
  throw BadValue(fmt::format("{} partitions cannot be spread over {} buckets ({} or more)",
                             partitions, buckets, buckets));
}

}  // namespace

std::uint64_t load_limit(double bound, std::uint64_t things, std::uint64_t buckets) {
  const double exact = bound * static_cast<double>(things) / static_cast<double>(buckets);
  constexpr double rounding = 1e-12;  // 1.1 is a little more than 11/10: 1.1 * 50 must be 55
  return static_cast<std::uint64_t>(std::ceil(exact * (1 - rounding)));
}

BoundedRing::BoundedRing(std::vector<Bucket> buckets, std::uint32_t virtual_nodes, double bound,
                         std::uint32_t partitions)
    : Partitioner(buckets),
      ring_(std::move(buckets), virtual_nodes),
      bound_(bound),
      partitions_(partitions) {
  if (!(bound > 1)) {
    throw BadValue(fmt::format("loads cannot be bounded by {} of their mean (more than 1)", bound));
  }
  check_partitions(this->buckets().size(), partitions_.size());
  place_all();
}

void BoundedRing::place_all() {
  const std::uint64_t limit = load_limit(bound_, partitions_.size(), buckets().size());
  std::vector<std::uint64_t> loads(buckets().back() + std::size_t{1});
  for (std::size_t partition = 0; partition < partitions_.size(); ++partition) {
    const Lookup found = ring_.find_accepted(placement_hash(partition),
                                             [&](Bucket bucket) { return loads[bucket] < limit; });
    ++loads[found.bucket];
    partitions_[partition] = found.bucket;
  }
}

void BoundedRing::joined(Bucket bucket) {
  check_partitions(buckets().size(), partitions_.size());
  ring_.join(bucket);
  place_all();
}

void BoundedRing::left(Bucket bucket) {
  ring_.leave(bucket);
  place_all();
}

}  // namespace faultline
