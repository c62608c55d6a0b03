#include <algorithm>
#include <fstream>
#include <iterator>
#include <numeric>

#include <fmt/format.h>

#include <faultline/scenario/reading.hpp>
#include <faultline/scenario/tables.hpp>
#include <faultline/workload/arrivals.hpp>
#include <faultline/workload/ycsb.hpp>

namespace faultline {
namespace {

class WorkloadReader {
 public:
  WorkloadReader(Reading& reading, WorkloadSettings& settings)
      : reading_(reading), settings_(settings) {}

  void read(ObjectReader& object) {
    read_preset(object);  // first, so that what the file says itself wins
    object.table(tables::workload(), &settings_);
    read_target(object);
    read_from(object);
    if (const auto at = object.take("arrivals")) read_arrivals(*at);
    if (const auto at = object.take("keys")) read_keys(*at);
    read_mix(object);
    object.child("retry", tables::retry(), settings_.retry);
    if (settings_.retry.cap < settings_.retry.base) {
      reading_.problem(pointer_to(object.pointer(), "retry"),
                       "the cap of the backoff is below its base");
    }
    if (const auto at = object.take("start")) {
      if (const auto span = reading_.span(*at)) settings_.start = Time{*span};
    }
    if (const auto at = object.take("stop")) {
      if (const auto span = reading_.span(*at)) settings_.stop = Time{*span};
      if (settings_.stop <= settings_.start) {
        reading_.problem(at->pointer, "the workload stops before it starts");
      }
    }
    settings_.stop = std::min(settings_.stop, Time{reading_.scenario.duration});
  }

 private:
  void read_preset(ObjectReader& object) {
    const auto at = object.take("preset");
    if (!at) return;
    const auto name = reading_.text(*at);
    if (!name) return;
    const bool known = name->starts_with("ycsb-") && apply_ycsb(name->substr(5), settings_);
    if (!known) {
      reading_.problem(at->pointer,
                       fmt::format("there is no preset \"{}\" (ycsb-a to ycsb-f)", *name));
    }
  }

  void read_target(ObjectReader& object) {
    const auto& services = reading_.scenario.services;
    if (!object.has("target")) {
      if (services.size() == 1) {
        settings_.target = services.front().name;
        reading_.scenario.as_run[Json::json_pointer(pointer_to(object.pointer(), "target"))] =
            settings_.target;
      } else {
        reading_.problem(object.pointer(), "the workload has no \"target\" (a service)");
      }
      return;
    }
    if (!settings_.target.empty()) {
      reading_.service(settings_.target, pointer_to(object.pointer(), "target"));
    }
  }

  /// "from": a region, a list of them (equal shares), or shares by region.
  void read_from(ObjectReader& object) {
    const auto at = object.take("from");
    auto& from = settings_.from;
    if (!at) {
      for (std::uint32_t i = 0; i < reading_.scenario.topology.regions.size(); ++i) {
        from.emplace_back(i, 1.0);
      }
    } else if (at->value->is_object()) {
      for (const auto& [name, share] : at->value->items()) {
        const std::string pointer = pointer_to(at->pointer, name);
        const auto region = reading_.region(name, pointer);
        const auto amount = reading_.quantity({&share, pointer}, Unit::none);
        if (amount && *amount < 0) reading_.problem(pointer, "a share must not be negative");
        if (region && amount && *amount > 0) from.emplace_back(*region, *amount);
      }
    } else {
      for (const auto& [name, pointer] : reading_.texts(*at, "a region")) {
        if (const auto region = reading_.region(name, pointer)) from.emplace_back(*region, 1.0);
      }
    }
    double total = 0;
    for (const auto& [region, share] : from) total += share;
    if (total <= 0) {
      if (at && reading_.clean()) reading_.problem(at->pointer, "no region has a share above zero");
      return;
    }
    for (auto& [region, share] : from) share /= total;
  }

  /// "arrivals": {"poisson": "2000/s"} and its kin.
  void read_arrivals(const Located& at) {
    if (!reading_.is_object(at, "an object such as {\"poisson\": \"2000/s\"}")) return;
    ObjectReader object(reading_, at);
    std::size_t kinds = 0;
    const auto kind = [&](const char* name, auto read) {
      if (const auto value = object.take(name)) {
        ++kinds;
        read(*value);
      }
    };
    const auto rate = [&](const Located& value) {
      const double r = reading_.quantity(value, Unit::rate).value_or(1);
      if (r <= 0) reading_.problem(value.pointer, "a rate must be above zero");
      return r;
    };
    kind("poisson", [&](const Located& v) { settings_.arrivals = PoissonArrivals{rate(v)}; });
    kind("constant", [&](const Located& v) { settings_.arrivals = ConstantArrivals{rate(v)}; });
    kind("bursts", [&](const Located& v) {
      BurstArrivals bursts;
      if (reading_.is_object(v, "an object"))
        ObjectReader(reading_, v).table(tables::bursts(), &bursts);
      if (bursts.burst_length > bursts.period) {
        reading_.problem(v.pointer, "a burst lasts longer than its period");
      }
      settings_.arrivals = bursts;
    });
    kind("diurnal", [&](const Located& v) {
      DiurnalArrivals diurnal;
      if (reading_.is_object(v, "an object")) {
        ObjectReader(reading_, v).table(tables::diurnal(), &diurnal);
      }
      if (diurnal.low > diurnal.high) reading_.problem(v.pointer, "the low is above the high");
      settings_.arrivals = diurnal;
    });
    kind("trace", [&](const Located& v) { read_trace(v); });
    kind("closed", [&](const Located& v) {
      ClosedLoop loop;
      if (reading_.is_object(v, "an object such as {\"think\": \"10ms\"}")) {
        static const ParameterTable<ClosedLoop> table{
            distribution("think", &ClosedLoop::think, Unit::duration,
                         "between an answer and the next question")};
        ObjectReader(reading_, v).table(table, &loop);
      }
      settings_.arrivals = loop;
    });
    if (kinds != 1) {
      reading_.problem(
          at.pointer,
          "exactly one of poisson, constant, bursts, diurnal, trace, closed must be given");
    }
  }

