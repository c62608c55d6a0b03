#include <algorithm>

#include <faultline/placement/jump.hpp>

namespace faultline {

Lookup jump_hash(std::uint64_t key, std::uint32_t buckets) {
  std::int64_t bucket = -1;
  std::int64_t next = 0;
  std::uint32_t jumps = 0;
  while (next < buckets) {
    bucket = next;
    key = key * 2862933555777941757U + 1;  // the paper's generator
    next = static_cast<std::int64_t>(
        static_cast<double>(bucket + 1) *
        (static_cast<double>(1LL << 31U) / static_cast<double>((key >> 33U) + 1)));
    ++jumps;
  }
  return {static_cast<Bucket>(bucket), jumps};
}

Lookup Jump::find(std::uint64_t key) const {
  const Lookup number =
      jump_hash(placement_hash(key), static_cast<std::uint32_t>(numbered_.size()));
  return {numbered_[number.bucket], number.steps};
}

void Jump::left(Bucket bucket) {
  *std::find(numbered_.begin(), numbered_.end(), bucket) = numbered_.back();
  numbered_.pop_back();
}

}  // namespace faultline
