// What a recovering replica may choose from the answers of a majority, case by case; and how many
// make a fast quorum.
#include <doctest/doctest.h>

#include <faultline/epaxos/quorums.hpp>
#include <faultline/epaxos/recovery_rule.hpp>

namespace faultline::epaxos {
namespace {

using Status = Instance::Status;
using Step = Recovery::Step;

/// Instance 0.1 of five replicas; its leader, 0, takes 0, 1 and 2 for its fast quorum.
constexpr InstanceId id{0, 1};

Instance heard(Status status, Sequence sequence, Ballot voted = 0) {
  Instance instance;
  instance.status = status;
  instance.begun = true;
  for (const Replica member : {0U, 1U, 2U}) instance.fast_quorum.add(member);
  instance.action.kind = Action::Kind::write;
  instance.action.command.value = 42;
  instance.voted = voted;
  instance.attributes.sequence = sequence;
  return instance;
}
const Instance nothing;

Step step(const Answers& answers) { return recovery_of(id, 5, answers).step; }

TEST_CASE("what is committed or accepted is taken over, the latest vote first") {
  CHECK(step({{1, nothing}, {2, heard(Status::committed, 1)}, {3, nothing}}) == Step::commit);
  const Recovery recovery = recovery_of(id, 5,
                                        {{1, heard(Status::accepted, 1, 16)},
                                         {2, heard(Status::accepted, 2, 33)},
                                         {3, heard(Status::pre_accepted, 3)}});
  CHECK(recovery.step == Step::accept);
  CHECK(recovery.attributes.sequence == 2);
  // A later ballot has found that nothing was chosen before, and has begun anew.
  CHECK(step({{1, heard(Status::accepted, 1, 16)},
              {2, heard(Status::pre_accepted, 2, 33)},
              {3, nothing}}) == Step::begin_anew);
}

TEST_CASE("a majority that agrees with the leader is accepted") {
  const Recovery recovery = recovery_of(
      id, 5,
      {{1, heard(Status::pre_accepted, 7)}, {2, heard(Status::pre_accepted, 7)}, {3, nothing}});
  CHECK(recovery.step == Step::accept);
  CHECK(recovery.attributes.sequence == 7);
  CHECK(recovery.action.command.value == 42);
}

TEST_CASE("one of the fast quorum alone has to be tried") {
  const Recovery recovery =
      recovery_of(id, 5, {{2, heard(Status::pre_accepted, 7)}, {3, nothing}, {4, nothing}});
  CHECK(recovery.step == Step::try_pre_accept);
  CHECK(recovery.fast_quorum.has(1));
  // With three replicas the leader and another are a majority.
  Instance instance = heard(Status::pre_accepted, 7);
  instance.fast_quorum = {};
  instance.fast_quorum.add(0);
  instance.fast_quorum.add(1);
  CHECK(recovery_of(id, 3, {{1, instance}, {2, nothing}}).step == Step::accept);
}

TEST_CASE("what cannot have taken the fast path is begun anew, with all that is known of it") {
  Instance one = heard(Status::pre_accepted, 7);
  one.attributes.dependencies.until[3] = 5;
  SUBCASE("because the fast quorum does not agree") {
    const Recovery recovery =
        recovery_of(id, 5, {{1, one}, {2, heard(Status::pre_accepted, 8)}, {3, nothing}});
    CHECK(recovery.step == Step::begin_anew);
    CHECK(recovery.attributes.sequence == 8);
    CHECK(recovery.attributes.dependencies.until[3] == 5);
  }
  SUBCASE("because one of the fast quorum has never heard of it") {
    CHECK(step({{1, one}, {2, nothing}, {3, nothing}}) == Step::begin_anew);
  }
  SUBCASE("because its leader says that it has not taken it") {
    CHECK(step({{0, one}, {1, one}, {2, one}}) == Step::begin_anew);
  }
  SUBCASE("because only others have heard of it") {
    CHECK(step({{1, nothing}, {3, one}, {4, one}}) == Step::begin_anew);
  }
  SUBCASE("because a later ballot has begun anew, too") {
    CHECK(step({{1, heard(Status::pre_accepted, 7, 17)}, {2, one}, {3, nothing}}) ==
          Step::begin_anew);
  }
  SUBCASE("because there was no fast quorum") {
    one.fast_quorum = {};
    CHECK(step({{1, one}, {2, one}, {3, one}}) == Step::begin_anew);
  }
}

TEST_CASE("what nobody knows becomes a no-op") {
  const Recovery recovery = recovery_of(id, 5, {{1, nothing}, {2, nothing}, {3, nothing}});
  CHECK(recovery.step == Step::no_op);
  CHECK(recovery.action.kind == Action::Kind::no_op);
  CHECK(recovery.attributes == Attributes{});
}

TEST_CASE("fast quorums are as large as published") {
  // f + floor((f + 1) / 2) of 2f + 1 (SOSP 2013); the sizes that fantoch's tests expect.
  const std::vector<std::pair<std::size_t, std::size_t>> optimised{{3, 2}, {5, 3}, {7, 5}, {9, 6}};
  for (const auto& [replicas, size] : optimised) {
    CHECK(optimised_fast_quorum(replicas) == size);
    CHECK(simple_fast_quorum(replicas) == replicas - 1);
  }
  for (std::size_t replicas = 1; replicas <= most_replicas; ++replicas) {
    CAPTURE(replicas);
    for (const std::size_t fast : {optimised_fast_quorum(replicas), simple_fast_quorum(replicas)}) {
      CHECK(fast >= majority(replicas));
      CHECK(fast <= replicas);
      CHECK(fast + majority(replicas) > replicas);             // one at least is asked
      CHECK(2 * (replicas - fast) <= majority(replicas) + 1);  // and one command at most can hide
    }
  }
}

}  // namespace
}  // namespace faultline::epaxos
