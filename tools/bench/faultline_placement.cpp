// Look-ups of a key's bucket: how many a second each partitioner does, among BUCKETS buckets. Keys
// come in an order without pattern, so that large tables cost what they cost where others use the
// cache, too.
//
//   faultline_placement PARTITIONER [LOOKUPS] [BUCKETS]
#include <string>

#include <faultline/placement/settings.hpp>

#include "bench.hpp"

int main(int argc, char** argv) {
  using namespace faultline;
  const auto kind = argc > 1 ? partitioner_named(argv[1]) : std::nullopt;
  if (!kind) {
    std::fprintf(stderr, "%s: say which partitioner, such as consistent\n", argv[0]);
    return 2;
  }
  const std::uint64_t lookups = bench::positive_argument(argc, argv, 2, 5'000'000);
  const std::uint64_t buckets = bench::positive_argument(argc, argv, 3, 1'000);
  constexpr std::uint64_t keys = 10'000'000;
  PartitionerSettings settings;
  settings.kind = *kind;
  const bench::Stopwatch making;
  const auto partitioner = make_partitioner(settings, static_cast<std::uint32_t>(buckets), keys);
  const double made = making.seconds();

  std::uint64_t sum = 0;  // so that no look-up can be left out
  const bench::Stopwatch stopwatch;
  for (std::uint64_t i = 0; i < lookups; ++i) sum += partitioner->owner(scatter(i) % keys);
  const double seconds = stopwatch.seconds();
  bench::print_result(std::string("placement_") + argv[1], lookups, seconds,
                      "\"buckets\": " + std::to_string(buckets) +
                          ", \"bytes\": " + std::to_string(partitioner->bytes()) +
                          ", \"making_seconds\": " + std::to_string(made) +
                          ", \"sum\": " + std::to_string(sum));
}
