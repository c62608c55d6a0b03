#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <faultline/experiment/write.hpp>
#include <faultline/history/jsonl.hpp>

namespace faultline {
namespace fs = std::filesystem;

void prepare_folder(const std::string& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error || !fs::is_directory(folder)) {
    throw CannotWrite(
        fmt::format("{}: cannot be made a folder for results: {} (name another with "
                    "--out)",
                    folder, error ? error.message() : "a file stands there"));
  }
  // Permissions alone do not tell (read-only mounts, full disks): try.
  const std::string trial = folder + "/.trial";
  std::ofstream out(trial);
  if (!out) {
    throw CannotWrite(fmt::format("{}: cannot write into this folder: {} (name another with --out)",
                                  folder, std::strerror(errno)));
  }
  out.close();
  fs::remove(trial, error);
}

void write_file(const std::string& path, const std::function<void(std::ostream&)>& write) {
  const std::string beside = path + ".partial";
  std::ofstream out(beside, std::ios::binary | std::ios::trunc);
  if (out) write(out);
  out.close();
  std::error_code error;
  if (out) fs::rename(beside, path, error);
  if (!out || error) {
    const std::string why = error ? error.message() : std::strerror(errno);
    fs::remove(beside, error);
    throw CannotWrite(fmt::format("{}: cannot be written: {}", path, why));
  }
}

namespace {

void write_json(const std::string& path, const Json& json) {
  write_file(path, [&](std::ostream& out) {
    out << json.dump(1, ' ', false, Json::error_handler_t::replace) << '\n';
  });
}

Json instant(Time at) { return at == never ? Json(nullptr) : Json(seconds(at)); }

void write_messages(const Run& run, std::ostream& out) {
  for (const FilmedMessage& message : run.film()->messages()) {
    const auto name = [&](EndpointId id) { return run.world().endpoint(id).name(); };
    fmt::print(out, R"({{"name":"{}","from":"{}","to":"{}","key":{},"sent":{},"received":{}}})",
               message.name, name(message.from), name(message.to), message.key,
               message.sent.time_since_epoch().count(),
               message.received == never
                   ? "null"
                   : fmt::format("{}", message.received.time_since_epoch().count()));
    out << '\n';
  }
}

}  // namespace

void write_result(const Run& run, const Analysis& analysis, const std::string& folder) {
  write_json(folder + "/scenario.json", run.scenario().as_run);
  write_file(folder + "/timeseries.csv",
             [&](std::ostream& out) { write_series(analysis.series, out); });
  write_file(folder + "/history.jsonl",
             [&](std::ostream& out) { write_history(run.history(), out); });
  if (run.film() != nullptr) {
    write_file(folder + "/messages.jsonl", [&](std::ostream& out) { write_messages(run, out); });
  }
  write_json(folder + "/result.json", analysis.result);
}

namespace {

/// The stretch of time that a witness's operations span, with some room.
std::pair<Time, Time> stretch(const History& history, const Witness& violation) {
  Time from = never;
  Time to{};
  for (const OperationId id : violation.operations) {
    const Operation& operation = history.operations[id];
    from = std::min(from, operation.invoked);
    to = std::max(to, operation.completed == never ? operation.invoked : operation.completed);
  }
  const Duration room = std::max<Duration>((to - from) / 10, std::chrono::milliseconds(20));
  return {from - std::min<Duration>(room, from - Time{}), to + room};
}

}  // namespace

FilmSettings film_of(const History& history, const Witness& violation) {
  const auto [from, to] = stretch(history, violation);
  return {violation.key, from, to};
}

void write_spacetime(const Run& run, const Witness& violation, const std::string& folder) {
  const History& history = run.history();
  const auto [from, to] = stretch(history, violation);
  Json lanes = Json::array();
  Json operations = Json::array();
  std::vector<std::string> clients;
  const auto lane_of = [&](const Operation& operation) {
    return fmt::format("session {}", operation.session);
  };
  std::vector<OperationId> shown = violation.operations;
  for (const OperationId id : shown) {
    const Operation& operation = history.operations[id];
    const std::string lane = lane_of(operation);
    if (std::find(clients.begin(), clients.end(), lane) == clients.end()) {
      clients.push_back(lane);
      lanes.push_back(
          {{"name", lane}, {"kind", "client"}, {"region", history.regions[operation.region]}});
    }
    Json observed = Json::array();
    if (operation.reads() && operation.outcome == Outcome::ok) {
      observed.push_back(operation.observed == nil ? Json(nullptr) : Json(operation.observed));
    }
    operations.push_back(
        {{"lane", lane},
         {"kind", std::string(name_of(operation.kind))},
         {"written", operation.written == nil ? Json(nullptr) : Json(operation.written)},
         {"observed", observed},
         {"invoked", seconds(operation.invoked)},
         {"completed", instant(operation.completed)},
         {"outcome", std::string(name_of(operation.outcome))},
         {"witness", true}});
  }
  const Topology& topology = run.scenario().topology;
  for (const Endpoint* endpoint : run.world().endpoints) {
    lanes.push_back(
        {{"name", endpoint->name()},
         {"kind", endpoint->node() != nullptr ? "node" : "endpoint"},
         {"region", topology.regions[topology.hosts[index_of(endpoint->host())].region]}});
  }
  Json messages = Json::array();
  for (const FilmedMessage& message : run.film()->messages()) {
    messages.push_back({{"name", std::string(message.name)},
                        {"from", run.world().endpoint(message.from).name()},
                        {"to", run.world().endpoint(message.to).name()},
                        {"sent", seconds(message.sent)},
                        {"received", instant(message.received)}});
  }
  Json faults = Json::array();
  for (const FaultSpan& span : run.spans()) {
    if (span.from > to || span.to < from) continue;
    faults.push_back({{"label", run.scenario().faults[span.fault].label},
                      {"from", seconds(span.from)},
                      {"to", instant(span.to)}});
  }
  write_json(folder + "/spacetime.json", {{"title", violation.explanation},
                                          {"key", violation.key},
                                          {"from", seconds(from)},
                                          {"to", seconds(to)},
                                          {"lanes", lanes},
                                          {"messages", messages},
                                          {"operations", operations},
                                          {"faults", faults}});
}

}  // namespace faultline
