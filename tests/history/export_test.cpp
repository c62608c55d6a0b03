// What is written for other judges is read again as the same history.
#include <sstream>

#include <doctest/doctest.h>

#include <faultline/history/events.hpp>
#include <faultline/history/export.hpp>

#include "check/history_builder.hpp"

namespace faultline {
namespace {

using testing::Dice;

std::string edn(const History& history) {
  std::ostringstream out;
  write_edn(history, out);
  return out.str();
}

std::string porcupine(const History& history) {
  std::ostringstream out;
  write_porcupine(history, out);
  return out.str();
}

TEST_CASE("an exported history is the same when it is read again") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    Dice dice(seed);
    const History history = testing::register_history(dice, 60, 4, 10);
    const History again = read_events(edn(history));
    REQUIRE(again.operations.size() == history.operations.size());
    for (std::size_t place = 0; place < history.operations.size(); ++place) {
      const Operation& a = history.operations[place];
      const Operation& b = again.operations[place];
      CHECK(a.kind == b.kind);
      CHECK(a.outcome == b.outcome);
      const auto name = [&](Value value) { return again.value_names[value]; };
      const auto text = [](Value value) {
        return value == nil ? std::string("nil") : std::to_string(value);
      };
      if (a.writes()) CHECK(name(b.written) == text(a.written));
      if (a.reads() && a.outcome == Outcome::ok) CHECK(name(b.observed) == text(a.observed));
      for (std::size_t other = 0; other < place; ++other) {
        const auto before = [&](const History& of) {
          const Operation& first = of.operations[other];
          return first.outcome == Outcome::ok && first.completed <= of.operations[place].invoked;
        };
        CHECK(before(history) == before(again));
      }
    }
    CHECK(edn(again).size() > 0);
  }
}

TEST_CASE("a session that does not know how its call ended goes on as another process") {
  testing::HistoryBuilder build;
  build.timed_out_write(1, 5, 0, 10);
  build.read(1, 5, 20, 30);
  CHECK(edn(build.history()) ==
        "{:process 1, :type :invoke, :f :write, :key 1, :value 5, :time 0}\n"
        "{:process 1, :type :info, :f :write, :key 1, :value 5, :time 10}\n"
        "{:process 3, :type :invoke, :f :read, :key 1, :value nil, :time 20}\n"
        "{:process 3, :type :ok, :f :read, :key 1, :value 5, :time 30}\n");
}

TEST_CASE("Porcupine's logs hold texts, and no failures") {
  testing::HistoryBuilder build;
  build.write(0, 5, 0, 10);
  build.write(1, 6, 1, 9, Outcome::failed);
  build.read(2, nil, 2, 8);
  CHECK(porcupine(build.history()) ==
        "{:process 0, :type :invoke, :f :put, :key \"1\", :value \"5\"}\n"
        "{:process 2, :type :invoke, :f :get, :key \"1\", :value nil}\n"
        "{:process 2, :type :ok, :f :get, :key \"1\", :value \"\"}\n"
        "{:process 0, :type :ok, :f :put, :key \"1\", :value \"5\"}\n");
}

}  // namespace
}  // namespace faultline
