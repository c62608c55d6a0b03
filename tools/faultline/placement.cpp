#include "placement.hpp"

#include <charconv>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <faultline/core/units.hpp>
#include <faultline/experiment/write.hpp>
#include <faultline/placement/figures.hpp>
#include <faultline/placement/range_map.hpp>

#include "jobs.hpp"
#include "refuse.hpp"
#include "run_options.hpp"
#include "terminal.hpp"

namespace faultline {
namespace {

constexpr std::int64_t most_nodes = 10'000;
constexpr std::int64_t most_keys = 100'000'000;
constexpr std::int64_t most_entries = 100'000'000;
/// Of keys times nodes: rendezvous hashing weighs every node for every key, five times.
constexpr std::int64_t most_weighings = 20'000'000'000;

/// The whole number that `text` is.
std::uint64_t number(std::string_view text, std::string_view what) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw BadValue(fmt::format("\"{}\" is not {} (a range is written as 0-499:3)", text, what));
  }
  return value;
}

/// "0-499:0,500-999:1".
std::vector<KeyRange> parse_ranges(std::string_view text) {
  std::vector<KeyRange> ranges;
  while (true) {
    const std::string_view one = text.substr(0, text.find(','));
    const std::size_t dash = one.find('-');
    const std::size_t colon = one.find(':');
    if (dash == std::string_view::npos || colon == std::string_view::npos || colon < dash) {
      throw BadValue(fmt::format("\"{}\" is not a range (such as 0-499:3)", one));
    }
    const std::uint64_t node = number(one.substr(colon + 1), "a node");
    if (node >= most_nodes) {
      throw BadValue(fmt::format("there is no node {} (0 to {})", node, most_nodes - 1));
    }
    ranges.push_back({number(one.substr(0, dash), "the first key"),
                      number(one.substr(dash + 1, colon - dash - 1), "the last key"),
                      static_cast<Bucket>(node)});
    if (one.size() == text.size()) return ranges;
    text.remove_prefix(one.size() + 1);
  }
}

std::vector<PartitionerName> chosen(const PlacementOptions& options) {
  if (options.partitioners.empty()) {
    const auto all = partitioner_names();
    return {all.begin(), all.end()};
  }
  std::vector<std::string> names;
  for (const PartitionerName& one : partitioner_names()) names.emplace_back(one.name);
  std::vector<PartitionerName> chosen;
  for (const std::string& wanted : options.partitioners) {
    const auto kind = partitioner_named(wanted);
    if (!kind) {
      refuse("PARTITIONER",
             fmt::format("there is no \"{}\" ({})", wanted, suggestion(wanted, names)));
    }
    for (const PartitionerName& one : partitioner_names()) {
      if (one.kind == *kind) chosen.push_back(one);
    }
  }
  return chosen;
}

void check_sizes(const PlacementOptions& options) {
  if (options.nodes < 2 || options.nodes > most_nodes) {
    refuse("--nodes",
           fmt::format("{} cannot be (2 to {}, one of which leaves)", options.nodes, most_nodes));
  }
  if (options.keys < 1 || options.keys > most_keys) {
    refuse("--keys", fmt::format("{} cannot be (1 to {})", options.keys, most_keys));
  }
  if (options.nodes * options.keys > most_weighings) {
    refuse("--keys", fmt::format("{} keys on {} nodes take too long (at most {} keys)",
                                 options.keys, options.nodes, most_weighings / options.nodes));
  }
  const PartitionerSettings& settings = options.settings;
  for (const auto& [option, size] :
       {std::pair{"--virtual-nodes", options.nodes * settings.virtual_nodes},
        std::pair{"--ranges-each", options.nodes * settings.ranges},
        std::pair{"--partitions", std::int64_t{settings.partitions}},
        std::pair{"--slots", std::int64_t{settings.slots}},
        std::pair{"--table-size", std::int64_t{settings.table_size}}}) {
    if (size > most_entries) {
      refuse(option, fmt::format("makes a table of {} entries (at most {})", size, most_entries));
    }
  }
  if (!options.ranges.empty() && options.partitioners != std::vector<std::string>{"range"}) {
    refuse("--ranges", "is for ranges alone (faultline placement range --ranges ...)");
  }
}

