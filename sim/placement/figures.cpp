#include <algorithm>
#include <cmath>

#include <faultline/placement/figures.hpp>

namespace faultline {
namespace {

/// The owners of all keys.
std::vector<Bucket> owners_of(const Partitioner& partitioner, std::uint64_t keys) {
  std::vector<Bucket> owners(keys);
  for (std::uint64_t key = 0; key < keys; ++key) owners[key] = partitioner.owner(key);
  return owners;
}

double share(std::uint64_t part, std::uint64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

double moved(const std::vector<Bucket>& before, const std::vector<Bucket>& after) {
  std::uint64_t count = 0;
  for (std::size_t key = 0; key < before.size(); ++key) count += before[key] != after[key];
  return share(count, before.size());
}

double share_of(Bucket bucket, const std::vector<Bucket>& owners) {
  const auto count = std::count(owners.begin(), owners.end(), bucket);
  return share(static_cast<std::uint64_t>(count), owners.size());
}

void measure_balance(const std::vector<Bucket>& owners, const Partitioner& partitioner,
                     PlacementFigures& figures) {
  std::vector<std::uint64_t> counts(partitioner.buckets().back() + std::size_t{1});
  for (const Bucket owner : owners) ++counts[owner];
  const double mean = share(owners.size(), figures.buckets);
  double squares = 0;
  for (const Bucket bucket : partitioner.buckets()) {
    const double relative = static_cast<double>(counts[bucket]) / mean;
    figures.max_over_mean = std::max(figures.max_over_mean, relative);
    squares += (relative - 1) * (relative - 1);
  }
  figures.deviation = std::sqrt(squares / figures.buckets);
}

}  // namespace

PlacementFigures figures_of(const Partitioner& partitioner, std::uint64_t keys) {
  PlacementFigures figures;
  figures.keys = keys;
  figures.buckets = static_cast<std::uint32_t>(partitioner.buckets().size());
  figures.bytes = partitioner.bytes();
  const std::vector<Bucket> owners = owners_of(partitioner, keys);
  measure_balance(owners, partitioner, figures);
  std::uint64_t steps = 0;
  for (std::uint64_t key = 0; key < keys; ++key) steps += partitioner.find(key).steps;
  figures.steps = share(steps, keys);

  const Bucket newcomer = partitioner.buckets().back() + 1;
  const auto more = partitioner.clone();
  more->join(newcomer);
  const std::vector<Bucket> joined = owners_of(*more, keys);
  figures.moved_by_join = moved(owners, joined);
  figures.least_by_join = share_of(newcomer, joined);

  const Bucket leaver = partitioner.buckets()[figures.buckets / 2];
  const auto fewer = partitioner.clone();
  fewer->leave(leaver);
  figures.moved_by_leave = moved(owners, owners_of(*fewer, keys));
  figures.least_by_leave = share_of(leaver, owners);
  return figures;
}

}  // namespace faultline
