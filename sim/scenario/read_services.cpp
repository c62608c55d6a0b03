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
                  fmt::format("there is no model \"{}\" ({})", *name, suggestion(*name, names)));
  return nullptr;
}

/// The hosts of a service: those of the places it is "on" (all, if it does not say), in turn from
/// each place, and at most "nodes" of them.
std::vector<HostId> place(Reading& reading, ObjectReader& object) {
  std::vector<std::vector<HostId>> places;
  const auto on = object.take("on");
  if (on) {
    for (const auto& [name, pointer] : reading.texts(*on, "a place")) {
      places.push_back(reading.hosts(name, pointer, false));
    }
  } else {
    for (const std::string& region : reading.scenario.topology.regions) {
      places.push_back(reading.hosts(region, object.pointer(), false));
    }
  }
  std::size_t most = 0;
  for (const auto& hosts : places) most += hosts.size();
  if (const auto nodes = object.take("nodes")) {
    reading.attempt(nodes->pointer, [&] {
      ParameterInfo info;
      info.minimum = 1;
      info.maximum = static_cast<double>(most);
      most = static_cast<std::size_t>(detail::to_integer(info, to_parameter_value(*nodes->value)));
    });
  }
  std::vector<HostId> chosen;
  for (std::size_t round = 0; chosen.size() < most; ++round) {
    bool any = false;
    for (const auto& hosts : places) {
      if (round >= hosts.size()) continue;
      any = true;
      if (chosen.size() == most) break;
      if (std::find(chosen.begin(), chosen.end(), hosts[round]) != chosen.end()) {
        reading.problem(on ? on->pointer : object.pointer(),
                        fmt::format("the host {} is named twice (a service has one node on a host)",
                                    reading.scenario.topology.hosts[index_of(hosts[round])].name));
        return chosen;
      }
      chosen.push_back(hosts[round]);
    }
    if (!any) break;
  }
  return chosen;
}

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

void read_service(Reading& reading, const std::string& name, const Located& at) {
  ServiceSettings service;
  service.name = name;
  if (name.empty() || name.find_first_of("/@,\"\n") != std::string::npos) {
    reading.problem(at.pointer,
                    "a service's name must not be empty or hold any of / @ , \" or line ends");
  }
  if (!reading.is_object(at, "a service")) return;
  const auto model = at.value->find("model");
  if (model == at.value->end()) {
    std::vector<std::string> names;
    for (const Model* known : reading.catalog) names.emplace_back(known->name());
    reading.problem(at.pointer, fmt::format("the service has no \"model\" (one of {})",
                                            fmt::join(names, ", ")));
    return;
  }
  service.model = find_model(reading, {&*model, pointer_to(at.pointer, "model")});
  if (service.model == nullptr) return;  // its parameters cannot be judged
  service.parameters = service.model->make_parameters();
  bool sound = true;
  {
    ObjectReader object(reading, at);
    object.take("model");
    object.take("upstream");
    service.hosts = place(reading, object);
    const std::size_t before = reading.count();
    // Without filling: what is left out may be derived when the service settles.
    for (const ParameterInfo& info : service.model->parameters().info()) {
      if (const auto value = object.take(info.name)) {
        sound &= reading.attempt(value->pointer, [&] {
          service.model->parameters().assign(service.parameters.get(), info.name,
                                             to_parameter_value(*value->value), reading.folder);
        });
      }
    }
    sound = sound && before == reading.count();
  }
  if (service.hosts.empty()) {
    // An unknown place has been reported already; a platform file brings its hosts only at the run.
    if (reading.clean() && !reading.scenario.topology.platform_file) {
      reading.problem(at.pointer, "there is no host for the service (give its region some)");
    }
  } else if (sound) {
    settle(reading, service, at);
  }
  reading.scenario.services.push_back(std::move(service));
}

}  // namespace

void read_services(Reading& reading, ObjectReader& root) {
  const auto at = root.take("services");
  if (!at || !at->value->is_object() || at->value->empty()) {
    reading.problem(at ? at->pointer : "",
                    "the scenario needs \"services\" (as in {\"store\": {\"model\": \"quorum\"}})");
    return;
  }
  for (const auto& [name, value] : at->value->items()) {
    read_service(reading, name, {&value, pointer_to(at->pointer, name)});
  }
  for (ServiceSettings& service : reading.scenario.services) {
    const Json& object = (*at->value)[service.name];
    const auto upstream = object.find("upstream");
    if (upstream == object.end()) continue;
    const std::string pointer = pointer_to(pointer_to(at->pointer, service.name), "upstream");
    if (const auto name = reading.text({&*upstream, pointer})) {
      service.upstream = reading.service(*name, pointer);
    }
  }
}

}  // namespace faultline
