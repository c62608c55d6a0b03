// How long it takes to judge recorded histories, apart from reading them: what to hold beside other
// judges on their own logs, such as Porcupine's. First the verdicts alone, then with witnesses.
//
//   faultline_histories ROUNDS MODEL INITIAL HISTORY...
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <faultline/check/linearizable.hpp>
#include <faultline/history/events.hpp>

#include "bench.hpp"

int main(int argc, char** argv) {
  using namespace faultline;
  const std::uint64_t rounds = bench::positive_argument(argc, argv, 1, 1);
  const ObjectKind* kind = argc > 2 ? find_object_kind(argv[2]) : nullptr;
  if (kind == nullptr || argc < 5) {
    fmt::print(stderr, "usage: {} ROUNDS MODEL INITIAL HISTORY...\n", argv[0]);
    return 2;
  }
  std::vector<History> histories;
  std::uint64_t operations = 0;
  try {
    for (int i = 4; i < argc; ++i) {
      std::ifstream in(argv[i], std::ios::binary);
      std::stringstream text;
      text << in.rdbuf();
      if (!in) throw std::runtime_error(fmt::format("{}: cannot be read", argv[i]));
      histories.push_back(read_events(text.str(), {argv[3]}));
      operations += histories.back().operations.size();
    }
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 2;
  }
  for (const std::size_t witnesses : {std::size_t{0}, CheckOptions{}.witnesses}) {
    CheckOptions options;
    options.witnesses = witnesses;
    std::uint64_t valid = 0;
    const bench::Stopwatch stopwatch;
    for (std::uint64_t round = 0; round < rounds; ++round) {
      for (const History& history : histories) {
        valid += check_object(history, *kind, options).verdict == Verdict::valid ? 1 : 0;
      }
    }
    bench::print_result(fmt::format("faultline_histories {}, {} witnesses", kind->name, witnesses),
                        rounds * operations, stopwatch.seconds(),
                        fmt::format("\"valid\": {}", valid / rounds));
  }
}
