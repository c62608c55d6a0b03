// Monotonic writes and writes-follow-reads: what a write came after must be there with it.
#include <algorithm>
#include <tuple>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include <faultline/check/sessions.hpp>
#include <faultline/check/versions.hpp>
#include <faultline/check/wording.hpp>
#include <faultline/history/key_index.hpp>

namespace faultline {
namespace {

enum class Guarantee { monotonic_writes, writes_follow_reads };

/// That a session knew of a version of a key when an operation was over, and of none newer.
struct Knowledge {
  std::uint32_t session;
  Moment over;
  Moment newest;   ///< when the write of that version began
  OperationId by;  ///< the operation that told it
};

/// The latest write of some session that a reader has come across.
struct Sight {
  Moment called;
  OperationId write = nobody;
  OperationId read = nobody;
};

struct Offence {
  OperationId read = nobody;
  OperationId before = nobody;  ///< what the writer had written or read before
  Sight sight;
};

/// What is known of one key.
class KeyKnowledge {
 public:
  KeyKnowledge(Guarantee guarantee, const History& history, std::span<const OperationId> operations)
      : versions_(history, operations) {
    for (const Version& version : versions_.all()) calls_.push_back(version.called);
    std::sort(calls_.begin(), calls_.end());
    for (const OperationId id : operations) {
      const Operation& operation = history.operations[id];
      if (operation.outcome != Outcome::ok) continue;
      if (operation.writes() != (guarantee == Guarantee::monotonic_writes)) continue;
      const auto newest = newest_of(history, operation);
      if (newest) known_.push_back({operation.session, answered(operation), *newest, id});
    }
    std::sort(known_.begin(), known_.end(), [](const Knowledge& a, const Knowledge& b) {
      return std::tie(a.session, a.over, a.by) < std::tie(b.session, b.over, b.by);
    });
    for (std::size_t place = 0; place < known_.size(); ++place) {
      if (place == 0 || known_[place].session != known_[place - 1].session) {
        sessions_.push_back(place);
      } else if (known_[place].newest < known_[place - 1].newest) {
        known_[place].newest = known_[place - 1].newest;
        known_[place].by = known_[place - 1].by;
      }
    }
    sessions_.push_back(known_.size());
  }

  const KeyVersions& versions() const { return versions_; }

  /// Since when the newest of what a read returned has certainly been there; nothing if some of it
  /// is of unknown origin.
  std::optional<Moment> established(const History& history, const Operation& read) const {
    Moment latest = beginning;
    bool known = true;
    for_each_observed(history, read, [&](Value value) {
      const Version* version = versions_.find(value);
      known = known && version != nullptr;
      if (known) latest = std::max(latest, version->established);
    });
    return known ? std::optional(latest) : std::nullopt;
  }

  /// Whether the write of some version began between the two.
  bool has_newer(const Moment& established, const Moment& before) const {
    const auto call = std::upper_bound(calls_.begin(), calls_.end(), established);
    return call != calls_.end() && *call < before;
  }

  /// Calls `visit(session, known until)` for each session that knew anything; `known until` gives
  /// what it knew when something at some moment began, or null.
  template <typename Visitor>
  void for_each_session(Visitor&& visit) const {
    for (std::size_t number = 0; number + 1 < sessions_.size(); ++number) {
      const auto begin = known_.begin() + static_cast<std::ptrdiff_t>(sessions_[number]);
      const auto end = known_.begin() + static_cast<std::ptrdiff_t>(sessions_[number + 1]);
      visit(begin->session, [&](const Moment& moment) -> const Knowledge* {
        const auto after = std::partition_point(
            begin, end, [&](const Knowledge& each) { return each.over < moment; });
        return after == begin ? nullptr : &*std::prev(after);
      });
    }
  }

 private:
  std::optional<Moment> newest_of(const History& history, const Operation& operation) const {
    if (operation.writes()) {
      const Version* version = versions_.find(operation.written);
      return version == nullptr ? std::nullopt : std::optional(version->called);
    }
    std::optional<Moment> newest;
    for_each_observed(history, operation, [&](Value value) {
      const Version* version = versions_.find(value);
      if (version == nullptr || version->write == nobody) return;
      if (!newest || *newest < version->called) newest = version->called;
    });
    return newest;
  }

  KeyVersions versions_;
  std::vector<Moment> calls_;          ///< when the writes of the versions began, ascending
  std::vector<Knowledge> known_;       ///< by session, then by time
  std::vector<std::size_t> sessions_;  ///< where each begins in `known_`
};

class WriteOrderJudge {
 public:
  WriteOrderJudge(Guarantee guarantee, const History& history, const CheckOptions& options)
      : guarantee_(guarantee), history_(history), index_(history, options.workloads) {
    for (std::size_t position = 0; position < index_.size(); ++position) {
      keys_.emplace_back(guarantee, history, index_.operations(position));
      for (const OperationId id : index_.operations(position)) {
        if (answered_read(history.operations[id])) reads_.push_back({id, position});
      }
    }
    std::sort(reads_.begin(), reads_.end(), [&](const Read& a, const Read& b) {
      const auto order = [&](const Read& each) {
        const Operation& operation = history.operations[each.id];
        return std::tuple(operation.session, called(operation), each.id);
      };
      return order(a) < order(b);
    });
  }

