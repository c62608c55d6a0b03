#include <chrono>
#include <cmath>
#include <numbers>

#include <doctest/doctest.h>

#include <faultline/workload/arrivals.hpp>

#include "close_to.hpp"
#include "workload/statistics.hpp"

using namespace faultline;
using namespace faultline::testing;
using namespace std::chrono_literals;

namespace {

using faultline::testing::close_to;

std::vector<double> instants(const Arrivals& arrivals, Time start, Time stop,
                             std::uint64_t seed = 1) {
  ArrivalProcess process(arrivals, start, stop);
  RandomStream random(seed, "arrivals");
  std::vector<double> times;
  for (Time at = process.next(random); at != never; at = process.next(random)) {
    REQUIRE(at >= start);
    REQUIRE(at < stop);
    REQUIRE((times.empty() || seconds(at) >= times.back()));
    times.push_back(seconds(at));
  }
  return times;
}

std::vector<double> counted(const std::vector<double>& times, double from, double width,
                            std::size_t windows) {
  std::vector<double> counts(windows, 0);
  for (const double time : times) {
    const auto window = static_cast<std::size_t>((time - from) / width);
    if (time >= from && window < windows) counts[window] += 1;
  }
  return counts;
}

std::vector<TraceProblem> problems_of(std::string_view text) {
  std::vector<TraceProblem> problems;
  parse_trace(text, problems);
  return problems;
}

}  // namespace

TEST_CASE("Poisson arrivals: rate and dispersion") {
  const auto times = instants(PoissonArrivals{500}, Time{10s}, Time{210s});
  const auto total = static_cast<double>(times.size());
  CHECK(std::abs(total - 100'000) < z_999 * std::sqrt(100'000.0));
  // The variance of the counts is their mean: (n-1) times the dispersion is chi-square.
  const auto counts = counted(times, 10, 0.1, 2000);
  const double mean = total / 2000;
  double squares = 0;
  for (const double count : counts) squares += (count - mean) * (count - mean);
  const double dispersion = squares / mean;
  CHECK(dispersion < chi_square_999(1999));
  CHECK(dispersion > 2 * 1999 - chi_square_999(1999));
}

TEST_CASE("Poisson arrivals: gaps are exponential") {
  const auto times = instants(PoissonArrivals{1000}, Time{}, Time{100s});
  std::vector<double> deciles(10, 0);
  for (std::size_t i = 1; i < times.size(); ++i) {
    const double below = 1 - std::exp(-1000 * (times[i] - times[i - 1]));
    deciles[std::min<std::size_t>(9, static_cast<std::size_t>(below * 10))] += 1;
  }
  const std::vector<double> equal(10, 0.1);
  const ChiSquare fit = chi_square(deciles, equal);
  CHECK(fit.statistic < fit.bound());
}

TEST_CASE("constant arrivals do not drift, whatever the rounding") {
  const auto times = instants(ConstantArrivals{3}, Time{1s}, Time{1s + 1'000'000s});
  REQUIRE(times.size() == 3'000'000);
  CHECK(times[0] == 1);
  CHECK(times[1] == close_to(1.333333333, 1e-12));
  CHECK(times[2'999'997] == close_to(1'000'000.0, 1e-15));
}

TEST_CASE("bursts: each stretch has its own rate") {
  const BurstArrivals bursts{200, 2000, 10s, 1s};
  const auto times = instants(bursts, Time{3s}, Time{1003s});
  const auto per_second = counted(times, 3, 1, 1000);
  double in = 0;
  double out = 0;
  for (std::size_t second = 0; second < 1000; ++second) {
    (second % 10 == 0 ? in : out) += per_second[second];
  }
  CHECK(std::abs(in - 200'000) < z_999 * std::sqrt(200'000.0));
  CHECK(std::abs(out - 180'000) < z_999 * std::sqrt(180'000.0));
}

TEST_CASE("bursts in silence cost no candidates") {
  const BurstArrivals bursts{0, 1e6, 3600s, 1ms};
  const auto times = instants(bursts, Time{}, Time{3600s * 4});
  CHECK(std::abs(static_cast<double>(times.size()) - 4000) < z_999 * std::sqrt(4000.0));
  for (const double time : times) REQUIRE(std::fmod(time, 3600) < 0.001);
  CHECK(instants(BurstArrivals{0, 1e6, 1s, 0s}, Time{}, Time{9s}).empty());
}

