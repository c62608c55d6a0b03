#include <algorithm>

#include <faultline/core/text.hpp>
#include <faultline/placement/ring.hpp>

namespace faultline {

ConsistentRing::ConsistentRing(std::vector<Bucket> buckets, std::uint32_t virtual_nodes)
    : Partitioner(std::move(buckets)), virtual_nodes_(virtual_nodes) {
  if (virtual_nodes == 0) {
    throw BadValue("a ring of no points has no place for a key (1 virtual node or more)");
  }
  add(this->buckets());
}

std::size_t ConsistentRing::place_of(std::uint64_t hash) const {
  const auto next = std::lower_bound(points_.begin(), points_.end(), hash);
  return next == points_.end() ? 0 : static_cast<std::size_t>(next - points_.begin());
}

void ConsistentRing::add(std::span<const Bucket> buckets) {
  std::vector<Point> all;
  all.reserve(points_.size() + buckets.size() * virtual_nodes_);
  for (std::size_t i = 0; i < points_.size(); ++i) all.push_back({points_[i], owners_[i]});
  const auto known = static_cast<std::ptrdiff_t>(all.size());
  for (const Bucket bucket : buckets) {
    for (std::uint32_t i = 0; i < virtual_nodes_; ++i) {
      all.push_back({place_hash(bucket, i), bucket});
    }
  }
  std::sort(all.begin() + known, all.end());
  std::inplace_merge(all.begin(), all.begin() + known, all.end());
  points_.clear();
  owners_.clear();
  for (const Point& point : all) {
    points_.push_back(point.hash);
    owners_.push_back(point.bucket);
  }
}

void ConsistentRing::left(Bucket bucket) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < points_.size(); ++i) {
    if (owners_[i] == bucket) continue;
    points_[kept] = points_[i];
    owners_[kept++] = owners_[i];
  }
  points_.resize(kept);
  owners_.resize(kept);
}

double ConsistentRing::share(Bucket bucket) const {
  double arcs = 0;
  for (std::size_t i = 0; i < points_.size(); ++i) {
    // Unsigned: the arc that ends at the first point begins at the last.
    const std::uint64_t arc = points_[i] - points_[i == 0 ? points_.size() - 1 : i - 1];
    if (owners_[i] == bucket) arcs += static_cast<double>(arc);
  }
  return points_.size() == 1 ? 1 : arcs * 0x1.0p-64;
}

}  // namespace faultline
