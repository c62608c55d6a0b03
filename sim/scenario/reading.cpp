#include <cmath>

#include <fmt/format.h>

#include <faultline/scenario/reading.hpp>

namespace faultline {

ParameterValue to_parameter_value(const Json& json) {
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_number_integer() &&
      (!json.is_number_unsigned() || json.get<std::uint64_t>() <= 9'007'199'254'740'992U)) {
    return json.get<std::int64_t>();
  }
  if (json.is_number()) return json.get<double>();
  if (json.is_string()) return json.get<std::string>();
  if (json.is_null()) return std::monostate{};
  throw BadValue(describe(json) + " cannot stand here");
}

Json to_json(const ParameterValue& value) {
  return std::visit(
      [](const auto& v) -> Json {
        if constexpr (std::is_same_v<std::decay_t<decltype(v)>, std::monostate>) {
          return nullptr;
        } else {
          return v;
        }
      },
      value);
}

std::string describe(const Json& json) {
  if (json.is_object()) return "an object";
  if (json.is_array()) return "a list";
  std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() > 60) text = text.substr(0, 57) + "...";
  return text;
}

Reading::Reading(const Document& d, const Catalog& c, std::string f, Scenario& s)
    : document(d), catalog(c), folder(std::move(f)), scenario(s), problems_(d.problems()) {
  scenario.as_run = document.root();
}

void Reading::problem(const std::string& pointer, std::string message) {
  problems_.push_back(document.problem(pointer, std::move(message)));
}

void Reading::problem_at_key(const std::string& object, const std::string& key,
                             std::string message) {
  problems_.push_back(document.problem_at_key(object, key, std::move(message)));
}

void Reading::fill(const std::string& pointer, const Json& value) {
  Json& place = scenario.as_run[Json::json_pointer(pointer)];
  if (place.is_null()) place = value;
}

std::optional<std::string> Reading::text(const Located& at) {
  if (at.value->is_string()) return at.value->get<std::string>();
  problem(at.pointer, describe(*at.value) + " is not a text in quotation marks");
  return std::nullopt;
}

std::optional<Duration> Reading::span(const Located& at) {
  std::optional<Duration> result;
  attempt(at.pointer, [&] {
    if (*at.value == 0) {
      result = Duration::zero();
      return;
    }
    if (!at.value->is_string()) {
      throw BadValue(fmt::format("{} is not {}", describe(*at.value), example_of(Unit::duration)));
    }
    result = parse_duration(at.value->get<std::string>());
    if (*result < Duration::zero()) {
      const std::string shown = describe(*at.value);
      result.reset();
      throw BadValue(shown + " is before the start of the run (times are not negative)");
    }
  });
  return result;
}

std::optional<double> Reading::quantity(const Located& at, Unit unit) {
  std::optional<double> result;
  attempt(at.pointer, [&] {
    ParameterInfo info;
    info.unit = unit;
    result = detail::to_number(info, to_parameter_value(*at.value));
  });
  return result;
}

std::vector<std::pair<std::string, std::string>> Reading::texts(const Located& at,
                                                                const char* of_what) {
  std::vector<std::pair<std::string, std::string>> result;
  if (at.value->is_string()) {
    result.emplace_back(at.value->get<std::string>(), at.pointer);
  } else if (at.value->is_array() && !at.value->empty()) {
    for (std::size_t i = 0; i < at.value->size(); ++i) {
      const Located item{&(*at.value)[i], pointer_to(at.pointer, i)};
      if (const auto name = text(item)) result.emplace_back(*name, item.pointer);
    }
  } else {
    problem(at.pointer,
            fmt::format("{} is not {} (a name, or a list of names)", describe(*at.value), of_what));
  }
  return result;
}

bool Reading::is_object(const Located& at, const char* what) {
  if (at.value->is_object()) return true;
  problem(at.pointer, fmt::format("{} is not {} (in curly brackets)", describe(*at.value), what));
  return false;
}

std::optional<std::uint32_t> Reading::region(const std::string& name, const std::string& pointer) {
  const auto& regions = scenario.topology.regions;
  for (std::uint32_t i = 0; i < regions.size(); ++i) {
    if (regions[i] == name) return i;
  }
  problem(pointer, fmt::format("there is no region \"{}\" ({})", name, suggestion(name, regions)));
  return std::nullopt;
}

