// The data types that merge, alone: the laws of a lattice on random states, and what their
// specifications say of the set of updates that a replica knows of.
#include <algorithm>
#include <set>
#include <vector>

#include <doctest/doctest.h>

#include <faultline/core/random.hpp>
#include <faultline/multi_leader/mergeable.hpp>

namespace faultline::multi_leader {
namespace {

constexpr DataType types[] = {DataType::g_counter, DataType::pn_counter, DataType::or_set,
                              DataType::lww_map};
constexpr std::size_t replicas = 3;

/// Replicas that update and merge at random; beside each state the updates that it knows of.
struct World {
  struct Update {
    Value operand;
    bool adds;
    UpdateName name;
    std::set<std::size_t> past;  ///< the updates that its replica knew of
  };
  explicit World(DataType of) : type(of), states(replicas, empty_of(of)), known(replicas) {}

  void step(RandomStream& random) {
    const std::size_t at = random.below(replicas);
    if (random.chance(0.4)) {
      const std::size_t from = random.below(replicas);
      merge(states[at], states[from]);
      known[at].insert(known[from].begin(), known[from].end());
      return;
    }
    Update update;
    update.operand = 1 + random.below(3);
    update.adds = !can_remove(type) || random.chance(0.6);
    update.name.replica = {static_cast<std::uint32_t>(at), 1};
    update.name.dot = {at, updates.size() + 1};
    // Clocks as wrong as can be, but no replica gives a time twice.
    update.name.stamp = {static_cast<std::int64_t>(random.below(5) * 1000 + updates.size()), at};
    update.past = known[at];
    if (update.adds) {
      add(states[at], update.operand, update.name);
    } else {
      remove(states[at], update.operand, update.name);
    }
    known[at].insert(updates.size());
    updates.push_back(update);
  }

  /// The specification: what the updates add up to, whatever the order in which they came.
  Value specified(const std::set<std::size_t>& of) const {
    Value value = 0;
    switch (type) {
      case DataType::or_set:
        for (const std::size_t add : of) {
          if (!updates[add].adds) continue;
          const bool removed = std::any_of(of.begin(), of.end(), [&](std::size_t other) {
            return !updates[other].adds && updates[other].operand == updates[add].operand &&
                   updates[other].past.contains(add);
          });
          if (!removed) value |= Value{1} << updates[add].operand;
        }
        return value;
      case DataType::lww_map:
        for (Value field = 1; field <= 3; ++field) {
          const Update* last = nullptr;
          for (const std::size_t update : of) {
            if (updates[update].operand != field) continue;
            if (last == nullptr || last->name.stamp < updates[update].name.stamp) {
              last = &updates[update];
            }
          }
          if (last != nullptr && last->adds) value |= Value{1} << field;
        }
        return value;
      default:
        for (const std::size_t update : of) {
          value += updates[update].adds ? updates[update].operand : 0 - updates[update].operand;
        }
        return value;
    }
  }

  DataType type;
  std::vector<Mergeable> states;
  std::vector<std::set<std::size_t>> known;
  std::vector<Update> updates{};
};

TEST_CASE("a replica holds what the specification says of the updates that it knows of") {
  for (const DataType type : types) {
    CAPTURE(static_cast<int>(type));
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
      RandomStream random(seed, "mergeable");
      World world(type);
      for (int step = 0; step < 40; ++step) {
        world.step(random);
        for (std::size_t at = 0; at < replicas; ++at) {
          REQUIRE(shown_of(world.states[at]) == world.specified(world.known[at]));
        }
      }
    }
  }
}

TEST_CASE("merging is commutative, associative and idempotent") {
  const auto merged = [](Mergeable one, const Mergeable& other) {
    merge(one, other);
    return one;
  };
  for (const DataType type : types) {
    CAPTURE(static_cast<int>(type));
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
      RandomStream random(seed, "lattice");
      World world(type);
      for (int step = 0; step < 30; ++step) world.step(random);
      const Mergeable& a = world.states[0];
      const Mergeable& b = world.states[1];
      const Mergeable& c = world.states[2];
      CHECK(merged(a, b) == merged(b, a));
      CHECK(merged(merged(a, b), c) == merged(a, merged(b, c)));
      CHECK(merged(a, a) == a);
      CHECK(merged(merged(a, b), b) == merged(a, b));
    }
  }
}

TEST_CASE("a grow-only counter counts an increment once, however often it hears of it") {
  GCounter here;
  GCounter there;
  here.add({0, 1}, 2);
  there.add({1, 1}, 3);
  for (int message = 0; message < 3; ++message) there.merge(here);
  CHECK(there.value() == 5);
  // The same leader with another disk is another replica: what it had counted is not forgotten.
  GCounter anew;
  anew.add({0, 2}, 1);
  anew.merge(there);
  CHECK(anew.value() == 6);
}

TEST_CASE("a counter that falls may fall below zero") {
  PnCounter counter;
  counter.remove({0, 1}, 3);
  CHECK(static_cast<std::int64_t>(counter.value()) == -3);
  counter.add({1, 1}, 5);
  CHECK(counter.value() == 2);
}

TEST_CASE("what was removed does not come back, and what the remove did not know of stays") {
  OrSet cart;
  cart.add(7, {0, 1});
  OrSet elsewhere = cart;
  const OrSet late = cart;  // a message that is slow
  cart.remove(7);
  cart.merge(late);
  CHECK(cart.elements().empty());
  elsewhere.add(7, {1, 2});
  cart.merge(elsewhere);
  CHECK(cart.elements() == std::set<Value>{7});
}

TEST_CASE("in a map of last writers the clock decides between an add and a remove") {
  LwwMap one;
  LwwMap other;
  one.add(7, {10, 0});
  other.remove(7, {20, 1});
  one.merge(other);
  CHECK(one.fields().empty());
  one.add(7, {15, 0});  // by a clock that is behind: lost, as in a register
  CHECK(one.fields().empty());
  one.add(7, {20, 2});
  CHECK(one.fields() == std::set<Value>{7});
  CHECK(one.latest() == Timestamp{20, 2});
}

TEST_CASE("a client sees a count, or elements") {
  Mergeable counter = empty_of(DataType::g_counter);
  CHECK(response_of(counter).count == 0);
  add(counter, 5, {{0, 1}, {0, 1}, {1, 0}});
  CHECK(response_of(counter).observed()[0] == 5);
  Mergeable set = empty_of(DataType::or_set);
  for (Value element = 12; element > 2; --element)
    add(set, element, {{0, 1}, {0, 20 - element}, {}});
  CHECK(elements_of(set).size() == 10);
  CHECK(response_of(set).count == Response::most_values);
  CHECK(response_of(set).observed()[0] == 3);
}

}  // namespace
}  // namespace faultline::multi_leader
