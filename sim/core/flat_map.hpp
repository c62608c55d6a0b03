// A table of numbers in one piece of memory: one cache miss a look-up, where std::unordered_map has
// three. Entries move when others come and go: what points at one is valid until the next change.
#pragma once

#include <cstdint>

#include <tsl/robin_map.h>

#include <faultline/core/random.hpp>

namespace faultline {

/// Numbers that are packed from parts agree in many bits, and would all meet in one place.
struct ScatteringHash {
  template <class Number>
  std::size_t operator()(Number number) const {
    return scatter(static_cast<std::uint64_t>(number));
  }
};

/// Never walked where order can reach the outside.
template <class Number, class Value>
using FlatMap = tsl::robin_map<Number, Value, ScatteringHash>;

}  // namespace faultline