  void read_trace(const Located& at) {
    const auto name = reading_.text(at);
    if (!name) return;
    TraceArrivals trace;
    trace.file = *name;
    const std::string path = name->starts_with('/') ? *name : reading_.folder + "/" + *name;
    std::ifstream in(path, std::ios::binary);
    if (!in) {
      reading_.problem(at.pointer,
                       fmt::format("cannot open {} (paths are relative to the scenario)", path));
      return;
    }
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    std::vector<TraceProblem> problems;
    trace.entries = parse_trace(text, problems);
    for (const TraceProblem& problem : problems) {
      reading_.problem(at.pointer, fmt::format("{}:{}:{}: {}", path, problem.line, problem.column,
                                               problem.message));
    }
    settings_.arrivals = std::move(trace);
  }

  /// "keys": {"zipfian": 0.99, "count": 100000}, {"uniform": true}, {"hotspot": {...}}
  void read_keys(const Located& at) {
    if (!reading_.is_object(at, "an object such as {\"zipfian\": 0.99, \"count\": 100000}")) return;
    KeySettings& keys = settings_.keys;
    ObjectReader object(reading_, at);
    static const ParameterTable<KeySettings> count_table{
        integer("count", &KeySettings::count, "how many keys there are").between(1, 1e9)};
    object.table(count_table, &keys);
    std::size_t kinds = 0;
    const auto exponent = [&](const char* name, KeySettings::Kind kind) {
      const auto value = object.take(name);
      if (!value) return;
      ++kinds;
      keys.kind = kind;
      if (*value->value == true) return;
      const auto number = reading_.quantity(*value, Unit::none);
      if (number && (*number < 0 || *number > 10)) {
        reading_.problem(value->pointer, "the exponent is out of range (from 0 to 10)");
      } else if (number) {
        keys.exponent = *number;
      }
    };
    exponent("zipfian", KeySettings::Kind::zipfian);
    exponent("latest", KeySettings::Kind::latest);
    if (const auto value = object.take("uniform")) {
      ++kinds;
      keys.kind = KeySettings::Kind::uniform;
      if (*value->value != true) reading_.problem(value->pointer, "write \"uniform\": true");
    }
    if (const auto value = object.take("hotspot")) {
      ++kinds;
      keys.kind = KeySettings::Kind::hotspot;
      static const ParameterTable<KeySettings> table{
          number("keys", &KeySettings::hot_keys, Unit::fraction, "share of the keys that are hot"),
          number("operations", &KeySettings::hot_operations, Unit::fraction,
                 "share of the operations that go to them")};
      if (reading_.is_object(*value, "an object such as {\"keys\": 0.2, \"operations\": 0.8}")) {
        ObjectReader(reading_, *value).table(table, &keys);
      }
    }
    if (kinds > 1) {
      reading_.problem(at.pointer, "only one of uniform, zipfian, latest, hotspot can be given");
    }
  }

  void read_mix(ObjectReader& object) {
    const auto at = object.take("mix");
    if (!at || !reading_.is_object(*at, "an object of weights")) return;
    tables::Mix mix;
    ObjectReader(reading_, *at).table(tables::mix(), &mix);
    settings_.mix = {mix.get, mix.put, mix.insert, mix.scan, mix.read_modify_write};
    if (std::accumulate(settings_.mix.begin(), settings_.mix.end(), 0.0) <= 0) {
      reading_.problem(at->pointer, "no kind of operation has a weight above zero");
    }
  }

  Reading& reading_;
  WorkloadSettings& settings_;
};

}  // namespace

void read_workloads(Reading& reading, ObjectReader& root) {
  const auto at = root.take("workloads");
  if (!at || !at->value->is_object() || at->value->empty()) {
    reading.problem(
        at ? at->pointer : "",
        "the scenario needs \"workloads\" (as in {\"shoppers\": {\"target\": \"store\"}})");
    return;
  }
  for (const auto& [name, value] : at->value->items()) {
    WorkloadSettings settings;
    settings.name = name;
    const Located here{&value, pointer_to(at->pointer, name)};
    if (name.empty() || name.find_first_of("/@,\"\n") != std::string::npos) {
      reading.problem(here.pointer,
                      "a workload's name must not be empty or hold any of / @ , \" or line ends");
    }
    if (reading.is_object(here, "a workload")) {
      ObjectReader object(reading, here);
      WorkloadReader(reading, settings).read(object);
    }
    reading.scenario.workloads.push_back(std::move(settings));
  }
}

}  // namespace faultline
