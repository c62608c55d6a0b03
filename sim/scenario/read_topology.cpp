#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <faultline/scenario/reading.hpp>
#include <faultline/scenario/region_latency.hpp>
#include <faultline/scenario/tables.hpp>

namespace faultline {
namespace {

constexpr std::size_t most_hosts = 200'000;

class TopologyReader {
 public:
  explicit TopologyReader(Reading& reading)
      : reading_(reading), topology_(reading.scenario.topology) {}

  void read(ObjectReader& object) {
    read_host_settings(object, defaults_);
    if (const auto jitter = object.take("jitter")) {
      jitter_ = reading_.quantity(*jitter, Unit::fraction).value_or(0);
    }
    object.child("within", tables::path(), topology_.within_zone);
    topology_.between_zones = topology_.within_zone;
    object.child("between_zones", tables::path(), topology_.between_zones);
    if (const auto file = object.take("platform")) {
      read_platform(*file, object);
      return;
    }
    if (const auto regions = object.take("regions")) {
      if (reading_.is_object(*regions, "an object of regions")) read_regions(*regions);
    } else {
      reading_.problem(object.pointer(),
                       "the topology has no \"regions\" (as in {\"here\": {\"hosts\": 3}})");
    }
    if (const auto links = object.take("links")) read_links(*links);
    fill_links(object.pointer());
    add_client_hosts();
  }

 private:
  void read_platform(const Located& at, ObjectReader& object) {
    const auto name = reading_.text(at);
    for (const char* key : {"regions", "links"}) {
      if (const auto other = object.take(key)) {
        reading_.problem(other->pointer, fmt::format("a platform file brings its own {}", key));
      }
    }
    if (name) {
      topology_.platform_file = name->starts_with('/') ? *name : reading_.folder + "/" + *name;
    }
  }

  void read_host_settings(ObjectReader& object, HostSettings& settings) {
    const auto at = object.take("host");
    if (!at || !reading_.is_object(*at, "an object")) return;
    ObjectReader host(reading_, *at);
    host.table(tables::host(), &settings);
    host.child("disk", tables::disk(), settings.disk);
    host.child("clock", tables::clock(), settings.clock);
  }

  void read_regions(const Located& regions) {
    if (regions.value->empty()) {
      reading_.problem(regions.pointer, "there is no region (at least one is needed)");
    }
    for (const auto& [name, value] : regions.value->items()) {
      const Located at{&value, pointer_to(regions.pointer, name)};
      if (name.empty() || name.find_first_of("/@,\"\n") != std::string::npos) {
        reading_.problem(at.pointer,
                         "a region's name must not be empty or hold any of / @ , \" or line ends");
      }
      topology_.regions.push_back(name);
      read_region(at, name);
    }
  }

  void read_region(const Located& at, const std::string& name) {
    const auto region = static_cast<std::uint32_t>(topology_.regions.size() - 1);
    if (at.value->is_number()) {  // "us-east": 3
      topology_.zones.push_back({name, region});
      add_hosts(at, name, region, defaults_);
      return;
    }
    if (!reading_.is_object(at, "a number of hosts or an object")) return;
    ObjectReader object(reading_, at);
    HostSettings settings = defaults_;
    read_host_settings(object, settings);
    const auto zones = object.take("zones");
    const auto hosts = object.take("hosts");
    if (zones && hosts) {
      reading_.problem(hosts->pointer, "give hosts to the zones or to the region, not to both");
    }
    if (zones) {
      if (!reading_.is_object(*zones, "an object of zones, each with a number of hosts")) return;
      for (const auto& [zone, count] : zones->value->items()) {
        topology_.zones.push_back({name + "/" + zone, region});
        add_hosts({&count, pointer_to(zones->pointer, zone)}, name + "/" + zone, region, settings);
      }
    } else if (hosts) {
      topology_.zones.push_back({name, region});
      add_hosts(*hosts, name, region, settings);
    } else {
      reading_.problem(at.pointer, "the region has no \"hosts\" (a number) and no \"zones\"");
    }
  }

