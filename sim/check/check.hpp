// What all judges of histories share: the verdict, the witness that convinces a person, the
// options. A check is a pure function: the same history, the same result, to the last letter.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <faultline/history/operation.hpp>

namespace faultline {

/// `unknown`: nothing wrong was found, but some of the history lies outside what the check can
/// judge.
enum class Verdict : std::uint8_t { valid, invalid, unknown };
std::string_view name_of(Verdict verdict);

/// One violation: the fewest operations found that already contradict the promise, and why.
struct Witness {
  std::string explanation;  ///< whole sentences, for a reader who does not know the algorithm
  Key key = 0;
  std::vector<OperationId> operations;  ///< ascending
  /// The one of them whose answer was the first that fits nowhere, if there is just one such.
  std::optional<OperationId> culprit{};
};

struct CheckResult {
  std::string_view check;  ///< its name in scenarios and results
  Verdict verdict = Verdict::valid;
  std::size_t checked = 0;         ///< what was judged; every check says what it counts
  std::size_t violations = 0;      ///< exact, however few witnesses are kept
  std::vector<Witness> witnesses;  ///< the first violations, in order of time
  std::string note{};              ///< why the verdict is unknown, and what would make it known
};

struct CheckOptions {
  /// Whose operations are judged together (indices into History::workloads); empty = everybody's.
  /// Workloads on different services must be judged apart.
  std::vector<std::uint16_t> workloads{};
  /// The most witnesses that a result keeps.
  std::size_t witnesses = 8;
  /// What a search may cost, in configurations tried for one object (see search.hpp).
  std::size_t bound = 4'000'000;
};

}  // namespace faultline
