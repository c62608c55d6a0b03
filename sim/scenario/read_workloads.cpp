#include <algorithm>
#include <filesystem>
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

constexpr double lowest_rate = 1e-9;  // per second; at most one arrival in a run
constexpr double highest_rate = 1e9;
constexpr std::uintmax_t most_trace_bytes = 512U << 20U;

class WorkloadReader {
 public:
  WorkloadReader(Reading& reading, WorkloadSettings& settings)
      : reading_(reading), settings_(settings) {}

  void read(ObjectReader& object) {
    read_preset(object);  // first, so that what the file says itself wins
    object.table(tables::workload(), &settings_);
    read_target(object);
    read_from(object);
    read_arrivals(object);
    read_keys(object);
    read_mix(object);
    object.child("retry", tables::retry(), &settings_.retry);
    if (settings_.retry.cap < settings_.retry.base) {
      reading_.problem(object.at("retry"), "the cap of the backoff is below its base");
    }
    read_times(object);
  }

 private:
  void read_preset(ObjectReader& object) {
    const auto at = object.take("preset");
    if (!at) return;
    const auto name = reading_.text(*at);
    if (!name) return;
    if (name->starts_with("ycsb-") && apply_ycsb(name->substr(5), settings_)) return;
    reading_.problem(at->pointer,
                     fmt::format("there is no preset {} (ycsb-a to ycsb-f)", describe(*at->value)));
  }

  void read_target(ObjectReader& object) {
    const auto& services = reading_.scenario.services;
    if (object.has("target")) {
      // A target that is no text has been reported with the table.
      const Located at = *object.take("target");
      if (at.value->is_string()) reading_.service(settings_.target, at.pointer);
    } else if (services.size() == 1) {
      settings_.target = services.front().name;
      reading_.fill(object.at("target"), settings_.target);
    } else if (!services.empty()) {
      reading_.problem(object.pointer(), "the workload has no \"target\" (a service)");
    }
  }

  /// "from": a region, a list of them (equal shares), or shares by region.
  void read_from(ObjectReader& object) {
    const auto at = object.take("from");
    if (!at) {
      const auto& regions = reading_.scenario.topology.regions;
      for (std::uint32_t i = 0; i < regions.size(); ++i) settings_.from.emplace_back(i, 1.0);
      reading_.fill(object.at("from"), regions);
    } else if (at->value->is_object()) {
      read_shares(*at);
    } else {
      for (const auto& [name, pointer] : reading_.texts(*at, "a region")) {
        if (const auto region = reading_.region(name, pointer))
          add_share(*region, 1, name, pointer);
      }
    }
    double total = 0;
    for (const auto& [region, share] : settings_.from) total += share;
    for (auto& [region, share] : settings_.from) share /= total;
  }

  void read_shares(const Located& at) {
    bool any = false;
    for (const auto& [name, share] : at.value->items()) {
      const std::string pointer = pointer_to(at.pointer, name);
      const auto region = reading_.region(name, pointer);
      const auto amount = reading_.number({&share, pointer}, Unit::fraction, 0, 1e9);
      any |= !amount || *amount > 0;
      if (region && amount && *amount > 0) add_share(*region, *amount, name, pointer);
    }
    if (!any) reading_.problem(at.pointer, "no region has a share above zero");
  }

  void add_share(std::uint32_t region, double share, const std::string& name,
                 const std::string& pointer) {
    for (const auto& [other, amount] : settings_.from) {
      if (other != region) continue;
      reading_.problem(pointer, fmt::format("\"{}\" is named twice", name));
      return;
    }
    settings_.from.emplace_back(region, share);
  }

  /// "arrivals": {"poisson": "2000/s"} and its kin.
  void read_arrivals(ObjectReader& workload) {
    const auto at = workload.take("arrivals");
    if (!at) {
      const double rate = std::get<PoissonArrivals>(settings_.arrivals).rate;
      reading_.fill(workload.at("arrivals"), {{"poisson", print_quantity(rate, Unit::rate)}});
      return;
    }
    if (!reading_.is_object(*at, "an object (such as {\"poisson\": \"2000/s\"})")) return;
    ObjectReader object(reading_, *at);
    std::size_t kinds = 0;
    const auto kind = [&](const char* name, auto read_kind) {
      if (const auto value = object.take(name)) {
        ++kinds;
        (this->*read_kind)(*value);
      }
    };
    kind("poisson", &WorkloadReader::read_poisson);
    kind("constant", &WorkloadReader::read_constant);
    kind("bursts", &WorkloadReader::read_bursts);
    kind("diurnal", &WorkloadReader::read_diurnal);
    kind("trace", &WorkloadReader::read_trace);
    kind("closed", &WorkloadReader::read_closed);
    if (kinds != 1) {
      reading_.problem(at->pointer, fmt::format("{} are given (one of poisson, constant, bursts, "
                                                "diurnal, trace, closed)",
                                                kinds == 0 ? "no arrivals" : "several arrivals"));
    }
  }

