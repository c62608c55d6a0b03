#include <algorithm>
#include <array>

#include <fmt/format.h>

#include <faultline/core/text.hpp>
#include <faultline/placement/bounded_ring.hpp>
#include <faultline/placement/directory.hpp>
#include <faultline/placement/hash_modulo.hpp>
#include <faultline/placement/jump.hpp>
#include <faultline/placement/maglev.hpp>
#include <faultline/placement/nested.hpp>
#include <faultline/placement/range_map.hpp>
#include <faultline/placement/rendezvous.hpp>
#include <faultline/placement/settings.hpp>

namespace faultline {
namespace {

constexpr std::array names = {
    PartitionerName{PartitionerKind::modulo, "modulo", "the remainder of a hash"},
    PartitionerName{PartitionerKind::consistent, "consistent",
                    "a ring with virtual nodes (Karger 1997)"},
    PartitionerName{PartitionerKind::bounded, "bounded",
                    "a ring on which what is full is passed by (Mirrokni 2018)"},
    PartitionerName{PartitionerKind::rendezvous, "rendezvous",
                    "the highest random weight (Thaler and Ravishankar 1998)"},
    PartitionerName{PartitionerKind::jump, "jump", "jump hash, no memory (Lamping and Veach 2014)"},
    PartitionerName{PartitionerKind::maglev, "maglev", "a table filled in turns (Eisenbud 2016)"},
    PartitionerName{PartitionerKind::directory, "directory", "a table of slots"},
    PartitionerName{PartitionerKind::range, "range", "ranges of keys, split and merged"},
    PartitionerName{PartitionerKind::geographic, "geographic",
                    "ranges of keys to regions, a ring in each"},
    PartitionerName{PartitionerKind::composite, "composite",
                    "the hash of a prefix to a group, ranges within it"}};

/// Buckets dealt out in turn to groups.
std::vector<std::vector<Bucket>> dealt(std::uint32_t buckets, std::uint32_t groups) {
  if (groups == 0 || groups > buckets) {
    throw BadValue(
        fmt::format("{} buckets cannot make {} groups (1 to {})", buckets, groups, buckets));
  }
  std::vector<std::vector<Bucket>> members(groups);
  for (Bucket bucket = 0; bucket < buckets; ++bucket) members[bucket % groups].push_back(bucket);
  return members;
}

std::unique_ptr<Partitioner> geographic(const PartitionerSettings& settings, std::uint32_t buckets,
                                        std::uint64_t keys) {
  std::vector<std::unique_ptr<Partitioner>> groups;
  for (auto& members : dealt(buckets, settings.groups)) {
    groups.push_back(std::make_unique<ConsistentRing>(std::move(members), settings.virtual_nodes));
  }
  auto regions = std::make_unique<RangeMap>(first_buckets(settings.groups), keys, 1);
  return std::make_unique<Nested>(std::move(regions), std::move(groups), 0);
}

std::unique_ptr<Partitioner> composite(const PartitionerSettings& settings, std::uint32_t buckets) {
  if (settings.span == 0) throw BadValue("a prefix without keys (a span of 1 or more)");
  std::vector<std::unique_ptr<Partitioner>> groups;
  for (auto& members : dealt(buckets, settings.groups)) {
    groups.push_back(std::make_unique<RangeMap>(std::move(members), settings.span, 1));
  }
  auto prefixes = std::make_unique<HashModulo>(first_buckets(settings.groups));
  return std::make_unique<Nested>(std::move(prefixes), std::move(groups), settings.span);
}

}  // namespace

std::span<const PartitionerName> partitioner_names() { return names; }

std::optional<PartitionerKind> partitioner_named(std::string_view name) {
  const auto found = std::find_if(names.begin(), names.end(),
                                  [&](const PartitionerName& one) { return one.name == name; });
  if (found == names.end()) return std::nullopt;
  return found->kind;
}

std::unique_ptr<Partitioner> make_partitioner(const PartitionerSettings& settings,
                                              std::uint32_t buckets, std::uint64_t keys) {
  if (buckets > keys) {
    throw BadValue(
        fmt::format("{} keys cannot be spread over {} buckets (at most as many buckets "
                    "as keys)",
                    keys, buckets));
  }
  switch (settings.kind) {
    case PartitionerKind::modulo:
      return std::make_unique<HashModulo>(first_buckets(buckets));
    case PartitionerKind::consistent:
      return std::make_unique<ConsistentRing>(first_buckets(buckets), settings.virtual_nodes);
    case PartitionerKind::bounded:
      return std::make_unique<BoundedRing>(first_buckets(buckets), settings.virtual_nodes,
                                           settings.bound, settings.partitions);
    case PartitionerKind::rendezvous:
      return std::make_unique<Rendezvous>(first_buckets(buckets));
    case PartitionerKind::jump:
      return std::make_unique<Jump>(first_buckets(buckets));
    case PartitionerKind::maglev:
      return std::make_unique<Maglev>(first_buckets(buckets), settings.table_size);
    case PartitionerKind::directory:
      return std::make_unique<Directory>(first_buckets(buckets), settings.slots);
    case PartitionerKind::range:
      return std::make_unique<RangeMap>(first_buckets(buckets), keys, settings.ranges);
    case PartitionerKind::geographic:
      return geographic(settings, buckets, keys);
    case PartitionerKind::composite:
      break;
  }
  return composite(settings, buckets);
}

}  // namespace faultline
