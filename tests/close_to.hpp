// Equality of computed figures, up to a share of them.
#pragma once

#include <doctest/doctest.h>

namespace faultline::testing {

/// For CHECK(measured == close_to(expected)): they differ by less than `share` of the larger one.
/// (doctest::Approx alone adds 1 to the value first: of a latency of 250 us, "one per cent" would
/// be 10 ms.)
inline doctest::Approx close_to(double expected, double share = 1e-6) {
  return doctest::Approx(expected).epsilon(share).scale(0);
}

}  // namespace faultline::testing
