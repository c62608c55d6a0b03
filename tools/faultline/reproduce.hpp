// `faultline reproduce`: runs again what a result came from, and compares.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace faultline {

struct ReproduceOptions {
  std::string result;  ///< a result.json, or the folder that holds one
};

void add_reproduce_options(CLI::App& command, ReproduceOptions& options);

/// exit_ok if the same files come out, exit_unmet if not: prints where they differ first. Throws
/// BadInput if there is no result, or the scenario beside it is not the one that it came from.
int reproduce_command(const ReproduceOptions& options);

}  // namespace faultline
