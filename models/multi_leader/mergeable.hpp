// The data types that merge, as one: what a site holds under a key, how an update changes it, what
// comes of two of them. Each is a lattice (Shapiro et al., INRIA RR-7506, 2011, section 2): merging
// is commutative, associative and idempotent, and updates only climb; so sites that know of the
// same updates hold the same, in whatever order and however often they came.
#pragma once

#include <set>
#include <utility>
#include <variant>

#include <faultline/multi_leader/counters.hpp>
#include <faultline/multi_leader/lww_map.hpp>
#include <faultline/multi_leader/or_set.hpp>

namespace faultline::multi_leader {

using Mergeable = std::variant<GCounter, PnCounter, OrSet, LwwMap>;

/// In the order of Mergeable's alternatives.
enum class DataType : std::uint8_t { g_counter, pn_counter, or_set, lww_map };

/// How merging is broken, for tests.
struct MergeRules {
  CounterMerge counters = CounterMerge::maximum;
  SetMerge sets = SetMerge::by_dot;
  Ties ties = Ties::by_writer;
};

/// What names an update: who made it, its dot and its time.
struct UpdateName {
  Replica replica;
  Dot dot;
  Timestamp stamp;
};

inline Mergeable empty_of(DataType type) {
  switch (type) {
    case DataType::g_counter:
      return GCounter{};
    case DataType::pn_counter:
      return PnCounter{};
    case DataType::or_set:
      return OrSet{};
    default:
      return LwwMap{};
  }
}

inline DataKind kind_of(DataType type) {
  const bool counts = type == DataType::g_counter || type == DataType::pn_counter;
  return counts ? DataKind::counter : DataKind::set;
}

/// Whether the type knows a way back.
inline bool can_remove(DataType type) { return type != DataType::g_counter; }

/// `operand`: an amount of a counter, an element of a set, a field of a map.
inline void add(Mergeable& state, Value operand, const UpdateName& name) {
  if (auto* grows = std::get_if<GCounter>(&state)) grows->add(name.replica, operand);
  if (auto* counter = std::get_if<PnCounter>(&state)) counter->add(name.replica, operand);
  if (auto* set = std::get_if<OrSet>(&state)) set->add(operand, name.dot);
  if (auto* map = std::get_if<LwwMap>(&state)) map->add(operand, name.stamp);
}
/// Precondition: can_remove().
inline void remove(Mergeable& state, Value operand, const UpdateName& name) {
  if (auto* counter = std::get_if<PnCounter>(&state)) counter->remove(name.replica, operand);
  if (auto* set = std::get_if<OrSet>(&state)) set->remove(operand);
  if (auto* map = std::get_if<LwwMap>(&state)) map->remove(operand, name.stamp);
}

/// Precondition: both are of one type.
inline void merge(Mergeable& state, const Mergeable& other, const MergeRules& rules = {}) {
  if (auto* grows = std::get_if<GCounter>(&state)) {
    grows->merge(std::get<GCounter>(other), rules.counters);
  } else if (auto* counter = std::get_if<PnCounter>(&state)) {
    counter->merge(std::get<PnCounter>(other));
  } else if (auto* set = std::get_if<OrSet>(&state)) {
    set->merge(std::get<OrSet>(other), rules.sets);
  } else if (auto* map = std::get_if<LwwMap>(&state)) {
    map->merge(std::get<LwwMap>(other), rules.ties);
  }
}

/// What is in a set or a map, ascending; nothing for counters.
inline std::set<Value> elements_of(const Mergeable& state) {
  if (const auto* set = std::get_if<OrSet>(&state)) return set->elements();
  if (const auto* map = std::get_if<LwwMap>(&state)) return map->fields();
  return {};
}

/// What a replica is said to hold: what it counts; or the elements as bits, if they are from 1
/// to 63.
inline Value shown_of(const Mergeable& state) {
  if (const auto* grows = std::get_if<GCounter>(&state)) return grows->value();
  if (const auto* counter = std::get_if<PnCounter>(&state)) return counter->value();
  Value bits = 0;
  for (const Value element : elements_of(state)) {
    bits ^= element < 64 ? Value{1} << element : scatter(element);
  }
  return bits;
}

/// What a client gets to see: the count, or as many elements as there is room for.
inline Response response_of(const Mergeable& state) {
  constexpr Bytes of_element = 8;
  if (std::holds_alternative<GCounter>(state) || std::holds_alternative<PnCounter>(state)) {
    return found(shown_of(state), of_element);
  }
  Response response;
  for (const Value element : elements_of(state)) {
    if (response.count == Response::most_values) break;
    response.values[response.count++] = element;
    response.size += of_element;
  }
  return response;
}

inline Bytes bytes_of(const Mergeable& state) {
  return std::visit([](const auto& type) { return type.bytes(); }, state);
}

}  // namespace faultline::multi_leader
