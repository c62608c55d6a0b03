#include <algorithm>

#include <fmt/format.h>

#include <faultline/experiment/spacetime.hpp>
#include <faultline/experiment/write.hpp>

namespace faultline {
namespace {

Json instant(Time at) { return at == never ? Json(nullptr) : Json(seconds(at)); }

std::string lane_of(const Json& operation) {
  return fmt::format("session {}", operation["session"].get<std::uint32_t>());
}

FilmSettings film_of(const Json& witness) {
  Time from = never;
  Time to{};
  for (const Json& operation : witness["operations"]) {
    const Time invoked{from_seconds(operation["invoked"])};
    const Json& completed = operation["completed"];
    from = std::min(from, invoked);
    to = std::max(to, completed.is_number() ? Time{from_seconds(completed)} : invoked);
  }
  const Duration room = std::max<Duration>((to - from) / 10, std::chrono::milliseconds(20));
  return {witness["key"].get<Key>(), from - std::min<Duration>(room, from - Time{}), to + room};
}

/// A lane for each session of the witness, then one for each endpoint that a message touches.
Json lanes(const Run& run, const Violation& violation) {
  Json lanes = Json::array();
  std::vector<std::string> sessions;
  for (const Json& operation : violation.witness["operations"]) {
    const std::string lane = lane_of(operation);
    if (std::find(sessions.begin(), sessions.end(), lane) != sessions.end()) continue;
    sessions.push_back(lane);
    lanes.push_back({{"name", lane}, {"kind", "client"}, {"region", operation["region"]}});
  }
  std::vector<bool> touched(run.world().endpoints.size());
  for (const FilmedMessage& message : run.film()->messages()) {
    touched[index_of(message.from)] = touched[index_of(message.to)] = true;
  }
  const Topology& topology = run.scenario().topology;
  for (const Endpoint* endpoint : run.world().endpoints) {
    if (!touched[index_of(endpoint->id())]) continue;
    const Host& host = topology.hosts[index_of(endpoint->host())];
    lanes.push_back({{"name", endpoint->name()},
                     {"kind", endpoint->node() != nullptr ? "node" : "clients"},
                     {"region", topology.regions[host.region]}});
  }
  return lanes;
}

Json messages(const Run& run) {
  Json messages = Json::array();
  for (const FilmedMessage& message : run.film()->messages()) {
    messages.push_back({{"name", std::string(message.name)},
                        {"from", run.world().endpoint(message.from).name()},
                        {"to", run.world().endpoint(message.to).name()},
                        {"sent", seconds(message.sent)},
                        {"received", instant(message.received)}});
  }
  return messages;
}

Json operations(const Json& witness) {
  Json operations = Json::array();
  for (const Json& operation : witness["operations"]) {
    operations.push_back({{"lane", lane_of(operation)},
                          {"kind", operation["kind"]},
                          {"written", operation["written"]},
                          {"observed", operation["observed"]},
                          {"invoked", operation["invoked"]},
                          {"completed", operation["completed"]},
                          {"outcome", operation["outcome"]},
                          {"witness", true}});
  }
  return operations;
}

}  // namespace

std::optional<Violation> first_violation(const Json& result) {
  for (const auto& [name, check] : result["checks"].items()) {
    if (check["witness"].empty() || check["witness"][0]["operations"].empty()) continue;
    const Json& witness = check["witness"][0];
    return Violation{witness, film_of(witness)};
  }
  return std::nullopt;
}

void write_spacetime(const Run& run, const Violation& violation, const std::string& folder) {
  Json faults = Json::array();
  for (const FaultSpan& span : run.spans()) {
    if (span.from > violation.film.to || span.to < violation.film.from) continue;
    faults.push_back({{"label", run.scenario().faults[span.fault].label},
                      {"from", seconds(span.from)},
                      {"to", instant(span.to)}});
  }
  write_json(folder + "/spacetime.json", {{"title", violation.witness["explanation"]},
                                          {"key", violation.witness["key"]},
                                          {"from", seconds(violation.film.from)},
                                          {"to", seconds(violation.film.to)},
                                          {"lanes", lanes(run, violation)},
                                          {"messages", messages(run)},
                                          {"operations", operations(violation.witness)},
                                          {"faults", faults}});
}

}  // namespace faultline
