// Who counts: the members of a cluster, and the passage from one set of members to another.
//
// A cluster cannot change over at one instant. If some servers still count by the old members and
// some by the new, each group may find a majority, and a term two leaders. Raft goes through *joint
// consensus*: a time in which every decision needs a majority of the old members and a majority of
// the new (Ongaro and Ousterhout, USENIX ATC 2014, section 6). Plain data without a Context.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include <faultline/model/majority.hpp>

namespace faultline::raft {

/// A set of nodes by their numbers in the service.
class Members {
 public:
  static constexpr std::size_t most = 64;

  constexpr Members() = default;
  static constexpr Members first(std::size_t count) {
    return Members(count >= most ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1);
  }
  constexpr void add(std::uint32_t number) { bits_ |= std::uint64_t{1} << number; }
  constexpr bool has(std::uint32_t number) const { return ((bits_ >> number) & 1U) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr std::size_t size() const { return static_cast<std::size_t>(std::popcount(bits_)); }
  friend constexpr Members operator|(Members a, Members b) { return Members(a.bits_ | b.bits_); }
  friend constexpr bool operator==(const Members&, const Members&) = default;

 private:
  explicit constexpr Members(std::uint64_t bits) : bits_(bits) {}
  std::uint64_t bits_ = 0;
};

/// The members, and while a change is under way those to be.
struct Configuration {
  Members members;
  Members next;  ///< empty, except in joint consensus

  bool joint() const { return !next.empty(); }
  Members all() const { return members | next; }
  bool has(std::uint32_t number) const { return all().has(number); }
  friend bool operator==(const Configuration&, const Configuration&) = default;

  /// The most that a majority has reached, of the old members and, if joint, of the new as well.
  /// `value_of(number)` is what a node has.
  template <class ValueOf>
  auto reached(ValueOf value_of) const {
    const auto by_old = reached_by_majority(members, value_of);
    return joint() ? std::min(by_old, reached_by_majority(next, value_of)) : by_old;
  }
  /// Whether those for whom `agrees(number)` decide.
  template <class Agrees>
  bool decided(Agrees agrees) const {
    return reached([&](std::uint32_t number) { return agrees(number) ? 1 : 0; }) == 1;
  }

 private:
  template <class ValueOf>
  static auto reached_by_majority(Members members, ValueOf value_of) {
    std::vector<decltype(value_of(0U))> values;
    values.reserve(members.size());
    for (std::uint32_t number = 0; number < Members::most; ++number) {
      if (members.has(number)) values.push_back(value_of(number));
    }
    return reached_by(majority(values.size()), values);
  }
};

}  // namespace faultline::raft
