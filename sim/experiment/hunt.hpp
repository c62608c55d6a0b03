// The pure part of `faultline hunt`: random schedules of faults, and ever smaller scenarios.
//
// To find out whether a claim holds, throw random faults at a scenario until it breaks (as Jepsen
// does to real systems: Kingsbury 2013), then take away whatever is not needed to break it
// (Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input", IEEE TSE 28(2),
// 2002): what is left is small enough to be understood.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <faultline/scenario/document.hpp>
#include <faultline/scenario/scenario.hpp>

namespace faultline {

/// What random schedules are made of.
struct Hazards {
  bool crash = true;
  bool partition = true;
  bool pause = true;
  bool loss = true;
  bool clock = false;      ///< clocks that run wrong by more than any model assumes
  bool lost_disk = false;  ///< crashes that take the disk along
  std::size_t most = 6;    ///< faults in one schedule
};

/// The faults that hunts know, by the names of the command line.
std::vector<std::string> hazard_names();
/// False if there is no such hazard.
bool set_hazard(Hazards& hazards, const std::string& name);

/// Faults at random times on random nodes of `scenario`, as its "faults" would list them, from the
/// stream "hunt" of `seed`.
Json random_faults(const Scenario& scenario, const Hazards& hazards, std::uint64_t seed);

/// Scenarios that are one step smaller than `scenario`: fewer or shorter faults, a shorter run,
/// less load, fewer keys, workloads, hosts. The boldest steps come first. Some may not be valid.
std::vector<Json> smaller_scenarios(const Json& scenario);

}  // namespace faultline
