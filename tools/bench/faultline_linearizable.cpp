// How long the judge of linearizability takes: a history of registers that really are atomic, with
// some answers lost, by zones; the same calls by the general search; and what the search makes of
// values that repeat, where zones cannot be used.
//
//   faultline_linearizable [OPERATIONS [KEYS [zones]]]       all three, or what users get alone
#include <algorithm>
#include <string>
#include <vector>

#include <faultline/check/linearizable.hpp>
#include <faultline/check/search_judge.hpp>
#include <faultline/history/key_index.hpp>

#include "bench.hpp"

namespace {

using namespace faultline;

constexpr std::uint32_t sessions = 20;

/// Every session asks, waits, asks again; each operation takes effect in the middle of its time.
/// One answer to a write in `lost_one_in` is lost.
History atomic_history(std::uint64_t operations, std::uint64_t keys, std::uint64_t values,
                       std::uint64_t lost_one_in) {
  bench::Random random;
  History history;
  std::vector<Value> held(keys, nil);
  for (std::uint64_t number = 0; number < operations; ++number) {
    Operation each;
    each.session = static_cast<std::uint32_t>(number % sessions);
    // Session after session begins; an operation ends just before its session's next.
    const auto from = static_cast<std::int64_t>(2 * number);
    each.invoked = each.intended = Time{Duration{from}};
    each.completed = each.invoked + Duration{2 * std::int64_t{sessions} - 1};
    each.outcome = Outcome::ok;
    each.key = random.below(keys);
    if (random.below(2) == 0) {
      each.kind = OperationKind::put;
      each.written = values == 0 ? number + 1 : 1 + random.below(values);
      held[each.key] = each.written;
      if (random.below(lost_one_in) == 0) each.outcome = Outcome::unknown;
    } else {
      each.observed = held[each.key];
    }
    history.operations.push_back(each);
  }
  return history;
}

void report(const std::string& name, const History& history, Verdict verdict, double seconds) {
  bench::print_result("linearizable, " + name, history.operations.size(), seconds,
                      "\"verdict\": \"" + std::string(name_of(verdict)) + "\"");
}

void judge(const std::string& name, const History& history) {
  const bench::Stopwatch watch;
  const Verdict verdict = check_linearizable(history).verdict;
  report(name, history, verdict, watch.seconds());
}

void search(const std::string& name, const History& history) {
  const bench::Stopwatch watch;
  const KeyIndex index(history);
  Verdict worst = Verdict::valid;
  for (std::size_t key = 0; key < index.size(); ++key) {
    const SearchJudge judge(history, index.operations(key), *find_object_kind("cas-register"),
                            4'000'000);
    if (judge.verdict() != Verdict::valid) worst = judge.verdict();
  }
  report(name, history, worst, watch.seconds());
}

}  // namespace

int main(int count, char** values) {
  const std::uint64_t operations = bench::positive_argument(count, values, 1, 1'000'000);
  const std::uint64_t keys = bench::positive_argument(count, values, 2, 10'000);
  const History different = atomic_history(operations, keys, 0, 1000);
  judge("zones", different);
  if (count > 3 && std::string(values[3]) == "zones") return 0;
  search("search", different);
  judge("search, 5 values", atomic_history(operations, keys, 5, 1000));
}
