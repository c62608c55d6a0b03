// The rules by which views follow one another, one by one.
#include <string>

#include <doctest/doctest.h>

#include <faultline/view_service/view_service.hpp>

namespace faultline::view_service {
namespace {

using namespace std::chrono_literals;

/// A view service with replicas that report when they are told to.
struct Desk {
  explicit Desk(std::size_t most_members, End acknowledged_by = End::first, bool impatient = false)
      : rules{most_members, 1s, acknowledged_by, impatient}, service(rules, {1, 2, 3}, Time{}) {}

  /// The node reports that it holds the data of its membership and acknowledges its view.
  void well(NodeNumber node) { say(node, service.view().number, since(node)); }
  /// It has not got the data yet.
  void waits(NodeNumber node) { say(node, 0, 0); }
  void say(NodeNumber node, ViewNumber acknowledges, ViewNumber holds) {
    service.heard(node, Report{service.view(), acknowledges, holds}, now);
  }
  ViewNumber since(NodeNumber node) const {
    const auto place = service.view().place_of(node);
    return place ? service.view().members()[*place].since : 0;
  }
  /// Time passes for everybody; whether there is a new view.
  bool after(Duration span) {
    now += span;
    return service.form_next(now);
  }
  /// "2: 1 3" is view 2 of nodes 1 and 3.
  std::string view() const {
    std::string text = std::to_string(service.view().number) + ":";
    for (const Member& member : service.view().members()) {
      text += " " + std::to_string(member.node);
    }
    return text;
  }