std::unique_ptr<Partitioner> make(const PlacementOptions& options, PartitionerKind kind) {
  if (!options.ranges.empty()) return std::make_unique<RangeMap>(parse_ranges(options.ranges));
  PartitionerSettings settings = options.settings;
  settings.kind = kind;
  return make_partitioner(settings, static_cast<std::uint32_t>(options.nodes),
                          static_cast<std::uint64_t>(options.keys));
}

Json as_json(const PartitionerName& name, const PlacementFigures& figures) {
  return {{"partitioner", name.name},
          {"nodes", figures.buckets},
          {"keys", figures.keys},
          {"max_over_mean", figures.max_over_mean},
          {"deviation", figures.deviation},
          {"memory", figures.bytes},
          {"steps", figures.steps},
          {"moved_by_join", figures.moved_by_join},
          {"least_by_join", figures.least_by_join},
          {"moved_by_leave", figures.moved_by_leave},
          {"least_by_leave", figures.least_by_leave}};
}

std::vector<std::string> row(const PartitionerName& name, const PlacementFigures& figures) {
  return {std::string(name.name),
          fmt::format("{:.3f}", figures.max_over_mean),
          terminal::percent(figures.deviation),
          print_quantity(static_cast<double>(figures.bytes), Unit::size),
          fmt::format("{:.1f}", figures.steps),
          terminal::percent(figures.moved_by_join),
          terminal::percent(figures.moved_by_leave)};
}

}  // namespace

CLI::App* add_placement_command(CLI::App& app, PlacementOptions& options) {
  CLI::App* command = app.add_subcommand(
      "placement", "says how partitioners spread keys over nodes, and what they move");
  std::string known;
  for (const PartitionerName& one : partitioner_names()) {
    known += (known.empty() ? "" : ", ") + std::string(one.name);
  }
  PartitionerSettings& settings = options.settings;
  command->add_option("PARTITIONER", options.partitioners, known + "; all unless told otherwise");
  command->add_option("--nodes", options.nodes, "before one joins or leaves")
      ->capture_default_str();
  command->add_option("--keys", options.keys, "all as popular")->capture_default_str();
  command
      ->add_option("--virtual-nodes", settings.virtual_nodes,
                   "points of a node: consistent, bounded, geographic")
      ->capture_default_str();
  command->add_option("--bound", settings.bound, "the most that a node has, over the mean: bounded")
      ->capture_default_str();
  command->add_option("--partitions", settings.partitions, "that are placed as a whole: bounded")
      ->capture_default_str();
  command->add_option("--table-size", settings.table_size, "a prime: maglev")
      ->capture_default_str();
  command->add_option("--slots", settings.slots, "of the directory")->capture_default_str();
  command->add_option("--ranges-each", settings.ranges, "of a node: range")->capture_default_str();
  command->add_option("--ranges", options.ranges, "ranges by hand: 0-499:0,500-999:1")
      ->type_name("FIRST-LAST:NODE,...");
  command->add_option("--groups", settings.groups, "regions or groups: geographic, composite")
      ->capture_default_str();
  command->add_option("--span", settings.span, "keys that share a prefix: composite")
      ->capture_default_str();
  command->add_option("--out", options.out, "folder for placement.json");
  command->add_flag("--json", options.json, "prints placement.json instead of a table");
  command->footer(
      "steps are hashes of nodes and entries of tables; moved is the share of all keys\n"
      "example: faultline placement consistent maglev --nodes 5 --virtual-nodes 100");
  return command;
}

int placement_command(const PlacementOptions& options) {
  check_sizes(options);
  const std::vector<PartitionerName> partitioners = chosen(options);
  if (!options.out.empty()) prepare_folder(options.out);
  terminal::Table table({"partitioner", "max/mean", "deviation", "memory", "steps", "moved by join",
                         "moved by leave"});
  Json all = Json::array();
  for (const PartitionerName& one : partitioners) {
    try {
      const auto keys = static_cast<std::uint64_t>(options.keys);
      const PlacementFigures figures = figures_of(*make(options, one.kind), keys);
      table.add(row(one, figures));
      all.push_back(as_json(one, figures));
    } catch (const BadValue& error) {
      refuse(std::string(one.name), error.what());
    }
  }
  if (!options.out.empty()) write_json(options.out + "/placement.json", all);
  if (options.json) {
    print_json(all);
  } else {
    fmt::print("{}", table.text());
  }
  return exit_ok;
}

}  // namespace faultline
