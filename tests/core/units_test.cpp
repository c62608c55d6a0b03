// Quantities: what is read, what is refused, and that print and parse undo each other.
#include <chrono>
#include <cmath>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <faultline/core/random.hpp>
#include <faultline/core/units.hpp>

using namespace faultline;
using namespace std::chrono_literals;

namespace {

constexpr Unit all_units[] = {Unit::none,      Unit::duration, Unit::size,
                              Unit::bandwidth, Unit::rate,     Unit::fraction};

std::string fault_of(std::string_view text, Unit unit) {
  try {
    parse_quantity(text, unit);
  } catch (const BadValue& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("quantities are read in base units") {
  CHECK(parse_quantity("200ms", Unit::duration) == 0.2);
  CHECK(parse_quantity("1.5s", Unit::duration) == 1.5);
  CHECK(parse_quantity("3us", Unit::duration) == 3e-6);
  CHECK(parse_quantity("10ns", Unit::duration) == 1e-8);
  CHECK(parse_quantity("2min", Unit::duration) == 120);
  CHECK(parse_quantity("1h", Unit::duration) == 3600);
  CHECK(parse_quantity("4KiB", Unit::size) == 4096);
  CHECK(parse_quantity("1MB", Unit::size) == 1e6);
  CHECK(parse_quantity("100B", Unit::size) == 100);
  CHECK(parse_quantity("10Gbps", Unit::bandwidth) == 1.25e9);
  CHECK(parse_quantity("1.25GBps", Unit::bandwidth) == 1.25e9);
  CHECK(parse_quantity("2000/s", Unit::rate) == 2000);
  CHECK(parse_quantity("5/min", Unit::rate) == 5.0 / 60);
  CHECK(parse_quantity("5%", Unit::fraction) == 0.05);
  CHECK(parse_quantity("0.05", Unit::fraction) == 0.05);
  CHECK(parse_quantity("42", Unit::none) == 42);
  CHECK(parse_quantity(" 200 ms ", Unit::duration) == 0.2);
}

TEST_CASE("durations are exact to the nanosecond") {
  CHECK(parse_duration("0.1ms") == 100'000ns);
  CHECK(parse_duration("1.1ms") == 1'100'000ns);
  CHECK(parse_duration("0.3us") == 300ns);
  CHECK(parse_duration("1.5h") == 90min);
  CHECK(parse_duration("-5ms") == -5ms);
  CHECK(parse_duration("9223372036854775807ns") == Duration::max());
  CHECK(parse_duration("-9223372036854775807ns") == -Duration::max());
  // Every tenth of a microsecond up to ten milliseconds, written in milliseconds.
  for (int tenths = 1; tenths <= 100'000; ++tenths) {
    const std::string digits = std::to_string(tenths + 1'000'000);
    const std::string text = digits.substr(1, 2) + "." + digits.substr(3) + "ms";
    if (parse_duration(text) != Duration{tenths * 100}) FAIL(text);
  }
}

TEST_CASE("a quantity that cannot be used is refused with what would be right") {
  CHECK(fault_of("40", Unit::duration) ==
        "\"40\" has no unit (one of ns, us, ms, s, min, h; a span of time such as \"200ms\")");
  CHECK(fault_of("40m", Unit::duration) ==
        "\"40m\" has the unknown unit \"m\" (one of ns, us, ms, s, min, h)");
  CHECK(fault_of("fast", Unit::rate) == "\"fast\" is not a rate such as \"2000/s\"");
  CHECK(fault_of("", Unit::size) == "\"\" is not an amount of data such as \"4KiB\"");
  CHECK(fault_of("3x", Unit::none) == "\"3x\" has the unknown unit \"x\" (no unit belongs here)");
  CHECK(fault_of("nan", Unit::none) == "\"nan\" is not a number");
  CHECK(fault_of("infms", Unit::duration) == "\"infms\" is not a span of time such as \"200ms\"");
  CHECK(fault_of("1e308h", Unit::duration) == "\"1e308h\" is too large");
  CHECK_THROWS_WITH_AS(parse_duration("300000h 5"),
                       "\"300000h 5\" has the unknown unit \"h 5\" (one of ns, us, ms, s, min, h)",
                       BadValue);
  CHECK_THROWS_WITH_AS(parse_duration("9223372036854775808ns"),
                       "\"9223372036854775808ns\" is longer than a run can be (at most 292 years)",
                       BadValue);
}

TEST_CASE("quantities are printed as people write them") {
  CHECK(print_quantity(0.2, Unit::duration) == "200ms");
  CHECK(print_quantity(0.25e-3, Unit::duration) == "250us");
  CHECK(print_quantity(1e-3 / 3, Unit::duration).ends_with("us"));  // needs all 17 digits
  CHECK(print_quantity(90, Unit::duration) == "90s");
  CHECK(print_quantity(120, Unit::duration) == "2min");
  CHECK(print_quantity(-0.003, Unit::duration) == "-3ms");
  CHECK(print_quantity(0, Unit::duration) == "0s");
  CHECK(print_quantity(4096, Unit::size) == "4KiB");
  CHECK(print_quantity(1000, Unit::size) == "1kB");
  CHECK(print_quantity(0, Unit::size) == "0B");
  CHECK(print_quantity(1.25e9, Unit::bandwidth) == "10Gbps");
  CHECK(print_quantity(0.5, Unit::rate) == "0.5/s");
  CHECK(print_quantity(5.0 / 60, Unit::rate) == "5/min");
  CHECK(print_quantity(0.05, Unit::fraction) == "0.05");
  CHECK(print_duration(2h) == "2h");
  CHECK(print_duration(-1500ms) == "-1.5s");
  CHECK(print_duration(9ms) == "9ms");
  CHECK(print_duration(Duration::max()) == "9223372036854775807ns");
  CHECK(print_duration(Duration::min()) == "-9223372036854775808ns");
}

TEST_CASE("what is printed is read back exactly, whatever the magnitude") {
  RandomStream random(1, "quantities");
  for (const Unit unit : all_units) {
    for (int i = 0; i < 20'000; ++i) {
      const double sign = random.chance(0.5) ? 1 : -1;
      const double value = sign * std::exp(random.uniform(-60, 60));
      const std::string text = print_quantity(value, unit);
      if (parse_quantity(text, unit) != value) FAIL(text);
    }
    for (const double value : {0x1p-1074, 0x1p-1022, 0x1.fffffffffffffp1023}) {
      CHECK(parse_quantity(print_quantity(value, unit), unit) == value);
    }
  }
  for (int i = 0; i < 50'000; ++i) {
    const Duration span{static_cast<std::int64_t>(random.next() >> (1 + random.below(63)))};
    if (parse_duration(print_duration(span)) != span) FAIL(span.count());
    if (parse_duration(print_duration(-span)) != -span) FAIL(span.count());
  }
}

TEST_CASE("whole milliseconds are the decimal fraction of a second that is nearest") {
  for (int i = 1; i <= 1000; ++i) {
    const std::string digits = std::to_string(1000 + i);
    CHECK(seconds(std::chrono::milliseconds(i)) ==
          std::stod((i == 1000 ? "1." : "0.") + digits.substr(1)));
  }
}

TEST_CASE("a misspelt word finds its neighbour") {
  const std::vector<std::string> words{"replicas", "timeout", "on_partition"};
  CHECK(nearest("replcas", words) == "replicas");
  CHECK(nearest("tiemout", words) == "timeout");
  CHECK(nearest("on-partition", words) == "on_partition");
  CHECK_FALSE(nearest("quorum", words));
  CHECK_FALSE(nearest("", words));
  CHECK_FALSE(nearest(std::string(100'000, 'x'), words));
  CHECK(suggestion("replica", words) == "did you mean \"replicas\"?");
  CHECK(suggestion("quorum", words) == "known: replicas, timeout, on_partition");
}
