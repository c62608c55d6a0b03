#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include <faultline/core/trimmed.hpp>
#include <faultline/scenario/axis.hpp>
#include <faultline/scenario/json_parser.hpp>

namespace faultline {
namespace {

constexpr Unit dimensions[] = {Unit::duration, Unit::size, Unit::bandwidth, Unit::rate,
                               Unit::fraction};
/// Of one range: beyond that, positions are no longer exact.
constexpr double most_values = 0x1p52;
constexpr std::string_view step_word = " step ";

struct Amount {
  double number = 0;
  std::string unit;
  bool whole = false;  ///< written without a point
};

std::optional<Amount> amount_of(std::string_view text) {
  const std::string_view all = trimmed(text);
  Amount amount;
  const auto [end, error] = std::from_chars(all.data(), all.data() + all.size(), amount.number);
  if (error != std::errc{} || !std::isfinite(amount.number)) return std::nullopt;
  const auto length = static_cast<std::size_t>(end - all.data());
  amount.whole = all.substr(0, length).find_first_of(".eE") == std::string_view::npos;
  amount.unit = trimmed(all.substr(length));
  return amount;
}

Amount needed(std::string_view text) {
  if (auto amount = amount_of(text)) return *amount;
  throw BadValue(fmt::format("\"{}\" is not a number with or without a unit", trimmed(text)));
}

/// What one `unit` is in another; throws BadValue if they do not measure the same.
double unit_in(const std::string& unit, const std::string& other) {
  if (unit == other) return 1;
  for (const Unit dimension : dimensions) {
    const auto names = unit_names(dimension);
    const auto known = [&](const std::string& name) {
      return !name.empty() && std::find(names.begin(), names.end(), name) != names.end();
    };
    if (!known(unit) || !known(other)) continue;
    return parse_quantity("1" + unit, dimension) / parse_quantity("1" + other, dimension);
  }
  throw BadValue(
      fmt::format("\"{}\" and \"{}\" are not units of the same (write one of them)", unit, other));
}

bool looks_like_range(std::string_view text) {
  const std::size_t dots = text.find("..");
  return dots != std::string_view::npos &&
         (amount_of(text.substr(0, dots)) || amount_of(text.substr(dots + 2)));
}

/// Parts between commas; those in brackets or quotation marks do not part.
std::vector<std::string_view> parts_of(std::string_view text) {
  std::vector<std::string_view> parts;
  int depth = 0;
  bool quoted = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"' && (i == 0 || text[i - 1] != '\\')) quoted = !quoted;
    if (quoted) continue;
    if (c == '(' || c == '[' || c == '{') ++depth;
    if (c == ')' || c == ']' || c == '}') --depth;
    if (c != ',' || depth != 0) continue;
    parts.push_back(text.substr(begin, i - begin));
    begin = i + 1;
  }
  parts.push_back(text.substr(begin));
  return parts;
}

Axis::Value json_or_text(std::string_view text) {
  try {
    return parse_json(text).root;
  } catch (const JsonError& error) {
    if (text.find_first_of("{[\"") == 0) throw BadValue(error.what());
    return std::string(text);
  }
}

}  // namespace

Axis::Axis(std::string pointer, const Value& written) : pointer_(std::move(pointer)) {
  if (written.is_array()) {
    read_list(written);
  } else if (written.is_string() && looks_like_range(written.get_ref<const std::string&>())) {
    read_range(written.get_ref<const std::string&>());
  } else {
    throw BadValue(
        "neither a list of values nor a range (such as [1, 2, 5], \"1..3\" or \"10ms..100ms "
        "step 10ms\")");
  }
}

void Axis::read_list(const Value& list) {
  if (list.empty()) throw BadValue("an empty list has no values to try (name one or more)");
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (std::find(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(i), list[i]) !=
        list.begin() + static_cast<std::ptrdiff_t>(i)) {
      throw BadValue(fmt::format("the value {} stands twice (keep one of them)", list[i].dump()));
    }
    list_.push_back(list[i]);
  }
  count_ = list_.size();
}

void Axis::read_range(std::string_view text) {
  const std::size_t dots = text.find("..");
  std::string_view upper = text.substr(dots + 2);
  const std::size_t word = upper.find(step_word);
  const bool stepped = word != std::string_view::npos;
  const Amount from = needed(text.substr(0, dots));
  const Amount to = needed(upper.substr(0, word));
  whole_ = from.whole && to.whole;
  Amount step{1, from.unit, true};
  if (stepped) {
    step = needed(upper.substr(word + step_word.size()));
    whole_ = whole_ && step.whole;
  }
  continuous_ = !stepped && (!whole_ || !from.unit.empty());
  unit_ = step.unit;
  if (unit_in(from.unit, unit_) != 1 || unit_in(to.unit, unit_) != 1) whole_ = false;
  from_ = from.number * unit_in(from.unit, unit_);
  to_ = to.number * unit_in(to.unit, unit_);
  step_ = step.number;
  if (from_ > to_) {
    throw BadValue(fmt::format("the range \"{}\" is empty (the smaller end comes first)", text));
  }
  if (continuous_) return;
  if (!(step_ > 0)) throw BadValue(fmt::format("a step of {} leads nowhere", step_));
  constexpr double rounding = 1e-9;  // so that 0..1 step 0.1 reaches its end
  const double steps = std::floor((to_ - from_) / step_ + rounding);
  if (!(steps < most_values)) throw BadValue("more values than can be counted (a larger step)");
  count_ = static_cast<std::uint64_t>(steps) + 1;
}

Axis::Value Axis::in_unit(double number) const {
  // Twelve digits hide what adding up steps has rounded.
  const std::string digits = fmt::format("{:.12g}", number);
  if (!unit_.empty()) return digits + unit_;
  if (whole_) return static_cast<std::int64_t>(std::llround(number));
  return std::stod(digits);
}

Axis::Value Axis::value(std::uint64_t position) const {
  if (!list_.empty()) return list_[position];
  return in_unit(from_ + static_cast<double>(position) * step_);
}

Axis::Value Axis::value_at(double share) const {
  if (continuous_) return in_unit(from_ + share * (to_ - from_));
  const double position = share * static_cast<double>(count_);
  return value(std::min(static_cast<std::uint64_t>(position), count_ - 1));
}

Axis::Value axis_values(std::string_view text) {
  const std::string_view all = trimmed(text);
  if (all.empty()) throw BadValue("no values (such as 1..3, or a,b,c)");
  if (all.front() == '[') return json_or_text(all);
  if (looks_like_range(all)) return std::string(all);
  Axis::Value list = Axis::Value::array();
  for (const std::string_view part : parts_of(all)) {
    if (trimmed(part).empty()) throw BadValue("nothing stands between two commas");
    list.push_back(json_or_text(trimmed(part)));
  }
  return list;
}

Unit common_unit(const std::vector<std::string>& texts) {
  for (const Unit dimension : dimensions) {
    const auto fits = [&](const std::string& text) {
      const auto amount = amount_of(text);
      if (!amount || amount->unit.empty()) return false;
      const auto names = unit_names(dimension);
      return std::find(names.begin(), names.end(), amount->unit) != names.end();
    };
    if (std::all_of(texts.begin(), texts.end(), fits)) return dimension;
  }
  return Unit::none;
}

}  // namespace faultline
