// Models from outside: loads the shared libraries that --plugin names and lists their models in the
// catalogue (sim/plugin/plugin.hpp says how such a library is made, and what is checked).
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace faultline {

/// `--plugin FILE`, for every command that knows models.
void add_plugin_option(CLI::App& command, std::vector<std::string>& plugins);

/// Adds the models of these files to the catalogue; a file that is there already counts once.
/// Throws BadInput with all that is wrong: a file that is not there, is no plug-in, was made for
/// another program, or brings a model whose name or class is taken.
void load_plugins(const std::vector<std::string>& paths);

/// The files that were loaded, with their whole paths.
std::vector<std::string> loaded_plugins();

}  // namespace faultline