  double rate(const Located& at) {
    return reading_.number(at, Unit::rate, lowest_rate, highest_rate).value_or(1);
  }
  void read_poisson(const Located& at) { settings_.arrivals = PoissonArrivals{rate(at)}; }
  void read_constant(const Located& at) { settings_.arrivals = ConstantArrivals{rate(at)}; }

  void read_bursts(const Located& at) {
    BurstArrivals bursts;
    if (reading_.is_object(at, "an object (such as {\"rate\": \"100/s\"})")) {
      ObjectReader(reading_, at).table(tables::bursts(), &bursts);
    }
    if (bursts.burst_length > bursts.period) {
      reading_.problem(at.pointer, "a burst lasts longer than its period");
    }
    settings_.arrivals = bursts;
  }

  void read_diurnal(const Located& at) {
    DiurnalArrivals diurnal;
    if (reading_.is_object(at, "an object (such as {\"low\": \"100/s\"})")) {
      ObjectReader(reading_, at).table(tables::diurnal(), &diurnal);
    }
    if (diurnal.low > diurnal.high) reading_.problem(at.pointer, "the low is above the high");
    settings_.arrivals = diurnal;
  }

  void read_closed(const Located& at) {
    ClosedLoop loop;
    if (reading_.is_object(at, "an object (such as {\"think\": \"10ms\"})")) {
      ObjectReader(reading_, at).table(tables::closed_loop(), &loop);
    }
    settings_.arrivals = loop;
  }

  void read_trace(const Located& at) {
    const auto name = reading_.text(at);
    if (!name) return;
    const std::string path = reading_.path_of(*name);
    std::error_code error;
    const auto bytes = std::filesystem::file_size(path, error);
    std::ifstream in(path, std::ios::binary);
    if (!in || error) {
      reading_.problem(at.pointer,
                       fmt::format("cannot open {} (paths are relative to the scenario)", path));
      return;
    }
    if (bytes > most_trace_bytes) {
      reading_.problem(at.pointer,
                       fmt::format("{} is larger than {} MiB", path, most_trace_bytes >> 20U));
      return;
    }
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    std::vector<TraceProblem> problems;
    TraceArrivals trace{*name, parse_trace(text, problems)};
    for (const TraceProblem& problem : problems) {
      reading_.problem(at.pointer, fmt::format("{}:{}:{}: {}", path, problem.line, problem.column,
                                               problem.message));
    }
    settings_.arrivals = std::move(trace);
  }

  /// "keys": {"zipfian": 0.99, "count": 100000}, {"uniform": true}, {"hotspot": {...}}
  void read_keys(ObjectReader& workload) {
    const auto at = workload.take("keys");
    KeySettings& keys = settings_.keys;
    if (!at) {
      Json all = written(tables::key_count(), &keys);
      all.update(kind_of_keys());
      reading_.fill(workload.at("keys"), std::move(all));
      return;
    }
    if (!reading_.is_object(*at, "an object (such as {\"zipfian\": 0.99, \"count\": 100000})")) {
      return;
    }
    ObjectReader object(reading_, *at);
    object.table(tables::key_count(), &keys);
    std::size_t kinds = 0;
    const auto given = [&](const char* name, KeySettings::Kind kind) {
      const auto value = object.take(name);
      if (!value) return;
      ++kinds;
      keys.kind = kind;
      read_key_kind(*value);
    };
    given("uniform", KeySettings::Kind::uniform);
    given("zipfian", KeySettings::Kind::zipfian);
    given("latest", KeySettings::Kind::latest);
    given("hotspot", KeySettings::Kind::hotspot);
    if (kinds > 1) {
      reading_.problem(at->pointer,
                       "several kinds of keys (one of uniform, zipfian, latest, hotspot)");
    } else if (kinds == 0) {
      const Json kind = kind_of_keys();
      reading_.fill(object.at(kind.begin().key()), kind.front());
    }
  }

