// Primaries and backups that are broken on purpose, each in one line, and the check that notices.
#include "model/flaws.hpp"

#include <doctest/doctest.h>

#include <faultline/primary_backup/primary_backup.hpp>

#include "view_service/chaos.hpp"

namespace faultline::primary_backup {
namespace {

using namespace std::chrono_literals;
using testing::Chaos;
using testing::keeps;

constexpr std::uint64_t seeds = 30;

void expect_caught(Flaw flaw, std::size_t nodes = 3) {
  auto parameters = view_service::quick<Parameters>();
  Chaos chaos;
  chaos.nodes = nodes;
  testing::expect_caught(flaw, seeds, keeps("linearizable"), [&](Flaw given, std::uint64_t seed) {
    parameters.flaw = given;
    chaos.seed = seed;
    return view_service::survive<PrimaryBackup>(parameters, chaos);
  });
}

TEST_CASE("a primary that does not ask its backup answers after it was replaced") {
  expect_caught(Flaw::reads_alone);
}
TEST_CASE("a primary that acknowledges before its backup has the write loses it") {
  expect_caught(Flaw::acknowledges_early);
}
TEST_CASE("a view that changes before it was acknowledged makes somebody primary without data") {
  expect_caught(Flaw::impatient_views, 4);
}
TEST_CASE("a backup that does not get the data forgets what was done") {
  expect_caught(Flaw::joins_empty);
}

}  // namespace
}  // namespace faultline::primary_backup
