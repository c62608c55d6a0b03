// What an instance may become when its leader is silent: the choice that a recovering replica makes
// from the answers of a majority (SOSP 2013, Figure 3, Explicit Prepare). A plain function without
// a Context.
//
// Whatever may have been committed has to be chosen. A vote of a higher ballot was cast in the
// knowledge of the lower ones, so only the highest count. What was accepted may be committed. What
// was only pre-accepted may be committed if its leader may have taken the fast path: if the leader
// is not among those who answered (it would have said so, and has now promised to take it no more),
// and all of the fast quorum that are have pre-accepted, in the first ballot, with the same
// attributes. There remain those who did not answer.
//
// Together with the leader those who agree may be a majority. Then the attributes are as good as
// any: whatever interferes has met one of them. Else, which happens with the optimised fast quorum
// alone, they must be tried first: perhaps another command has been committed past them, which
// proves that the fast path was not taken. If it was not, replicas are free to begin anew.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include <faultline/epaxos/instance.hpp>
#include <faultline/model/majority.hpp>

namespace faultline::epaxos {

struct Recovery {
  enum class Step : std::uint8_t {
    commit,          ///< it is committed somewhere
    accept,          ///< it may be committed with these attributes, which are right
    try_pre_accept,  ///< it may be, if these attributes are right
    begin_anew,      ///< it is not: ask a majority again what interferes
    no_op            ///< and nobody knows what it was to be
  };
  Step step = Step::no_op;
  Action action;
  Attributes attributes;
  Replicas fast_quorum;  ///< try_pre_accept: its leader's
};

/// What a majority of the cluster answered, by replica.
using Answers = std::vector<std::pair<Replica, Instance>>;

namespace detail {

/// All of the fast quorum that answered have the same attributes from the first ballot; how many
/// they are, and 0 if they differ.
inline std::size_t agreeing(const Answers& answers, Replicas fast_quorum, Attributes& agreed) {
  std::size_t count = 0;
  for (const auto& [replica, instance] : answers) {
    if (!fast_quorum.has(replica)) continue;
    const bool voted = instance.status == Instance::Status::pre_accepted && instance.voted == 0;
    if (!voted || (count > 0 && !(instance.attributes == agreed))) return 0;
    agreed = instance.attributes;
    ++count;
  }
  return count;
}

/// The vote that counts: of the highest ballot, and of two in one the later.
inline const Instance* highest_vote(const Answers& answers) {
  const Instance* highest = nullptr;
  for (const auto& [replica, instance] : answers) {
    if (instance.status == Instance::Status::none) continue;
    if (highest == nullptr || instance.voted > highest->voted ||
        (instance.voted == highest->voted && instance.status > highest->status)) {
      highest = &instance;
    }
  }
  return highest;
}

}  // namespace detail

/// `replicas`: of the whole cluster.
inline Recovery recovery_of(InstanceId id, std::size_t replicas, const Answers& answers) {
  using Step = Recovery::Step;
  Recovery recovery;
  recovery.action.kind = Action::Kind::no_op;
  const Instance* begun = nullptr;
  bool leader_answers = false;
  for (const auto& [replica, instance] : answers) {
    if (instance.committed()) return {Step::commit, instance.action, instance.attributes, {}};
    if (replica == id.replica) leader_answers = true;
    if (instance.begun) begun = &instance;
    if (!instance.action.touches()) continue;
    recovery.action = instance.action;
    recovery.attributes.join(instance.attributes);
  }
  const Instance* highest = detail::highest_vote(answers);
  if (highest != nullptr && highest->status == Instance::Status::accepted) {
    return {Step::accept, highest->action, highest->attributes, {}};
  }
  if (recovery.action.kind == Action::Kind::no_op) return recovery;
  // Whatever becomes of it, it keeps the dependencies that its leader began with.
  recovery.step = Step::begin_anew;
  if (begun != nullptr) recovery.attributes.dependencies.join(begun->initial);
  const bool first_ballot = highest != nullptr && highest->voted == 0;
  if (leader_answers || !first_ballot || begun == nullptr) return recovery;
  Attributes agreed;
  const std::size_t agree = detail::agreeing(answers, begun->fast_quorum, agreed);
  if (agree == 0) return recovery;
  recovery.attributes = agreed;
  recovery.fast_quorum = begun->fast_quorum;
  const bool majority_agrees = agree + 1 >= majority(replicas);  // with the leader
  recovery.step = majority_agrees ? Step::accept : Step::try_pre_accept;
  return recovery;
}

}  // namespace faultline::epaxos
