// The topology of a scenario as plain data: regions, zones, hosts, and what lies between them.
//
// sim/scenario fills it in, Platform turns it into SimGrid zones, links and hosts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <faultline/core/distribution.hpp>
#include <faultline/core/time.hpp>

namespace faultline {

/// A host's position in Topology::hosts.
enum class HostId : std::uint32_t {};
constexpr std::size_t index_of(HostId host) { return static_cast<std::size_t>(host); }

/// Amounts of data, in bytes, and their flow, in bytes per second.
using Bytes = std::uint64_t;
using Bandwidth = double;

struct DiskSettings {
  Distribution write = Distribution::constant(20e-6);   ///< seconds for a write, beside its bytes
  Distribution fsync = Distribution::constant(500e-6);  ///< seconds until a sync is durable
  Bandwidth bandwidth = 500e6;
};

struct ClockSettings {
  Duration skew{0};  ///< the clock's error at the start of the run
  double drift = 0;  ///< seconds gained per second; 20e-6 is an ordinary quartz
};

struct HostSettings {
  int cores = 4;
  double speed = 1;  ///< work of d seconds takes d / speed
  Bandwidth uplink = 1.25e9;
  DiskSettings disk;
  ClockSettings clock;
};

struct Host {
  std::string name;  ///< "us-east-1/0"; with zones "us-east-1/a/0"
  std::uint32_t region = 0;
  std::uint32_t zone = 0;  ///< index into Topology::zones
  HostSettings settings;
};

/// A zone of a region; a region without zones has one, named as the region.
struct Zone {
  std::string name;
  std::uint32_t region = 0;
};

/// What a message meets between two places. Latency is one-way. Transfers share the bandwidth of a
/// link between regions, and of what joins a zone to the others of its region; within a zone it
/// bounds each transfer by itself.
struct PathSettings {
  Distribution latency = Distribution::constant(250e-6);
  Bandwidth bandwidth = 1.25e9;
  double loss = 0;         ///< the probability that a message is lost
  double duplication = 0;  ///< the probability that a message arrives twice
  double reordering = 0;   ///< the probability that a message is held back by one more latency
};

/// A path between two regions, both ways.
struct RegionLink {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  PathSettings path;
};

struct NetworkSettings {
  /// `message`: small messages are events, transfers above `bulk_threshold` SimGrid communications.
  /// `flow`: everything is a SimGrid communication.
  enum class Fidelity { message, flow };
  Fidelity fidelity = Fidelity::message;
  Bytes bulk_threshold = 1'000'000;
  Bytes overhead = 64;  ///< bytes that every message carries beside its content
};

struct Topology {
  std::vector<std::string> regions;
  std::vector<Zone> zones;
  std::vector<Host> hosts;
  PathSettings within_zone;       ///< between hosts of one zone
  PathSettings between_zones;     ///< between zones of one region
  std::vector<RegionLink> links;  ///< between regions: every pair of regions that has hosts
  NetworkSettings network;
  /// A SimGrid platform file (XML) instead: latencies and bandwidths come from its routes. Hosts
  /// are those of the file, see platform_file.hpp; if none are given, Simulation adds them all.
  std::optional<std::string> platform_file;
};

}  // namespace faultline
