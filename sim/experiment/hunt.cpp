#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include <faultline/core/random.hpp>
#include <faultline/experiment/hunt.hpp>

namespace faultline {
namespace {

struct NamedHazard {
  const char* name;
  bool Hazards::*member;
};
constexpr std::array hazards_by_name = {
    NamedHazard{"crash", &Hazards::crash}, NamedHazard{"partition", &Hazards::partition},
    NamedHazard{"pause", &Hazards::pause}, NamedHazard{"loss", &Hazards::loss},
    NamedHazard{"clock", &Hazards::clock}, NamedHazard{"lost_disk", &Hazards::lost_disk}};

std::string milliseconds_text(double seconds) {
  return fmt::format("{}ms", std::max<std::int64_t>(1, std::llround(seconds * 1e3)));
}

/// Draws faults for one scenario.
class Schedule {
 public:
  Schedule(const Scenario& scenario, const Hazards& hazards, std::uint64_t seed)
      : scenario_(scenario), hazards_(hazards), random_(seed, "hunt") {
    for (const ServiceSettings& service : scenario.services) {
      for (std::size_t number = 0; number < service.hosts.size(); ++number) {
        nodes_.push_back(fmt::format("{}/{}", service.name, number));
      }
    }
    for (std::size_t host = 0; host < scenario.topology.hosts.size(); ++host) {
      const auto& clients = scenario.client_hosts;
      if (std::find(clients.begin(), clients.end(), HostId(host)) == clients.end()) {
        hosts_.push_back(scenario.topology.hosts[host].name);
      }
    }
  }

  Json draw() {
    std::vector<Json (Schedule::*)()> kinds;
    if (hazards_.crash || hazards_.lost_disk) kinds.push_back(&Schedule::crash);
    if (hazards_.partition && hosts_.size() > 1) kinds.push_back(&Schedule::partition);
    if (hazards_.pause) kinds.push_back(&Schedule::pause);
    if (hazards_.loss && hosts_.size() > 1) kinds.push_back(&Schedule::loss);
    if (hazards_.clock) kinds.push_back(&Schedule::clock);
    Json faults = Json::array();
    if (kinds.empty()) return faults;
    const std::uint64_t count = 1 + random_.below(hazards_.most);
    for (std::uint64_t number = 0; number < count; ++number) {
      Json fault = Json::object();
      const double end = seconds(scenario_.duration);
      const double begin = seconds(scenario_.warmup);
      fault["at"] = milliseconds_text(random_.uniform(begin, begin + 0.9 * (end - begin)));
      fault["for"] = milliseconds_text(random_.exponential(0.15 * (end - begin)));
      fault.update((this->*kinds[random_.below(kinds.size())])());
      faults.push_back(std::move(fault));
    }
    std::stable_sort(faults.begin(), faults.end(),
                     [](const Json& a, const Json& b) { return begins(a) < begins(b); });
    return faults;
  }

 private:
  static std::int64_t begins(const Json& fault) {
    const auto& text = fault["at"].get_ref<const std::string&>();
    std::int64_t milliseconds = 0;
    std::from_chars(text.data(), text.data() + text.size(), milliseconds);
    return milliseconds;
  }
  const std::string& some_node() { return nodes_[random_.below(nodes_.size())]; }

  Json crash() {
    if (!hazards_.crash || (hazards_.lost_disk && random_.chance(0.5))) {
      return {{"crash", {{"target", some_node()}, {"disk", "lost"}}}};
    }
    return {{"crash", some_node()}};
  }
  Json pause() { return {{"pause", some_node()}}; }
  Json clock() {
    const double drift = std::round(random_.uniform(-0.5, 0.5) * 100) / 100;
    return {{"clock", {{"target", some_node()}, {"drift", drift}}}};
  }
  Json loss() {
    const auto [one, other] = two_groups();
    const double share = std::round(random_.uniform(0.05, 0.5) * 100) / 100;
    return {{"link", {{"between", {one, other}}, {"loss", share}}}};
  }
  Json partition() {
    const auto [one, other] = two_groups();
    Json fault = {{"partition", {one, other}}};
    if (random_.chance(0.3)) fault["one_way"] = true;
    return fault;
  }
  /// All hosts, in two groups of at least one.
  std::pair<Json, Json> two_groups() {
    std::vector<std::string> shuffled = hosts_;
    random_.shuffle(shuffled);
    const std::size_t cut = 1 + random_.below(shuffled.size() - 1);
    std::sort(shuffled.begin(), shuffled.begin() + static_cast<std::ptrdiff_t>(cut));
    std::sort(shuffled.begin() + static_cast<std::ptrdiff_t>(cut), shuffled.end());
    Json one = Json::array();
    Json other = Json::array();
    for (std::size_t place = 0; place < shuffled.size(); ++place) {
      (place < cut ? one : other).push_back(shuffled[place]);
    }
    return {one, other};
  }

