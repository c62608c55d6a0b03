// `faultline reproduce`: runs again what a result came from, and compares.
#pragma once

#include <cstdint>
#include <string>

namespace CLI {
class App;
}

namespace faultline {

struct ReproduceOptions {
  std::string result;     ///< a result.json, or the folder that holds one, or a sweep
  std::uint64_t run = 0;  ///< of a sweep; 0 = none was named
};

void add_reproduce_options(CLI::App& command, ReproduceOptions& options);

/// exit_ok if the same files come out, exit_unmet if not: prints where they differ first. Throws
/// BadInput if there is no result, or the scenario beside it is not the one that it came from. Of a
/// sweep's run, its digest and figures are what is compared.
int reproduce_command(const ReproduceOptions& options);

}  // namespace faultline
