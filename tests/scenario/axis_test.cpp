// What a sweep varies: ranges and lists as people write them.
#include <doctest/doctest.h>

#include <faultline/scenario/axis.hpp>

namespace faultline {
namespace {

using Value = Axis::Value;

std::string all_of(const char* text) {
  const Axis axis("/x", axis_values(text));
  Value all = Value::array();
  for (std::uint64_t i = 0; i < axis.count(); ++i) all.push_back(axis.value(i));
  return all.dump();
}

std::string refusal(const char* text) {
  try {
    const Axis axis("/x", axis_values(text));
    return "";
  } catch (const BadValue& error) {
    return error.what();
  }
}

TEST_CASE("a range of whole numbers has its own steps, others the one they say") {
  CHECK(all_of("1..3") == "[1,2,3]");
  CHECK(all_of("1..9 step 4") == "[1,5,9]");
  CHECK(all_of("1..8 step 4") == "[1,5]");
  CHECK(all_of("-1..1") == "[-1,0,1]");
  CHECK(all_of("10ms..30ms step 10ms") == R"(["10ms","20ms","30ms"])");
  CHECK(all_of("500ms..2s step 500ms") == R"(["500ms","1000ms","1500ms","2000ms"])");
  CHECK(all_of("0%..1% step 0.5%") == R"(["0%","0.5%","1%"])");
}

TEST_CASE("steps add up without what rounding leaves") {
  // In binary, 0.1 + 0.2 is not 0.3, and ten steps of 0.1 do not reach 1.
  CHECK(all_of("0.1..0.3 step 0.1") == "[0.1,0.2,0.3]");
  CHECK(Axis("/x", "0.0..1.0 step 0.1").count() == 11);
}

TEST_CASE("a list may hold anything, and what stands in brackets is one value") {
  CHECK(all_of("a,b,3") == R"(["a","b",3])");
  CHECK(all_of("true,false") == "[true,false]");
  CHECK(all_of("lognormal(1ms, 0.3),2ms") == R"j(["lognormal(1ms, 0.3)","2ms"])j");
  CHECK(all_of(R"([{"a": 1}, "1..3"])") == R"([{"a":1},"1..3"])");
  CHECK(all_of("../delays.csv") == R"(["../delays.csv"])");
}

TEST_CASE("a range without a step of its own is drawn from between its ends") {
  const Axis axis("/x", "10ms..100ms");
  CHECK(axis.continuous());
  CHECK(axis.value_at(0) == "10ms");
  CHECK(axis.value_at(0.5) == "55ms");
  CHECK(Axis("/x", "0.0..1.0").continuous());
  const Axis whole("/x", "1..4");
  CHECK_FALSE(whole.continuous());
  CHECK(whole.value_at(0.24) == 1);
  CHECK(whole.value_at(0.26) == 2);
  CHECK(whole.value_at(0.99) == 4);
}

TEST_CASE("what is no axis is refused with a reason") {
  CHECK(refusal("4..1").find("empty") != std::string::npos);
  CHECK(refusal("1..3 step 0").find("nowhere") != std::string::npos);
  CHECK(refusal("1..3 step -1").find("nowhere") != std::string::npos);
  CHECK(refusal("10ms..1KiB").find("units") != std::string::npos);
  CHECK(refusal("1..b").find("\"b\"") != std::string::npos);
  CHECK(refusal("1,1").find("twice") != std::string::npos);
  CHECK(refusal("[]").find("empty list") != std::string::npos);
  CHECK(refusal("1,,2").find("between two commas") != std::string::npos);
  CHECK_FALSE(refusal("").empty());
  CHECK_FALSE(refusal("[1").empty());
  CHECK_THROWS_AS(Axis("/x", 3), BadValue);
  CHECK_THROWS_AS(Axis("/x", "one"), BadValue);
  CHECK_THROWS_AS(Axis("/x", "0..1e300 step 1e-300"), BadValue);
}

TEST_CASE("texts that are all quantities have their dimension in common") {
  CHECK(common_unit({"20ms", "1s"}) == Unit::duration);
  CHECK(common_unit({"20ms", "fast"}) == Unit::none);
  CHECK(common_unit({"20ms", "1KiB"}) == Unit::none);
  CHECK(common_unit({"5%", "7%"}) == Unit::fraction);
  CHECK(common_unit({"3", "4"}) == Unit::none);
}

}  // namespace
}  // namespace faultline
