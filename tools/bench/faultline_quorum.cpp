// The workload of bare_quorum.cpp as a user would run it: a scenario with the quorum model on three
// hosts, N = 3, R = W = 2, 10,000 keys unless told otherwise, half reads, open loop, with history,
// checks and metrics. Nothing is written to disks, as in the yardstick: at this rate they would be
// what is measured. Says besides how long the judge of linearizability takes for the same history,
// and how much memory the run has used when all is recorded and nothing judged.
//
//   faultline_quorum [OPERATIONS [KEYS]]
#include <fmt/format.h>

#include <faultline/check/linearizable.hpp>
#include <faultline/experiment/result.hpp>
#include <faultline/models/catalog.hpp>
#include <faultline/scenario/reader.hpp>

#include "bench.hpp"

namespace {

constexpr double rate = 100'000;

std::string scenario_text(std::uint64_t operations, std::uint64_t keys) {
  return fmt::format(R"json({{
    "duration": "{}s", "settle": "1s",
    "topology": {{"regions": {{"here": 3}}, "within": {{"latency": "1ms + exponential(1ms)"}}}},
    "services": {{"store": {{"model": "quorum", "replicas": 3, "read_quorum": 2, "write_quorum": 2,
                             "write_versions": "clock", "read_repair": "none",
                             "durability": "memory"}}}},
    "workloads": {{"clients": {{"target": "store", "arrivals": {{"poisson": "{}/s"}},
                               "keys": {{"uniform": true, "count": {}}},
                               "mix": {{"get": 0.5, "put": 0.5}}, "most_operations": {}}}}}
  }})json",
                     static_cast<double>(operations) / rate, rate, keys, operations);
}

}  // namespace

int main(int argc, char** argv) {
  using namespace faultline;
  const std::uint64_t operations = bench::positive_argument(argc, argv, 1, 1'000'000);
  const std::uint64_t keys = bench::positive_argument(argc, argv, 2, 10'000);
  try {
    const Scenario scenario =
        read_scenario(Document::parse(scenario_text(operations, keys), "bench"), catalog(), ".");
    const bench::Stopwatch stopwatch;
    Run run(scenario);
    run.simulate();
    const double simulated = stopwatch.seconds();
    const std::uint64_t recorded = bench::peak_memory();
    const Analysis analysis = analyse(run);
    const double seconds = stopwatch.seconds();
    const bench::Stopwatch judging;
    const Verdict verdict = check_linearizable(run.history()).verdict;
    const double judged = judging.seconds();
    const std::uint64_t done = run.history().operations.size();
    bench::print_result(
        "faultline_quorum", run.simulation().queue().events(), seconds,
        bench::operations_members(done, seconds) +
            fmt::format(R"(, "simulation_seconds": {:.6f}, )"
                        R"("linearizable_seconds": {:.6f}, "verdict": "{}", )"
                        R"("recorded_megabytes": {:.3f})",
                        simulated, judged, name_of(verdict), static_cast<double>(recorded) / 1e6));
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 2;
  }
}
