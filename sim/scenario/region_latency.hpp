// Measured round-trip times between the regions of public clouds, so that a scenario that names
// real regions needs no link by hand. The tables are sim/scenario/latency/*.csv, each with its
// source.
#pragma once

#include <optional>
#include <string_view>

#include <faultline/core/time.hpp>

namespace faultline {

/// The mean round trip between two regions of one provider ("us-east-1", "eu-west-1"), or inside
/// one if both are the same. Nothing if either is unknown or they are of different providers.
std::optional<Duration> measured_round_trip(std::string_view from, std::string_view to);

}  // namespace faultline
