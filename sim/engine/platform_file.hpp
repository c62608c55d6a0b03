// The hosts of a SimGrid platform file, before anything runs.
//
// SimGrid ends the whole process at some faulty files and holds one platform in a process; here a
// file is read in a child process, so that its faults are words and it may be read again.
#pragma once

#include <string>
#include <vector>

#include <faultline/engine/topology.hpp>

namespace faultline {

/// A host of a platform file: its name, the outermost zone but for the whole world's that it stands
/// in, its cores.
struct PlatformHost {
  std::string name;
  std::string zone;
  int cores = 1;
};

/// Reads the hosts of an XML platform file, by zone and then by name. Throws BadValue with what is
/// wrong if it is not there, SimGrid does not take it, or it has no host or not all routes.
std::vector<PlatformHost> hosts_of_platform_file(const std::string& path);

/// Adds hosts to a topology: their zones become regions with one zone each, and all have
/// `settings`, but as many cores as the file says.
void add_hosts(Topology& topology, const std::vector<PlatformHost>& hosts,
               const HostSettings& settings);

}  // namespace faultline
