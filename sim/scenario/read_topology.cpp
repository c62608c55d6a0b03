#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <faultline/core/text.hpp>
#include <faultline/engine/platform_file.hpp>
#include <faultline/scenario/reading.hpp>
#include <faultline/scenario/region_latency.hpp>
#include <faultline/scenario/tables.hpp>

namespace faultline {
namespace {

/// SimGrid joins every pair of zones, and every pair of regions has a link.
constexpr std::size_t most_zones = 1'000;
constexpr std::size_t most_hosts = 200'000;

class TopologyReader {
 public:
  explicit TopologyReader(Reading& reading)
      : reading_(reading), topology_(reading.scenario.topology) {}

  void read(ObjectReader& object) {
    read_host_settings(object, defaults_);
    if (!object.has("host")) reading_.fill(object.at("host"), written_host());
    if (const auto jitter = object.take("jitter")) {
      jitter_ = reading_.number(*jitter, Unit::fraction, 0, 1).value_or(0);
    } else if (!object.has("platform")) {
      reading_.fill(object.at("jitter"), jitter_);
    }
    object.child("within", tables::path(), &topology_.within_zone);
    topology_.between_zones = topology_.within_zone;
    object.child("between_zones", tables::path(), &topology_.between_zones);
    if (const auto file = object.take("platform")) {
      read_platform(*file, object);
    } else {
      read_by_hand(object);
    }
    add_client_hosts();
    reading_.index_places();
    check_links(object);
  }

 private:
  void read_by_hand(ObjectReader& object) {
    if (const auto regions = object.take("regions")) {
      if (reading_.is_object(*regions, "an object of regions (as in {\"here\": {\"hosts\": 3}})")) {
        read_regions(*regions);
      }
    } else {
      reading_.hosts_in_doubt = true;
      reading_.problem(object.pointer(),
                       "the topology has no \"regions\" (as in {\"here\": {\"hosts\": 3}})");
    }
  }

  void read_platform(const Located& at, ObjectReader& object) {
    for (const char* key : {"regions", "links"}) {
      if (const auto other = object.take(key)) {
        reading_.problem_at_key(object.pointer(), key,
                                fmt::format("a platform file brings its own {}", key));
      }
    }
    const auto name = reading_.text(at);
    reading_.hosts_in_doubt = !name || !reading_.attempt(at.pointer, [&] {
      topology_.platform_file = reading_.path_of(*name);
      const auto hosts = hosts_of_platform_file(*topology_.platform_file);
      if (hosts.size() > most_hosts) {
        throw BadValue(fmt::format("the file has more than {} hosts", most_hosts));
      }
      faultline::add_hosts(topology_, hosts, defaults_);
    });
  }

  void read_host_settings(ObjectReader& object, HostSettings& settings) {
    const auto at = object.take("host");
    if (!at || !reading_.is_object(*at, "an object (such as {\"cores\": 8})")) return;
    ObjectReader host(reading_, *at);
    host.table(tables::host(), &settings);
    host.child("disk", tables::disk(), &settings.disk);
    host.child("clock", tables::clock(), &settings.clock);
  }

  Json written_host() const {
    Json host = written(tables::host(), &defaults_);
    host["disk"] = written(tables::disk(), &defaults_.disk);
    host["clock"] = written(tables::clock(), &defaults_.clock);
    return host;
  }

  void read_regions(const Located& regions) {
    if (regions.value->empty()) {
      reading_.problem(regions.pointer, "there is no region (at least one is needed)");
    }
    for (const auto& [name, value] : regions.value->items()) {
      reading_.check_name("region", name, regions.pointer);
      topology_.regions.push_back(name);
      read_region({&value, pointer_to(regions.pointer, name)}, name);
      if (topology_.zones.size() > most_zones) {
        reading_.problem(regions.pointer,
                         fmt::format("more than {} regions and zones", most_zones));
        return;
      }
    }
  }

