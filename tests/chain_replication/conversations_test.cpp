// Conversations on record: each is a lesson in a text file beside this one, which a person has
// read. Rewritten with FAULTLINE_REWRITE_GOLDENS=1. Node 0 is the view service, nodes 1 to 3 the
// chain.
#include <doctest/doctest.h>

#include <faultline/chain_replication/chain_replication.hpp>

#include "view_service/scene.hpp"

namespace faultline::chain_replication {
namespace {

using namespace std::chrono_literals;
using testing::matches_golden;
using Talk = testing::Conversation<ChainReplication>;

#define GOLDEN(name) FAULTLINE_TEST_DIR "/" name ".txt"

Parameters quick() { return view_service::quick_in_memory<Parameters>(); }

struct Scene : view_service::Scene<ChainReplication> {
  explicit Scene(const Parameters& parameters, std::size_t nodes = 4)
      : view_service::Scene<ChainReplication>(parameters, nodes) {}
};

TEST_CASE("a write down the chain, and reads at the tail") {
  Scene scene(quick());
  Talk& talk = scene.talk;
  talk.note("The client asks the head, node 1. The tail, node 3, says that the write is done.");
  talk.put(1, 7, 1);
  talk.run_for(20ms);
  talk.note("Any node passes a read on to the tail, which answers it without asking anybody.");
  talk.get(2, 7);
  talk.run_for(20ms);
  talk.note("Any node passes a write on to the head; the tail's answer finds its way back to it.");
  talk.put(2, 7, 2);
  talk.run_for(20ms);
  CHECK(matches_golden(talk.transcript(), GOLDEN("write_and_read")));
}

TEST_CASE("a node in the middle dies, and comes back behind the tail") {
  Scene scene(quick());
  Talk& talk = scene.talk;
  talk.note("Node 2 dies with an update on its way to it. The head keeps it: it was not done.");
  talk.put(1, 7, 1);
  talk.crash(2);
  talk.run_for(180ms);
  talk.note("Node 3 is its new successor, and got what node 2 had not passed on.");
  talk.get(1, 7);
  talk.run_for(20ms);
  CHECK(talk.node(1)->view().number == 2);
  talk.note("Node 2 returns with nothing, and joins behind the tail, which gives it all its data.");
  talk.boot(2);
  talk.run_for(100ms);
  CHECK(talk.node(1)->view().last().node == 2);
  CHECK(talk.node(2)->in_place());
  talk.note("It is the tail now.");
  talk.put(1, 7, 2);
  talk.get(2, 7);
  talk.run_for(20ms);
  CHECK(matches_golden(talk.transcript(), GOLDEN("dead_middle")));
}

TEST_CASE("the head dies") {
  Scene scene(quick());
  Talk& talk = scene.talk;
  talk.note("One update has left the head when it dies, one has not. Both clients wait.");
  talk.put(1, 7, 1);
  talk.run_for(500us);
  talk.crash(1);
  talk.put(1, 8, 2);
  talk.run_for(200ms);
  talk.note("Node 2 is the head. What it has is done, what it has not never happened.");
  talk.get(2, 7);
  talk.get(2, 8);
  talk.put(2, 8, 3);
  talk.run_for(20ms);
  CHECK(talk.node(2)->gauges().leads);
  CHECK(matches_golden(talk.transcript(), GOLDEN("dead_head")));
}

TEST_CASE("the tail dies") {
  Scene scene(quick());
  Talk& talk = scene.talk;
  talk.note("The tail dies with an update on its way to it.");
  talk.put(1, 7, 1);
  talk.run_for(1500us);
  talk.crash(3);
  talk.run_for(180ms);
  talk.note("Node 2 is the tail. All it has is done: it tells the client so.");
  talk.get(1, 7);
  talk.run_for(20ms);
  CHECK(matches_golden(talk.transcript(), GOLDEN("dead_tail")));
}

TEST_CASE("a tail that is cut off stops before another one begins") {
  Scene scene(quick());
  Talk& talk = scene.talk;
  talk.put(1, 7, 1);
  talk.run_for(20ms);
  talk.note("The tail is cut off from all nodes. Clients reach it, and it holds its lease.");
  talk.cut({3}, {0, 1, 2});
  talk.get(3, 7);
  talk.run_for(20ms);
  talk.note("A write stops there.");
  talk.put(1, 7, 2);
  talk.run_for(70ms);
  talk.note("Its lease has run out: it asks the view service, and hears nothing.");
  talk.get(3, 7);
  talk.run_for(30ms);
  talk.note("Only then is node 2 the tail, and the write done.");
  talk.get(2, 7);
  talk.run_for(150ms);
  CHECK(matches_golden(talk.transcript(), GOLDEN("cut_off_tail")));
}

TEST_CASE("CRAQ: clean and dirty versions") {
  Parameters parameters = quick();
  parameters.reads = Reads::any;
  Scene scene(parameters);
  Talk& talk = scene.talk;
  talk.put(1, 7, 1);
  talk.run_for(20ms);
  talk.note("Key 7 is clean everywhere: each node answers by itself.");
  talk.get(1, 7);
  talk.get(2, 7);
  talk.get(3, 7);
  talk.run_for(20ms);
  talk.note("While an update is on its way, nodes 1 and 2 ask the tail which version is the last.");
  talk.put(1, 7, 2);
  talk.run_for(500us);
  talk.get(1, 7);
  talk.run_for(1000us);
  talk.get(2, 7);
  talk.run_for(20ms);
  CHECK(matches_golden(talk.transcript(), GOLDEN("craq")));
}

TEST_CASE("eventual reads ask nobody") {
  Parameters parameters = quick();
  parameters.reads = Reads::any_eventual;
  Scene scene(parameters);
  Talk& talk = scene.talk;
  talk.note("The head has the write, the tail not yet: first the new value, then none.");
  talk.put(1, 7, 1);
  talk.run_for(500us);
  talk.get(1, 7);
  talk.get(3, 7);
  talk.run_for(20ms);
  talk.note("Cut off from everybody, a node goes on answering.");
  talk.cut({2}, {0, 1, 3});
  talk.run_for(200ms);
  talk.get(2, 7);
  talk.run_for(20ms);
  CHECK(matches_golden(talk.transcript(), GOLDEN("eventual")));
}

TEST_CASE("the view service dies") {
  Scene scene(quick());
  Talk& talk = scene.talk;
  talk.note("Without the view service writes go on; reads do as long as the tail's lease.");
  talk.crash(0);
  talk.put(1, 7, 1);
  talk.get(1, 7);
  talk.run_for(150ms);
  talk.put(1, 7, 2);
  talk.get(1, 7);
  talk.run_for(150ms);
  talk.note("It returns, asks all nodes for the latest view they know, and everything goes on.");
  talk.boot(0);
  talk.run_for(50ms);
  talk.get(1, 7);
  talk.run_for(20ms);
  CHECK(talk.node(1)->view().number == 1);
  CHECK(matches_golden(talk.transcript(), GOLDEN("dead_view_service")));
}

}  // namespace
}  // namespace faultline::chain_replication
