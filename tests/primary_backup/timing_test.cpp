// How long things take, against closed forms, and what settle() derives and refuses.
#include <string>

#include <doctest/doctest.h>

#include <faultline/primary_backup/primary_backup.hpp>

#include "model/conversation.hpp"

namespace faultline::primary_backup {
namespace {

using namespace std::chrono_literals;
using testing::Stage;
using Talk = testing::Conversation<PrimaryBackup>;

/// Nodes are 1 ms apart, clients next to every node.
struct Scene {
  explicit Scene(const Parameters& parameters) : talk(parameters, Stage{}) {
    talk.silent = true;
    talk.network.latency = [](HostId from, HostId to, std::string_view) -> Duration {
      return from == to || std::max(index_of(from), index_of(to)) >= 3 ? 0ms : 1ms;
    };
    talk.run_for(500ms);
  }
  Duration latency(OperationId id) {
    talk.run_for(50ms);
    REQUIRE(talk.operation(id).outcome == Outcome::ok);
    return talk.operation(id).latency();
  }
  Talk talk;
};

TEST_CASE("whatever a client wants takes a round trip to the backup") {
  Scene scene{Parameters{}};
  CHECK(scene.latency(scene.talk.put(1, 7, 1)) == 2ms);
  CHECK(scene.latency(scene.talk.get(1, 7)) == 2ms);
  // Through the backup, one to the primary as well.
  CHECK(scene.latency(scene.talk.put(2, 7, 2)) == 4ms);
  CHECK(scene.latency(scene.talk.get(2, 7)) == 4ms);
}

TEST_CASE("with a lease the primary reads alone") {
  Parameters parameters;
  parameters.lease = 1s;
  Scene scene(parameters);
  CHECK(scene.latency(scene.talk.put(1, 7, 1)) == 2ms);
  CHECK(scene.latency(scene.talk.get(1, 7)) == 0ms);
}

TEST_CASE("a new primary serves after dead_after, a report and another") {
  Parameters parameters;  // reports every 100 ms, silence of 1 s
  Scene scene(parameters);
  const Time died = scene.talk.queue.now();
  scene.talk.crash(1);
  while (scene.talk.count(EventKind::leader_elected) < 2) scene.talk.run_for(1ms);
  const Duration without = scene.talk.events.back().at - died;
  // The last report left up to 100 ms before, the backup hears of it with its next one; a report
  // is 1 ms on its way, and so is the answer.
  CHECK(without >= 900ms);
  CHECK(without <= 1102ms);
}

struct Settled {
  explicit Settled(const Parameters& given, std::size_t nodes = 3) : parameters(given) {
    ServiceView view;
    view.nodes.resize(nodes);
    PrimaryBackup::settle(parameters, view, settlement);
  }
  std::string problem() const {
    return settlement.problems.empty() ? "" : settlement.problems.front().parameter;
  }
  Parameters parameters;
  Settlement settlement;
};

TEST_CASE("it needs a primary, a backup and a view service, others are idle") {
  CHECK(Settled({}, 2).problem() == "view_service");
  CHECK(Settled({}, 3).problem().empty());
  CHECK(Settled({}, 3).settlement.notes.empty());
  CHECK(Settled({}, 4).settlement.notes.front() ==
        "1 node is idle until the primary or the backup fails");
  CHECK(Settled({}).parameters.lease == Duration(0));
  Parameters given;
  given.lease = 2s;
  CHECK(Settled(given).problem() == "lease");
}

TEST_CASE("the flaws are no parameters, and every parameter can be written and read back") {
  const ParameterList& list = PrimaryBackup::parameters();
  CHECK(list.find("flaw") == nullptr);
  const Settled settled{Parameters{}};
  Parameters copy;
  for (const ParameterInfo& info : list.info()) {
    const ParameterValue value = list.read(&settled.parameters, info.name);
    CHECK_FALSE(std::holds_alternative<std::monostate>(value));
    list.assign(&copy, info.name, value, ".");
    CHECK(list.read(&copy, info.name) == value);
  }
}

}  // namespace
}  // namespace faultline::primary_backup
