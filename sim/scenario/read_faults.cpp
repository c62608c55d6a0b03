#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <stdexcept>

#include <fmt/format.h>

#include <faultline/fault/timeline.hpp>
#include <faultline/scenario/reading.hpp>
#include <faultline/scenario/tables.hpp>

namespace faultline {
namespace {

constexpr std::size_t most_faults = 10'000;

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
        reading_.problem_at_key(
            object.pointer(), kind,
            fmt::format("the fault has a \"{}\" already (make it two faults)", fault_.kind));
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
    const Scenario& scenario = reading_.scenario;
    if (fault_.at >= Time{scenario.duration + scenario.settle}) {
      wrong(object, "at", "the fault begins when the run is over");
    }
    if (until && *until <= fault_.at) wrong(object, "until", "ends before the fault begins");
    if (object.has("mtbf") || object.has("mttr")) {
      check_random(object);
    } else {
      check_dated(object);
    }
  }

  void wrong(ObjectReader& object, const char* key, const std::string& message) {
    reading_.problem(object.has(key) ? object.at(key) : object.pointer(), message);
  }

  void check_random(ObjectReader& object) {
    if (!object.has("mtbf")) wrong(object, "mttr", "a random fault needs \"mtbf\", too");
    if (!object.has("mttr")) wrong(object, "mtbf", "a random fault needs \"mttr\", too");
    for (const char* key : {"for", "every"}) {
      if (!object.has(key)) continue;
      wrong(object, key, fmt::format("a random fault (mtbf, mttr) has no \"{}\" (remove it)", key));
    }
    if (!object.has("at")) reading_.fill(object.at("at"), "0s");
  }

  void check_dated(ObjectReader& object) {
    if (!object.has("at")) wrong(object, "at", "the fault has no \"at\" (such as \"20s\")");
    if (object.has("every") && !object.has("for")) {
      wrong(object, "every", "a fault that comes back needs its length (\"for\")");
    }
    if (fault_.every && fault_.length && *fault_.every < *fault_.length) {
      wrong(object, "every", "the fault comes back before it has ended");
    }
    if (object.has("until") && !object.has("every")) {
      wrong(object, "until", "only a fault that comes back has an \"until\" (say \"for\")");
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
        if (reading_.region(name, pointer)) {
          append(crash.hosts, reading_.hosts(name, pointer, false));
        }
        describe_as(name);
      }
      keep_first(crash.hosts);
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
    keep_first(hosts);
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
    keep_first(fault.hosts);
    return fault;
  }

  PartitionFault read_partition(const Located& at, ObjectReader& object) {
    PartitionFault partition;
    if (const auto one_way = object.take("one_way")) {
      partition.one_way = reading_.boolean(*one_way).value_or(false);
    } else {
      reading_.fill(object.at("one_way"), false);
    }
    if (!at.value->is_array() || at.value->size() < 2) {
      reading_.problem(at.pointer,
                       "a partition is a list of at least two groups (as in [[\"us-east\"], "
                       "[\"eu-west\"]])");
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
    keep_first(link.from);
    keep_first(link.to);
    return link;
  }

  void describe_as(const std::string& name) {
    fault_.what += (fault_.what.empty() ? "" : ", ") + name;
  }
  /// Adds hosts; those that are named again are dropped when all are there.
  static void append(std::vector<HostId>& to, const std::vector<HostId>& more) {
    to.insert(to.end(), more.begin(), more.end());
  }
  void keep_first(std::vector<HostId>& hosts) const {
    std::vector<bool> seen(reading_.scenario.topology.hosts.size(), false);
    std::erase_if(hosts, [&](HostId host) {
      const bool again = seen[index_of(host)];
      seen[index_of(host)] = true;
      return again;
    });
  }

  Reading& reading_;
  FaultSettings& fault_;
};

/// The labels of a scenario's faults: no two alike.
class Labels {
 public:
  explicit Labels(Reading& reading) : reading_(reading) {}

  /// Those that the file gives come first, so that none of them is taken.
  void note_given(const Located& faults) {
    for (std::size_t i = 0; i < faults.value->size(); ++i) {
      const Json& fault = (*faults.value)[i];
      const auto label = fault.is_object() ? fault.find("label") : fault.end();
      if (label == fault.end() || !label->is_string()) continue;
      const std::string pointer = pointer_to(pointer_to(faults.pointer, i), "label");
      const auto& text = label->get_ref<const std::string&>();
      if (text.size() > 100) {
        reading_.problem(pointer, "the label is longer than 100 characters");
      } else if (!text.empty() && !taken_.insert(text).second) {
        reading_.problem(pointer, fmt::format("two faults are labelled \"{}\"", text));
      }
    }
  }

  /// A label for a fault that has none. Partitions are named by their kind, what strikes few by
  /// whom it strikes.
  std::string make(const FaultSettings& fault) {
    const bool by_kind = fault.kind == "partition" || fault.what.size() > 24;
    const std::string plain = by_kind ? fault.kind : fault.kind + " " + fault.what;
    for (;;) {
      const int number = ++numbers_[plain];
      std::string label = number == 1 ? plain : fmt::format("{} {}", plain, number);
      if (taken_.insert(label).second) return label;
    }
  }

 private:
  Reading& reading_;
  std::set<std::string> taken_;
  std::map<std::string, int> numbers_;
};

/// A fault that strikes too often is found by writing its repetitions out.
void check_repetitions(Reading& reading, const std::string& pointer) {
  if (!reading.clean()) return;
  const Scenario& scenario = reading.scenario;
  const Time end{scenario.duration + scenario.settle};
  for (std::size_t i = 0; i < scenario.faults.size(); ++i) {
    try {
      unfold(std::span(scenario.faults).subspan(i, 1), end, scenario.seed);
    } catch (const std::length_error&) {
      reading.problem(pointer_to(pointer, i),
                      fmt::format("the fault strikes more than {} times (make it rarer, or the run "
                                  "shorter)",
                                  most_spans_per_fault));
    }
  }
}

}  // namespace

void read_faults(Reading& reading, ObjectReader& root) {
  const auto at = root.take("faults");
  if (!at || !reading.is_list(*at, "a list of faults")) return;
  if (at->value->size() > most_faults) {
    reading.problem(at->pointer, fmt::format("more than {} faults", most_faults));
    return;
  }
  Labels labels(reading);
  labels.note_given(*at);
  for (std::size_t i = 0; i < at->value->size(); ++i) {
    const Located here{&(*at->value)[i], pointer_to(at->pointer, i)};
    if (!reading.is_object(here, "a fault (as in {\"at\": \"20s\", \"crash\": \"store/0\"})"))
      continue;
    FaultSettings fault;
    {
      ObjectReader object(reading, here);
      FaultReader(reading, fault).read(object);
    }
    if (fault.label.empty()) {
      fault.label = labels.make(fault);
      reading.fill(pointer_to(here.pointer, "label"), fault.label);
    }
    reading.scenario.faults.push_back(std::move(fault));
  }
  check_repetitions(reading, at->pointer);
}

}  // namespace faultline
