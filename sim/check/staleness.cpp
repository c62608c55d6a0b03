#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include <faultline/check/staleness.hpp>
#include <faultline/check/versions.hpp>
#include <faultline/check/wording.hpp>
#include <faultline/history/key_index.hpp>

namespace faultline {
namespace {

/// Counts marks at positions below a bound; both operations take O(log n) (Fenwick, "A new data
/// structure for cumulative frequency tables", 1994).
class PrefixCounter {
 public:
  explicit PrefixCounter(std::size_t size) : counts_(size + 1) {}

  void mark(std::size_t position) {
    for (++position; position < counts_.size(); position += position & (~position + 1)) {
      ++counts_[position];
    }
  }
  std::uint32_t below(std::size_t position) const {
    std::uint32_t count = 0;
    for (; position > 0; position &= position - 1) count += counts_[position];
    return count;
  }

 private:
  std::vector<std::uint32_t> counts_;
};

/// A read, and since when at the latest all that it returned existed.
struct Question {
  Moment called;
  Moment basis;
  OperationId read;
};

/// Answers reads in order of their calls, while versions appear in order of their establishment.
class StalenessOfKey {
 public:
  StalenessOfKey(const History& history, std::span<const OperationId> operations)
      : versions_(history, operations) {
    for (const Version& version : versions_.all()) {
      if (version.established < endless) by_call_.push_back(version);
    }
    std::sort(by_call_.begin(), by_call_.end(), [](const Version& a, const Version& b) {
      return std::tie(a.called, a.value) < std::tie(b.called, b.value);
    });
    earliest_from_.resize(by_call_.size() + 1, endless);
    for (std::size_t position = by_call_.size(); position-- > 0;) {
      earliest_from_[position] =
          std::min(earliest_from_[position + 1], by_call_[position].established);
    }
    collect_questions(history, operations);
  }

  void measure(std::vector<ReadStaleness>& results) const {
    std::vector<std::size_t> by_establishment(by_call_.size());
    for (std::size_t position = 0; position < by_call_.size(); ++position) {
      by_establishment[position] = position;
    }
    std::sort(by_establishment.begin(), by_establishment.end(), [&](std::size_t a, std::size_t b) {
      return std::tie(by_call_[a].established, a) < std::tie(by_call_[b].established, b);
    });
    PrefixCounter counter(by_call_.size());
    std::uint32_t established = 0;
    for (const Question& question : questions_) {
      while (established < by_establishment.size() &&
             by_call_[by_establishment[established]].established < question.called) {
        counter.mark(by_establishment[established++]);
      }
      const std::size_t newer = first_called_after(question.basis);
      ReadStaleness result{question.read, established - counter.below(newer), {}};
      if (result.stale()) result.behind = question.called.at - earliest_from_[newer].at;
      results.push_back(result);
    }
  }

 private:
  void collect_questions(const History& history, std::span<const OperationId> operations) {
    for (const OperationId id : operations) {
      const Operation& read = history.operations[id];
      if (!answered_read(read)) continue;
      Question question{called(read), beginning, id};
      for_each_observed(history, read, [&](Value value) {
        const Version* version = versions_.find(value);
        question.basis =
            std::max(question.basis, version == nullptr ? endless : version->established);
      });
      questions_.push_back(question);
    }
    std::sort(questions_.begin(), questions_.end(), [](const Question& a, const Question& b) {
      return std::tie(a.called, a.read) < std::tie(b.called, b.read);
    });
  }

  std::size_t first_called_after(const Moment& moment) const {
    const auto place =
        std::partition_point(by_call_.begin(), by_call_.end(),
                             [&](const Version& version) { return version.called <= moment; });
    return static_cast<std::size_t>(place - by_call_.begin());
  }

  KeyVersions versions_;
  std::vector<Version> by_call_;       ///< those established at some time
  std::vector<Moment> earliest_from_;  ///< the first establishment from a position on
  std::vector<Question> questions_;
};

}  // namespace

std::vector<ReadStaleness> measure_staleness(const History& history,
                                             std::span<const std::uint16_t> workloads) {
  const KeyIndex index(history, workloads);
  std::vector<ReadStaleness> results;
  for (std::size_t position = 0; position < index.size(); ++position) {
    StalenessOfKey(history, index.operations(position)).measure(results);
  }
  std::sort(results.begin(), results.end(),
            [](const ReadStaleness& a, const ReadStaleness& b) { return a.read < b.read; });
  return results;
}

CheckResult check_bounded_staleness(const History& history, const CheckOptions& options) {
  return judge_bounded_staleness(history, measure_staleness(history, options.workloads), options);
}

CheckResult judge_bounded_staleness(const History& history, std::span<const ReadStaleness> reads,
                                    const CheckOptions& options) {
  CheckResult result;
  result.check = "bounded_staleness";
  for (const ReadStaleness& read : reads) {
    ++result.checked;
    const bool missed_too_many = options.staleness.versions.value_or(read.versions) < read.versions;
    const bool missed_too_long = options.staleness.within.value_or(read.behind) < read.behind;
    if (!missed_too_many && !missed_too_long) continue;
    result.verdict = Verdict::invalid;
    ++result.violations;
    if (result.witnesses.size() == options.witnesses) continue;
    const Operation& operation = history.operations[read.read];
    result.witnesses.push_back(
        {fmt::format("{} missed {} newer version{}; the first had been there for {:.6f} s.",
                     in_words(history, operation), read.versions, read.versions == 1 ? "" : "s",
                     seconds(read.behind)),
         operation.key,
         {read.read}});
  }
  return result;
}

StalenessBound smallest_bound(std::span<const ReadStaleness> reads) {
  StalenessBound bound{0, Duration{0}};
  for (const ReadStaleness& read : reads) {
    bound.versions = std::max(*bound.versions, read.versions);
    bound.within = std::max(*bound.within, read.behind);
  }
  return bound;
}

}  // namespace faultline
