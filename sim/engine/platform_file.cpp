#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <new>
#include <string_view>

#include <simgrid/s4u.hpp>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <faultline/core/text.hpp>
#include <faultline/engine/platform.hpp>
#include <faultline/engine/platform_file.hpp>

namespace faultline {
namespace sg = simgrid::s4u;
namespace {

// The child answers with whatever SimGrid complained of, or this line and then three lines a host.
constexpr std::string_view success = "faultline: hosts follow\n";

void write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string read_all(int file) {
  std::string text;
  char buffer[4096];
  for (;;) {
    const ssize_t got = ::read(file, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
  }
}

/// SimGrid's own answer to a missing route comes with the first communication and ends the process.
/// All pairs of hosts are tried as long as they are not many, else each host with the next.
void demand_routes(const std::vector<sg::Host*>& hosts) {
  const std::size_t reach = hosts.size() <= 200 ? hosts.size() : 1;
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    for (std::size_t step = 1; step <= reach; ++step) {
      const sg::Host* const from = hosts[i];
      const sg::Host* const to = hosts[(i + step) % hosts.size()];
      if (from == to) continue;
      std::vector<sg::Link*> links;
      double latency = 0;
      from->route_to(to, links, &latency);
      if (links.empty() && latency <= 0) {
        throw BadValue("no route from " + from->get_name() + " to " + to->get_name());
      }
    }
  }
}

/// A file of a few bytes can describe a billion hosts: no child takes more than this.
void limit_resources() {
  const rlimit core{0, 0};
  ::setrlimit(RLIMIT_CORE, &core);
  const rlimit processor{60, 60};  // seconds
  ::setrlimit(RLIMIT_CPU, &processor);
#ifndef __SANITIZE_ADDRESS__  // which reserves terabytes
  const rlimit memory{std::uint64_t{1} << 30U, std::uint64_t{1} << 30U};
  ::setrlimit(RLIMIT_DATA, &memory);
#endif
}

/// What the child does: everything it or SimGrid says goes into `pipe`.
[[noreturn]] void answer(int pipe, const std::string& path) {
  limit_resources();
  ::dup2(pipe, STDERR_FILENO);
  std::string text;
  try {
    static char name[] = "faultline";
    static char words_only[] = "--log=root.fmt:%m%n";
    static char serious_only[] = "--log=root.thresh:critical";
    char* arguments[] = {name, words_only, serious_only, nullptr};
    int count = 3;
    sg::Engine engine(&count, arguments);
    engine.load_platform(path);
    engine.seal_platform();
    demand_routes(engine.get_all_hosts());
    text = success;
    for (const PlatformHost& host : hosts_of_platform(engine)) {
      text += host.name + "\n" + host.zone + "\n" + std::to_string(host.cores) + "\n";
    }
    write_all(pipe, text);
    ::_exit(0);
  } catch (const std::bad_alloc&) {
    write_all(pipe, "it has too many hosts");
  } catch (const std::exception& error) {
    write_all(pipe, error.what());
  }
  ::_exit(1);
}

/// The first line, for a message.
std::string first_line(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \n"), text.size()));
  return std::string(text.substr(0, text.find('\n')));
}

std::vector<PlatformHost> hosts_in(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  std::vector<PlatformHost> hosts;
  for (std::size_t i = 0; i + 2 < lines.size(); i += 3) {
    hosts.push_back({lines[i], lines[i + 1], std::stoi(lines[i + 2])});
  }
  return hosts;
}

}  // namespace

std::vector<PlatformHost> hosts_of_platform(const sg::Engine& engine) {
  const sg::NetZone* const world = engine.get_netzone_root();
  std::vector<PlatformHost> hosts;
  for (const sg::Host* host : engine.get_all_hosts()) {
    const sg::NetZone* zone = host->get_englobing_zone();
    while (zone != world && zone->get_parent() != world) zone = zone->get_parent();
    hosts.push_back({host->get_name(), zone->get_name(), host->get_core_count()});
  }
  std::stable_sort(hosts.begin(), hosts.end(), [](const PlatformHost& a, const PlatformHost& b) {
    return a.zone != b.zone ? a.zone < b.zone : a.name < b.name;
  });
  return hosts;
}

std::vector<PlatformHost> hosts_of_platform_file(const std::string& path) {
  std::error_code unknown;
  if (!std::filesystem::is_regular_file(path, unknown) || ::access(path.c_str(), R_OK) != 0) {
    throw BadValue("cannot read the platform file " + path +
                   " (paths are relative to the scenario)");
  }
  // SimGrid would load, and run, a shared library.
  if (!path.ends_with(".xml")) {
    throw BadValue("the platform file " + path + " is not an XML file (its name must end in .xml)");
  }
  int ends[2];
  if (::pipe(ends) != 0) throw BadValue("cannot start reading the platform file " + path);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    answer(ends[1], path);
  }
  ::close(ends[1]);
  std::string text = child < 0 ? "no process for it" : read_all(ends[0]);
  ::close(ends[0]);
  int status = -1;
  while (child > 0 && ::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  const std::size_t begin = text.find(success);
  if (begin == std::string::npos || status != 0) {
    if (text.empty()) text = "it takes too long";
    throw BadValue("SimGrid cannot read the platform file " + path + ": " + first_line(text));
  }
  auto hosts = hosts_in(std::string_view(text).substr(begin + success.size()));
  if (hosts.empty()) throw BadValue("the platform file " + path + " has no host");
  return hosts;
}

void add_hosts(Topology& topology, const std::vector<PlatformHost>& hosts,
               const HostSettings& settings) {
  for (const PlatformHost& host : hosts) {
    if (topology.regions.empty() || topology.regions.back() != host.zone) {
      topology.zones.push_back({host.zone, static_cast<std::uint32_t>(topology.regions.size())});
      topology.regions.push_back(host.zone);
    }
    HostSettings own = settings;
    own.cores = host.cores;
    topology.hosts.push_back({host.name, static_cast<std::uint32_t>(topology.regions.size() - 1),
                              static_cast<std::uint32_t>(topology.zones.size() - 1), own});
  }
}

}  // namespace faultline
