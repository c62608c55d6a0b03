// `faultline compare`: scenarios side by side, with one seed, or with many and what that proves.
#pragma once

#include "run_options.hpp"

namespace faultline {

/// The exit status.
int compare_command(RunOptions options);

}  // namespace faultline
