// Conversations on record: each is a lesson in a text file beside this one, which a person has
// read. Rewritten with FAULTLINE_REWRITE_GOLDENS=1.
#include <doctest/doctest.h>

#include <faultline/gossip/gossip.hpp>

#include "model/conversation.hpp"

namespace faultline::gossip {
namespace {

using namespace std::chrono_literals;
using testing::Stage;
using Talk = testing::Conversation<Gossip>;

#define GOLDEN(name) FAULTLINE_TEST_DIR "/" name ".txt"

/// Rounds at whole seconds.
Parameters rounds(Exchange exchange) {
  Parameters parameters;
  parameters.exchange = exchange;
  parameters.jitter = 0;
  parameters.detector = Detector::none;
  parameters.durability = Durability::memory;
  return parameters;
}

TEST_CASE("two nodes make their tables equal") {
  Parameters parameters = rounds(Exchange::push_pull);
  std::string file;
  SUBCASE("by push") {
    parameters.exchange = Exchange::push;
    file = GOLDEN("push");
  }
  SUBCASE("by pull") {
    parameters.exchange = Exchange::pull;
    file = GOLDEN("pull");
  }
  SUBCASE("by both, after comparing checksums") {
    parameters.compare = Compare::checksums;
    file = GOLDEN("push_pull");
  }
  Talk talk(parameters, Stage{.nodes = 2, .clients = 2});
  talk.note("Each node takes a write. Nobody waits for anybody.");
  talk.put(0, 1, 10, 0);
  talk.put(1, 2, 20, 1);
  talk.run_until(900ms);
  talk.note("The first round: both begin one.");
  talk.run_until(1900ms);
  talk.note("The second round finds nothing.");
  talk.run_until(2900ms);
  talk.note("The later of two writes wins, wherever it was.");
  talk.put(0, 1, 11, 0);
  talk.run_for(50ms);
  talk.put(1, 1, 12, 1);
  talk.run_until(3900ms);
  CHECK(talk.converged());
  CHECK(talk.held_by(0, 1) == 12);
  CHECK(testing::matches_golden(talk.transcript(), file));
}

TEST_CASE("a rumor is told until it is stale") {
  Parameters parameters = rounds(Exchange::none);
  parameters.rumors = Interest::counter;
  parameters.rumor_limit = 1;
  parameters.rumor_interval = 1s;
  Talk talk(parameters, Stage{.nodes = 4});
  talk.note("Who has heard something tells one other a round, until one knew it already.");
  talk.put(0, 1, 10);
  talk.run_until(10s);
  CHECK(testing::matches_golden(talk.transcript(), GOLDEN("rumors")));
}

/// Nothing but SWIM, with periods at whole seconds.
Parameters swim() {
  Parameters parameters = rounds(Exchange::push_pull);
  parameters.interval = 1h;
  parameters.detector = Detector::swim;
  parameters.suspicion = 3s;
  return parameters;
}

TEST_CASE("a crash is noticed, told, and forgiven") {
  Talk talk(swim(), Stage{.nodes = 4, .clients = 0});
  talk.note("All is well: in each period each pings one other.");
  talk.run_until(1500ms);
  talk.note(
      "Node 3 crashes. Who pings it asks others to try, and suspects it at the end of the period; "
      "the others hear of it on pings and acks. As it does not contradict, it is dead after 3 s.");
  talk.crash(3);
  talk.run_until(7500ms);
  talk.note("It returns, joins through somebody, and hears what is said of it.");
  talk.boot(3);
  talk.run_until(10500ms);
  for (std::size_t node = 0; node < 4; ++node) {
    CHECK(talk.node(node)->members().dead() == 0);
  }
  CHECK(testing::matches_golden(talk.transcript(), GOLDEN("crash")));
}

TEST_CASE("a bad path is no death") {
  Talk talk(swim(), Stage{.nodes = 3, .clients = 0});
  talk.note("Nodes 0 and 1 do not hear each other. Node 2 is asked to try, and passes the ack on.");
  talk.cut({0}, {1});
  talk.run_until(3500ms);
  CHECK(talk.events.empty());
  CHECK(testing::matches_golden(talk.transcript(), GOLDEN("bad_path")));
}

TEST_CASE("a suspect contradicts") {
  Talk talk(swim(), Stage{.nodes = 3, .clients = 0});
  talk.note("Node 1 is cut off for two periods. It suspects the others, and they suspect it.");
  talk.cut({1}, {0, 2});
  talk.run_until(3100ms);
  talk.note(
      "Whoever pings a suspect now says so; it raises its incarnation, and its word counts more.");
  talk.heal();
  talk.run_until(6500ms);
  CHECK(talk.count(EventKind::member_suspected) > 0);
  CHECK(talk.count(EventKind::suspicion_refuted) > 0);
  CHECK(talk.count(EventKind::member_dead) == 0);
  for (std::size_t node = 0; node < 3; ++node) {
    for (Number member = 0; member < 3; ++member) {
      CHECK(talk.node(node)->members().standing(member).status() == Status::alive);
    }
  }
  CHECK(testing::matches_golden(talk.transcript(), GOLDEN("suspect")));
}

}  // namespace
}  // namespace faultline::gossip
