#include <utility>

#include <fmt/format.h>

#include <faultline/check/check.hpp>

namespace faultline {

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::valid:
      return "valid";
    case Verdict::invalid:
      return "invalid";
    case Verdict::unknown:
      return "unknown";
  }
  return "?";
}

void leave_unknown(CheckResult& result, std::string reason) {
  if (result.verdict != Verdict::valid) return;
  result.verdict = Verdict::unknown;
  result.reason = std::move(reason);
}

std::string out_of_effort(const CheckOptions& options) {
  return fmt::format("no verdict within {} steps (the effort of the check)", options.effort);
}

std::string out_of_clocks(const CheckOptions& options) {
  return fmt::format("no verdict within {} numbers of vector clocks", options.clocks);
}

}  // namespace faultline