  void read_region(const Located& at, const std::string& name) {
    const auto region = static_cast<std::uint32_t>(topology_.regions.size() - 1);
    if (at.value->is_number()) {  // "us-east": 3
      topology_.zones.push_back({name, region});
      add_hosts(at, name, region, defaults_);
      return;
    }
    if (!reading_.is_object(at, "a number of hosts or an object (such as {\"hosts\": 3})")) {
      reading_.hosts_in_doubt = true;
      return;
    }
    ObjectReader object(reading_, at);
    HostSettings settings = defaults_;
    read_host_settings(object, settings);
    const auto zones = object.take("zones");
    const auto hosts = object.take("hosts");
    if (zones && hosts) {
      reading_.problem_at_key(object.pointer(), "hosts",
                              "give hosts to the zones or to the region, not to both");
    } else if (zones) {
      read_zones(*zones, name, region, settings);
    } else if (hosts) {
      topology_.zones.push_back({name, region});
      add_hosts(*hosts, name, region, settings);
    } else {
      reading_.problem(at.pointer, "the region has no \"hosts\" (a number) and no \"zones\"");
    }
    reading_.hosts_in_doubt |= !zones == !hosts;
  }

  void read_zones(const Located& zones, const std::string& region_name, std::uint32_t region,
                  const HostSettings& settings) {
    if (!reading_.is_object(zones, "an object of zones (as in {\"a\": 2, \"b\": 2})")) {
      reading_.hosts_in_doubt = true;
      return;
    }
    if (zones.value->empty()) {
      reading_.problem(zones.pointer, "there is no zone (as in {\"a\": 2, \"b\": 2})");
    }
    for (const auto& [zone, count] : zones.value->items()) {
      reading_.check_name("zone", zone, zones.pointer);
      const std::string prefix = region_name + "/" + zone;
      topology_.zones.push_back({prefix, region});
      add_hosts({&count, pointer_to(zones.pointer, zone)}, prefix, region, settings);
    }
  }

  void add_hosts(const Located& count, const std::string& prefix, std::uint32_t region,
                 const HostSettings& settings) {
    const auto hosts = reading_.whole_number(count, 0, most_hosts);
    if (!hosts) {
      reading_.hosts_in_doubt = true;
      return;
    }
    if (topology_.hosts.size() + *hosts > most_hosts) {
      reading_.problem(count.pointer, fmt::format("more than {} hosts in all", most_hosts));
      return;
    }
    const auto zone = static_cast<std::uint32_t>(topology_.zones.size() - 1);
    for (std::size_t i = 0; i < *hosts; ++i) {
      topology_.hosts.push_back({fmt::format("{}/{}", prefix, i), region, zone, settings});
    }
  }

  /// Reads the links; pairs of regions without one take theirs from the measured latencies.
  void check_links(ObjectReader& object) {
    if (topology_.platform_file) return;
    const std::size_t regions = topology_.regions.size();
    const auto links = object.take("links");
    if (regions > most_zones) return;  // which has been said
    linked_.assign(regions * regions, false);
    const std::size_t before = reading_.count();
    if (links && reading_.is_list(*links, "a list of links")) read_links(*links);
    // A link that is at fault is not missing, too.
    fill_links(object, before == reading_.count());
  }

  void read_links(const Located& links) {
    for (std::size_t i = 0; i < links.value->size(); ++i) {
      const Located at{&(*links.value)[i], pointer_to(links.pointer, i)};
      if (!reading_.is_object(at, "a link (an object with \"between\" and \"latency\")")) continue;
      ObjectReader object(reading_, at);
      RegionLink link;
      object.table(tables::path(), &link.path);
      if (!object.has("latency")) {
        reading_.problem(at.pointer, "the link has no \"latency\" (such as \"40ms\")");
      }
      if (read_ends(object, link)) topology_.links.push_back(link);
    }
  }

