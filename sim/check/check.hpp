// What all judges of histories share: the verdict, the witness that convinces a person, the
// options. A check is a pure function: the same history, the same result, to the last letter.
#pragma once

#include <algorithm>
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
  std::string reason{};  ///< of the verdict unknown: what was not judged, and what to raise
};

/// How stale a read may be; without a bound as stale as it likes.
struct StalenessBound {
  std::optional<std::uint32_t> versions;  ///< how many it may miss
  std::optional<Duration> within;         ///< for how long they may have been there
};

struct CheckOptions {
  /// Whose operations are judged together (indices into History::workloads); empty = everybody's.
  /// Workloads on different services must be judged apart.
  std::vector<std::uint16_t> workloads{};
  /// The most witnesses that a result keeps.
  std::size_t witnesses = 8;
  /// What a search may cost, in configurations tried for one object (see search.hpp).
  std::size_t bound = 4'000'000;
  /// How many steps a check may take, where it could take very many; beyond that its verdict is
  /// unknown. A million steps take some hundredths of a second.
  std::size_t effort = 50'000'000;
  /// How many numbers of vector clocks a check may hold at a time (of four bytes each).
  std::size_t clocks = 100'000'000;
  /// What check_bounded_staleness allows.
  StalenessBound staleness{};
};

/// Counts the steps of a check down.
class Effort {
 public:
  explicit Effort(std::size_t steps) : left_(steps) {}
  /// False, from then on, once all is spent.
  bool spend(std::size_t steps) {
    left_ -= std::min(left_, steps);
    return left_ > 0;
  }
  bool spent() const { return left_ == 0; }

 private:
  std::size_t left_;
};

/// Makes a valid result unknown, and says why.
void leave_unknown(CheckResult& result, std::string reason);
std::string out_of_effort(const CheckOptions& options);
std::string out_of_clocks(const CheckOptions& options);

}  // namespace faultline
