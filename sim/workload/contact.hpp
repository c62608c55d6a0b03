// Which nodes an operation asks, one after the other: the rule of a client's library.
//
//   nearest      the nearest, then the next nearest; among equally near ones in turn
//   random       any; then any but the one asked last
//   round_robin  the session's next in turn, then the one after it
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include <faultline/core/random.hpp>
#include <faultline/model/catalog.hpp>

namespace faultline {

/// The nodes of a service as one client host sees them.
class NodeOrder {
 public:
  struct Place {
    Duration distance;
    EndpointId node;
  };

  /// `places` in order of the nodes' numbers; at least one.
  NodeOrder(Contact rule, std::vector<Place> places) : rule_(rule), places_(std::move(places)) {
    if (rule_ != Contact::nearest) return;
    std::stable_sort(places_.begin(), places_.end(),
                     [](const Place& a, const Place& b) { return a.distance < b.distance; });
  }
  std::size_t size() const { return places_.size(); }

 private:
  friend class Route;
  Contact rule_;
  std::vector<Place> places_;
};

/// The way of one operation through the nodes. Everything it will do is fixed from the start by
/// `turn` (how many operations the session asked before) and `draw` (64 random bits), so that
/// retries take no draws from the operations that follow.
class Route {
 public:
  Route(const NodeOrder& order, std::uint64_t turn, std::uint64_t draw)
      : order_(&order), turn_(turn), draw_(draw) {}

  EndpointId next() {
    switch (order_->rule_) {
      case Contact::nearest:
        position_ = nearest(step_ % order_->size());
        break;
      case Contact::random:
        position_ = random();
        break;
      case Contact::round_robin:
        position_ = (turn_ + step_) % order_->size();
        break;
    }
    ++step_;
    return order_->places_[position_].node;
  }

 private:
  /// The `rank`-th nearest; those equally near it change places with every turn.
  std::size_t nearest(std::size_t rank) const {
    const auto& places = order_->places_;
    std::size_t first = rank;
    std::size_t last = rank + 1;
    while (first > 0 && places[first - 1].distance == places[rank].distance) --first;
    while (last < places.size() && places[last].distance == places[rank].distance) ++last;
    return first + (rank - first + turn_) % (last - first);
  }

  std::size_t random() const {
    const std::size_t nodes = order_->size();
    const std::uint64_t bits = (step_ == 0 ? draw_ : scatter(draw_ + step_)) >> 32U;
    if (step_ == 0 || nodes == 1) return bits * nodes >> 32U;
    return (position_ + 1 + (bits * (nodes - 1) >> 32U)) % nodes;
  }

  const NodeOrder* order_;
  std::uint64_t turn_;
  std::uint64_t draw_;
  std::size_t step_ = 0;
  std::size_t position_ = 0;
};

}  // namespace faultline
