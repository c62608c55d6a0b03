#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include <faultline/check/linearizable.hpp>
#include <faultline/check/register_judge.hpp>
#include <faultline/check/search_judge.hpp>
#include <faultline/history/key_index.hpp>

namespace faultline {
namespace {

/// An object that is not linearizable.
struct Violation {
  Moment at;
  std::size_t position;  ///< in the index
};

/// Whether zones may decide (see zones.hpp): only reads and writes, and a register.
bool for_zones(const History& history, std::span<const OperationId> operations,
               const ObjectKind& kind) {
  return kind.is_register && std::all_of(operations.begin(), operations.end(), [&](OperationId id) {
           return history.operations[id].reads() || history.operations[id].writes();
         });
}

struct Judgement {
  Verdict verdict = Verdict::valid;
  std::size_t judged = 0;
  Moment first_contradiction;
  Witness witness;
};

/// Judges one object; explains what is wrong only if `explain`.
Judgement judge(const History& history, std::span<const OperationId> operations,
                const ObjectKind& kind, std::size_t bound, bool explain) {
  if (for_zones(history, operations, kind)) {
    const RegisterJudge judge(history, operations);
    if (judge.applicable()) {
      if (judge.linearizable()) return {Verdict::valid, judge.judged(), {}, {}};
      return {Verdict::invalid, judge.judged(), judge.first_contradiction(),
              explain ? judge.witness() : Witness{}};
    }
  }
  const SearchJudge judge(history, operations, kind, bound);
  if (judge.verdict() != Verdict::invalid) return {judge.verdict(), judge.judged(), {}, {}};
  return {Verdict::invalid, judge.judged(), judge.first_contradiction(),
          explain ? judge.witness() : Witness{}};
}

}  // namespace

CheckResult check_object(const History& history, const ObjectKind& kind,
                         const CheckOptions& options) {
  const KeyIndex index(history, options.workloads);
  CheckResult result;
  result.check = "linearizable";
  std::size_t undecided = 0;
  std::vector<Violation> violations;
  for (std::size_t position = 0; position < index.size(); ++position) {
    const Judgement one = judge(history, index.operations(position), kind, options.bound, false);
    result.checked += one.judged;
    if (one.verdict == Verdict::unknown) ++undecided;
    if (one.verdict == Verdict::invalid) violations.push_back({one.first_contradiction, position});
  }
  result.violations = violations.size();
  if (undecided > 0) {
    result.reason = fmt::format(
        "the search gave up on {} of {} objects after {} configurations each (raise the bound)",
        undecided, index.size(), options.bound);
  }
  if (violations.empty()) {
    result.verdict = undecided > 0 ? Verdict::unknown : Verdict::valid;
    return result;
  }
  result.verdict = Verdict::invalid;
  std::sort(violations.begin(), violations.end(), [](const Violation& a, const Violation& b) {
    return std::tie(a.at, a.position) < std::tie(b.at, b.position);
  });
  violations.resize(std::min(violations.size(), options.witnesses));
  for (const Violation& violation : violations) {
    result.witnesses.push_back(
        judge(history, index.operations(violation.position), kind, options.bound, true).witness);
  }
  return result;
}

CheckResult check_linearizable(const History& history, const CheckOptions& options) {
  return check_object(history, *find_object_kind("cas-register"), options);
}

}  // namespace faultline
