#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include <fmt/format.h>

#include <faultline/core/trimmed.hpp>
#include <faultline/core/units.hpp>

namespace faultline {
namespace {

/// A unit as written: worth times/per base units. Both are whole, so that "0.1ms" is divided by
/// 1000 (one rounding) and not multiplied by a 0.001 that is itself rounded.
struct Suffix {
  std::string_view name;
  double times;
  double per;
  bool printed = true;  ///< whether print_quantity uses it, or it is only read
};

// Each list runs from the smallest unit to the largest.
constexpr std::array durations{Suffix{"ns", 1, 1e9}, Suffix{"us", 1, 1e6}, Suffix{"ms", 1, 1e3},
                               Suffix{"s", 1, 1},    Suffix{"min", 60, 1}, Suffix{"h", 3600, 1}};
constexpr std::array sizes{Suffix{"B", 1, 1},           Suffix{"kB", 1e3, 1},
                           Suffix{"KB", 1e3, 1, false}, Suffix{"KiB", 1024, 1},
                           Suffix{"MB", 1e6, 1},        Suffix{"MiB", 1048576, 1},
                           Suffix{"GB", 1e9, 1},        Suffix{"GiB", 1073741824, 1},
                           Suffix{"TB", 1e12, 1},       Suffix{"TiB", 1099511627776, 1}};
constexpr std::array bandwidths{Suffix{"bps", 1, 8},    Suffix{"Bps", 1, 1},
                                Suffix{"kbps", 125, 1}, Suffix{"Kbps", 125, 1, false},
                                Suffix{"kBps", 1e3, 1}, Suffix{"Mbps", 1.25e5, 1},
                                Suffix{"MBps", 1e6, 1}, Suffix{"Gbps", 1.25e8, 1},
                                Suffix{"GBps", 1e9, 1}, Suffix{"Tbps", 1.25e11, 1}};
constexpr std::array rates{Suffix{"/h", 1, 3600}, Suffix{"/min", 1, 60}, Suffix{"/s", 1, 1}};
constexpr std::array fractions{Suffix{"%", 1, 100, false}, Suffix{"", 1, 1}};
constexpr std::array plain{Suffix{"", 1, 1}};

std::span<const Suffix> suffixes_of(Unit unit) {
  switch (unit) {
    case Unit::duration:
      return durations;
    case Unit::size:
      return sizes;
    case Unit::bandwidth:
      return bandwidths;
    case Unit::rate:
      return rates;
    case Unit::fraction:
      return fractions;
    case Unit::none:
      return plain;
  }
  return plain;
}

const Suffix& base_of(Unit unit) {
  return *std::ranges::find_if(
      suffixes_of(unit), [](const Suffix& suffix) { return suffix.times == 1 && suffix.per == 1; });
}

struct Quantity {
  std::string_view digits;
  double number;
  const Suffix* suffix;
};

Quantity split(std::string_view text, Unit unit) {
  const std::string_view all = trimmed(text);
  double number = 0;
  const auto [end, error] = std::from_chars(all.data(), all.data() + all.size(), number);
  if (error != std::errc{} || !std::isfinite(number)) {
    throw BadValue(fmt::format("\"{}\" is not {}", text, example_of(unit)));
  }
  const auto length = static_cast<std::size_t>(end - all.data());
  const std::string_view suffix = trimmed(all.substr(length));
  for (const Suffix& candidate : suffixes_of(unit)) {
    if (candidate.name == suffix) return {all.substr(0, length), number, &candidate};
  }
  std::vector<std::string> known;
  for (const Suffix& candidate : suffixes_of(unit)) {
    if (!candidate.name.empty()) known.emplace_back(candidate.name);
  }
  if (suffix.empty()) {
    throw BadValue(fmt::format("\"{}\" has no unit (one of {}; {})", text, fmt::join(known, ", "),
                               example_of(unit)));
  }
  throw BadValue(fmt::format("\"{}\" has the unknown unit \"{}\" ({}{})", text, suffix,
                             known.empty() ? "no unit belongs here" : "one of ",
                             fmt::join(known, ", ")));
}

/// "digits" as a whole number of `unit` nanoseconds, if it is one and fits.
std::optional<Duration> whole_duration(std::string_view digits, Duration::rep unit) {
  Duration::rep number = 0;
  const char* const last = digits.data() + digits.size();
  const auto [end, error] = std::from_chars(digits.data(), last, number);
  if (error != std::errc{} || end != last) return std::nullopt;
  constexpr auto most = std::numeric_limits<Duration::rep>::max();
  if (number > most / unit || number < -(most / unit)) return std::nullopt;
  return Duration{number * unit};
}

/// `value` in this unit with as few digits as are read back exactly; nothing if none are, or if the
/// number would need an exponent.
std::optional<std::string> print_in(const Suffix& suffix, double value, Unit unit) {
  const double scaled = value * suffix.per / suffix.times;
  if (!(std::abs(scaled) < 1e15) || std::abs(scaled) < 1e-4) return std::nullopt;
  for (const int digits : {15, 16, 17}) {
    std::string text = fmt::format("{:.{}g}{}", scaled, digits, suffix.name);
    if (parse_quantity(text, unit) == value) return text;
  }
  return std::nullopt;
}

}  // namespace

std::string_view example_of(Unit unit) {
  switch (unit) {
    case Unit::none:
      return "a number";
    case Unit::duration:
      return "a span of time such as \"200ms\"";
    case Unit::size:
      return "an amount of data such as \"4KiB\"";
    case Unit::bandwidth:
      return "a bandwidth such as \"10Gbps\"";
    case Unit::rate:
      return "a rate such as \"2000/s\"";
    case Unit::fraction:
      return "a fraction such as 0.05 or \"5%\"";
  }
  return "a number";
}

std::vector<std::string_view> unit_names(Unit unit) {
  std::vector<std::string_view> names;
  for (const Suffix& suffix : suffixes_of(unit)) names.push_back(suffix.name);
  return names;
}

double parse_quantity(std::string_view text, Unit unit) {
  const Quantity read = split(text, unit);
  const double value = read.number * read.suffix->times / read.suffix->per;
  if (!std::isfinite(value)) throw BadValue(fmt::format("\"{}\" is too large", text));
  return value;
}

Duration parse_duration(std::string_view text) {
  const Quantity read = split(text, Unit::duration);
  const double unit = read.suffix->times * (1e9 / read.suffix->per);  // in nanoseconds, whole
  if (const auto whole = whole_duration(read.digits, std::llround(unit))) return *whole;
  const double nanoseconds = read.number * unit;
  if (!(std::abs(nanoseconds) < 0x1p63)) {
    throw BadValue(fmt::format("\"{}\" is longer than a run can be (at most 292 years)", text));
  }
  return Duration{std::llround(nanoseconds)};
}

std::string print_quantity(double value, Unit unit) {
  if (value == 0) {
    return fmt::format("0{}", base_of(unit).name);
  }
  std::optional<std::string> best;
  for (const Suffix& suffix : suffixes_of(unit)) {
    const bool below_one = std::abs(value) * suffix.per < suffix.times;
    if (!suffix.printed || (below_one && unit != Unit::rate)) continue;
    const auto text = print_in(suffix, value, unit);
    // Among equally short texts the larger unit, which comes later, reads better.
    if (text && (!best || text->size() <= best->size())) best = text;
  }
  if (best) return *best;
  return fmt::format("{}{}", value, base_of(unit).name);
}

std::string print_duration(Duration span) {
  std::string text = print_quantity(seconds(span), Unit::duration);
  if (std::abs(seconds(span)) < 9.2e9 && parse_duration(text) == span) return text;
  return fmt::format("{}ns", span.count());
}

}  // namespace faultline
