// One thing that a sweep varies: a place in the scenario and the values that stand there in turn.
// Values are written as a list, or as a range: "1..3", "1..9 step 2", "10ms..100ms step 10ms". A
// range between numbers that are not whole, or between quantities, has no values of its own unless
// it says a step; a Latin hypercube draws them from between its ends. Values are worked out when
// they are asked for, so a range may have any number of them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <faultline/core/units.hpp>

namespace faultline {

class Axis {
 public:
  using Value = nlohmann::ordered_json;

  /// `written` as a scenario has it: a list, or a text that is a range. Throws BadValue.
  Axis(std::string pointer, const Value& written);

  const std::string& pointer() const { return pointer_; }
  /// Whether it has ends, but no values of its own.
  bool continuous() const { return continuous_; }
  /// How many values it has. Precondition: not continuous.
  std::uint64_t count() const { return count_; }
  /// The value at a position from 0. Precondition: not continuous.
  Value value(std::uint64_t position) const;
  /// The value a share (0 <= share < 1) of the way along it; each of a list has an equal part.
  Value value_at(double share) const;

 private:
  void read_list(const Value& list);
  void read_range(std::string_view text);
  /// A number of the range with its unit; whole where all of the range is.
  Value in_unit(double number) const;

  std::string pointer_;
  std::vector<Value> list_;  ///< empty for a range
  std::uint64_t count_ = 0;
  bool continuous_ = false;
  // Of a range, in its unit.
  double from_ = 0;
  double to_ = 0;
  double step_ = 0;
  bool whole_ = false;
  std::string unit_;
};

/// What `--vary /pointer=TEXT` says, as a scenario would write it: "1..3", "a,b,c", "[1, 2]".
/// Throws BadValue.
Axis::Value axis_values(std::string_view text);

/// The dimension of texts that are all quantities with a unit ("20ms", "1s"); Unit::none if they
/// are not.
Unit common_unit(const std::vector<std::string>& texts);

}  // namespace faultline