  CheckResult judge(std::string_view name, const CheckOptions& options) {
    for (std::size_t begin = 0; begin < reads_.size();) {
      std::size_t end = begin;
      while (end < reads_.size() && session_of(reads_[end]) == session_of(reads_[begin])) ++end;
      judge_session(std::span(reads_).subspan(begin, end - begin));
      begin = end;
    }
    CheckResult result;
    result.check = name;
    result.checked = reads_.size();
    result.violations = offences_.size();
    if (!offences_.empty()) result.verdict = Verdict::invalid;
    std::sort(offences_.begin(), offences_.end(), [&](const Offence& a, const Offence& b) {
      const Operation& first = history_.operations[a.read];
      const Operation& second = history_.operations[b.read];
      return std::tuple(answered(first), a.read) < std::tuple(answered(second), b.read);
    });
    offences_.resize(std::min(offences_.size(), options.witnesses));
    for (const Offence& offence : offences_) result.witnesses.push_back(explain(offence));
    return result;
  }

 private:
  struct Read {
    OperationId id;
    std::size_t position;  ///< of its key in the index
  };

  std::uint32_t session_of(const Read& read) const { return history_.operations[read.id].session; }

  /// `reads`: of one session, in order of their calls.
  void judge_session(std::span<const Read> reads) {
    std::vector<Read> by_answer(reads.begin(), reads.end());
    std::sort(by_answer.begin(), by_answer.end(), [&](const Read& a, const Read& b) {
      const Operation& first = history_.operations[a.id];
      const Operation& second = history_.operations[b.id];
      return std::tuple(answered(first), a.id) < std::tuple(answered(second), b.id);
    });
    std::unordered_map<std::uint32_t, Sight> sights;  // by session of the writer
    auto over = by_answer.begin();
    for (const Read& read : reads) {
      while (precedes(history_.operations[over->id], history_.operations[read.id])) {
        note(*over++, sights);
      }
      judge_read(read, sights);
    }
  }

  void note(const Read& read, std::unordered_map<std::uint32_t, Sight>& sights) const {
    const Operation& operation = history_.operations[read.id];
    for_each_observed(history_, operation, [&](Value value) {
      const Version* version = keys_[read.position].versions().find(value);
      if (version == nullptr || version->write == nobody) return;
      const std::uint32_t writer = history_.operations[version->write].session;
      if (writer == operation.session) return;
      const auto [sight, first] = sights.try_emplace(writer);
      if (first || sight->second.called < version->called) {
        sight->second = {version->called, version->write, read.id};
      }
    });
  }

  void judge_read(const Read& read, const std::unordered_map<std::uint32_t, Sight>& sights) {
    const Operation& operation = history_.operations[read.id];
    const KeyKnowledge& key = keys_[read.position];
    const auto established = key.established(history_, operation);
    if (!established || !key.has_newer(*established, called(operation))) return;
    Offence offence;
    Moment newest = *established;
    key.for_each_session([&](std::uint32_t session, auto&& known_until) {
      const auto sight = sights.find(session);
      if (sight == sights.end()) return;
      const Knowledge* knowledge = known_until(sight->second.called);
      if (knowledge == nullptr || knowledge->newest <= newest) return;
      newest = knowledge->newest;
      offence = {read.id, knowledge->by, sight->second};
    });
    if (offence.read != nobody) offences_.push_back(offence);
  }

  Witness explain(const Offence& offence) const {
    const auto words = [&](OperationId id) { return in_words(history_, history_.operations[id]); };
    Witness witness;
    witness.key = history_.operations[offence.read].key;
    witness.operations = {offence.read, offence.before, offence.sight.write, offence.sight.read};
    std::sort(witness.operations.begin(), witness.operations.end());
    witness.explanation = fmt::format(
        "{} returned something older than {}, which {} came after; {} had shown that write before.",
        words(offence.read),
        guarantee_ == Guarantee::monotonic_writes ? words(offence.before)
                                                  : "what " + words(offence.before) + " had shown",
        words(offence.sight.write), words(offence.sight.read));
    return witness;
  }

  Guarantee guarantee_;
  const History& history_;
  KeyIndex index_;
  std::vector<KeyKnowledge> keys_;  ///< by position in the index
  std::vector<Read> reads_;         ///< answered ones, by session and call
  std::vector<Offence> offences_;
};

}  // namespace

CheckResult check_monotonic_writes(const History& history, const CheckOptions& options) {
  return WriteOrderJudge(Guarantee::monotonic_writes, history, options)
      .judge("monotonic_writes", options);
}

CheckResult check_writes_follow_reads(const History& history, const CheckOptions& options) {
  return WriteOrderJudge(Guarantee::writes_follow_reads, history, options)
      .judge("writes_follow_reads", options);
}

}  // namespace faultline
