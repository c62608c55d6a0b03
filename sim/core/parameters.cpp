#include <cmath>

#include <fmt/format.h>

#include <faultline/core/parameters.hpp>

namespace faultline {

const ParameterInfo* ParameterList::find(std::string_view name) const {
  for (const ParameterInfo& info : info_) {
    if (info.name == name) return &info;
  }
  return nullptr;
}

std::vector<std::string> ParameterList::names() const {
  std::vector<std::string> names;
  for (const ParameterInfo& info : info_) names.push_back(info.name);
  return names;
}

namespace detail {
namespace {

constexpr Duration longest_span = std::chrono::hours(100 * 8766);

std::string shown(const ParameterValue& value) {
  struct Show {
    std::string operator()(std::monostate) const { return "null"; }
    std::string operator()(bool v) const { return v ? "true" : "false"; }
    std::string operator()(std::int64_t v) const { return fmt::format("{}", v); }
    std::string operator()(double v) const { return fmt::format("{}", v); }
    std::string operator()(const std::string& v) const { return "\"" + v + "\""; }
  };
  return std::visit(Show{}, value);
}

[[noreturn]] void wrong_type(const ParameterValue& value, std::string_view wanted) {
  throw BadValue(fmt::format("{} is not {}", shown(value), wanted));
}

std::string bound(const ParameterInfo& info, double value) {
  return info.unit == Unit::none ? fmt::format("{}", value) : print_quantity(value, info.unit);
}

void check_range(const ParameterInfo& info, double value, const ParameterValue& given) {
  if (!std::isfinite(value)) wrong_type(given, "a finite number");
  const bool low =
      info.minimum && (info.above_minimum ? !(value > *info.minimum) : value < *info.minimum);
  const bool high = info.maximum && value > *info.maximum;
  if (!low && !high) return;
  std::string range;
  if (info.minimum && info.maximum) {
    range = fmt::format("from {} to {}", bound(info, *info.minimum), bound(info, *info.maximum));
  } else if (info.minimum) {
    range =
        fmt::format("{} {}", info.above_minimum ? "above" : "at least", bound(info, *info.minimum));
  } else {
    range = fmt::format("at most {}", bound(info, *info.maximum));
  }
  throw BadValue(fmt::format("{} is out of range ({})", shown(given), range));
}

}  // namespace

std::int64_t to_integer(const ParameterInfo& info, const ParameterValue& value) {
  std::int64_t result = 0;
  if (const auto* whole = std::get_if<std::int64_t>(&value)) {
    result = *whole;
  } else if (const auto* real = std::get_if<double>(&value);
             real != nullptr && *real == std::round(*real)) {
    check_range(info, *real, value);  // before it has to fit
    if (!(std::abs(*real) < 0x1p63)) wrong_type(value, "a whole number of at most 63 bits");
    result = static_cast<std::int64_t>(*real);
  } else {
    wrong_type(value, "a whole number");
  }
  check_range(info, static_cast<double>(result), value);
  return result;
}

double to_number(const ParameterInfo& info, const ParameterValue& value) {
  double result = 0;
  const bool bare_allowed = info.unit == Unit::none || info.unit == Unit::fraction;
  if (const auto* written = std::get_if<std::string>(&value)) {
    if (info.unit == Unit::none) wrong_type(value, "a number (without quotation marks)");
    result = parse_quantity(*written, info.unit);
  } else if (const auto* whole = std::get_if<std::int64_t>(&value); whole != nullptr) {
    if (!bare_allowed) wrong_type(value, example_of(info.unit));
    result = static_cast<double>(*whole);
  } else if (const auto* real = std::get_if<double>(&value); real != nullptr) {
    if (!bare_allowed) wrong_type(value, example_of(info.unit));
    result = *real;
  } else {
    wrong_type(value, example_of(info.unit));
  }
  check_range(info, result, value);
  return result;
}

Duration to_duration(const ParameterInfo& info, const ParameterValue& value) {
  const auto* written = std::get_if<std::string>(&value);
  if (written == nullptr) {
    if (value == ParameterValue{std::int64_t{0}}) return Duration::zero();
    wrong_type(value, example_of(Unit::duration));
  }
  const Duration result = parse_duration(*written);
  // So that an instant and a span always have a sum.
  if (std::chrono::abs(result) > longest_span) {
    throw BadValue(fmt::format("{} is longer than a run can be (at most 100 years)", shown(value)));
  }
  check_range(info, seconds(result), value);
  return result;
}

bool to_boolean(const ParameterValue& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag;
  wrong_type(value, "true or false");
}

std::string to_text(const ParameterValue& value) {
  if (const auto* written = std::get_if<std::string>(&value)) return *written;
  wrong_type(value, "a text in quotation marks");
}

std::size_t to_choice(const ParameterInfo& info, const ParameterValue& value) {
  std::vector<std::string> names;
  for (const auto& candidate : info.choices) names.push_back(candidate.name);
  const auto* written = std::get_if<std::string>(&value);
  if (written == nullptr) wrong_type(value, fmt::format("one of {}", fmt::join(names, ", ")));
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == *written) return i;
  }
  throw BadValue(
      fmt::format("\"{}\" is not one of {}{}", *written, fmt::join(names, ", "),
                  nearest(*written, names) ? " (" + suggestion(*written, names) + ")" : ""));
}

Distribution to_distribution(const ParameterInfo& info, const ParameterValue& value,
                             const std::string& folder) {
  const bool bare_allowed = info.unit == Unit::none;
  const Distribution result = [&] {
    if (const auto* written = std::get_if<std::string>(&value)) {
      return Distribution::parse(*written, info.unit, folder);
    }
    if (const auto* whole = std::get_if<std::int64_t>(&value); whole != nullptr && bare_allowed) {
      return Distribution::constant(static_cast<double>(*whole));
    }
    if (const auto* real = std::get_if<double>(&value); real != nullptr && bare_allowed) {
      return Distribution::constant(*real);
    }
    wrong_type(value, fmt::format("{}, or a distribution of it such as \"exponential(...)\"",
                                  example_of(info.unit)));
  }();
  if (result.is_constant()) {
    check_range(info, result.mean(), value);
  } else if (info.minimum && std::isfinite(result.lowest()) && result.lowest() < *info.minimum) {
    throw BadValue(fmt::format("{} can be as low as {} (at least {})", shown(value),
                               bound(info, result.lowest()), bound(info, *info.minimum)));
  }
  return result;
}

ParameterValue from_number(const ParameterInfo& info, double value) {
  if (info.unit == Unit::none || info.unit == Unit::fraction) return value;
  return print_quantity(value, info.unit);
}

}  // namespace detail
}  // namespace faultline
