#include <algorithm>

#include <faultline/leader_follower/log.hpp>

namespace faultline::leader_follower {

Term Log::term_at(Index index) const {
  for (std::uint64_t place = epochs_.last(); place >= epochs_.first(); --place) {
    const Position& epoch = epochs_.at(place);
    if (epoch.index <= index) return epoch.term;
  }
  return 0;
}

void Log::append(const Entry& entry) {
  entries_.append(entry);
  if (epochs_.last() < epochs_.first() || epochs_.at(epochs_.last()).term != entry.term) {
    epochs_.append({entry.term, last()});
  }
}

void Log::truncate(Index kept) {
  entries_.truncate(kept);
  while (epochs_.last() >= epochs_.first() && epochs_.at(epochs_.last()).index > kept) {
    epochs_.truncate(epochs_.last() - 1);
  }
}

void Log::restart(Index index, std::span<const Position> epochs) {
  entries_.restart(index);
  epochs_.restart(0);
  for (const Position& epoch : epochs) {
    if (epoch.index <= index) epochs_.append(epoch);
  }
}

Position Log::agreement_below(Position other) const {
  Index index = std::min(other.index, last());
  for (std::uint64_t place = epochs_.last(); place >= epochs_.first(); --place) {
    const Position& epoch = epochs_.at(place);
    if (epoch.index > index) continue;
    if (epoch.term <= other.term) return {epoch.term, index};
    index = epoch.index - 1;
  }
  return {0, index};
}

std::vector<Position> Log::epochs() const {
  std::vector<Position> all;
  for (std::uint64_t place = epochs_.first(); place <= epochs_.last(); ++place) {
    all.push_back(epochs_.at(place));
  }
  return all;
}

Index Log::common_with(std::span<const Position> other, Index other_last) const {
  const std::vector<Position> mine = epochs();
  Index common = 0;
  for (std::size_t i = 0; i < mine.size() && i < other.size() && mine[i] == other[i]; ++i) {
    const Index my_end = i + 1 < mine.size() ? mine[i + 1].index - 1 : last();
    const Index other_end = i + 1 < other.size() ? other[i + 1].index - 1 : other_last;
    common = std::min(my_end, other_end);
    if (my_end != other_end) break;
  }
  return common;
}

}  // namespace faultline::leader_follower
