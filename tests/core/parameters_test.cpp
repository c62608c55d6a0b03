// Tables of parameters: what they tell of themselves, what they accept, what they say of the rest.
#include <chrono>
#include <limits>
#include <string>

#include <doctest/doctest.h>

#include <faultline/core/parameters.hpp>

using namespace faultline;
using namespace std::chrono_literals;

namespace {

enum class OnPartition { consistency, availability };

struct Settings {
  int replicas = 3;
  std::uint8_t tries = 2;
  std::optional<int> write_quorum;
  double load = 0.7;
  double growth = 2;
  double bandwidth = 1.25e9;
  Duration timeout = 200ms;
  std::optional<Duration> lease;
  bool hints = true;
  std::string upstream;
  OnPartition on_partition = OnPartition::consistency;
  Distribution service_time = Distribution::exponential(0.002);
  Distribution batch = Distribution::constant(1);
};

const ParameterTable<Settings>& table() {
  static const ParameterTable<Settings> table{
      integer("replicas", &Settings::replicas, "how many nodes hold each key").between(1, 64),
      integer("tries", &Settings::tries, "how often a request is sent"),
      integer("write_quorum", &Settings::write_quorum, "how many must have stored a write"),
      number("load", &Settings::load, Unit::fraction, "of the capacity"),
      number("growth", &Settings::growth, Unit::none, "factor between two waits").above(1.0),
      number("bandwidth", &Settings::bandwidth, Unit::bandwidth, "of the uplink"),
      duration("timeout", &Settings::timeout, "how long to wait").between(1ms, 10s),
      duration("lease", &Settings::lease, "how long a leader may lead unasked"),
      boolean("hints", &Settings::hints, "whether writes are kept for nodes that are away"),
      text("upstream", &Settings::upstream, "the service behind this one"),
      choice("on_partition", &Settings::on_partition, "what the minority does",
             {{"consistency", OnPartition::consistency, "refuses"},
              {"availability", OnPartition::availability, "goes on"}}),
      distribution("service_time", &Settings::service_time, Unit::duration, "of a request"),
      distribution("batch", &Settings::batch, Unit::none, "requests that arrive together"),
  };
  return table;
}

Settings with(std::string_view name, const ParameterValue& value) {
  Settings settings;
  table().assign(&settings, name, value);
  return settings;
}

/// What is said of `value`; afterwards the settings must be as before.
std::string fault_of(std::string_view name, const ParameterValue& value) {
  Settings settings;
  try {
    table().assign(&settings, name, value);
  } catch (const BadValue& error) {
    CHECK(table().read(&settings, name) == table().find(name)->default_value);
    return error.what();
  }
  return "nothing is wrong";
}

ParameterValue operator""_t(const char* text, std::size_t size) { return std::string(text, size); }
ParameterValue whole(std::int64_t value) { return value; }

}  // namespace

TEST_CASE("a table tells names, kinds, units, defaults, ranges and sentences") {
  CHECK(table().names() == std::vector<std::string>{"replicas", "tries", "write_quorum", "load",
                                                    "growth", "bandwidth", "timeout", "lease",
                                                    "hints", "upstream", "on_partition",
                                                    "service_time", "batch"});
  const ParameterInfo& replicas = *table().find("replicas");
  CHECK(replicas.kind == ParameterKind::integer);
  CHECK(replicas.sentence == "how many nodes hold each key");
  CHECK(replicas.default_value == whole(3));
  CHECK(replicas.minimum == 1);
  CHECK(replicas.maximum == 64);
  const ParameterInfo& tries = *table().find("tries");
  CHECK(tries.minimum == 0);
  CHECK(tries.maximum == 255);
  const ParameterInfo& timeout = *table().find("timeout");
  CHECK(timeout.kind == ParameterKind::duration);
  CHECK(timeout.unit == Unit::duration);
  CHECK(timeout.default_value == "200ms"_t);
  CHECK(timeout.minimum == 0.001);
  CHECK(timeout.maximum == 10);
  CHECK(table().find("bandwidth")->default_value == "10Gbps"_t);
  CHECK(table().find("lease")->default_value == ParameterValue{});
  CHECK(table().find("service_time")->default_value == "exponential(2ms)"_t);
  CHECK(table().find("batch")->default_value == ParameterValue{1.0});
  const ParameterInfo& on_partition = *table().find("on_partition");
  CHECK(on_partition.default_value == "consistency"_t);
  REQUIRE(on_partition.choices.size() == 2);
  CHECK(on_partition.choices[1].name == "availability");
  CHECK(on_partition.choices[1].sentence == "goes on");
  CHECK(table().find("nothing") == nullptr);
}

