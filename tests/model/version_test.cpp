// Version vectors and siblings, against brute force on sets of events.
#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include <doctest/doctest.h>

#include <faultline/core/random.hpp>
#include <faultline/model/version.hpp>

namespace faultline {
namespace {

// ---- version vectors ----------------------------------------------------------------------------

/// The oracle: a vector as the set of all dots it stands for.
std::set<std::pair<std::uint64_t, std::uint64_t>> dots_of(const VersionVector& vector) {
  std::set<std::pair<std::uint64_t, std::uint64_t>> dots;
  for (const Dot dot : vector.entries()) {
    for (std::uint64_t counter = 1; counter <= dot.counter(); ++counter) {
      dots.insert({dot.actor(), counter});
    }
  }
  return dots;
}

VersionVector random_vector(RandomStream& random) {
  VersionVector vector;
  for (std::uint64_t actor = 1; actor <= 4; ++actor) {
    const std::uint64_t counter = random.below(4);
    if (counter > 0) vector.add({actor, counter});
  }
  return vector;
}

TEST_CASE("comparing and merging vectors is comparing and uniting the sets of events they name") {
  RandomStream random(1, "vectors");
  for (int trial = 0; trial < 2000; ++trial) {
    const VersionVector a = random_vector(random);
    const VersionVector b = random_vector(random);
    const auto of_a = dots_of(a);
    const auto of_b = dots_of(b);
    const bool a_in_b = std::includes(of_b.begin(), of_b.end(), of_a.begin(), of_a.end());
    const bool b_in_a = std::includes(of_a.begin(), of_a.end(), of_b.begin(), of_b.end());
    const Causality expected = a_in_b && b_in_a ? Causality::equal
                               : a_in_b         ? Causality::before
                               : b_in_a         ? Causality::after
                                                : Causality::concurrent;
    CHECK(a.compare(b) == expected);
    VersionVector merged = a;
    merged.merge(b);
    auto both = of_a;
    both.insert(of_b.begin(), of_b.end());
    CHECK(dots_of(merged) == both);
    CHECK(VersionVector::from(merged.token()) == merged);
  }
}

TEST_CASE("a vector is bounded: the oldest entry is forgotten") {
  VersionVector vector;
  for (std::uint64_t actor = 1; actor <= VersionVector::capacity; ++actor) {
    vector.add({actor, 100 - actor});
  }
  vector.add({1000, 500});
  CHECK(vector.entries().size() == VersionVector::capacity);
  CHECK_FALSE(vector.covers({VersionVector::capacity, 1}));
  CHECK(vector.covers({1000, 500}));
  CHECK(vector.covers({1, 99}));
}

// ---- siblings -----------------------------------------------------------------------------------

std::set<Value> values_of(const Siblings& siblings) {
  std::set<Value> values;
  for (const Sibling& sibling : siblings.versions()) values.insert(sibling.value);
  return values;
}

TEST_CASE("the example of Dynamo's figure 3") {
  // D1 and D2 by Sx; D3 by Sy and D4 by Sz, both from D2; D5 by Sx after reading D3 and D4.
  const std::uint64_t sx = 1;
  const std::uint64_t sy = 2;
  const std::uint64_t sz = 3;
  Siblings d1;
  d1.write({}, {sx, 1}, 1, 0);
  Siblings d2 = d1;
  d2.write(d1.seen(), {sx, 2}, 2, 0);
  CHECK(values_of(d2) == std::set<Value>{2});
  Siblings d3 = d2;
  d3.write(d2.seen(), {sy, 1}, 3, 0);
  Siblings d4 = d2;
  d4.write(d2.seen(), {sz, 1}, 4, 0);
  CHECK(d3.seen().compare(d4.seen()) == Causality::concurrent);
  Siblings both = d3;
  both.merge(d4);
  CHECK(values_of(both) == std::set<Value>{3, 4});
  Siblings d5 = both;
  d5.write(both.seen(), {sx, 3}, 5, 0);
  CHECK(values_of(d5) == std::set<Value>{5});
  CHECK(d4.seen().compare(d5.seen()) == Causality::before);
  d5.merge(d4);
  CHECK(values_of(d5) == std::set<Value>{5});
}

TEST_CASE("two clients who do not know of each other write through one coordinator") {
  // A plain vector clock per coordinator would let the second replace the first.
  Siblings siblings;
  siblings.write({}, {1, 1}, 10, 0);
  siblings.write({}, {1, 2}, 20, 0);
  CHECK(values_of(siblings) == std::set<Value>{10, 20});
}

TEST_CASE("who wrote has not seen what was written beside, though one actor took both") {
  Siblings siblings;
  siblings.write({}, {1, 1}, 10, 0);
  siblings.write({}, {1, 2}, 20, 0);
  CHECK(siblings.seen_by_writer({}, 20).empty());
  CHECK(siblings.seen_by_writer({}, 10).covers({1, 1}));
  siblings.write(siblings.seen_by_writer({}, 20), {1, 3}, 30, 0);
  CHECK(values_of(siblings) == std::set<Value>{10, 20, 30});
  const VersionVector all = siblings.seen();
  siblings.write(all, {1, 4}, 40, 0);
  CHECK(siblings.seen_by_writer(all, 40).covers({1, 4}));
}

TEST_CASE("replicas that exchange in any order hold what causal histories say") {
  // The oracle keeps for every version the set of versions its writer had seen: what remains is
  // what no other version at the replica has seen.
  struct World {
    std::map<Value, std::set<Value>> past;
    std::set<Value> survivors(const std::set<Value>& at) const {
      std::set<Value> left;
      for (const Value value : at) {
        const bool replaced = std::any_of(
            at.begin(), at.end(), [&](Value other) { return past.at(other).contains(value); });
        if (!replaced) left.insert(value);
      }
      return left;
    }
  };
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    RandomStream random(seed, "siblings");
    World world;
    std::vector<Siblings> replicas(3);
    std::vector<std::set<Value>> known(3);  // all that ever reached the replica
    for (Value value = 1; value <= Siblings::capacity; ++value) {  // so that none is dropped
      const std::size_t at = random.below(3);
      // A client that has read some replica, or nothing, writes through `at`.
      VersionVector read;
      std::set<Value> seen;
      if (random.chance(0.7)) {
        const std::size_t from = random.below(3);
        read = replicas[from].seen();
        seen = known[from];
      }
      replicas[at].write(read, {at + 1, value}, value, 0);
      world.past[value] = seen;
      known[at].insert(value);
      // What the client had seen counts as known, through the new version's past.
      known[at].insert(seen.begin(), seen.end());
      if (random.chance(0.5)) {
        const std::size_t from = random.below(3);
        replicas[at].merge(replicas[from]);
        known[at].insert(known[from].begin(), known[from].end());
      }
      for (std::size_t i = 0; i < 3; ++i) {
        REQUIRE(values_of(replicas[i]) == world.survivors(known[i]));
      }
    }
    Siblings forth = replicas[0];
    forth.merge(replicas[1]);
    forth.merge(replicas[2]);
    Siblings back = replicas[2];
    back.merge(replicas[1]);
    back.merge(replicas[0]);
    CHECK(forth.same_versions(back));
    CHECK(forth.digest() == back.digest());
  }
}

TEST_CASE("siblings are bounded: the oldest is dropped and named") {
  Siblings siblings;
  for (std::uint64_t i = 1; i <= Siblings::capacity; ++i) {
    CHECK(siblings.write({}, {1, i}, 100 + i, 0) == nil);
  }
  CHECK(siblings.write({}, {1, 50}, 200, 0) == 101);
  CHECK(siblings.versions().size() == Siblings::capacity);
}

}  // namespace
}  // namespace faultline