  void read_key_kind(const Located& at) {
    KeySettings& keys = settings_.keys;
    if (keys.kind == KeySettings::Kind::hotspot) {
      if (reading_.is_object(at, "an object (such as {\"keys\": 0.2, \"operations\": 0.8})")) {
        ObjectReader(reading_, at).table(tables::hotspot(), &keys);
      }
    } else if (keys.kind == KeySettings::Kind::uniform) {
      if (*at.value != true) reading_.problem(at.pointer, "write \"uniform\": true");
    } else if (*at.value != true) {  // true: with the usual exponent
      keys.exponent = reading_.number(at, Unit::none, 0, 10).value_or(keys.exponent);
    }
  }

  Json kind_of_keys() const {
    const KeySettings& keys = settings_.keys;
    switch (keys.kind) {
      case KeySettings::Kind::zipfian:
        return {{"zipfian", keys.exponent}};
      case KeySettings::Kind::latest:
        return {{"latest", keys.exponent}};
      case KeySettings::Kind::hotspot:
        return {{"hotspot", written(tables::hotspot(), &keys)}};
      case KeySettings::Kind::uniform:
        break;
    }
    return {{"uniform", true}};
  }

  void read_mix(ObjectReader& object) {
    const auto at = object.take("mix");
    const auto weight = [this](OperationKind kind) -> double& {
      return settings_.mix[static_cast<std::size_t>(kind)];
    };
    tables::Mix mix{weight(OperationKind::get),
                    weight(OperationKind::put),
                    weight(OperationKind::insert),
                    weight(OperationKind::scan),
                    weight(OperationKind::read_modify_write),
                    weight(OperationKind::add),
                    weight(OperationKind::remove)};
    if (!at) {
      reading_.fill(object.at("mix"), written(tables::mix(), &mix));
      refuse_kinds(object.at("mix"));
      return;
    }
    if (!reading_.is_object(*at, "an object of weights (such as {\"get\": 0.9, \"put\": 0.1})"))
      return;
    mix = {};
    const std::size_t before = reading_.count();
    ObjectReader(reading_, *at).table(tables::mix(), &mix);
    settings_.mix = {mix.get, mix.put, mix.insert, mix.scan, mix.read_modify_write};
    weight(OperationKind::add) = mix.add;
    weight(OperationKind::remove) = mix.remove;
    const double total = std::accumulate(settings_.mix.begin(), settings_.mix.end(), 0.0);
    if (before == reading_.count() && total <= 0) {
      reading_.problem(at->pointer, "no kind of operation has a weight above zero");
    }
    refuse_kinds(at->pointer);
  }

  /// What the service does not do must not be asked of it.
  void refuse_kinds(const std::string& pointer) {
    const auto& services = reading_.scenario.services;
    const auto target = std::find_if(services.begin(), services.end(), [this](const auto& service) {
      return service.name == settings_.target;
    });
    if (target == services.end() || target->model == nullptr || reading_.count() > 0) return;
    std::string served;
    for (std::size_t kind = 0; kind < operation_kinds; ++kind) {
      const auto each = static_cast<OperationKind>(kind);
      if (!target->model->serves(target->parameters.get(), each)) continue;
      served += (served.empty() ? "" : ", ") + std::string(name_of(each));
    }
    for (std::size_t kind = 0; kind < operation_kinds; ++kind) {
      const auto each = static_cast<OperationKind>(kind);
      if (settings_.mix[kind] <= 0 || target->model->serves(target->parameters.get(), each))
        continue;
      reading_.problem(pointer, fmt::format("\"{}\" does not serve {} ({})", target->name,
                                            name_of(each), served));
    }
  }

  void read_times(ObjectReader& object) {
    if (const auto at = object.take("start")) {
      if (const auto span = reading_.span(*at)) settings_.start = Time{*span};
    } else {
      reading_.fill(object.at("start"), "0s");
    }
    const Time end{reading_.scenario.duration};
    if (settings_.start >= end) {
      reading_.problem(object.at("start"), "the workload starts when the run is over");
    }
    if (const auto at = object.take("stop")) {
      if (const auto span = reading_.span(*at)) settings_.stop = Time{*span};
      if (settings_.stop <= settings_.start) {
        reading_.problem(at->pointer, "the workload stops before it starts");
      }
    }
    settings_.stop = std::min(settings_.stop, end);
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
    reading.check_name("workload", name, at->pointer);
    WorkloadSettings settings;
    settings.name = name;
    const Located here{&value, pointer_to(at->pointer, name)};
    if (reading.is_object(here, "a workload (an object with a \"target\")")) {
      ObjectReader object(reading, here);
      WorkloadReader(reading, settings).read(object);
    }
    reading.scenario.workloads.push_back(std::move(settings));
  }
}

}  // namespace faultline
