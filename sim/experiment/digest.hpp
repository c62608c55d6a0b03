// Digests: short names for much content, to tell whether two things are the same. Not for keeping
// secrets: they withstand chance, not malice.
#pragma once

#include <string>
#include <string_view>

#include <faultline/core/random.hpp>

namespace faultline {

/// XXH3 with 128 bits (Collet, xxHash 0.8) as 32 hexadecimal digits: the same on every machine.
std::string digest_of(std::string_view content);

/// Of the names and states of all streams.
std::string digest_of(const StreamDigests& streams);

}  // namespace faultline
