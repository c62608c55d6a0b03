#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include <faultline/scenario/reading.hpp>
#include <faultline/scenario/tables.hpp>

namespace faultline {
namespace {

/// The kinds of faults, in the order in which messages name them.
const std::vector<std::string> kinds{"crash",         "pause", "slow",  "partition",
                                     "region_outage", "link",  "clock", "disk"};

class FaultReader {
 public:
  FaultReader(Reading& reading, FaultSettings& fault) : reading_(reading), fault_(fault) {}

  void read(ObjectReader& object) {
    object.table(tables::fault(), &fault_);
    read_times(object);
    for (const std::string& kind : kinds) {
      const auto at = object.take(kind);
      if (!at) continue;
      if (!fault_.kind.empty()) {
        reading_.problem(at->pointer, fmt::format("a fault is either {} or {} (make it two)",
                                                  fault_.kind, kind));
        continue;
      }
      fault_.kind = kind;
      read_kind(kind, *at, object);
    }
    if (fault_.kind.empty()) {
      reading_.problem(object.pointer(),
                       fmt::format("the fault has no kind (one of {})", fmt::join(kinds, ", ")));
    }
  }

 private:
  void read_times(ObjectReader& object) {
    const auto instant = [&](const char* key) -> std::optional<Time> {
      const auto at = object.take(key);
      if (!at) return std::nullopt;
      const auto span = reading_.span(*at);
      return span ? std::optional(Time{*span}) : std::nullopt;
    };
    const auto at = instant("at");
    const auto until = instant("until");
    fault_.at = at.value_or(Time{});
    fault_.until = until.value_or(never);
    const bool random = fault_.between_failures || fault_.to_repair;
    if (!object.has("at") && !random) {
      reading_.problem(object.pointer(), "the fault has no \"at\" (such as \"20s\")");
    }
    if (fault_.at > Time{reading_.scenario.duration + reading_.scenario.settle}) {
      reading_.problem(pointer_to(object.pointer(), "at"),
                       "the fault begins after the run has ended");
    }
    if (until && *until <= fault_.at) {
      reading_.problem(pointer_to(object.pointer(), "until"), "ends before the fault begins");
    }
    if (random && (!fault_.between_failures || !fault_.to_repair)) {
      reading_.problem(object.pointer(), "a random fault needs both \"mtbf\" and \"mttr\"");
    }
    if (random && (fault_.every || fault_.length)) {
      reading_.problem(object.pointer(),
                       "a fault is either random (mtbf, mttr) or dated (for, every), not both");
    }
    if (fault_.every && !fault_.length) {
      reading_.problem(object.pointer(), "a fault that comes back needs its length (\"for\")");
    }
    if (fault_.every && fault_.length && *fault_.every < *fault_.length) {
      reading_.problem(object.pointer(), "the fault comes back before it has ended");
    }
  }

  void read_kind(const std::string& kind, const Located& at, ObjectReader& object) {
    if (kind == "crash") {
      CrashFault crash;
      read_targets(at, crash.nodes, crash.hosts,
                   [&](ObjectReader& details) { details.table(tables::crash(), &crash); });
      fault_.fault = crash;
    } else if (kind == "pause") {
      PauseFault pause;
      read_targets(at, pause.nodes, pause.hosts, [](ObjectReader&) {});
      fault_.fault = pause;
    } else if (kind == "region_outage") {
      CrashFault crash;
      for (const auto& [name, pointer] : reading_.texts(at, "a region")) {
        if (reading_.region(name, pointer))
          append(crash.hosts, reading_.hosts(name, pointer, false));
        describe_as(name);
      }
      fault_.fault = crash;
    } else if (kind == "partition") {
      fault_.fault = read_partition(at, object);
    } else if (kind == "slow") {
      fault_.fault = on_hosts<SlowFault>(at, tables::slow());
    } else if (kind == "clock") {
      fault_.fault = on_hosts<ClockFault>(at, tables::clock_fault());
    } else if (kind == "disk") {
      fault_.fault = on_hosts<DiskFault>(at, tables::disk_fault());
    } else {
      fault_.fault = read_link(at);
    }
  }

  /// Whom a crash or a pause strikes: names, or {"target": names, ...}.
  template <class Details>
  void read_targets(const Located& at, std::vector<NodeRef>& nodes, std::vector<HostId>& hosts,
                    Details details) {
    Located targets = at;
    if (at.value->is_object()) {
      ObjectReader object(reading_, at);
      const auto target = object.take("target");
      details(object);
      if (!target) {
        reading_.problem(at.pointer, "no \"target\" (nodes or hosts, as in \"store/1\")");
        return;
      }
      targets = *target;
    }
    for (const auto& [name, pointer] : reading_.texts(targets, "a node or a place")) {
      describe_as(name);
      if (const auto node = reading_.node(name, pointer)) {
        nodes.push_back(*node);
      } else {
        append(hosts, reading_.hosts(name, pointer, false));
      }
    }
  }

