// The parts without a Context: arithmetic against sorting and definitions, logs and tables against
// replaying everything from the beginning.
#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include <doctest/doctest.h>

#include <faultline/core/random.hpp>
#include <faultline/leader_follower/rules.hpp>
#include <faultline/leader_follower/table.hpp>
#include <faultline/model/entrusted.hpp>
#include <faultline/model/majority.hpp>

#include "close_to.hpp"

namespace faultline::leader_follower {
namespace {

using testing::close_to;

struct Disk : DurableState {};

/// A log of random length whose terms grow now and then.
std::vector<Term> random_terms(RandomStream& random, std::vector<Term> terms) {
  Term term = terms.empty() ? 1 : terms.back();
  for (std::uint64_t more = random.below(8); more > 0; --more) {
    if (random.chance(0.4)) term += 1 + random.below(2);
    terms.push_back(term);
  }
  return terms;
}

void fill(Log& log, const std::vector<Term>& terms) {
  for (const Term term : terms) {
    Entry entry;
    entry.term = term;
    log.append(entry);
  }
}

TEST_CASE("a value is reached by the nodes that sorting says") {
  RandomStream random(1, "reached");
  for (int trial = 0; trial < 2000; ++trial) {
    std::vector<Index> values(1 + random.below(9));
    for (Index& value : values) value = random.below(10);
    const std::size_t count = 1 + random.below(values.size());
    std::vector<Index> sorted = values;
    std::sort(sorted.rbegin(), sorted.rend());
    CHECK(reached_by(count, values) == sorted[count - 1]);
  }
}

TEST_CASE("two majorities share a node, two smaller sets need not") {
  for (std::size_t nodes = 1; nodes < 20; ++nodes) {
    CHECK(2 * majority(nodes) > nodes);
    CHECK(2 * (majority(nodes) - 1) <= nodes);
  }
}

TEST_CASE("no two nodes ever use one term") {
  for (std::size_t nodes = 1; nodes <= 5; ++nodes) {
    std::map<Term, std::uint32_t> owner;
    for (std::uint32_t number = 0; number < nodes; ++number) {
      for (Term after = 0; after < 40; ++after) {
        const Term term = own_term_after(after, number, nodes);
        CHECK(term > after);
        CHECK(term <= after + nodes);
        CHECK(owner.emplace(term, number).first->second == number);
      }
    }
  }
}

TEST_CASE("a lease ends on the slowest clock before the promise ends on the fastest") {
  for (const double drift : {0.0, 0.0002, 0.01, 0.3}) {
    const Duration usable = usable_lease(std::chrono::seconds(10), drift);
    const double held = seconds(usable) / (1 - drift);  // the holder's clock is slow
    const double promised = 10.0 / (1 + drift);         // the follower's is fast
    CHECK(held <= close_to(promised, 1e-9));
  }
}

TEST_CASE("logs know their terms and where they parted, even after forgetting") {
  RandomStream random(2, "logs");
  for (int trial = 0; trial < 3000; ++trial) {
    const std::vector<Term> shared = random_terms(random, {});
    std::vector<Term> mine = random_terms(random, shared);
    std::vector<Term> theirs = random_terms(random, shared);
    // One term has one leader: what differs must differ in term.
    for (std::size_t i = shared.size(); i < theirs.size(); ++i) theirs[i] = theirs[i] * 2 + 1001;
    for (std::size_t i = shared.size(); i < mine.size(); ++i) mine[i] = mine[i] * 2 + 1000;
    Disk disk;
    Log log(disk);
    fill(log, mine);
    Disk other_disk;
    Log other(other_disk);
    fill(other, theirs);
    if (!mine.empty()) log.forget(random.below(mine.size()));
    for (Index index = 1; index <= log.last(); ++index)
      CHECK(log.term_at(index) == mine[index - 1]);
    CHECK(log.term_at(0) == 0);
    CHECK(log.common_with(other.epochs(), other.last()) == shared.size());
    CHECK(other.common_with(log.epochs(), log.last()) == shared.size());
  }
}

TEST_CASE("stepping back finds where two logs agree and never skips it") {
  RandomStream random(3, "step back");
  for (int trial = 0; trial < 3000; ++trial) {
    const std::vector<Term> shared = random_terms(random, {});
    std::vector<Term> leader_terms = random_terms(random, shared);
    std::vector<Term> follower_terms = random_terms(random, shared);
    for (std::size_t i = shared.size(); i < leader_terms.size(); ++i) {
      leader_terms[i] = leader_terms[i] * 2 + 1;
    }
    for (std::size_t i = shared.size(); i < follower_terms.size(); ++i) follower_terms[i] *= 2;
    Disk disks[2];
    Log leader(disks[0]);
    Log follower(disks[1]);
    fill(leader, leader_terms);
    fill(follower, follower_terms);
    Index previous = leader.last();
    int rounds = 0;
    while (previous > follower.last() || follower.term_at(previous) != leader.term_at(previous)) {
      const Position hint = follower.agreement_below({leader.term_at(previous), previous});
      const Index next = leader.agreement_below(hint).index;
      REQUIRE(next < previous);
      previous = next;
      ++rounds;
    }
    CHECK(previous >= std::min<Index>(shared.size(), follower.last()));
    CHECK(previous == std::min<Index>(shared.size(), leader.last()));
    CHECK(rounds <= static_cast<int>(leader.epochs().size() + follower.epochs().size()));
  }
}

Entry random_entry(RandomStream& random, Value value) {
  Entry entry;
  entry.term = 1;
  entry.key = random.below(4);
  entry.value = value;
  entry.stamp = {static_cast<std::int64_t>(value), 0};
  entry.session = static_cast<std::uint32_t>(random.below(3));
  return entry;
}

TEST_CASE("taking entries back leaves the table as if they had never been") {
  RandomStream random(4, "table");
  for (int trial = 0; trial < 300; ++trial) {
    std::vector<Entry> entries;
    Disk disk;
    Table table(disk);
    Value value = 0;
    for (int step = 0; step < 60; ++step) {
      if (!entries.empty() && random.chance(0.3)) {
        table.take_back(entries.back());
        entries.pop_back();
      } else {
        // One in five repeats an earlier write: a client's second attempt.
        entries.push_back(!entries.empty() && random.chance(0.2)
                              ? entries[random.below(entries.size())]
                              : random_entry(random, ++value));
        table.apply(entries.back());
      }
      std::map<Key, Value> expected;
      std::vector<Value> seen;
      for (const Entry& entry : entries) {
        if (std::find(seen.begin(), seen.end(), entry.value) != seen.end()) continue;
        seen.push_back(entry.value);
        expected[entry.key] = entry.value;
      }
      if (seen.size() > RecentWrites::remembered) break;  // beyond what a session remembers
      CHECK(table.applied() == entries.size());
      CHECK(table.keys().size() == expected.size());
      for (const auto& [key, held] : expected) CHECK(table.find(key)->value == held);
    }
  }
}

TEST_CASE("merged in any order, the later writer wins") {
  RandomStream random(5, "merge");
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<Entry> entries;
    for (Value value = 1; value <= 12; ++value) {
      entries.push_back(random_entry(random, value));
      entries.back().session = static_cast<std::uint32_t>(value);
    }
    Disk disks[2];
    Table one(disks[0]);
    Table other(disks[1]);
    for (const Entry& entry : entries) one.apply(entry);
    random.shuffle(entries);
    for (const Entry& entry : entries) other.apply(entry);
    REQUIRE(one.keys() == other.keys());
    for (const Key key : one.keys()) CHECK(one.find(key)->value == other.find(key)->value);
  }
}

TEST_CASE("an image makes a table equal, and says what it changed") {
  RandomStream random(6, "image");
  for (int trial = 0; trial < 200; ++trial) {
    Disk disks[2];
    Table source(disks[0]);
    Table target(disks[1]);
    for (Value value = 1; value <= random.below(10); ++value) {
      source.apply(random_entry(random, value));
    }
    for (Value value = 101; value <= 100 + random.below(10); ++value) {
      target.apply(random_entry(random, value));
    }
    std::map<Key, Value> held;
    for (const Key key : target.keys()) held[key] = target.find(key)->value;
    Image image = source.image();
    image.end = {1, source.applied()};
    for (const Change& change : target.replace(image)) {
      if (change.value == nil) {
        held.erase(change.key);
      } else {
        held[change.key] = change.value;
      }
    }
    CHECK(target.applied() == source.applied());
    CHECK(target.keys() == source.keys());
    for (const Key key : source.keys()) CHECK(held.at(key) == source.find(key)->value);
    CHECK(held.size() == source.keys().size());
  }
}

TEST_CASE("a power loss takes log, epochs and table back together") {
  RandomStream random(7, "power");
  for (int trial = 0; trial < 300; ++trial) {
    Disk disk;
    disk.set_journaled(true);
    Log log(disk);
    Table table(disk);
    Value value = 0;
    const auto step = [&] {
      const std::uint64_t dice = random.below(10);
      if (dice < 6 || log.last() == 0) {
        Entry entry = random_entry(random, ++value);
        entry.term = 1 + value / 5;
        log.append(entry);
        table.apply(entry);
      } else if (dice < 8 && log.has(log.last())) {
        table.take_back(log.at(log.last()));
        log.truncate(log.last() - 1);
      } else if (log.last() > 0) {
        const Index index = random.below(log.last() + 1);
        log.forget(index);
        table.forget(index);
      }
    };
    for (int i = 0; i < 20; ++i) step();
    disk.made_stable(disk.position());
    const auto epochs = log.epochs();
    const Index first = log.first();
    const Index last = log.last();
    const Image before = table.image();
    for (int i = 0; i < 20; ++i) step();
    disk.lose_unstable();
    CHECK(log.epochs() == epochs);
    CHECK(log.first() == first);
    CHECK(log.last() == last);
    CHECK(table.applied() == last);
    const Image after = table.image();
    REQUIRE(after.table.size() == before.table.size());
    for (std::size_t i = 0; i < after.table.size(); ++i) {
      CHECK(after.table[i].first == before.table[i].first);
      CHECK(after.table[i].second.value == before.table[i].second.value);
    }
  }
}

TEST_CASE("a write is open until its last copy was refused") {
  Entrusted entrusted;
  CHECK_FALSE(entrusted.has(7));
  entrusted.take(7);
  entrusted.take(7);
  CHECK_FALSE(entrusted.refused(7));
  CHECK(entrusted.has(7));
  CHECK(entrusted.refused(7));
  CHECK_FALSE(entrusted.has(7));
  Seen seen;
  CHECK(seen.first(1));
  CHECK_FALSE(seen.first(1));
  CHECK(seen.first(2));
}

}  // namespace
}  // namespace faultline::leader_follower
