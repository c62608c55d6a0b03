// `faultline query`: asks the tables of a sweep in SQL, and changes nothing.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace faultline {

struct QueryOptions {
  std::string folder;
  std::string sql;  ///< empty = the points with their main figures
  bool json = false;
  bool csv = false;
};

CLI::App* add_query_command(CLI::App& app, QueryOptions& options);

/// The exit status. Throws BadInput for SQL that cannot be carried out, or that would change
/// anything.
int query_command(const QueryOptions& options);

}  // namespace faultline