  template <class F>
  F on_hosts(const Located& at, const ParameterTable<F>& table) {
    F fault;
    if (!reading_.is_object(at, "an object with its \"target\"")) return fault;
    ObjectReader object(reading_, at);
    object.table(table, &fault);
    const auto target = object.take("target");
    if (!target) {
      reading_.problem(at.pointer, "no \"target\" (hosts, regions or nodes, as in \"store/1\")");
      return fault;
    }
    for (const auto& [name, pointer] : reading_.texts(*target, "a place")) {
      describe_as(name);
      append(fault.hosts, reading_.hosts(name, pointer, false));
    }
    return fault;
  }

  PartitionFault read_partition(const Located& at, ObjectReader& object) {
    PartitionFault partition;
    if (const auto one_way = object.take("one_way")) {
      reading_.attempt(one_way->pointer, [&] {
        partition.one_way = detail::to_boolean(to_parameter_value(*one_way->value));
      });
    }
    if (!at.value->is_array() || at.value->size() < 2) {
      reading_.problem(at.pointer, fmt::format("{} is not a list of at least two groups (as in "
                                               "[[\"us-east\"], [\"eu-west\"]])",
                                               describe(*at.value)));
      return partition;
    }
    std::map<HostId, std::string> seen;
    for (std::size_t i = 0; i < at.value->size(); ++i) {
      const Located group{&(*at.value)[i], pointer_to(at.pointer, i)};
      auto& members = partition.groups.emplace_back();
      std::string words;
      for (const auto& [name, pointer] : reading_.texts(group, "a group of places")) {
        words += (words.empty() ? "" : ", ") + name;
        for (const HostId host : reading_.hosts(name, pointer, true)) {
          const auto [before, first] = seen.emplace(host, name);
          if (!first) {
            reading_.problem(
                pointer,
                before->second == name
                    ? fmt::format("\"{}\" is named twice in the partition", name)
                    : fmt::format("\"{}\" and \"{}\" have hosts in common", name, before->second));
            break;
          }
          members.push_back(host);
        }
      }
      fault_.what += (i > 0 ? (partition.one_way ? " > " : " | ") : "") + words;
    }
    return partition;
  }

  LinkFault read_link(const Located& at) {
    LinkFault link;
    if (!reading_.is_object(at,
                            "an object such as {\"between\": [\"us-east\", \"eu-west\"], "
                            "\"loss\": 0.1}")) {
      return link;
    }
    ObjectReader object(reading_, at);
    object.table(tables::link(), &link);
    const auto between = object.take("between");
    if (!between || !between->value->is_array() || between->value->size() != 2) {
      reading_.problem(
          between ? between->pointer : at.pointer,
          "a link fault lies \"between\" two places (as in [\"us-east\", \"eu-west\"])");
      return link;
    }
    for (std::size_t i = 0; i < 2; ++i) {
      const Located end{&(*between->value)[i], pointer_to(between->pointer, i)};
      for (const auto& [name, pointer] : reading_.texts(end, "a place")) {
        describe_as(name);
        append(i == 0 ? link.from : link.to, reading_.hosts(name, pointer, true));
      }
    }
    return link;
  }

  void describe_as(const std::string& name) {
    fault_.what += (fault_.what.empty() ? "" : ", ") + name;
  }
  static void append(std::vector<HostId>& to, const std::vector<HostId>& more) {
    for (const HostId host : more) {
      if (std::find(to.begin(), to.end(), host) == to.end()) to.push_back(host);
    }
  }

  Reading& reading_;
  FaultSettings& fault_;
};

}  // namespace

void read_faults(Reading& reading, ObjectReader& root) {
  const auto at = root.take("faults");
  if (!at) return;
  if (!at->value->is_array()) {
    reading.problem(at->pointer, describe(*at->value) + " is not a list of faults");
    return;
  }
  std::set<std::string> labels;
  for (std::size_t i = 0; i < at->value->size(); ++i) {
    const Located here{&(*at->value)[i], pointer_to(at->pointer, i)};
    if (!reading.is_object(here, "a fault")) continue;
    FaultSettings fault;
    {
      ObjectReader object(reading, here);
      FaultReader(reading, fault).read(object);
    }
    if (fault.label.empty()) {
      // Partitions and outages are named by their kind, what strikes few by whom it strikes.
      fault.label = fault.kind == "partition" || fault.what.size() > 24
                        ? fault.kind
                        : fault.kind + " " + fault.what;
      std::string numbered = fault.label;
      for (int n = 2; labels.count(numbered) > 0; ++n)
        numbered = fmt::format("{} {}", fault.label, n);
      fault.label = numbered;
      reading.scenario.as_run[Json::json_pointer(pointer_to(here.pointer, "label"))] = fault.label;
    } else if (labels.count(fault.label) > 0) {
      reading.problem(pointer_to(here.pointer, "label"),
                      fmt::format("two faults are labelled \"{}\"", fault.label));
    }
    labels.insert(fault.label);
    reading.scenario.faults.push_back(std::move(fault));
  }
}

}  // namespace faultline
