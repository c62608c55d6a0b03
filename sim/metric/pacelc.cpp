#include <fmt/format.h>

#include <faultline/metric/pacelc.hpp>

namespace faultline {
namespace {

void classify_partition(const PacelcEvidence& evidence, PacelcClass& result) {
  if (!evidence.partitioned || !evidence.worst_region_availability) {
    result.why.emplace_back("no partition happened while clients asked");
    return;
  }
  const double worst = *evidence.worst_region_availability;
  if (worst >= served) {
    result.partition = "A";
    result.why.push_back(fmt::format(
        "during the partition every region's clients were served: at the worst {:.1f} % of their "
        "operations went well",
        100 * worst));
  } else if (evidence.linearizable) {
    result.partition = "C";
    result.why.push_back(fmt::format(
        "during the partition a region got only {:.1f} % of its operations answered well, and what "
        "was answered stayed linearizable",
        100 * worst));
  } else {
    result.partition = "-";
    result.why.push_back(fmt::format(
        "during the partition a region got only {:.1f} % of its operations answered well, and yet "
        "the history is not linearizable: neither A nor C",
        100 * worst));
  }
}

void classify_otherwise(const PacelcEvidence& evidence, PacelcClass& result) {
  const bool waits = evidence.nearest_region_round_trip > 0 &&
                     evidence.median_latency_otherwise >= evidence.nearest_region_round_trip;
  if (evidence.stale_fraction_otherwise > 0) {
    result.otherwise = waits ? "-" : "L";
    result.why.push_back(fmt::format(
        "without a partition {:.3f} % of the reads were stale, at a median latency of {:.2f} ms",
        100 * evidence.stale_fraction_otherwise, 1e3 * evidence.median_latency_otherwise));
  } else {
    result.otherwise = "C";
    result.why.push_back(
        fmt::format("without a partition no read was stale, at a median latency of {:.2f} ms",
                    1e3 * evidence.median_latency_otherwise));
  }
}

}  // namespace

PacelcClass classify(const PacelcEvidence& evidence) {
  PacelcClass result;
  classify_partition(evidence, result);
  classify_otherwise(evidence, result);
  return result;
}

}  // namespace faultline
