#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include <faultline/check/sessions.hpp>
#include <faultline/check/versions.hpp>
#include <faultline/check/wording.hpp>
#include <faultline/history/key_index.hpp>

namespace faultline {
namespace {

enum class Guarantee { read_your_writes, monotonic_reads };

/// A read that breaks the promise.
struct Offence {
  Moment at;
  OperationId read = nobody;
  OperationId earlier = nobody;  ///< the session's operation that it contradicts
  OperationId between = nobody;  ///< a value returned: the read that did not have it
};

/// Follows one session on one key.
class SessionJudge {
 public:
  SessionJudge(Guarantee guarantee, const History& history, const KeyVersions& versions)
      : guarantee_(guarantee), history_(history), versions_(versions) {}

  /// The session's answered operations, in order of their calls.
  void judge(std::span<const OperationId> operations, std::vector<Offence>& offences) {
    for (const OperationId id : operations) {
      const Operation& operation = history_.operations[id];
      settle(called(operation));
      if (operation.reads() && (!traceable(operation) || breaks_promise(id, offences))) continue;
      pending_.push_back(id);
    }
  }

 private:
  /// Takes note of operations that were over before `now`.
  void settle(Moment now) {
    std::sort(pending_.begin(), pending_.end(), [&](OperationId a, OperationId b) {
      return std::pair(answer(a), a) < std::pair(answer(b), b);
    });
    std::size_t over = 0;
    while (over < pending_.size() && answer(pending_[over]) < now) note(pending_[over++]);
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(over));
  }

  void note(OperationId id) {
    const Operation& operation = history_.operations[id];
    if (operation.writes()) {
      if (guarantee_ == Guarantee::read_your_writes) raise_floor(operation.written, id);
    } else if (guarantee_ == Guarantee::monotonic_reads) {
      for_each_observed(history_, operation, [&](Value value) {
        raise_floor(value, id);
        last_seen_[value] = reads_.size();
      });
      reads_.push_back(id);
    }
  }

  /// Whether it is known where all that was read comes from.
  bool traceable(const Operation& read) const {
    bool known = true;
    for_each_observed(history_, read,
                      [&](Value value) { known = known && versions_.find(value) != nullptr; });
    return known;
  }

  void raise_floor(Value value, OperationId id) {
    const Version* version = versions_.find(value);
    if (version == nullptr || (floor_ != nullptr && version->called <= floor_->called)) return;
    floor_ = version;
    floor_by_ = id;
  }

  bool breaks_promise(OperationId id, std::vector<Offence>& offences) const {
    if (below_floor(id)) {
      offences.push_back({answer(id), id, floor_by_, nobody});
      return true;
    }
    if (guarantee_ != Guarantee::monotonic_reads) return false;
    const Operation& read = history_.operations[id];
    bool broken = false;
    for_each_observed(history_, read, [&](Value value) {
      if (broken) return;
      const auto seen = last_seen_.find(value);
      if (seen == last_seen_.end() || seen->second + 1 >= reads_.size()) return;
      const OperationId earlier = reads_[seen->second];
      const OperationId between = reads_[seen->second + 1];
      if (!precedes(history_.operations[earlier], history_.operations[between])) return;
      offences.push_back({answer(id), id, earlier, between});
      broken = true;
    });
    return broken;
  }

  /// Whether all that the read returned is older than the floor.
  bool below_floor(OperationId id) const {
    if (floor_ == nullptr) return false;
    bool below = true;
    for_each_observed(history_, history_.operations[id], [&](Value value) {
      below = below && definitely_older(*versions_.find(value), *floor_);
    });
    return below;
  }

  Moment answer(OperationId id) const { return answered(history_.operations[id]); }

