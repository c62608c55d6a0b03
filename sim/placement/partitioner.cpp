#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include <faultline/core/text.hpp>
#include <faultline/placement/partitioner.hpp>

namespace faultline {

std::vector<Bucket> first_buckets(std::uint32_t count) {
  std::vector<Bucket> buckets(count);
  std::iota(buckets.begin(), buckets.end(), Bucket{0});
  return buckets;
}

Partitioner::Partitioner(std::vector<Bucket> buckets) : buckets_(std::move(buckets)) {
  std::sort(buckets_.begin(), buckets_.end());
  if (buckets_.empty()) throw BadValue("keys need a bucket (give one or more)");
  const auto twice = std::adjacent_find(buckets_.begin(), buckets_.end());
  if (twice != buckets_.end()) {
    throw BadValue(fmt::format("bucket {} is there twice (name each once)", *twice));
  }
}

std::size_t Partitioner::place_of(Bucket bucket) const {
  return static_cast<std::size_t>(std::lower_bound(buckets_.begin(), buckets_.end(), bucket) -
                                  buckets_.begin());
}

bool Partitioner::has(Bucket bucket) const {
  return std::binary_search(buckets_.begin(), buckets_.end(), bucket);
}

void Partitioner::join(Bucket bucket) {
  if (has(bucket)) {
    throw BadValue(fmt::format("bucket {} is there already (join another)", bucket));
  }
  std::vector<Bucket> before = buckets_;
  buckets_.insert(buckets_.begin() + static_cast<std::ptrdiff_t>(place_of(bucket)), bucket);
  try {
    joined(bucket);
  } catch (const BadValue&) {
    buckets_.swap(before);
    throw;
  }
}

void Partitioner::leave(Bucket bucket) {
  if (!has(bucket)) {
    throw BadValue(fmt::format("there is no bucket {} (name one that has joined)", bucket));
  }
  if (buckets_.size() == 1) {
    throw BadValue(fmt::format("bucket {} is the last (let another join before)", bucket));
  }
  std::vector<Bucket> before = buckets_;
  buckets_.erase(buckets_.begin() + static_cast<std::ptrdiff_t>(place_of(bucket)));
  try {
    left(bucket);
  } catch (const BadValue&) {
    buckets_.swap(before);
    throw;
  }
}

}  // namespace faultline
