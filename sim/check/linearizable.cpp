#include <algorithm>
#include <tuple>

#include <faultline/check/linearizable.hpp>
#include <faultline/check/register_judge.hpp>
#include <faultline/history/key_index.hpp>

namespace faultline {
namespace {

/// A key that is not linearizable.
struct Violation {
  Moment at;
  std::size_t position;  ///< in the index
};

}  // namespace

CheckResult check_linearizable(const History& history, const CheckOptions& options) {
  const KeyIndex index(history, options.workloads);
  CheckResult result;
  result.check = "linearizable";
  bool all_judged = true;
  std::vector<Violation> violations;
  for (std::size_t position = 0; position < index.size(); ++position) {
    const RegisterJudge judge(history, index.operations(position));
    if (!judge.applicable()) {
      all_judged = false;
      continue;
    }
    result.checked += judge.judged();
    if (!judge.linearizable()) violations.push_back({judge.first_contradiction(), position});
  }
  result.violations = violations.size();
  if (violations.empty()) {
    result.verdict = all_judged ? Verdict::valid : Verdict::unknown;
    return result;
  }
  result.verdict = Verdict::invalid;
  std::sort(violations.begin(), violations.end(), [](const Violation& a, const Violation& b) {
    return std::tie(a.at, a.position) < std::tie(b.at, b.position);
  });
  violations.resize(std::min(violations.size(), options.witnesses));
  for (const Violation& violation : violations) {
    const RegisterJudge judge(history, index.operations(violation.position));
    result.witnesses.push_back(judge.witness());
  }
  return result;
}

}  // namespace faultline
