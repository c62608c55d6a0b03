// A bounded queue of requests, and who is served or shed when there are too many.
//
// fifo           First come, first served; whoever finds it full is refused. In overload everybody
//                waits as long as the queue is, and what is served nobody waits for any more.
// adaptive_lifo  The same, until it has not been empty for an interval: then the newest first,
// since
//                it has the best chance that somebody still waits for it. If it is full, the oldest
//                makes room. Ben Maurer, "Fail at Scale", ACM Queue 13(8), 2015.
// codel          First come, first served, but what has stood for too long is shed at the head: see
//                codel.hpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

#include <faultline/core/time.hpp>
#include <faultline/overload/codel.hpp>

namespace faultline {

enum class QueueDiscipline { fifo, adaptive_lifo, codel };

struct RequestQueueSettings {
  QueueDiscipline discipline = QueueDiscipline::fifo;
  std::uint32_t most = 1000;                           ///< that wait; above zero
  Duration target = std::chrono::milliseconds(5);      ///< of CoDel
  Duration interval = std::chrono::milliseconds(100);  ///< of CoDel and adaptive LIFO
};

template <class Item>
class RequestQueue {
 public:
  explicit RequestQueue(const RequestQueueSettings& settings)
      : settings_(settings), codel_(settings.target, settings.interval) {}

  bool empty() const { return items_.empty(); }
  std::size_t size() const { return items_.size(); }

  /// Takes `item` in. Returns whom there is no room for, if so: it, or the oldest.
  std::optional<Item> push(Time now, Item item) {
    if (items_.empty()) last_empty_ = now;
    std::optional<Item> shed;
    if (items_.size() >= settings_.most) {
      if (!newest_first(now)) return item;
      shed = std::move(items_.front().item);
      items_.pop_front();
    }
    items_.push_back({now, std::move(item)});
    return shed;
  }

  /// Who is served next, if anybody waits. Calls `shed` with each that is dropped before.
  template <class Shed>
  std::optional<Item> pop(Time now, Shed shed) {
    while (!items_.empty()) {
      Waiting next = newest_first(now) ? take_newest() : take_oldest();
      if (settings_.discipline == QueueDiscipline::codel &&
          codel_.drops(now, now - next.since, items_.empty())) {
        shed(std::move(next.item));
        continue;
      }
      return std::move(next.item);
    }
    codel_.emptied();
    return std::nullopt;
  }

 private:
  struct Waiting {
    Time since;
    Item item;
  };

  bool newest_first(Time now) const {
    return settings_.discipline == QueueDiscipline::adaptive_lifo &&
           now - last_empty_ > settings_.interval;
  }
  Waiting take_oldest() {
    Waiting oldest = std::move(items_.front());
    items_.pop_front();
    return oldest;
  }
  Waiting take_newest() {
    Waiting newest = std::move(items_.back());
    items_.pop_back();
    return newest;
  }

  RequestQueueSettings settings_;
  CoDel codel_;
  std::deque<Waiting> items_;  ///< the oldest first
  Time last_empty_{};
};

}  // namespace faultline
