#include <algorithm>

#include <fmt/format.h>

#include <faultline/scenario/reading.hpp>

namespace faultline {
namespace {

const Model* find_model(Reading& reading, const Located& at) {
  const auto name = reading.text(at);
  if (!name) return nullptr;
  std::vector<std::string> names;
  for (const Model* model : reading.catalog) {
    if (model->name() == *name) return model;
    names.emplace_back(model->name());
  }
  reading.problem(at.pointer,
                  fmt::format("there is no model \"{}\" ({})", *name, reading.hint(*name, names)));
  return nullptr;
}

/// The hosts of a service: those of the places it is "on" (all, if it does not say), in turn from
/// each place, and at most "nodes" of them.
class Placement {
 public:
  explicit Placement(Reading& reading) : reading_(reading) {}

  std::vector<HostId> read(ObjectReader& object) {
    read_places(object);
    std::size_t most = 0;
    for (const auto& hosts : places_) most += hosts.size();
    if (const auto nodes = object.take("nodes")) {
      if (most == 0) return {};  // the places are at fault
      most = reading_.whole_number(*nodes, 1, most).value_or(most);
    }
    return take_in_turn(most);
  }

 private:
  void read_places(ObjectReader& object) {
    pointer_ = object.pointer();
    if (const auto on = object.take("on")) {
      pointer_ = on->pointer;
      for (const auto& [name, pointer] : reading_.texts(*on, "a place")) {
        places_.push_back(reading_.hosts(name, pointer, false));
      }
      return;
    }
    Json all = Json::array();
    for (const std::string& region : reading_.regions_with_hosts()) {
      places_.push_back(reading_.hosts(region, pointer_, false));
      all.push_back(region);
    }
    reading_.fill(object.at("on"), all);
  }

  std::vector<HostId> take_in_turn(std::size_t most) {
    std::vector<HostId> chosen;
    std::vector<bool> taken(reading_.scenario.topology.hosts.size(), false);
    for (std::size_t round = 0; chosen.size() < most; ++round) {
      for (const auto& hosts : places_) {
        if (round >= hosts.size() || chosen.size() == most) continue;
        const std::size_t host = index_of(hosts[round]);
        if (taken[host]) {
          reading_.problem(pointer_, fmt::format("{} is named twice (a service has one node on a "
                                                 "host)",
                                                 reading_.scenario.topology.hosts[host].name));
          return chosen;
        }
        taken[host] = true;
        chosen.push_back(hosts[round]);
      }
    }
    return chosen;
  }

  Reading& reading_;
  std::string pointer_;
  std::vector<std::vector<HostId>> places_;
};

/// What the model sees of its deployment before there are nodes.
ServiceView preview(const Reading& reading, const ServiceSettings& service) {
  ServiceView view;
  view.name = service.name;
  view.region_names = reading.scenario.topology.regions;
  for (std::size_t i = 0; i < service.hosts.size(); ++i) {
    view.nodes.push_back(static_cast<EndpointId>(i));
    view.regions.push_back(reading.scenario.topology.hosts[index_of(service.hosts[i])].region);
  }
  return view;
}

void settle(Reading& reading, ServiceSettings& service, const Located& at) {
  Settlement settlement;
  service.model->settle(service.parameters.get(), preview(reading, service), settlement);
  service.notes = settlement.notes;
  for (const Settlement::Problem& problem : settlement.problems) {
    reading.problem(pointer_to(at.pointer, problem.parameter), problem.message);
  }
  const ParameterList& list = service.model->parameters();
  for (const ParameterInfo& info : list.info()) {
    const ParameterValue value = list.read(service.parameters.get(), info.name);
    if (!std::holds_alternative<std::monostate>(value)) {
      reading.fill(pointer_to(at.pointer, info.name), to_json(value));
    }
  }
}

/// Reads what the model has declared. Without filling in: what is left out may be derived when the
/// service settles.
void read_parameters(Reading& reading, ServiceSettings& service, ObjectReader& object) {
  const ParameterList& list = service.model->parameters();
  for (const ParameterInfo& info : list.info()) {
    if (const auto value = object.take(info.name)) {
      reading.assign(list, service.parameters.get(), info, *value);
    }
  }
}

/// Leaves `service` without a model if there is none to judge the parameters by.
void read_service(Reading& reading, ServiceSettings& service, const Located& at) {
  if (!reading.is_object(at, "a service (an object with a \"model\")")) return;
  const auto model = at.value->find("model");
  if (model == at.value->end()) {
    std::vector<std::string> names;
    for (const Model* known : reading.catalog) names.emplace_back(known->name());
    reading.problem(at.pointer, fmt::format("the service has no \"model\" (one of {})",
                                            fmt::join(names, ", ")));
    return;
  }
  service.model = find_model(reading, {&*model, pointer_to(at.pointer, "model")});
  if (service.model == nullptr) return;
  service.parameters = service.model->make_parameters();
  const std::size_t before = reading.count();
  {
    ObjectReader object(reading, at);
    object.take("model");
    object.take("upstream");
    service.hosts = Placement(reading).read(object);
    read_parameters(reading, service, object);
  }
  if (before != reading.count()) return;
  if (!service.hosts.empty()) {
    settle(reading, service, at);
  } else if (!reading.hosts_in_doubt) {
    reading.problem(at.pointer, "there is no host for the service (give its region some)");
  }
}

void read_upstream(Reading& reading, ServiceSettings& service, const Located& at) {
  if (!at.value->is_object()) return;
  const auto upstream = at.value->find("upstream");
  if (upstream == at.value->end()) return;
  const std::string pointer = pointer_to(at.pointer, "upstream");
  if (const auto name = reading.text({&*upstream, pointer})) {
    service.upstream = reading.service(*name, pointer);
  }
}

/// Requests that go round in a circle never arrive.
void refuse_circles(Reading& reading, const std::string& pointer) {
  const auto& services = reading.scenario.services;
  std::vector<int> seen_from(services.size(), -1);
  for (std::size_t start = 0; start < services.size(); ++start) {
    std::optional<std::uint32_t> at = static_cast<std::uint32_t>(start);
    while (at && seen_from[*at] < 0) {
      seen_from[*at] = static_cast<int>(start);
      at = services[*at].upstream;
    }
    if (!at || seen_from[*at] != static_cast<int>(start)) continue;
    reading.problem(pointer_to(pointer_to(pointer, services[*at].name), "upstream"),
                    "the service stands upstream of itself (requests would go in a circle)");
  }
}

}  // namespace

void read_services(Reading& reading, ObjectReader& root) {
  const auto at = root.take("services");
  if (!at || !at->value->is_object() || at->value->empty()) {
    reading.problem(at ? at->pointer : "",
                    "the scenario needs \"services\" (as in {\"store\": {\"model\": \"quorum\"}})");
    return;
  }
  const auto& regions = reading.scenario.topology.regions;
  auto& services = reading.scenario.services;
  for (const auto& [name, value] : at->value->items()) {
    reading.check_name("service", name, at->pointer);
    if (std::find(regions.begin(), regions.end(), name) != regions.end()) {
      reading.problem_at_key(at->pointer, name,
                             fmt::format("a region is called \"{}\", too (so {}/0 could be a node "
                                         "or a host)",
                                         name, name));
    }
    services.emplace_back().name = name;
    read_service(reading, services.back(), {&value, pointer_to(at->pointer, name)});
  }
  std::size_t position = 0;
  for (const auto& [name, value] : at->value->items()) {
    read_upstream(reading, services[position++], {&value, pointer_to(at->pointer, name)});
  }
  refuse_circles(reading, at->pointer);
}

}  // namespace faultline