TEST_CASE("values are converted and stored") {
  CHECK(with("replicas", whole(5)).replicas == 5);
  CHECK(with("replicas", 5.0).replicas == 5);
  CHECK(with("write_quorum", whole(2)).write_quorum == 2);
  CHECK(with("load", "5%"_t).load == 0.05);
  CHECK(with("load", 0.05).load == 0.05);
  CHECK(with("load", whole(1)).load == 1);
  CHECK(with("growth", whole(3)).growth == 3);
  CHECK(with("bandwidth", "1Gbps"_t).bandwidth == 1.25e8);
  CHECK(with("timeout", "40ms"_t).timeout == 40ms);
  CHECK(with("timeout", "1ms"_t).timeout == 1ms);
  CHECK(with("timeout", "10s"_t).timeout == 10s);
  CHECK(with("lease", whole(0)).lease == 0s);
  CHECK(with("lease", "5s"_t).lease == 5s);
  CHECK_FALSE(with("hints", false).hints);
  CHECK(with("upstream", "store"_t).upstream == "store");
  CHECK(with("on_partition", "availability"_t).on_partition == OnPartition::availability);
  CHECK(with("service_time", "2ms"_t).service_time.mean() == 0.002);
  CHECK(with("service_time", "normal(2ms, 2ms)"_t).service_time.mean() == 0.002);
  CHECK(with("batch", whole(4)).batch.mean() == 4);
}

TEST_CASE("what is written is what was read") {
  const std::pair<const char*, ParameterValue> values[] = {
      {"replicas", whole(5)},
      {"write_quorum", whole(2)},
      {"load", 0.05},
      {"growth", 1.5},
      {"bandwidth", "3MBps"_t},
      {"timeout", "1.5s"_t},
      {"lease", "5s"_t},
      {"hints", false},
      {"upstream", "store"_t},
      {"on_partition", "availability"_t},
      {"batch", "uniform(1, 10)"_t},
      {"service_time", "1ms + gamma(2, 3ms)"_t}};
  for (const auto& [name, value] : values) {
    const Settings settings = with(name, value);
    CHECK(table().read(&settings, name) == value);
  }
}

TEST_CASE("a value of the wrong type, unit or range is refused, and nothing is changed") {
  const std::pair<ParameterValue, const char*> replicas[] = {
      {whole(0), "0 is out of range (from 1 to 64)"},
      {whole(65), "65 is out of range (from 1 to 64)"},
      {2.5, "2.5 is not a whole number"},
      {"3"_t, "\"3\" is not a whole number"},
      {true, "true is not a whole number"},
      {ParameterValue{}, "null is not a whole number"},
      {std::numeric_limits<double>::quiet_NaN(), "nan is not a whole number"},
      {1e300, "1e+300 is out of range (from 1 to 64)"}};
  for (const auto& [value, message] : replicas) CHECK(fault_of("replicas", value) == message);

  CHECK(fault_of("tries", whole(256)) == "256 is out of range (from 0 to 255)");
  CHECK(fault_of("load", "150%"_t) == "\"150%\" is out of range (from 0 to 1)");
  CHECK(fault_of("load", std::numeric_limits<double>::quiet_NaN()) == "nan is not a finite number");
  CHECK(fault_of("growth", 1.0) == "1 is out of range (above 1)");
  CHECK(fault_of("growth", "2"_t) == "\"2\" is not a number (without quotation marks)");
  CHECK(fault_of("bandwidth", whole(1000)) == "1000 is not a bandwidth such as \"10Gbps\"");
  CHECK(fault_of("timeout", whole(40)) == "40 is not a span of time such as \"200ms\"");
  CHECK(fault_of("timeout", "40"_t) ==
        "\"40\" has no unit (one of ns, us, ms, s, min, h; a span of time such as \"200ms\")");
  CHECK(fault_of("timeout", "11s"_t) == "\"11s\" is out of range (from 1ms to 10s)");
  CHECK(fault_of("lease", "-1s"_t) == "\"-1s\" is out of range (at least 0s)");
  CHECK(fault_of("hints", "yes"_t) == "\"yes\" is not true or false");
  CHECK(fault_of("upstream", whole(1)) == "1 is not a text in quotation marks");
}

TEST_CASE("an unknown choice is answered with its neighbour") {
  CHECK(fault_of("on_partition", "availabilty"_t) ==
        "\"availabilty\" is not one of consistency, availability (did you mean "
        "\"availability\"?)");
  CHECK(fault_of("on_partition", "both"_t) == "\"both\" is not one of consistency, availability");
  CHECK(fault_of("on_partition", true) == "true is not one of consistency, availability");
}

TEST_CASE("a distribution of times must not reach below zero, save a normal") {
  CHECK(fault_of("service_time", "-1ms"_t) == "\"-1ms\" is out of range (at least 0s)");
  CHECK(fault_of("service_time", "-1ms + exponential(5ms)"_t) ==
        "\"-1ms + exponential(5ms)\" can be as low as -1ms (at least 0s)");
  CHECK(fault_of("service_time", whole(2)) ==
        "2 is not a span of time such as \"200ms\", or a distribution of it such as "
        "\"exponential(...)\"");
  CHECK(fault_of("service_time", "exponentail(1ms)"_t) ==
        "there is no distribution \"exponentail\" (did you mean \"exponential\"?)");
}

TEST_CASE("a parameter that is not in the table cannot be assigned") {
  Settings settings;
  CHECK_THROWS_WITH_AS(table().assign(&settings, "nothing", whole(1)),
                       "there is no parameter \"nothing\"", BadValue);
}
