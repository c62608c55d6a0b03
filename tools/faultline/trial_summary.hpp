// What the terminal says of many trials: every figure with half its interval, "12.3 ms ± 0.4".
#pragma once

#include <string>

#include <faultline/experiment/trials.hpp>

namespace faultline {

/// Of trials.json.
std::string trial_summary(const Json& trials);

/// Of comparison.json: the first scenario's figures, the others' differences from them.
std::string trial_comparison(const Json& comparison);

/// How a kind of figure is written: so many of `unit` make one of the base unit.
struct FigureStyle {
  double scale = 1;
  const char* unit = "";  ///< with the space before it
  bool signs = false;     ///< of a difference: "+" before what is positive
};
inline constexpr FigureStyle as_milliseconds{1e3, " ms"};
inline constexpr FigureStyle as_percent{1e2, " %"};
inline constexpr FigureStyle as_count{};

/// An estimate with half its interval, as many digits as that leaves certain; "-" if there is no
/// value, "± ?" if one trial alone says nothing.
std::string plus_minus(const Json& estimate, const FigureStyle& style);

}  // namespace faultline
