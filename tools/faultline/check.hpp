// `faultline check`: judges a history by itself, whoever recorded it. `faultline export`: writes
// one for other judges.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace faultline {

struct JudgeOptions {
  std::string history;                 ///< a file
  std::string model = "register";      ///< a kind of object, or txn
  std::string initial = "nil";         ///< what objects hold at the beginning, in EDN
  std::string level;                   ///< linearizable or serializable, unless told otherwise
  std::vector<std::string> workloads;  ///< whose operations; empty = everybody's
  std::size_t bound = 0;               ///< of searches; 0 = the usual
  std::string out;                     ///< folder for the verdict and its picture
  bool json = false;
};

/// The exit status: ok if valid, unmet if invalid, undecided if unknown. Throws BadInput.
int check_command(JudgeOptions options);

struct ExportOptions {
  std::string history;   ///< a file
  std::string notation;  ///< edn or porcupine
  std::string initial = "nil";
  std::string out;  ///< a file; empty: standard output
};

/// Writes a history for other judges. The exit status. Throws BadInput.
int export_command(const ExportOptions& options);

}  // namespace faultline