  void add_hosts(const Located& count, const std::string& prefix, std::uint32_t region,
                 const HostSettings& settings) {
    ParameterInfo info;
    info.minimum = 0;
    info.maximum = static_cast<double>(most_hosts);
    reading_.attempt(count.pointer, [&] {
      const auto hosts = detail::to_integer(info, to_parameter_value(*count.value));
      if (topology_.hosts.size() + static_cast<std::size_t>(hosts) > most_hosts) {
        throw BadValue(fmt::format("more than {} hosts in all", most_hosts));
      }
      const auto zone = static_cast<std::uint32_t>(topology_.zones.size() - 1);
      for (std::int64_t i = 0; i < hosts; ++i) {
        topology_.hosts.push_back({fmt::format("{}/{}", prefix, i), region, zone, settings});
      }
    });
  }

  void read_links(const Located& links) {
    if (!links.value->is_array()) {
      reading_.problem(links.pointer, describe(*links.value) + " is not a list of links");
      return;
    }
    for (std::size_t i = 0; i < links.value->size(); ++i) {
      const Located at{&(*links.value)[i], pointer_to(links.pointer, i)};
      if (!reading_.is_object(at, "a link")) continue;
      ObjectReader object(reading_, at);
      RegionLink link;
      object.table(tables::path(), &link.path);
      const auto between = object.take("between");
      if (!between || !between->value->is_array() || between->value->size() != 2) {
        reading_.problem(between ? between->pointer : at.pointer,
                         "a link is \"between\" two regions (as in [\"us-east\", \"eu-west\"])");
        continue;
      }
      if (!object.has("latency")) {
        reading_.problem(at.pointer, "the link has no \"latency\" (such as \"40ms\")");
      }
      const auto ends = reading_.texts(*between, "a region");
      if (ends.size() != 2) continue;
      const auto from = reading_.region(ends[0].first, ends[0].second);
      const auto to = reading_.region(ends[1].first, ends[1].second);
      if (!from || !to) continue;
      if (*from == *to) {
        reading_.problem(between->pointer,
                         "a link joins two different regions (see \"within\" for one)");
      } else if (find_link(*from, *to)) {
        reading_.problem(between->pointer,
                         fmt::format("{} and {} are linked twice", ends[0].first, ends[1].first));
      } else {
        link.from = *from;
        link.to = *to;
        topology_.links.push_back(link);
      }
    }
  }

  bool find_link(std::uint32_t a, std::uint32_t b) const {
    return std::any_of(topology_.links.begin(), topology_.links.end(), [&](const RegionLink& link) {
      return (link.from == a && link.to == b) || (link.from == b && link.to == a);
    });
  }

  /// Pairs of regions without a link take theirs from the tables of measured latencies.
  void fill_links(const std::string& pointer) {
    const auto& regions = topology_.regions;
    for (std::uint32_t a = 0; a < regions.size(); ++a) {
      for (std::uint32_t b = a + 1; b < regions.size(); ++b) {
        if (find_link(a, b)) continue;
        const auto there = measured_round_trip(regions[a], regions[b]);
        if (!there) {
          reading_.problem(pointer,
                           fmt::format("no link between {} and {}, and no measured latency "
                                       "for them (add one to \"links\")",
                                       regions[a], regions[b]));
          continue;
        }
        RegionLink link{a, b, {}};
        link.path.latency = one_way(*there);
        link.path.bandwidth = 0.625e9;
        topology_.links.push_back(link);
        note_link(pointer, link);
      }
    }
  }

  /// Half a round trip, with the jitter that the topology asks for; the mean stays as measured.
  Distribution one_way(Duration round_trip) const {
    const double mean = seconds(round_trip) / 2;
    if (jitter_ <= 0) return Distribution::constant(mean);
    return Distribution::lognormal(mean / std::exp(jitter_ * jitter_ / 2), jitter_);
  }

  void note_link(const std::string& pointer, const RegionLink& link) {
    Json& links = reading_.scenario.as_run[Json::json_pointer(pointer)]["links"];
    if (links.is_null()) links = Json::array();
    links.push_back({{"between", {topology_.regions[link.from], topology_.regions[link.to]}},
                     {"latency", link.path.latency.to_string(Unit::duration)},
                     {"bandwidth", print_quantity(link.path.bandwidth, Unit::bandwidth)}});
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
};

}  // namespace

void read_topology(Reading& reading, ObjectReader& root) {
  root.child("network", tables::network(), reading.scenario.topology.network);
  const auto at = root.take("topology");
  if (!at) {
    reading.problem("", "the scenario has no \"topology\"");
    return;
  }
  if (!reading.is_object(*at, "an object")) return;
  ObjectReader object(reading, *at);
  TopologyReader(reading).read(object);
}

}  // namespace faultline