  bool read_ends(ObjectReader& object, RegionLink& link) {
    const auto between = object.take("between");
    if (!between || !between->value->is_array() || between->value->size() != 2) {
      reading_.problem(between ? between->pointer : object.pointer(),
                       "a link is \"between\" two regions (as in [\"us-east\", \"eu-west\"])");
      return false;
    }
    const auto ends = reading_.texts(*between, "a region");
    if (ends.size() != 2) return false;
    const auto from = reading_.region(ends[0].first, ends[0].second);
    const auto to = reading_.region(ends[1].first, ends[1].second);
    if (!from || !to) return false;
    if (*from == *to) {
      reading_.problem(between->pointer,
                       "a link joins two different regions (see \"within\" for one)");
      return false;
    }
    if (linked(*from, *to)) {
      reading_.problem(between->pointer,
                       fmt::format("{} and {} are linked twice", ends[0].first, ends[1].first));
      return false;
    }
    join(*from, *to);
    link.from = *from;
    link.to = *to;
    return true;
  }

  bool linked(std::uint32_t a, std::uint32_t b) const {
    return linked_[a * topology_.regions.size() + b];
  }
  void join(std::uint32_t a, std::uint32_t b) {
    linked_[a * topology_.regions.size() + b] = linked_[b * topology_.regions.size() + a] = true;
  }

  void fill_links(ObjectReader& object, bool judge) {
    const auto& regions = topology_.regions;
    for (std::uint32_t a = 0; a < regions.size(); ++a) {
      for (std::uint32_t b = a + 1; b < regions.size(); ++b) {
        if (linked(a, b)) continue;
        const auto there = measured_round_trip(regions[a], regions[b]);
        if (there) {
          RegionLink link{a, b, {}};
          link.path.latency = one_way(*there);
          link.path.bandwidth = 0.625e9;
          topology_.links.push_back(link);
          note_link(object, link);
        } else if (judge) {
          reading_.problem(object.has("links") ? object.at("links") : object.pointer(),
                           fmt::format("no link between {} and {}, and no measured latency for "
                                       "them (add one to \"links\")",
                                       regions[a], regions[b]));
        }
      }
    }
  }

  /// Half a round trip, with the jitter that the topology asks for; the mean stays as measured.
  Distribution one_way(Duration round_trip) const {
    const double mean = seconds(round_trip) / 2;
    if (jitter_ <= 0) return Distribution::constant(mean);
    return Distribution::lognormal(mean / std::exp(jitter_ * jitter_ / 2), jitter_);
  }

  void note_link(ObjectReader& object, const RegionLink& link) {
    Json note = {{"between", {topology_.regions[link.from], topology_.regions[link.to]}}};
    note.update(written(tables::path(), &link.path));
    reading_.fill(object.at("links") + "/-", std::move(note));
  }

  /// Clients of a region ask from one host of their own, in the region's first zone. It never
  /// queues: clients are many machines, and what is simulated is the service.
  void add_client_hosts() {
    HostSettings settings;
    settings.cores = 1024;
    settings.uplink = 1e12;
    for (std::uint32_t region = 0; region < topology_.regions.size(); ++region) {
      const auto zone = std::find_if(topology_.zones.begin(), topology_.zones.end(),
                                     [&](const Zone& z) { return z.region == region; });
      if (zone == topology_.zones.end()) continue;
      reading_.scenario.client_hosts.push_back(static_cast<HostId>(topology_.hosts.size()));
      topology_.hosts.push_back({"clients@" + topology_.regions[region], region,
                                 static_cast<std::uint32_t>(zone - topology_.zones.begin()),
                                 settings});
    }
  }

  Reading& reading_;
  Topology& topology_;
  HostSettings defaults_;
  double jitter_ = 0;
  std::vector<bool> linked_;  ///< by pair of regions
};

}  // namespace

void read_topology(Reading& reading, ObjectReader& root) {
  root.child("network", tables::network(), &reading.scenario.topology.network);
  const auto at = root.take("topology");
  if (!at) {
    reading.problem("", "the scenario has no \"topology\" (an object with \"regions\")");
  }
  if (!at || !reading.is_object(*at, "an object with \"regions\"")) {
    reading.hosts_in_doubt = true;
    return;
  }
  ObjectReader object(reading, *at);
  TopologyReader(reading).read(object);
}

}  // namespace faultline