  const Scenario& scenario_;
  const Hazards& hazards_;
  RandomStream random_;
  std::vector<std::string> nodes_;
  std::vector<std::string> hosts_;
};

// ---- smaller ----------------------------------------------------------------------------------

/// "2000/s" becomes "1000/s", 100 becomes 50; nothing if that would be no smaller or no more.
std::optional<Json> halved(const Json& quantity) {
  if (quantity.is_number_integer() && quantity.get<std::int64_t>() > 1) {
    return quantity.get<std::int64_t>() / 2;
  }
  if (!quantity.is_string()) return std::nullopt;
  const auto& text = quantity.get_ref<const std::string&>();
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || !(number > 0)) return std::nullopt;
  const double half = number >= 2 ? std::floor(number / 2) : number / 2;
  if (half < 0.01) return std::nullopt;
  return fmt::format("{}{}", half, std::string_view(end, text.data() + text.size()));
}

class Smaller {
 public:
  explicit Smaller(const Json& scenario) : scenario_(scenario) {}

  std::vector<Json> all() {
    without_faults();
    half("/duration");
    without_one("/workloads", 1);
    each_workload();
    each_region();
    each_fault();
    without("/warmup");
    return std::move(found_);
  }

 private:
  using Pointer = Json::json_pointer;

  void without(const std::string& path) {
    const Pointer pointer(path);
    if (!scenario_.contains(pointer)) return;
    Json smaller = scenario_;
    smaller[pointer.parent_pointer()].erase(pointer.back());
    found_.push_back(std::move(smaller));
  }
  /// Each member gone, as long as `least` stay.
  void without_one(const std::string& path, std::size_t least) {
    const Pointer pointer(path);
    if (!scenario_.contains(pointer) || scenario_[pointer].size() <= least) return;
    for (const auto& item : scenario_[pointer].items()) {
      Json smaller = scenario_;
      smaller[pointer].erase(item.key());
      found_.push_back(std::move(smaller));
    }
  }
  void half(const std::string& path) {
    const Pointer pointer(path);
    if (!scenario_.contains(pointer)) return;
    if (const auto less = halved(scenario_[pointer])) {
      Json smaller = scenario_;
      smaller[pointer] = *less;
      found_.push_back(std::move(smaller));
    }
  }
  /// All faults, halves of them, and each of them gone.
  void without_faults() {
    if (!scenario_.contains("faults")) return;
    const std::size_t count = scenario_["faults"].size();
    for (std::size_t chunk = count; chunk > 0; chunk /= 2) {
      for (std::size_t first = 0; first + chunk <= count; first += chunk) {
        Json smaller = scenario_;
        auto& faults = smaller["faults"];
        const auto begin = faults.begin() + static_cast<std::ptrdiff_t>(first);
        faults.erase(begin, begin + static_cast<std::ptrdiff_t>(chunk));
        found_.push_back(std::move(smaller));
      }
    }
  }
  void each_fault() {
    if (!scenario_.contains("faults")) return;
    for (std::size_t place = 0; place < scenario_["faults"].size(); ++place) {
      half(fmt::format("/faults/{}/for", place));
    }
  }
  void each_workload() {
    if (!scenario_.contains("workloads")) return;
    for (const auto& item : scenario_["workloads"].items()) {
      const Pointer path = Pointer("/workloads") / item.key();
      for (const char* quantity : {"arrivals/poisson", "arrivals/constant", "arrivals/closed",
                                   "arrivals/closed/clients", "keys/count", "clients"}) {
        half(path.to_string() + "/" + quantity);
      }
    }
  }
  void each_region() {
    if (!scenario_.contains(Pointer("/topology/regions"))) return;
    without_one("/topology/regions", 1);
    for (const auto& item : scenario_["topology"]["regions"].items()) {
      const Pointer path = Pointer("/topology/regions") / item.key();
      fewer(path);
      fewer(path / "hosts");
    }
  }
  void fewer(const Pointer& pointer) {
    if (!scenario_.contains(pointer) || !scenario_[pointer].is_number_integer()) return;
    const auto count = scenario_[pointer].get<std::int64_t>();
    if (count <= 1) return;
    Json smaller = scenario_;
    smaller[pointer] = count - 1;
    found_.push_back(std::move(smaller));
  }

  const Json& scenario_;
  std::vector<Json> found_;
};

}  // namespace

std::vector<std::string> hazard_names() {
  std::vector<std::string> names;
  for (const NamedHazard& each : hazards_by_name) names.emplace_back(each.name);
  return names;
}

bool set_hazard(Hazards& hazards, const std::string& name) {
  for (const NamedHazard& each : hazards_by_name) {
    if (name != each.name) continue;
    hazards.*each.member = true;
    return true;
  }
  return false;
}

Json random_faults(const Scenario& scenario, const Hazards& hazards, std::uint64_t seed) {
  return Schedule(scenario, hazards, seed).draw();
}

std::vector<Json> smaller_scenarios(const Json& scenario) { return Smaller(scenario).all(); }

}  // namespace faultline
