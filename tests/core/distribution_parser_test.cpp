// The text form of distributions: what is read, how it is written, and what is said of mistakes.
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include <doctest/doctest.h>
#include <stdlib.h>  // mkdtemp

#include <faultline/core/distribution.hpp>

#include "close_to.hpp"

using namespace faultline;

namespace {

using faultline::testing::close_to;

std::string canonical(std::string_view text, Unit unit = Unit::duration) {
  return Distribution::parse(text, unit).to_string(unit);
}

struct Fault {
  std::string message;
  std::optional<std::size_t> offset;
};

Fault fault_of(std::string_view text, Unit unit = Unit::duration) {
  try {
    Distribution::parse(text, unit);
  } catch (const BadValue& error) {
    return {error.what(), error.offset()};
  }
  return {"nothing is wrong", std::nullopt};
}

/// A folder of its own with one file in it, gone afterwards.
class Folder {
 public:
  explicit Folder(const std::string& content) {
    std::string name = (std::filesystem::temp_directory_path() / "faultline_XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
    std::ofstream(path_ / "times.csv", std::ios::binary) << content;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }

  Distribution read(const std::string& text) const {
    return Distribution::parse(text, Unit::duration, path_.string());
  }
  std::string fault(const std::string& text) const {
    try {
      read(text);
    } catch (const BadValue& error) {
      std::string message = error.what();
      const std::size_t at = message.find(path_.string());
      return at == std::string::npos ? message : message.erase(at, path_.string().size() + 1);
    }
    return "nothing is wrong";
  }

 private:
  std::filesystem::path path_;
};

}  // namespace

TEST_CASE("the canonical text is read back as the same text") {
  for (const char* text :
       {"40ms", "0s", "uniform(1ms, 5ms)", "exponential(2ms)", "normal(5ms, 1ms)",
        "lognormal(250us, 0.3)", "pareto(3ms, 3.35)", "weibull(2ms, 1.7)", "gamma(2.5, 3ms)",
        "40ms + exponential(2ms)", "-1ms + exponential(2ms)",
        "mixture(0.9: 1ms, 0.1: 2ms + pareto(3ms, 3.35))",
        "mixture(1: mixture(1: 1ms, 2: 2ms), 3: exponential(1ms))"}) {
    CHECK(canonical(text) == text);
  }
}

TEST_CASE("other ways to write the same") {
  CHECK(canonical("constant(40ms)") == "40ms");
  CHECK(canonical("0.25ms") == "250us");
  CHECK(canonical("  lognormal( 0.25ms ,0.3 )  ") == "lognormal(250us, 0.3)");
  CHECK(canonical("exponential(2ms) + 40ms") == "40ms + exponential(2ms)");
  CHECK(canonical("1ms + exponential(2ms) + 2ms") == "3ms + exponential(2ms)");
  CHECK(canonical("1e+3us") == "1ms");
  CHECK(canonical("mixture(90%: constant(1ms), 10%: 2ms)") == "mixture(0.9: 1ms, 0.1: 2ms)");
  CHECK(canonical("uniform(1, 10)", Unit::none) == "uniform(1, 10)");
  CHECK(canonical("lognormal(4KiB, 1)", Unit::size) == "lognormal(4KiB, 1)");
}

TEST_CASE("a mistake is named with what would be right, and where it stands") {
  const auto check = [](const std::string& text, const char* message, std::size_t offset) {
    CAPTURE(text);
    const Fault fault = fault_of(text);
    CHECK(fault.message == message);
    REQUIRE(fault.offset.has_value());
    CHECK(*fault.offset == offset);
  };
  check("40", "\"40\" has no unit (one of ns, us, ms, s, min, h; a span of time such as \"200ms\")",
        0);
  check("", "\"\" is not a span of time such as \"200ms\"", 0);
  check("1ms + ", "\"\" is not a span of time such as \"200ms\"", 5);
  check("lognorml(1ms, 2)", "there is no distribution \"lognorml\" (did you mean \"lognormal\"?)",
        0);
  check("zipf(1ms)",
        "there is no distribution \"zipf\" (known: constant, uniform, exponential, normal, "
        "lognormal, pareto, weibull, gamma, empirical, mixture)",
        0);
  check("exponential(nan)", "\"nan\" is not a span of time such as \"200ms\"", 12);
  check("exponential(-1ms)", "the mean of exponential is -1ms (above zero)", 12);
  check("normal(1ms, -2ms)", "the deviation of normal is -2ms (zero or above)", 12);
  check("pareto(3ms, 0)", "the shape of pareto is 0 (above zero)", 12);
  check("lognormal(1ms, 2ms)", "\"2ms\" has the unknown unit \"ms\" (no unit belongs here)", 15);
  check("uniform(5ms, 1ms)", "uniform has its low 5ms above its high 1ms (uniform(low, high))", 0);
  check("normal(1ms)", "normal takes two values (normal(mean, deviation))", 0);
  check("1ms + exponential()", "exponential takes one value (exponential(mean))", 6);
  check("exponential(1ms))",
        "\"exponential(1ms))\" closes a bracket that was not opened (remove the last \")\")", 16);
  check("exponential(1ms", "\"(1ms\" lacks its closing bracket (add \")\")", 11);
  check("exponential(1ms) 2ms",
        "\"exponential(1ms)\" goes on after its closing bracket (with \" + \" if \"2ms\" is to be "
        "added)",
        0);
  check("gamma(2, 1ms) + exponential(1ms)",
        "\"gamma(2, 1ms) + exponential(1ms)\" adds two random parts (one and constants; use a "
        "mixture or a gamma)",
        16);
  check("mixture(1: 1ms, 2ms)", "\"2ms\" lacks its weight (mixture(0.9: 1ms, 0.1: 20ms))", 16);
  check("mixture(1: 1ms, -2: 2ms)", "-2 is not a weight of a mixture (zero or above)", 16);
  check("mixture(1: 1ms, 1: pareto(0ms, 2))", "the scale of pareto is 0ms (above zero)", 26);
  check("mixture(0: 1ms)", "a mixture needs a weight above zero", 0);
  check("mixture(1e308: 1ms, 1e308: 2ms)", "the weights of a mixture add up to infinity", 0);
  check("1e308s + 1e308s", "\"1e308s + 1e308s\" adds up to infinity", 0);
}

TEST_CASE("nesting is bounded") {
  const auto nested = [](int levels) {
    std::string text = "1ms";
    for (int i = 0; i < levels; ++i) text = "mixture(1: " + text + ")";
    return text;
  };
  CHECK_NOTHROW(Distribution::parse(nested(16), Unit::duration));
  CHECK(fault_of(nested(17)).message == "mixtures are nested too deeply (at most 16)");
  CHECK(fault_of(nested(20'000)).message == "mixtures are nested too deeply (at most 16)");
  CHECK(fault_of(std::string(100'000, '(')).offset == 0);
}

TEST_CASE("an empirical distribution is a column of a file, found by its heading") {
  // Line ends of either kind.
  const Folder folder("region,rtt,count\r\na,2ms,1s\r\nb,0.004s,2s\r\n\r\nc,6ms,3s\r\n");
  const auto rtt = folder.read("empirical(times.csv, rtt)");
  CHECK(rtt.mean() == close_to(0.004, 1e-15));
  CHECK(rtt.to_string(Unit::duration) == "empirical(times.csv, rtt)");
  CHECK(folder.read("empirical(times.csv, count)").mean() == 2);
  CHECK(folder.read("1s + empirical(times.csv, count)").lowest() == 2);

  CHECK(folder.fault("empirical(times.csv, rt)") ==
        "times.csv has no column \"rt\" (it has region, rtt, count)");
  CHECK(folder.fault("empirical(times.csv, region)") ==
        "times.csv:2: \"a\" is not a span of time such as \"200ms\"");
  CHECK(folder.fault("empirical(other.csv)") ==
        "cannot open other.csv (paths are relative to the scenario)");
  CHECK(folder.fault("empirical()") ==
        "empirical takes a file and, if it has headings, a column (empirical(file.csv, column))");
}

TEST_CASE("plain numbers in a file are in the unit that the heading ends with") {
  const Folder folder("ms,rtt_us,time (s),count\n1,500,0.25,1\n3,2ms,0.75,2\n");
  CHECK(folder.read("empirical(times.csv, ms)").mean() == close_to(2e-3));
  CHECK(folder.read("empirical(times.csv, rtt_us)").mean() == close_to(1.25e-3));
  CHECK(folder.read("empirical(times.csv, time (s))").mean() == close_to(0.5));
  CHECK(folder.fault("empirical(times.csv, count)") ==
        "times.csv:2: \"1\" has no unit (write it, as in 1s, or end the heading with it, as in "
        "x_s)");
}

TEST_CASE("a file without headings gives its first column") {
  const Folder folder("1ms\n2ms\n3ms");
  CHECK(folder.read("empirical(times.csv)").quantile(0.5) == 0.002);
}

TEST_CASE("a file with too little in it is refused") {
  const Folder folder("a,b\n1ms\n");
  CHECK(folder.fault("empirical(times.csv, b)") == "times.csv:2: the line ends before the column");
  const Folder empty("a,b\n");
  CHECK(empty.fault("empirical(times.csv, b)") == "times.csv has no values (at least one)");
}
