// What the process of a trial hands to the process that gathers them: one file, a line of JSON and
// then the latencies as they lie in memory. It never outlives the two and so has no version.
#pragma once

#include <string>

#include <faultline/experiment/trials.hpp>

namespace faultline {

/// One trial of many.
struct TrialJob {
  const Scenario* scenario = nullptr;
  std::uint64_t seed = 1;  ///< instead of the scenario's
  std::string file;        ///< for what it measured
  std::string folder;      ///< for the whole of its result (write.hpp); empty = none
  bool trace = false;      ///< the result has all messages, too
  std::string label;       ///< as of write_trial
};

/// Simulates it and writes what it asks for; whether all expectations were met. One simulation in a
/// process. Throws CannotWrite.
bool simulate_trial(const TrialJob& job);

/// `label`: anything by which the reader is to know whose trial it is. Throws CannotWrite.
void write_trial(const Run& run, const Analysis& analysis, const std::string& path,
                 const std::string& label = {});

/// The latencies stay in the file until they are asked for: those of all trials together may be
/// more than memory holds. So the file must outlive the trial. Throws std::runtime_error if the
/// file cannot be read.
Trial read_trial(const std::string& path);

}  // namespace faultline
