// Chains that are broken on purpose, each in one line, and the checks that notice.
#include "model/flaws.hpp"

#include <doctest/doctest.h>

#include <faultline/chain_replication/chain_replication.hpp>

#include "view_service/chaos.hpp"

namespace faultline::chain_replication {
namespace {

using namespace std::chrono_literals;
using testing::Chaos;
using testing::converges;
using testing::keeps;

constexpr std::uint64_t seeds = 30;

void expect_caught(Flaw flaw, Parameters parameters, Chaos chaos, const testing::Judge& judge) {
  chaos.nodes = 4;
  testing::expect_caught(flaw, seeds, judge, [&](Flaw given, std::uint64_t seed) {
    parameters.flaw = given;
    chaos.seed = seed;
    return view_service::survive<ChainReplication>(parameters, chaos);
  });
}

TEST_CASE("reads from the middle show what is not done yet") {
  auto parameters = view_service::quick<Parameters>();
  parameters.reads = Reads::any;
  expect_caught(Flaw::reads_dirty, parameters, {}, keeps("linearizable"));
}

TEST_CASE("a head that acknowledges by itself loses what it has not passed on") {
  expect_caught(Flaw::head_acknowledges, view_service::quick<Parameters>(), {},
                keeps("linearizable"));
}

TEST_CASE("without the list of what was sent, nodes differ after one between them has died") {
  auto parameters = view_service::quick<Parameters>();
  SUBCASE("which readers see, if they read everywhere") {
    parameters.reads = Reads::any;
    expect_caught(Flaw::forgets_pending, parameters, {}, keeps("linearizable"));
  }
  SUBCASE("and which stays so if nobody writes the key again") {
    Chaos chaos;
    chaos.keys = 50;
    expect_caught(Flaw::forgets_pending, parameters, chaos, converges());
  }
}

TEST_CASE("a tail that does not need its lease answers after it was taken out") {
  expect_caught(Flaw::tail_without_lease, view_service::quick<Parameters>(), {},
                keeps("linearizable"));
}

TEST_CASE("a new tail without the data forgets what was done") {
  expect_caught(Flaw::joins_empty, view_service::quick<Parameters>(), {}, keeps("linearizable"));
}

}  // namespace
}  // namespace faultline::chain_replication
