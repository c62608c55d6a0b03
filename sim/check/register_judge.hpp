// Judges the operations on one key as one register; the workings of check_linearizable.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <faultline/check/check.hpp>
#include <faultline/check/versions.hpp>
#include <faultline/check/zones.hpp>

namespace faultline {

class RegisterJudge {
 public:
  /// `operations`: the reads and writes of one key, in order of invocation. Both arguments must
  /// outlive the judge.
  RegisterJudge(const History& history, std::span<const OperationId> operations);

  /// Whether every value names its write, so that the other questions can be answered.
  bool applicable() const { return !versions_.ambiguous(); }
  /// Answered reads and writes.
  std::size_t judged() const { return judged_; }
  bool linearizable() const { return !first_misread_ && !find_conflict(zones_until(endless)); }
  /// The first answer after which the history was not linearizable any more. Only for histories
  /// that are not. (What is linearizable has only linearizable beginnings, so the instant is well
  /// defined.)
  Moment first_contradiction() const;
  /// Explains what went wrong at first_contradiction().
  Witness witness() const;

 private:
  /// A read of some version, within the cluster of that version.
  struct ClusterRead {
    std::size_t version;  ///< position among the versions
    Moment answered;
    OperationId id;
    Moment latest_call;  ///< of this read and those of the cluster before it
  };

  /// A read that is wrong by itself, whatever the order of the writes.
  struct Misread {
    Moment answered;
    OperationId id;
  };

  void sort_reads(std::span<const OperationId> operations);
  bool misread(const Operation& read) const;
  Moment write_answered(const Version& version) const;
  /// The zones of what had happened up to `horizon`: later answers are still awaited.
  std::vector<ClusterZone> zones_until(Moment horizon) const;
  /// Appends the zone of one cluster, if any answer proves its value up to `horizon`.
  void append_zone(std::size_t version, std::span<const ClusterRead> reads, Moment horizon,
                   std::vector<ClusterZone>& zones) const;
  /// The first answer that leaves conflicting zones behind it; there must be one.
  Moment first_conflict() const;
  std::vector<Moment> answers() const;

  Witness explain_misread(OperationId id) const;
  Witness explain_conflict(const ZoneConflict& conflict, Moment horizon) const;
  /// Operations on `inner` that lie, in real time, between operations on `outer`.
  std::optional<Witness> explain_return(std::size_t outer, std::size_t inner, Moment horizon) const;
  /// Operations that put `first` before `second`, and others that put it after.
  Witness explain_cycle(std::size_t first, std::size_t second, Moment horizon) const;
  /// An operation of a cluster that was over before `id` began, the write if possible; or nobody.
  OperationId one_before(const std::vector<OperationId>& cluster, OperationId id) const;
  /// One of `earlier` that was over before one of `later` began; there must be such a pair.
  std::pair<OperationId, OperationId> in_order(const std::vector<OperationId>& earlier,
                                               const std::vector<OperationId>& later) const;
  /// The operations on a version up to `horizon`: the write, then reads by answer.
  std::vector<OperationId> cluster(std::size_t version, Moment horizon) const;
  const Operation& operation(OperationId id) const { return history_.operations[id]; }
  std::string words(OperationId id) const;
  Witness witness_of(std::string explanation, std::vector<OperationId> operations) const;

  const History& history_;
  KeyVersions versions_;
  std::vector<ClusterRead> reads_;  ///< by version, then by answer
  std::optional<Misread> first_misread_;
  std::size_t judged_ = 0;
};

}  // namespace faultline
