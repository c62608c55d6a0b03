// Result directories: every file is written beside its place and renamed, so that a reader never
// sees half a file and a failed run leaves nothing behind.
#pragma once

#include <functional>
#include <iosfwd>
#include <stdexcept>
#include <string>

#include <faultline/experiment/result.hpp>

namespace faultline {

/// A folder or file that cannot be written; the message names it and the remedy.
class CannotWrite : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Creates `folder` if need be and makes sure that files can be written in it. Throws CannotWrite.
void prepare_folder(const std::string& folder);

/// Writes a file through `write`, beside its place, then renames it. Throws CannotWrite.
void write_file(const std::string& path, const std::function<void(std::ostream&)>& write);

/// Writes result.json, timeseries.csv, history.jsonl, scenario.json; if the run was filmed, also
/// messages.jsonl, trace.json and otlp.json.
void write_result(const Run& run, const Analysis& analysis, const std::string& folder);

/// Writes `json` to a file, readable, in the way of write_file.
void write_json(const std::string& path, const Json& json);

}  // namespace faultline
