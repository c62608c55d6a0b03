#include "sweep/query.hpp"

#include <filesystem>
#include <limits>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <faultline/sweep/folder.hpp>
#include <faultline/sweep/results.hpp>

#include "jobs.hpp"
#include "refuse.hpp"
#include "run_options.hpp"
#include "sweep/summary.hpp"
#include "terminal.hpp"

namespace faultline {
namespace {

std::string cell(const Json& value) {
  if (value.is_null()) return "";
  return value.is_string() ? value.get<std::string>() : value.dump();
}

/// All rows are read before any is printed: a reader that waits for its terminal would keep a sweep
/// from writing.
void print_csv(Statement& rows) {
  std::string lines;
  const auto add = [&](const auto& text_of) {
    for (int column = 0; column < rows.columns(); ++column) {
      lines += (column > 0 ? "," : "") + csv_field(text_of(column));
    }
    lines += "\n";
  };
  add([&](int column) { return rows.name(column); });
  while (rows.step()) add([&](int column) { return cell(rows.value(column)); });
  fmt::print("{}", lines);
}

void print_rows_as_json(Statement& rows) {
  Json all = Json::array();
  while (rows.step()) {
    Json row = Json::object();
    for (int column = 0; column < rows.columns(); ++column) {
      row[rows.name(column)] = rows.value(column);
    }
    all.push_back(std::move(row));
  }
  print_json(all);
}

void print_table(Statement& rows) {
  std::vector<std::string> headings;
  for (int column = 0; column < rows.columns(); ++column) headings.push_back(rows.name(column));
  terminal::Table table(headings);
  while (rows.step()) {
    std::vector<std::string> row;
    for (int column = 0; column < rows.columns(); ++column) row.push_back(cell(rows.value(column)));
    table.add(std::move(row));
  }
  fmt::print("{}", table.text());
}

}  // namespace

CLI::App* add_query_command(CLI::App& app, QueryOptions& options) {
  CLI::App* command = app.add_subcommand("query", "asks the tables of a sweep in SQL");
  command->add_option("DIR", options.folder, "the folder of a sweep")->required();
  command->add_option("SQL", options.sql, "one statement that reads; none shows the main figures");
  command->add_flag("--json", options.json, "prints rows as JSON");
  command->add_flag("--csv", options.csv, "prints rows as CSV");
  command->footer(
      "tables: points, parameters, runs, metrics, checks, expectations, estimates (README)\n"
      "example: faultline query sweep \"SELECT point, value, low, high FROM estimates WHERE "
      "metric = 'latency.p99' AND phase = 'all' ORDER BY value\"");
  return command;
}

int query_command(const QueryOptions& options) {
  const SweepFolder folder(options.folder);
  if (!std::filesystem::exists(folder.tables_file())) {
    refuse(options.folder, "holds no sweep.sqlite (name a folder that sweep has made)");
  }
  if (options.json && options.csv) refuse("--csv", "and --json are two formats (choose one)");
  const Database database(folder.tables_file(), Database::Access::read);
  try {
    if (options.sql.empty() && !options.json && !options.csv) {
      fmt::print("{}", sweep_summary(database, std::numeric_limits<std::int32_t>::max()));
      return exit_ok;
    }
    const std::string sql = options.sql.empty() ? "SELECT * FROM estimates" : options.sql;
    Statement rows = database.prepare(sql);
    if (!rows.reads_only()) refuse(sql, "would change the tables (query only reads them)");
    if (options.csv) {
      print_csv(rows);
    } else if (options.json) {
      print_rows_as_json(rows);
    } else {
      print_table(rows);
    }
  } catch (const DatabaseError& error) {
    refuse(options.sql.empty() ? options.folder : options.sql,
           fmt::format("cannot be asked: {} (tables: points, parameters, runs, metrics, checks, "
                       "expectations, estimates)",
                       error.what()));
  }
  return exit_ok;
}

}  // namespace faultline
