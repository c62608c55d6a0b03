#include <algorithm>

#include <fmt/format.h>

#include <faultline/core/text.hpp>
#include <faultline/placement/nested.hpp>

namespace faultline {
namespace {

std::vector<Bucket> buckets_of(std::span<const std::unique_ptr<Partitioner>> groups) {
  std::vector<Bucket> all;
  for (const auto& group : groups) {
    all.insert(all.end(), group->buckets().begin(), group->buckets().end());
  }
  return all;
}

std::vector<std::unique_ptr<Partitioner>> copies_of(
    std::span<const std::unique_ptr<Partitioner>> groups) {
  std::vector<std::unique_ptr<Partitioner>> copies;
  for (const auto& group : groups) copies.push_back(group->clone());
  return copies;
}

}  // namespace

Nested::Nested(std::unique_ptr<Partitioner> outer, std::vector<std::unique_ptr<Partitioner>> groups,
               std::uint64_t span)
    : Partitioner(buckets_of(groups)),
      outer_(std::move(outer)),
      groups_(std::move(groups)),
      span_(span) {
  if (outer_->buckets().back() >= groups_.size()) {
    throw BadValue(fmt::format("group {} has no buckets (one or more)", outer_->buckets().back()));
  }
}

Nested::Nested(const Nested& other)
    : Partitioner(other),
      outer_(other.outer_->clone()),
      groups_(copies_of(other.groups_)),
      span_(other.span_) {}

Lookup Nested::find(std::uint64_t key) const {
  const Lookup group = outer_->find(span_ == 0 ? key : key / span_);
  const Lookup found = groups_[group.bucket]->find(span_ == 0 ? key : key % span_);
  return {found.bucket, group.steps + found.steps};
}

std::size_t Nested::bytes() const {
  std::size_t bytes = outer_->bytes();
  for (const auto& group : groups_) bytes += group->bytes();
  return bytes;
}

void Nested::joined(Bucket bucket) {
  const auto smallest = std::min_element(
      groups_.begin(), groups_.end(),
      [](const auto& a, const auto& b) { return a->buckets().size() < b->buckets().size(); });
  (*smallest)->join(bucket);
}

void Nested::left(Bucket bucket) {
  const auto group = std::find_if(groups_.begin(), groups_.end(), [&](const auto& one) {
    return std::binary_search(one->buckets().begin(), one->buckets().end(), bucket);
  });
  (*group)->leave(bucket);
}

}  // namespace faultline
