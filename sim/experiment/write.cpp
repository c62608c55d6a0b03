#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <faultline/experiment/trace_files.hpp>
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

void write_json(const std::string& path, const Json& json) {
  write_file(path, [&](std::ostream& out) {
    out << json.dump(1, ' ', false, Json::error_handler_t::replace) << '\n';
  });
}

namespace {

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
    write_file(folder + "/trace.json", [&](std::ostream& out) { write_chrome_trace(run, out); });
    write_file(folder + "/otlp.json", [&](std::ostream& out) { write_otlp(run, out); });
  }
  write_json(folder + "/result.json", analysis.result);
}

}  // namespace faultline