std::optional<std::uint32_t> Reading::service(const std::string& name, const std::string& pointer) {
  std::vector<std::string> names;
  for (std::uint32_t i = 0; i < scenario.services.size(); ++i) {
    if (scenario.services[i].name == name) return i;
    names.push_back(scenario.services[i].name);
  }
  problem(pointer, fmt::format("there is no service \"{}\" ({})", name, suggestion(name, names)));
  return std::nullopt;
}

std::optional<NodeRef> Reading::node(const std::string& name, const std::string& pointer) {
  const std::size_t slash = name.rfind('/');
  if (slash == std::string::npos) return std::nullopt;
  const std::string service_name = name.substr(0, slash);
  const std::string number = name.substr(slash + 1);
  for (std::uint32_t i = 0; i < scenario.services.size(); ++i) {
    if (scenario.services[i].name != service_name) continue;
    const std::size_t nodes = scenario.services[i].hosts.size();
    const bool digits = !number.empty() && number.size() < 9 &&
                        number.find_first_not_of("0123456789") == std::string::npos;
    if (digits && std::stoul(number) < nodes) {
      return NodeRef{i, static_cast<std::uint32_t>(std::stoul(number))};
    }
    problem(pointer, fmt::format("there is no node \"{}\" ({} has {}/0 to {}/{})", name,
                                 service_name, service_name, service_name, nodes - 1));
    return NodeRef{i, 0};
  }
  return std::nullopt;
}

std::vector<HostId> Reading::hosts(const std::string& place, const std::string& pointer,
                                   bool with_clients) {
  const Topology& topology = scenario.topology;
  std::vector<HostId> result;
  const auto is_client = [&](HostId id) {
    for (const HostId client : scenario.client_hosts) {
      if (client == id) return true;
    }
    return false;
  };
  for (std::uint32_t i = 0; i < topology.hosts.size(); ++i) {
    const Host& host = topology.hosts[i];
    const auto id = static_cast<HostId>(i);
    const bool named = topology.regions[host.region] == place ||
                       topology.zones[host.zone].name == place || host.name == place;
    if (named && (with_clients || !is_client(id))) result.push_back(id);
  }
  if (!result.empty()) return result;
  const std::size_t before = problems_.size();
  if (const auto found = node(place, pointer); found && problems_.size() == before) {
    return {scenario.services[found->service].hosts[found->number]};
  }
  if (problems_.size() == before) {
    std::vector<std::string> known = topology.regions;
    for (const Zone& zone : topology.zones) known.push_back(zone.name);
    for (const Host& host : topology.hosts) known.push_back(host.name);
    const auto near = nearest(place, known);
    problem(pointer,
            fmt::format("there is no region, zone, host or node \"{}\" ({})", place,
                        near ? "did you mean \"" + *near + "\"?"
                             : "regions: " + fmt::format("{}", fmt::join(topology.regions, ", "))));
  }
  return {};
}

ObjectReader::ObjectReader(Reading& reading, Located at)
    : reading_(reading), at_(std::move(at)), object_(*at_.value) {}

ObjectReader::~ObjectReader() {
  for (const auto& [key, value] : object_.items()) {
    if (known_.count(key) > 0) continue;
    const std::vector<std::string> names(known_.begin(), known_.end());
    reading_.problem_at_key(at_.pointer, key,
                            fmt::format("unknown key \"{}\" ({})", key, suggestion(key, names)));
  }
}

std::optional<Located> ObjectReader::take(const std::string& key) {
  known_.insert(key);
  const auto found = object_.find(key);
  if (found == object_.end()) return std::nullopt;
  return Located{&*found, pointer_to(at_.pointer, key)};
}

void ObjectReader::table(const ParameterList& list, void* settings) {
  for (const ParameterInfo& info : list.info()) {
    if (const auto at = take(info.name)) {
      reading_.attempt(at->pointer, [&] {
        list.assign(settings, info.name, to_parameter_value(*at->value), reading_.folder);
      });
    } else if (const ParameterValue value = list.read(settings, info.name);
               !std::holds_alternative<std::monostate>(value)) {
      reading_.fill(pointer_to(at_.pointer, info.name), to_json(value));
    }
  }
}

}  // namespace faultline
