// Views: who belongs to a replicated service just now, and in which order.
//
// Views are numbered, and every message between replicas carries the number of the view it belongs
// to: who is still in an older view is not listened to (the number is a fencing token). What the
// first member and the last one do differently is the models' business.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include <faultline/engine/topology.hpp>

namespace faultline::view_service {

/// Numbers the views of a service from 1; 0: none.
using ViewNumber = std::uint64_t;
/// A node's number in its service.
using NodeNumber = std::uint32_t;

struct Member {
  NodeNumber node = 0;
  ViewNumber since = 0;  ///< the view in which it joined; a node that comes back is another member
  friend bool operator==(const Member&, const Member&) = default;
};

class View {
 public:
  static constexpr std::size_t most_members = 16;

  View() = default;
  explicit View(ViewNumber its_number) : number(its_number) {}

  std::span<const Member> members() const { return std::span(members_).first(count_); }
  bool empty() const { return count_ == 0; }
  /// Precondition of both: not empty().
  const Member& first() const { return members_.front(); }
  const Member& last() const { return members_[count_ - 1]; }
  /// Precondition: fewer than most_members.
  void add(Member member) { members_[count_++] = member; }

  /// Where `node` stands, from 0; nothing if it does not belong.
  std::optional<std::size_t> place_of(NodeNumber node) const {
    for (std::size_t place = 0; place < count_; ++place) {
      if (members_[place].node == node) return place;
    }
    return std::nullopt;
  }
  bool has(const Member& member) const {
    const auto place = place_of(member.node);
    return place && members_[*place] == member;
  }
  Bytes bytes() const { return 16 + 12 * Bytes{count_}; }

  ViewNumber number = 0;

 private:
  std::array<Member, most_members> members_{};
  std::uint32_t count_ = 0;
};

}  // namespace faultline::view_service
