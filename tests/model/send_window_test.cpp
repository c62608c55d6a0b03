// What a link sends, and sends again.
#include <doctest/doctest.h>

#include <faultline/model/send_window.hpp>

namespace faultline {
namespace {

using namespace std::chrono_literals;
constexpr Time at(Duration since_start) { return Time{} + since_start; }

TEST_CASE("who answers in time is sent everything once") {
  SendWindow window;
  CHECK(window.next() == 1);
  window.about_to_send(at(10ms));
  window.sent(3);
  CHECK(window.next() == 4);
  CHECK_FALSE(window.silent(at(100ms), 100ms));
  CHECK(window.acknowledged(3, at(50ms)));
  CHECK(window.all_received());
  CHECK_FALSE(window.silent(at(10s), 100ms));
  CHECK_FALSE(window.acknowledged(2, at(60ms)));
}

TEST_CASE("who is silent gets one batch again, and the rest when it has answered") {
  SendWindow window(7);
  window.about_to_send(at(0ms));
  window.sent(10);
  REQUIRE(window.silent(at(100ms), 100ms));
  CHECK(window.probe(at(100ms)) == 8);
  CHECK_FALSE(window.silent(at(150ms), 100ms));
  CHECK(window.acknowledged(12, at(160ms)));
  CHECK(window.next() == 13);
}

TEST_CASE("an answer to what was sent once makes nobody send it again") {
  SendWindow window;
  window.about_to_send(at(0ms));
  window.sent(10);
  CHECK(window.acknowledged(4, at(20ms)));
  CHECK(window.next() == 11);
}

}  // namespace
}  // namespace faultline
