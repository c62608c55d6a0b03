// A partitioner as people choose one: by name, with the few numbers that it takes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include <faultline/placement/partitioner.hpp>

namespace faultline {

enum class PartitionerKind : std::uint8_t {
  modulo,
  consistent,
  bounded,
  rendezvous,
  jump,
  maglev,
  directory,
  range,
  geographic,
  composite
};

struct PartitionerName {
  PartitionerKind kind;
  std::string_view name;
  std::string_view sentence;
};

/// All of them, as scenarios and the command line name them.
std::span<const PartitionerName> partitioner_names();
/// Nothing if there is none of this name.
std::optional<PartitionerKind> partitioner_named(std::string_view name);

struct PartitionerSettings {
  PartitionerKind kind = PartitionerKind::consistent;
  std::uint32_t virtual_nodes = 64;  ///< points of a bucket: consistent, bounded, geographic
  double bound = 1.25;               ///< the most that a bucket has, over the mean: bounded
  std::uint32_t partitions = 4096;   ///< that are placed as a whole: bounded
  std::uint32_t table_size = 65537;  ///< a prime: maglev
  std::uint32_t slots = 16384;       ///< directory
  std::uint32_t ranges = 8;          ///< of a bucket at first: range
  std::uint32_t groups = 2;          ///< regions, groups of prefixes: geographic, composite
  std::uint64_t span = 100;          ///< keys that share a prefix: composite
};

/// A partitioner of keys 0 .. keys-1 over buckets 0 .. buckets-1. Throws BadValue if some number
/// cannot be, or if there are more buckets than keys.
std::unique_ptr<Partitioner> make_partitioner(const PartitionerSettings& settings,
                                              std::uint32_t buckets, std::uint64_t keys);

}  // namespace faultline