  ViewService::Rules rules;
  ViewService service;
  Time now{};
};

TEST_CASE("the first view is the first replicas") {
  CHECK(Desk(2).view() == "1: 1 2");
  CHECK(Desk(3).view() == "1: 1 2 3");
  CHECK(Desk(2).service.acknowledged());
}

TEST_CASE("a member is left out after a silence of dead_after, not before") {
  Desk desk(3);
  CHECK_FALSE(desk.after(900ms));
  desk.well(1);
  desk.well(3);
  CHECK_FALSE(desk.after(99ms));
  CHECK(desk.after(1ms));
  CHECK(desk.view() == "2: 1 3");
}

TEST_CASE("the second becomes the first when that is silent, who waits joins at the end") {
  Desk desk(2);
  desk.now += 1s;
  desk.well(2);
  desk.waits(3);
  CHECK(desk.after(0s));
  CHECK(desk.view() == "2: 2");
  CHECK_FALSE(desk.after(0s));  // not acknowledged
  desk.well(2);
  CHECK(desk.after(0s));
  CHECK(desk.view() == "3: 2 3");
}

TEST_CASE("who has not reported since the service began does not join") {
  Desk desk(2);
  desk.now += 1s;
  desk.well(2);
  desk.after(0s);
  desk.well(2);
  CHECK_FALSE(desk.after(0s));
}

/// View 3 is nodes 2 and 3, of which 3 has not got the data, and node 1 is dead.
Desk with_new_member(bool impatient = false, End acknowledged_by = End::first) {
  Desk desk(2, acknowledged_by, impatient);
  desk.now += 1s;
  desk.well(2);
  desk.waits(3);
  desk.after(0s);
  desk.well(2);
  desk.after(0s);
  REQUIRE(desk.view() == "3: 2 3");
  return desk;
}

TEST_CASE("before its view is acknowledged, a new member is trusted with nothing") {
  Desk desk = with_new_member();
  desk.now += 1s;
  SUBCASE("not even if it is the only one left") {
    desk.waits(3);
    CHECK_FALSE(desk.after(0s));
    CHECK(desk.view() == "3: 2 3");
    SUBCASE("unless the service is broken so that it is") {
      Desk impatient = with_new_member(true);
      impatient.now += 1s;
      impatient.waits(3);
      CHECK(impatient.after(0s));
      CHECK(impatient.view() == "4: 3");
    }
  }
  SUBCASE("nor does it acknowledge itself, if that is up to the first") {
    desk.well(3);
    CHECK_FALSE(desk.after(0s));
  }
  SUBCASE("but it may be left out") {
    desk.well(2);
    CHECK(desk.after(0s));
    CHECK(desk.view() == "4: 2");
  }
}

TEST_CASE("when its view is acknowledged, a new member can become the first") {
  SUBCASE("by the first") {
    Desk desk = with_new_member();
    desk.well(2);
    desk.now += 1s;
    desk.well(3);
    CHECK(desk.after(0s));
    CHECK(desk.view() == "4: 3");
  }
  SUBCASE("by the last") {
    Desk desk(2, End::last);
    desk.now += 1s;
    desk.well(2);
    desk.waits(3);
    desk.after(0s);
    desk.well(2);  // alone, it is first and last
    desk.after(0s);
    REQUIRE(desk.view() == "3: 2 3");
    desk.well(2);
    CHECK_FALSE(desk.service.acknowledged());
    desk.well(3);
    CHECK(desk.service.acknowledged());
  }
}

TEST_CASE("who has lost its data is as good as dead, at once") {
  Desk desk(2);
  desk.well(1);
  desk.well(2);
  desk.say(1, 0, 0);
  CHECK(desk.after(0s));
  CHECK(desk.view() == "2: 2");
  SUBCASE("and joins again, as another member") {
    desk.waits(1);
    desk.well(2);
    CHECK(desk.after(0s));
    CHECK(desk.view() == "3: 2 1");
    CHECK(desk.since(1) == 3);
  }
  SUBCASE("but if nobody else has the data, there is no next view") {
    desk.say(2, 0, 0);
    desk.waits(1);
    CHECK_FALSE(desk.after(10s));
    desk.say(2, 0, 0);
    CHECK_FALSE(desk.after(0s));
    CHECK(desk.view() == "2: 2");
  }
}

TEST_CASE("if all are silent, the view stays") {
  Desk desk(3);
  CHECK_FALSE(desk.after(10s));
  CHECK(desk.view() == "1: 1 2 3");
}

TEST_CASE("after a crash with its memory, nobody counts as silent") {
  Desk desk = with_new_member();
  ViewService returned(desk.rules, {1, 2, 3}, desk.now + 10s);
  returned.resume(desk.service.memory());
  CHECK_FALSE(returned.form_next(desk.now + 10900ms));
  CHECK(returned.view().number == 3);
  CHECK_FALSE(returned.acknowledged());
  returned.heard(3, Report{returned.view(), 0, 0}, desk.now + 10900ms);
  CHECK_FALSE(returned.form_next(desk.now + 12s));  // node 3 is still not trusted
}

TEST_CASE("after a crash without its memory, it waits for all, and takes the latest view") {
  Desk desk = with_new_member();
  const View latest = desk.service.view();
  View older(1);
  older.add({1, 1});
  older.add({2, 1});
  ViewService returned(desk.rules, {1, 2, 3}, desk.now);
  returned.recall();
  returned.heard(1, Report{older, 0, 1}, desk.now);
  returned.heard(1, Report{older, 0, 1}, desk.now);
  returned.heard(2, Report{latest, 0, 1}, desk.now);
  CHECK_FALSE(returned.knows());
  CHECK_FALSE(returned.form_next(desk.now + 10s));
  returned.heard(3, Report{older, 0, 0}, desk.now);
  CHECK(returned.knows());
  CHECK(returned.view().number == 3);
  CHECK(returned.form_next(desk.now));  // who has no data leaves
  CHECK(returned.view().members().size() == 1);
  CHECK(returned.view().first() == Member{2, 1});
}

TEST_CASE("after a lost memory, who joined last is trusted if its view is known to be in order") {
  Desk desk = with_new_member();
  const View latest = desk.service.view();
  const auto report_all = [&](ViewService& returned, ViewNumber acknowledged) {
    returned.recall();
    returned.heard(1, Report{View(1), 0, 0}, desk.now);
    returned.heard(2, Report{latest, acknowledged, 1}, desk.now);
    returned.heard(3, Report{latest, 0, 3}, desk.now);
    returned.heard(3, Report{latest, 0, 3}, desk.now + 900ms);
  };
  ViewService unsure(desk.rules, {1, 2, 3}, desk.now);
  report_all(unsure, 0);
  CHECK_FALSE(unsure.form_next(desk.now + 1s));
  ViewService sure(desk.rules, {1, 2, 3}, desk.now);
  report_all(sure, latest.number);
  CHECK(sure.form_next(desk.now + 1s));
  CHECK(sure.view().first().node == 3);
}

}  // namespace
}  // namespace faultline::view_service
