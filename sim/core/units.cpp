#include <array>
#include <charconv>
#include <cmath>
#include <span>
#include <vector>

#include <fmt/format.h>

#include <faultline/core/units.hpp>

namespace faultline {
namespace {

struct Suffix {
  std::string_view name;
  double factor;
  bool printed;  ///< whether print_quantity uses it
};

constexpr std::array durations{Suffix{"ns", 1e-9, true}, Suffix{"us", 1e-6, true},
                               Suffix{"ms", 1e-3, true}, Suffix{"s", 1, true},
                               Suffix{"min", 60, true},  Suffix{"h", 3600, true}};
constexpr std::array sizes{
    Suffix{"B", 1, true},       Suffix{"kB", 1e3, true},       Suffix{"KB", 1e3, false},
    Suffix{"MB", 1e6, true},    Suffix{"GB", 1e9, true},       Suffix{"TB", 1e12, true},
    Suffix{"KiB", 1024, false}, Suffix{"MiB", 1048576, false}, Suffix{"GiB", 1073741824, false}};
constexpr std::array bandwidths{Suffix{"Bps", 1, true},        Suffix{"kBps", 1e3, true},
                                Suffix{"MBps", 1e6, true},     Suffix{"GBps", 1e9, true},
                                Suffix{"bps", 0.125, false},   Suffix{"kbps", 125, false},
                                Suffix{"Kbps", 125, false},    Suffix{"Mbps", 1.25e5, false},
                                Suffix{"Gbps", 1.25e8, false}, Suffix{"Tbps", 1.25e11, false}};
constexpr std::array rates{Suffix{"/s", 1, true}, Suffix{"/min", 1.0 / 60, false},
                           Suffix{"/h", 1.0 / 3600, false}};
constexpr std::array fractions{Suffix{"%", 0.01, false}, Suffix{"", 1, true}};
constexpr std::array plain{Suffix{"", 1, true}};

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

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

struct Quantity {
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
  const std::string_view suffix = trimmed(all.substr(static_cast<std::size_t>(end - all.data())));
  for (const Suffix& candidate : suffixes_of(unit)) {
    if (candidate.name == suffix) return {number, &candidate};
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

double parse_quantity(std::string_view text, Unit unit) {
  const auto [number, suffix] = split(text, unit);
  return number * suffix->factor;
}

Duration parse_duration(std::string_view text) {
  const auto [number, suffix] = split(text, Unit::duration);
  // In nanoseconds the factors are whole numbers, so 0.1ms is 100000ns and not a hair less.
  const double nanoseconds = number * std::round(suffix->factor * 1e9);
  if (std::abs(nanoseconds) > 9.2e18) {
    throw BadValue(fmt::format("\"{}\" is longer than a run can be (at most 292 years)", text));
  }
  return Duration{std::llround(nanoseconds)};
}

std::string print_quantity(double value, Unit unit) {
  const Suffix* best = nullptr;
  for (const Suffix& suffix : suffixes_of(unit)) {
    if (!suffix.printed) continue;
    if (best == nullptr || (std::abs(value) >= suffix.factor * 0.9999999)) {
      // A larger unit must not lose digits: 90s stays 90s, 120s may become 2min.
      const double scaled = value / suffix.factor;
      const bool exact = suffix.factor <= 1 || scaled == std::round(scaled * 1000) / 1000;
      if (best == nullptr || exact) best = &suffix;
    }
  }
  if (value == 0 && unit == Unit::duration) return "0s";
  for (const Suffix* suffix : {best, &suffixes_of(unit).front()}) {
    const std::string text = fmt::format("{}{}", value / suffix->factor, suffix->name);
    if (parse_quantity(text, unit) == value) return text;
  }
  return fmt::format("{}{}", value / best->factor, best->name);
}

std::string print_duration(Duration span) {
  if (span == Duration::zero()) return "0s";
  const Duration::rep magnitude = std::abs(span.count());
  struct Step {
    Duration::rep nanoseconds;
    const char* name;
  };
  for (const Step step : {Step{1'000'000'000, "s"}, Step{1'000'000, "ms"}, Step{1'000, "us"}}) {
    if (magnitude < step.nanoseconds) continue;
    const std::string text = fmt::format(
        "{}{}", static_cast<double>(span.count()) / static_cast<double>(step.nanoseconds),
        step.name);
    if (parse_duration(text) == span) return text;
  }
  return fmt::format("{}ns", span.count());
}

}  // namespace faultline
