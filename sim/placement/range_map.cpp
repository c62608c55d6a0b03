#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include <faultline/core/text.hpp>
#include <faultline/placement/range_map.hpp>

namespace faultline {
namespace {

__extension__ using Wide = unsigned __int128;

std::uint64_t part(std::uint64_t whole, std::uint64_t numerator, std::uint64_t denominator) {
  return static_cast<std::uint64_t>(Wide{whole} * numerator / denominator);
}

std::vector<Bucket> buckets_of(const std::vector<KeyRange>& ranges) {
  std::vector<Bucket> buckets;
  for (const KeyRange& range : ranges) buckets.push_back(range.bucket);
  std::sort(buckets.begin(), buckets.end());
  buckets.erase(std::unique(buckets.begin(), buckets.end()), buckets.end());
  return buckets;
}

std::ptrdiff_t offset(std::size_t position) { return static_cast<std::ptrdiff_t>(position); }

}  // namespace

RangeMap::RangeMap(std::vector<Bucket> buckets, std::uint64_t keys, std::uint32_t ranges)
    : Partitioner(std::move(buckets)) {
  const std::uint64_t count = this->buckets().size() * std::uint64_t{ranges};
  if (ranges == 0) throw BadValue("a bucket of no ranges has no keys (1 range or more)");
  if (count > keys) {
    throw BadValue(
        fmt::format("{} keys cannot be cut into {} ranges ({} keys or more)", keys, count, count));
  }
  for (std::uint64_t range = 0; range < count; ++range) {
    starts_.push_back(part(keys, range, count));
    sizes_.push_back(part(keys, range + 1, count) - starts_.back());
    owners_.push_back(this->buckets()[range % this->buckets().size()]);
  }
}

RangeMap::RangeMap(std::vector<KeyRange> ranges) : Partitioner(buckets_of(ranges)) {
  std::sort(ranges.begin(), ranges.end(),
            [](const KeyRange& a, const KeyRange& b) { return a.first < b.first; });
  std::uint64_t next = 0;
  for (const KeyRange& range : ranges) {
    if (range.last < range.first) {
      throw BadValue(fmt::format("a range from {} to {} has no keys (the larger key is the last)",
                                 range.first, range.last));
    }
    if (range.first > next) {
      throw BadValue(fmt::format("keys {} to {} are in no range (one has to begin at {})", next,
                                 range.first - 1, next));
    }
    if (!starts_.empty() && range.first < next) {
      throw BadValue(fmt::format("keys {} to {} are in two ranges (the second has to begin at {})",
                                 range.first, std::min(next - 1, range.last), next));
    }
    starts_.push_back(range.first);
    owners_.push_back(range.bucket);
    sizes_.push_back(range.last - range.first + 1);
    next = range.last + 1;
  }
}

std::size_t RangeMap::range_of(std::uint64_t key) const {
  return static_cast<std::size_t>(std::upper_bound(starts_.begin(), starts_.end(), key) -
                                  starts_.begin()) -
         1;
}

Lookup RangeMap::find(std::uint64_t key) const {
  return {owners_[range_of(key)], static_cast<std::uint32_t>(std::bit_width(starts_.size()))};
}

std::uint64_t RangeMap::end_of(std::size_t range) const {
  return range + 1 < starts_.size() ? starts_[range + 1] : starts_[range] + sizes_[range];
}

bool RangeMap::cut(std::size_t range, std::uint64_t keys) {
  const std::uint64_t width = end_of(range) - starts_[range];
  const std::uint64_t start = end_of(range) - part(width, keys, sizes_[range]);
  if (start <= starts_[range] || start >= end_of(range)) return false;
  const auto behind = offset(range + 1);
  starts_.insert(starts_.begin() + behind, start);
  owners_.insert(owners_.begin() + behind, owners_[range]);
  sizes_.insert(sizes_.begin() + behind, keys);
  sizes_[range] -= keys;
  return true;
}

void RangeMap::merge(std::size_t range) {
  if (sizes_[range + 1] > sizes_[range]) owners_[range] = owners_[range + 1];
  sizes_[range] += sizes_[range + 1];
  const auto behind = offset(range + 1);
  starts_.erase(starts_.begin() + behind);
  owners_.erase(owners_.begin() + behind);
  sizes_.erase(sizes_.begin() + behind);
}

void RangeMap::adapt(RangeSizes sizes) {
  if (sizes.split_above == 0 || sizes.merge_below > sizes.split_above / 2) {
    throw BadValue(
        fmt::format("ranges that split above {} keys cannot be merged below {} (at most "
                    "half, and a range of 1 key or more)",
                    sizes.split_above, sizes.merge_below));
  }
  limits_ = sizes;
}

void RangeMap::added(std::uint64_t key) {
  const std::size_t range = range_of(key);
  if (++sizes_[range] <= limits_.split_above) return;
  if (cut(range, sizes_[range] / 2)) hand_over(range + 1);
}

void RangeMap::removed(std::uint64_t key) {
  const std::size_t range = range_of(key);
  if (sizes_[range] > 0) --sizes_[range];
  const auto together = [&](std::size_t first) { return sizes_[first] + sizes_[first + 1]; };
  if (range + 1 < sizes_.size() && together(range) < limits_.merge_below) {
    merge(range);
  } else if (range > 0 && together(range - 1) < limits_.merge_below) {
    merge(range - 1);
  }
}

void RangeMap::hand_over(std::size_t range) {
  const std::vector<std::uint64_t> held = loads();
  const auto emptiest = std::min_element(held.begin(), held.end());
  if (*emptiest + sizes_[range] < held[place_of(owners_[range])]) {
    owners_[range] = buckets()[static_cast<std::size_t>(emptiest - held.begin())];
  }
}

std::vector<KeyRange> RangeMap::ranges() const {
  std::vector<KeyRange> ranges;
  for (std::size_t i = 0; i < starts_.size(); ++i) {
    const std::uint64_t last = i + 1 < starts_.size() ? starts_[i + 1] - 1 : UINT64_MAX;
    ranges.push_back({starts_[i], last, owners_[i]});
  }
  return ranges;
}

std::vector<std::uint64_t> RangeMap::loads() const {
  std::vector<std::uint64_t> loads(buckets().size());
  for (std::size_t i = 0; i < owners_.size(); ++i) loads[place_of(owners_[i])] += sizes_[i];
  return loads;
}

void RangeMap::joined(Bucket bucket) {
  std::vector<std::uint64_t> held = loads();
  std::uint64_t total = 0;
  for (const std::uint64_t load : held) total += load;
  const std::uint64_t fair = total / held.size();
  std::uint64_t& own = held[place_of(bucket)];
  while (own < fair) {
    const auto donor = std::max_element(held.begin(), held.end());
    if (*donor <= fair) break;
    const std::uint64_t due = std::min(*donor - fair, fair - own);
    const Bucket giver = buckets()[static_cast<std::size_t>(donor - held.begin())];
    std::size_t range = owners_.size() - 1;
    while (owners_[range] != giver || sizes_[range] == 0) --range;
    if (sizes_[range] > due && cut(range, due)) ++range;
    owners_[range] = bucket;
    own += sizes_[range];
    *donor -= sizes_[range];
  }
}

void RangeMap::left(Bucket bucket) {
  std::vector<std::uint64_t> held(buckets().size());
  for (std::size_t i = 0; i < owners_.size(); ++i) {
    if (owners_[i] != bucket) held[place_of(owners_[i])] += sizes_[i];
  }
  for (std::size_t i = 0; i < owners_.size(); ++i) {
    if (owners_[i] != bucket) continue;
    const auto emptiest = std::min_element(held.begin(), held.end());
    *emptiest += sizes_[i];
    owners_[i] = buckets()[static_cast<std::size_t>(emptiest - held.begin())];
  }
}

}  // namespace faultline
