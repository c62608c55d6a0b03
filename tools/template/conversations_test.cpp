// Conversations on record: each is a lesson in a text file beside this one, which a person has
// read. Rewritten with FAULTLINE_REWRITE_GOLDENS=1.
//
// TO BE WRITTEN: a conversation for every rule of the model, chaos and flaws as its neighbours have
// them (../raft), and figures that are not ours: closed forms, published tables.
#include <doctest/doctest.h>

#include <faultline/model_name/model_name.hpp>

#include "model/conversation.hpp"

namespace faultline::model_name {
namespace {

using namespace std::chrono_literals;
using testing::matches_golden;

#define GOLDEN(name) FAULTLINE_TEST_DIR "/" name ".txt"

/// Nodes are 1 ms apart, clients next to every node.
struct Scene {
  Scene() : talk(Parameters{}, testing::Stage{}) {
    talk.network.latency = [](HostId from, HostId to, std::string_view) -> Duration {
      return from == to || std::max(index_of(from), index_of(to)) >= 3 ? 0ms : 1ms;
    };
  }
  testing::Conversation<ModelName> talk;
};

TEST_CASE("a write and a read") {
  Scene scene;
  auto& talk = scene.talk;
  talk.note("A write through node 1 takes a round trip to node 0, which keeps it.");
  const OperationId put = talk.put(1, 7, 1);
  talk.run_for(20ms);
  talk.note("Node 0 answers at once.");
  const OperationId get = talk.get(0, 7);
  talk.run_for(20ms);
  CHECK(talk.operation(put).latency() == 2ms);
  CHECK(talk.operation(get).latency() == 0ms);
  CHECK(matches_golden(talk.transcript(), GOLDEN("write_and_read")));
}

TEST_CASE("node 0 is down, and keeps what it had") {
  Scene scene;
  auto& talk = scene.talk;
  talk.put(0, 7, 1);
  talk.run_for(20ms);
  talk.note("A read is refused, and of a write nobody knows.");
  talk.crash(0);
  const OperationId get = talk.get(1, 7);
  const OperationId put = talk.put(2, 8, 2);
  talk.run_for(1s);
  talk.boot(0);
  const OperationId again = talk.get(1, 7);
  talk.run_for(20ms);
  CHECK(talk.operation(get).outcome == Outcome::failed);
  CHECK(talk.operation(put).outcome == Outcome::unknown);
  CHECK(talk.operation(again).observed == 1);
  CHECK(matches_golden(talk.transcript(), GOLDEN("node_down")));
}

}  // namespace
}  // namespace faultline::model_name
