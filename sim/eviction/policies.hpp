// What makes each policy, for the factory alone.
#pragma once

#include <faultline/eviction/policy.hpp>

namespace faultline::eviction {

using Policy = std::unique_ptr<EvictionPolicy>;

Policy make_fifo(std::uint64_t capacity);
Policy make_random(std::uint64_t capacity, const RandomStream& random);
Policy make_clock(std::uint64_t capacity);
Policy make_lru(std::uint64_t capacity);
Policy make_lfu(std::uint64_t capacity);
Policy make_two_q(std::uint64_t capacity);
Policy make_arc(std::uint64_t capacity);
Policy make_sieve(std::uint64_t capacity);
Policy make_s3_fifo(std::uint64_t capacity);
Policy make_w_tiny_lfu(std::uint64_t capacity);

}  // namespace faultline::eviction
