#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include <faultline/core/text.hpp>
#include <faultline/placement/directory.hpp>

namespace faultline {
namespace {

void check_slots(std::size_t buckets, std::size_t slots) {
  if (buckets <= slots) return;
  throw BadValue(
      fmt::format("{} slots cannot be dealt to {} buckets ({} or more)", slots, buckets, buckets));
}

}  // namespace

Directory::Directory(std::vector<Bucket> buckets, std::uint32_t slots)
    : Partitioner(std::move(buckets)), slots_(slots) {
  check_slots(this->buckets().size(), slots);
  for (std::size_t slot = 0; slot < slots; ++slot) {
    slots_[slot] = this->buckets()[slot % this->buckets().size()];
  }
}

void Directory::assign(std::uint32_t slot, Bucket bucket) {
  if (slot >= slots_.size()) {
    throw BadValue(fmt::format("there is no slot {} (0 to {})", slot, slots_.size() - 1));
  }
  if (!has(bucket)) {
    throw BadValue(fmt::format("there is no bucket {} (name one that has joined)", bucket));
  }
  slots_[slot] = bucket;
}

std::set<Directory::Holding> Directory::holdings() const {
  std::vector<std::uint32_t> counts(buckets().size());
  for (const Bucket owner : slots_) {
    if (has(owner)) ++counts[place_of(owner)];
  }
  std::set<Holding> holdings;
  for (std::size_t i = 0; i < counts.size(); ++i) holdings.emplace(counts[i], buckets()[i]);
  return holdings;
}

void Directory::joined(Bucket bucket) {
  check_slots(buckets().size(), slots_.size());
  std::set<Holding> holding = holdings();
  std::vector<std::uint32_t> taken(buckets().size());  // from each
  for (std::size_t due = slots_.size() / buckets().size(); due > 0; --due) {
    const auto [count, fullest] = holding.extract(std::prev(holding.end())).value();
    holding.emplace(count - 1, fullest);
    ++taken[place_of(fullest)];
  }
  for (Bucket& owner : slots_) {
    std::uint32_t& due = taken[place_of(owner)];
    if (due == 0) continue;
    --due;
    owner = bucket;
  }
}

void Directory::left(Bucket bucket) {
  std::set<Holding> holding = holdings();
  for (Bucket& owner : slots_) {
    if (owner != bucket) continue;
    const auto [count, emptiest] = holding.extract(holding.begin()).value();
    holding.emplace(count + 1, emptiest);
    owner = emptiest;
  }
}

}  // namespace faultline