  Guarantee guarantee_;
  const History& history_;
  const KeyVersions& versions_;
  std::vector<OperationId> pending_;
  const Version* floor_ = nullptr;  ///< reads may not return what is older than this
  OperationId floor_by_ = nobody;
  std::vector<OperationId> reads_;          ///< noted, without those that broke the promise
  std::map<Value, std::size_t> last_seen_;  ///< position in `reads_`
};

/// Answered operations, by session and then by call.
std::vector<OperationId> by_session(const History& history,
                                    std::span<const OperationId> operations) {
  std::vector<OperationId> sorted;
  for (const OperationId id : operations) {
    if (answered(history.operations[id]) < endless) sorted.push_back(id);
  }
  std::sort(sorted.begin(), sorted.end(), [&](OperationId a, OperationId b) {
    const Operation& first = history.operations[a];
    const Operation& second = history.operations[b];
    return std::tie(first.session, first.invoked, a) < std::tie(second.session, second.invoked, b);
  });
  return sorted;
}

void judge_key(Guarantee guarantee, const History& history, std::span<const OperationId> operations,
               std::vector<Offence>& offences) {
  const KeyVersions versions(history, operations);
  const std::vector<OperationId> sorted = by_session(history, operations);
  for (std::size_t begin = 0; begin < sorted.size();) {
    std::size_t end = begin;
    while (end < sorted.size() &&
           history.operations[sorted[end]].session == history.operations[sorted[begin]].session) {
      ++end;
    }
    if (end - begin > 1) {
      SessionJudge(guarantee, history, versions)
          .judge(std::span(sorted).subspan(begin, end - begin), offences);
    }
    begin = end;
  }
}

/// The operations that prove every value of `read` older than `newer`, and a sentence that says so.
std::string prove_older(const History& history, const KeyVersions& versions, const Operation& read,
                        const Version& newer, std::vector<OperationId>& proof) {
  std::string text;
  for_each_observed(history, read, [&](Value value) {
    const Version& version = *versions.find(value);
    if (version.write == nobody) return;
    const Operation& write = history.operations[version.write];
    const OperationId evidence =
        precedes(write, history.operations[newer.write]) ? version.write : version.evidence;
    proof.push_back(evidence);
    text +=
        fmt::format(" {} is older than {}: {} was over before {} began.", value_in_words(value),
                    value_in_words(newer.value), in_words(history, history.operations[evidence]),
                    in_words(history, history.operations[newer.write]));
  });
  return text;
}

/// The newest of what an operation wrote or read.
const Version& newest_of(const History& history, const KeyVersions& versions,
                         const Operation& operation) {
  if (operation.writes()) return *versions.find(operation.written);
  const Version* newest = nullptr;
  for_each_observed(history, operation, [&](Value value) {
    const Version* version = versions.find(value);
    if (newest == nullptr || newest->called < version->called) newest = version;
  });
  return *newest;
}

Witness explain(const History& history, const KeyIndex& index, const Offence& offence) {
  const Operation& read = history.operations[offence.read];
  const Operation& earlier = history.operations[offence.earlier];
  Witness witness;
  witness.key = read.key;
  witness.operations = {offence.read, offence.earlier};
  const std::string read_words = in_words(history, read);
  const std::string earlier_words = in_words(history, earlier);
  if (offence.between != nobody) {
    witness.operations.push_back(offence.between);
    witness.explanation = fmt::format(
        "{} brought back what {} had found replaced, after {} had shown it before.", read_words,
        in_words(history, history.operations[offence.between]), earlier_words);
  } else {
    const KeyVersions versions(history, index.operations(*index.find(read.key)));
    const Version& newer = newest_of(history, versions, earlier);
    witness.explanation =
        fmt::format("{} stepped back behind {} of the same session.", read_words, earlier_words) +
        prove_older(history, versions, read, newer, witness.operations);
    if (witness.operations.size() > 2) witness.operations.push_back(newer.write);
  }
  std::sort(witness.operations.begin(), witness.operations.end());
  witness.operations.erase(std::unique(witness.operations.begin(), witness.operations.end()),
                           witness.operations.end());
  return witness;
}

CheckResult check_sessions(Guarantee guarantee, std::string_view name, const History& history,
                           const CheckOptions& options) {
  const KeyIndex index(history, options.workloads);
  CheckResult result;
  result.check = name;
  std::vector<Offence> offences;
  for (std::size_t position = 0; position < index.size(); ++position) {
    for (const OperationId id : index.operations(position)) {
      if (answered_read(history.operations[id])) ++result.checked;
    }
    judge_key(guarantee, history, index.operations(position), offences);
  }
  result.violations = offences.size();
  result.verdict = offences.empty() ? Verdict::valid : Verdict::invalid;
  std::sort(offences.begin(), offences.end(), [](const Offence& a, const Offence& b) {
    return std::tie(a.at, a.read) < std::tie(b.at, b.read);
  });
  offences.resize(std::min(offences.size(), options.witnesses));
  for (const Offence& offence : offences) {
    result.witnesses.push_back(explain(history, index, offence));
  }
  return result;
}

}  // namespace

CheckResult check_read_your_writes(const History& history, const CheckOptions& options) {
  return check_sessions(Guarantee::read_your_writes, "read_your_writes", history, options);
}

CheckResult check_monotonic_reads(const History& history, const CheckOptions& options) {
  return check_sessions(Guarantee::monotonic_reads, "monotonic_reads", history, options);
}

}  // namespace faultline
