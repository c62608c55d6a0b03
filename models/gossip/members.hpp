// The member list of SWIM: who is alive, as far as this node has heard, and what of that it still
// has to pass on.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <faultline/core/random.hpp>

namespace faultline::gossip {

using Number = std::uint32_t;       ///< a member: its number in the service
using Incarnation = std::uint32_t;  ///< only the member itself ever raises it

enum class Status : std::uint8_t { alive, suspect, dead };

/// What is held of a member. Of two that are said, the one with the higher incarnation counts, and
/// with the same incarnation the worse (Das, Gupta and Motivala 2002, section 4.2). In the paper a
/// death is final and whoever returns gets a new name; here names stay, so that a higher
/// incarnation overrides a death, too.
class Standing {
 public:
  Standing() = default;
  Standing(Incarnation incarnation, Status status)
      : word_(incarnation * 3 + static_cast<std::uint32_t>(status)) {}
  Incarnation incarnation() const { return word_ / 3; }
  Status status() const { return static_cast<Status>(word_ % 3); }
  bool overrides(Standing other) const { return word_ > other.word_; }
  friend bool operator==(Standing, Standing) = default;

 private:
  std::uint32_t word_ = 0;  ///< alive, in its first incarnation
};

/// Something to be told of a member.
struct News {
  Number member = 0;
  Standing standing;
};

/// What rides on a message.
class NewsBatch {
 public:
  static constexpr std::size_t most = 16;
  void add(News news) { news_[count_++] = news; }
  std::span<const News> all() const { return std::span(news_).first(count_); }
  std::size_t size() const { return count_; }

 private:
  std::array<News, most> news_{};
  std::uint32_t count_ = 0;
};

class Members {
 public:
  /// All are alive to begin with.
  Members(std::size_t count, Number self) : standings_(count), self_(self), living_(count) {}

  std::size_t size() const { return standings_.size(); }
  Standing standing(Number member) const { return standings_[member]; }
  bool is_dead(Number member) const { return standings_[member].status() == Status::dead; }
  /// That are not dead, this one included.
  std::size_t living() const { return living_; }
  std::size_t dead() const { return size() - living_; }
  const std::vector<Standing>& standings() const { return standings_; }

  void set(const News& news) {
    const bool was_dead = is_dead(news.member);
    standings_[news.member] = news.standing;
    const bool now_dead = is_dead(news.member);
    if (was_dead && !now_dead) ++living_;
    if (!was_dead && now_dead) --living_;
  }

  /// Any of the other members that are (not) dead, other than `except`; nothing if there is none.
  std::optional<Number> any(RandomStream& random, bool dead, std::optional<Number> except) const {
    std::size_t choices = dead ? this->dead() : living_ - 1;
    if (except && *except != self_ && is_dead(*except) == dead) --choices;
    if (choices == 0) return std::nullopt;
    for (;;) {
      const auto member = static_cast<Number>(random.below(size()));
      if (member != self_ && member != except && is_dead(member) == dead) return member;
    }
  }

 private:
  std::vector<Standing> standings_;
  Number self_;
  std::size_t living_;
};

/// News that is still fresh: each piece goes out a number of times, what has gone out least first,
/// so that it spreads like an epidemic on the messages that are sent anyway (section 4.1).
class Dissemination {
 public:
  explicit Dissemination(std::size_t times) : by_times_sent_(times) {}

  void add(News news) { by_times_sent_.front().push_back(news); }

  /// Begins anew with what somebody has missed.
  void repeat(News news) {
    for (auto& queue : by_times_sent_) {
      std::erase_if(queue, [&](const News& other) { return other.member == news.member; });
    }
    add(news);
  }

  /// Fills `batch` up to `most`, with nothing that `members` know better by now, and nothing about
  /// members that it has something about.
  void take(NewsBatch& batch, std::size_t most, const Members& members) {
    for (std::size_t times = 0; times < by_times_sent_.size() && batch.size() < most; ++times) {
      std::vector<News>& queue = by_times_sent_[times];
      auto next = queue.begin();
      for (; next != queue.end() && batch.size() < most; ++next) {
        const News news = *next;
        if (news.standing != members.standing(news.member)) continue;  // out of date
        const bool aboard =
            std::any_of(batch.all().begin(), batch.all().end(),
                        [&](const News& other) { return other.member == news.member; });
        if (!aboard) batch.add(news);
        taken_.push_back({news, aboard ? times : times + 1});
      }
      queue.erase(queue.begin(), next);
    }
    for (const auto& [news, times] : taken_) {
      if (times < by_times_sent_.size()) by_times_sent_[times].push_back(news);
    }
    taken_.clear();
  }

 private:
  struct Taken {
    News news;
    std::size_t times;
  };
  std::vector<std::vector<News>> by_times_sent_;
  std::vector<Taken> taken_;
};

/// The order in which a node probes the others. Round robin over a list that is shuffled anew after
/// each traversal: everybody is probed at least once in 2n - 1 periods, and in the mean as often as
/// if each were drawn (section 4.3).
class ProbeOrder {
 public:
  ProbeOrder(std::size_t count, Number self) {
    for (Number member = 0; member < count; ++member) {
      if (member != self) order_.push_back(member);
    }
    position_ = order_.size();
  }

  /// The next that is not dead; nothing if all are.
  std::optional<Number> next(const Members& members, RandomStream& random) {
    for (std::size_t tried = 0; tried < 2 * order_.size(); ++tried) {
      if (position_ == order_.size()) {
        random.shuffle(order_);
        position_ = 0;
      }
      const Number member = order_[position_++];
      if (!members.is_dead(member)) return member;
    }
    return std::nullopt;
  }

 private:
  std::vector<Number> order_;
  std::size_t position_;
};

}  // namespace faultline::gossip
