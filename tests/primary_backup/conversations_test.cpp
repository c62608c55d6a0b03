// Conversations on record: each is a lesson in a text file beside this one, which a person has
// read. Rewritten with FAULTLINE_REWRITE_GOLDENS=1. Node 0 is the view service.
#include <doctest/doctest.h>

#include <faultline/primary_backup/primary_backup.hpp>

#include "view_service/scene.hpp"

namespace faultline::primary_backup {
namespace {

using namespace std::chrono_literals;
using testing::matches_golden;
using Talk = testing::Conversation<PrimaryBackup>;

#define GOLDEN(name) FAULTLINE_TEST_DIR "/" name ".txt"

Parameters quick() { return view_service::quick_in_memory<Parameters>(); }

struct Scene : view_service::Scene<PrimaryBackup> {
  explicit Scene(const Parameters& parameters, std::size_t nodes = 3)
      : view_service::Scene<PrimaryBackup>(parameters, nodes) {}
};

TEST_CASE("a write and a read") {
  Scene scene(quick());
  Talk& talk = scene.talk;
  talk.note("A write is done when the backup, node 2, has it.");
  talk.put(1, 7, 1);
  talk.run_for(20ms);
  talk.note("Before the primary answers a read, it asks the backup whether it is the primary.");
  talk.get(1, 7);
  talk.run_for(20ms);
  talk.note("The backup passes requests on.");
  talk.put(2, 7, 2);
  talk.get(2, 7);
  talk.run_for(20ms);
  CHECK(matches_golden(talk.transcript(), GOLDEN("write_and_read")));
}

TEST_CASE("a primary that is cut off is refused by its former backup") {
  Scene scene(quick());
  Talk& talk = scene.talk;
  talk.put(1, 7, 1);
  talk.run_for(20ms);
  talk.note("The view service hears nothing from the primary: after a while the backup is it.");
  talk.cut({1}, {0});
  talk.run_for(200ms);
  CHECK(talk.node(2)->gauges().leads);
  talk.put(2, 7, 2);
  talk.run_for(20ms);
  talk.note("The old one does not know that. Its backup of old does, and refuses; writes hang.");
  talk.get(1, 7);
  talk.put(1, 7, 3);
  talk.run_for(250ms);
  talk.note("It hears of the present view, becomes the backup, and gets all the data.");
  talk.heal();
  talk.run_for(150ms);
  CHECK(talk.node(1)->holds_data());
  CHECK(talk.node(2)->view().last().node == 1);
  talk.get(1, 7);
  talk.run_for(20ms);
  CHECK(matches_golden(talk.transcript(), GOLDEN("stale_primary")));
}

TEST_CASE("an idle node becomes the backup, the primary answers alone until it has the data") {
  Scene scene(quick(), 4);
  Talk& talk = scene.talk;
  talk.put(1, 7, 1);
  talk.run_for(20ms);
  talk.note("The backup dies. Node 3 was idle.");
  talk.crash(2);
  talk.network.latency = [](HostId from, HostId to, std::string_view what) -> Duration {
    if (from == to || std::max(index_of(from), index_of(to)) >= 4) return 0ms;
    return what == "state transfer" ? 100ms : 1ms;
  };
  talk.run_for(200ms);
  talk.note("The state transfer takes 100 ms here. In this time the primary answers alone.");
  talk.put(1, 7, 2);
  talk.get(1, 7);
  talk.run_for(100ms);
  talk.note("Then it acknowledges the view, and does nothing alone any more.");
  talk.put(1, 7, 3);
  talk.get(1, 7);
  talk.run_for(20ms);
  CHECK(talk.held_by(3, 7) == 3);
  CHECK(matches_golden(talk.transcript(), GOLDEN("new_backup")));
}

TEST_CASE("a primary that dies while its backup is being filled is not replaced") {
  Parameters parameters = quick();
  parameters.durability = Durability::write;
  Scene scene(parameters, 4);
  Talk& talk = scene.talk;
  talk.put(1, 7, 1);
  talk.run_for(20ms);
  talk.note("The backup dies, the idle node is to replace it, but the data takes too long.");
  talk.crash(2);
  talk.network.latency = [](HostId from, HostId to, std::string_view what) -> Duration {
    if (from == to || std::max(index_of(from), index_of(to)) >= 4) return 0ms;
    return what == "state transfer" ? 500ms : 1ms;
  };
  talk.run_for(180ms);
  CHECK(talk.node(1)->view().last().node == 3);
  talk.note("The primary dies. Nobody else has the data: the service stands still.");
  talk.crash(1);
  talk.run_for(300ms);
  talk.get(3, 7);
  talk.run_for(250ms);
  CHECK_FALSE(talk.node(3)->gauges().leads);
  talk.note("It returns with its disk, and goes on.");
  talk.boot(1);
  talk.run_for(50ms);
  talk.get(3, 7);
  talk.run_for(20ms);
  CHECK(matches_golden(talk.transcript(), GOLDEN("unacknowledged_view")));
}

TEST_CASE("the view service dies, and then the primary") {
  Scene scene(quick());
  Talk& talk = scene.talk;
  talk.note("Primary and backup need the view service for nothing but changes.");
  talk.crash(0);
  talk.run_for(300ms);
  talk.put(1, 7, 1);
  talk.get(1, 7);
  talk.run_for(20ms);
  talk.note("Now a failure stops the service, for it is not noticed.");
  talk.crash(2);
  talk.run_for(300ms);
  talk.put(1, 7, 2);
  talk.get(1, 7);
  talk.run_for(250ms);
  talk.note("The view service has lost its memory. It waits for word from all nodes.");
  talk.boot(0);
  talk.run_for(200ms);
  talk.get(1, 7);
  talk.run_for(250ms);
  talk.note("When the dead one returns, everybody has reported, and everything goes on.");
  talk.boot(2);
  talk.run_for(200ms);
  talk.get(1, 7);
  talk.run_for(20ms);
  CHECK(matches_golden(talk.transcript(), GOLDEN("dead_view_service")));
}

}  // namespace
}  // namespace faultline::primary_backup
