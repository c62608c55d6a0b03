#include <limits>

#include <fmt/format.h>

#include <faultline/core/text.hpp>
#include <faultline/placement/maglev.hpp>

namespace faultline {
namespace {

bool is_prime(std::uint32_t number) {
  for (std::uint64_t divisor = 2; divisor * divisor <= number; ++divisor) {
    if (number % divisor == 0) return false;
  }
  return number > 1;
}

/// One nearby: the next, or, where there is none of 32 bits, the last.
std::uint32_t prime_near(std::uint32_t number) {
  constexpr std::uint32_t last = 4'294'967'291;
  if (number > last) return last;
  while (!is_prime(number)) ++number;
  return number;
}

void check_size(std::uint32_t size, std::size_t buckets) {
  if (!is_prime(size)) {
    throw BadValue(fmt::format("a table of {} places is not of prime size (such as {})", size,
                               prime_near(size)));
  }
  if (buckets > size) {
    throw BadValue(
        fmt::format("{} buckets have no room in a table of {} places (100 times as many "
                    "places as buckets)",
                    buckets, size));
  }
}

}  // namespace

std::vector<std::uint32_t> maglev_table(std::span<const MaglevPermutation> permutations,
                                        std::uint32_t size) {
  constexpr std::uint32_t nobody = std::numeric_limits<std::uint32_t>::max();
  std::vector<std::uint32_t> table(size, nobody);
  std::vector<std::uint64_t> place;
  for (const MaglevPermutation& permutation : permutations) place.push_back(permutation.offset);
  for (std::uint32_t filled = 0; filled < size;) {
    for (std::uint32_t turn = 0; turn < permutations.size() && filled < size; ++turn) {
      while (table[place[turn]] != nobody)
        place[turn] = (place[turn] + permutations[turn].skip) % size;
      table[place[turn]] = turn;
      ++filled;
    }
  }
  return table;
}

Maglev::Maglev(std::vector<Bucket> buckets, std::uint32_t size) : Partitioner(std::move(buckets)) {
  check_size(size, this->buckets().size());
  table_.resize(size);
  fill();
}

void Maglev::fill() {
  const auto size = static_cast<std::uint32_t>(table_.size());
  check_size(size, buckets().size());
  std::vector<MaglevPermutation> permutations;
  for (const Bucket bucket : buckets()) {
    const std::uint64_t skip = place_hash(bucket, 1) % (size - 1) + 1;
    permutations.push_back({place_hash(bucket, 0) % size, skip});
  }
  const std::vector<std::uint32_t> turns = maglev_table(permutations, size);
  for (std::size_t place = 0; place < size; ++place) table_[place] = buckets()[turns[place]];
}

}  // namespace faultline