TEST_CASE("diurnal arrivals follow the integral of their sine") {
  const DiurnalArrivals day{100, 1000, 80s};
  const auto times = instants(day, Time{5s}, Time{5s + 800s});
  std::vector<double> eighths(8, 0);
  for (const double time : times) {
    eighths[static_cast<std::size_t>(std::fmod(time - 5, 80) / 10)] += 1;
  }
  // Integral of low + (high - low) (1 - cos(2 pi t / P)) / 2.
  const auto integral = [](double t) {
    return 550 * t - 450 * 80 / (2 * std::numbers::pi) * std::sin(2 * std::numbers::pi * t / 80);
  };
  for (std::size_t i = 0; i < 8; ++i) {
    const auto from = static_cast<double>(i) * 10;
    const double expected = 10 * (integral(from + 10) - integral(from));
    CAPTURE(i);
    CHECK(std::abs(eighths[i] - expected) < z_999 * std::sqrt(expected));
  }
}

TEST_CASE("rates of zero mean silence") {
  CHECK(instants(PoissonArrivals{0}, Time{}, Time{9s}).empty());
  CHECK(instants(ConstantArrivals{0}, Time{}, Time{9s}).empty());
  CHECK(instants(DiurnalArrivals{0, 0, 1s}, Time{}, Time{9s}).empty());
  CHECK(instants(ClosedLoop{}, Time{}, Time{9s}).empty());
}

TEST_CASE("expected numbers of arrivals") {
  const auto expected = [](const Arrivals& arrivals) {
    return ArrivalProcess(arrivals, Time{10s}, Time{30s}).expected();
  };
  CHECK(expected(PoissonArrivals{50}) == close_to(1000));
  CHECK(expected(BurstArrivals{10, 110, 10s, 1s}) == close_to(400));
  CHECK(expected(DiurnalArrivals{0, 10, 20s}) == close_to(100));
  CHECK(expected(ClosedLoop{}) == 0);
}

TEST_CASE("a trace is replayed as recorded, from the workload's start to its stop") {
  std::vector<TraceProblem> problems;
  TraceArrivals trace;
  trace.entries = parse_trace(
      "# recorded on a Tuesday\n"
      "time, kind, key\r\n"
      "0.5,put,3\r\n"
      "1.25,get,42\n"
      "\n"
      "1.25,,7\n"
      "2,scan,\n"
      "9,get,1\n",
      problems);
  REQUIRE(problems.empty());
  REQUIRE(trace.entries.size() == 5);
  const Arrivals arrivals = trace;
  ArrivalProcess process(arrivals, Time{1s}, Time{9s});
  RandomStream random(1, "unused");
  CHECK(process.expected() == 3);
  CHECK(process.next(random) == Time{1250ms});
  CHECK(process.entry()->kind == OperationKind::get);
  CHECK(process.entry()->key == 42);
  CHECK(process.next(random) == Time{1250ms});
  CHECK_FALSE(process.entry()->has_kind);
  CHECK(process.entry()->key == 7);
  CHECK(process.next(random) == Time{2s});
  CHECK(process.entry()->kind == OperationKind::scan);
  CHECK_FALSE(process.entry()->has_key);
  CHECK(process.next(random) == never);
}

TEST_CASE("all problems of a trace are listed, each at its place") {
  const auto problems = problems_of(
      "time,kind,key\n"
      "1,get,2\n"
      "soon,gett,-4\n"
      "0.5,get,1\n"
      "2,get\n"
      "-1,get,1\n"
      "nan,get,1\n"
      "1e300,get,1\n");
  REQUIRE(problems.size() == 8);
  CHECK(problems[0].line == 3);
  CHECK(problems[0].column == 1);
  CHECK(problems[0].message == "\"soon\" is no time (seconds since the start, such as 12.5)");
  CHECK(problems[1].column == 6);
  CHECK(problems[1].message.find("did you mean \"get\"?") != std::string::npos);
  CHECK(problems[2].column == 11);
  CHECK(problems[3].line == 4);
  CHECK(problems[3].message == "0.5 is earlier than the entry before (times must ascend)");
  CHECK(problems[4].message == "2 values where the first line names 3 columns");
}

TEST_CASE("the first line of a trace names the columns") {
  CHECK(problems_of("")[0].message.find("the trace is empty") == 0);
  CHECK(problems_of("kind\nget\n")[0].message.find("there is no column \"time\"") == 0);
  CHECK(problems_of("time,time\n1,1\n")[0].message == "column \"time\" appears twice");
  CHECK(problems_of("tme\n1\n")[0].message.find("unknown column \"tme\"") == 0);
  CHECK(problems_of("time\n1\n2\n").empty());
}

TEST_CASE("a hopeless trace is not listed line by line") {
  std::string text = "time\n";
  for (int i = 0; i < 1000; ++i) text += "x\n";
  const auto problems = problems_of(text);
  CHECK(problems.size() == most_trace_problems);
  CHECK(problems.back().message.find("further problems are not listed") != std::string::npos);
}
