// Reads the text form of distributions: a sum of terms, each a quantity or NAME(ARGUMENTS).
#include <array>
#include <charconv>
#include <cmath>
#include <fstream>
#include <optional>

#include <fmt/format.h>

#include <faultline/core/distribution.hpp>

namespace faultline {
namespace {

const std::array<std::string, 10> names{"constant",  "uniform", "exponential", "normal",
                                        "lognormal", "pareto",  "weibull",     "gamma",
                                        "empirical", "mixture"};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// Cuts `text` at every `separator` that stands outside brackets.
std::vector<std::string_view> split_outside(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(') ++depth;
    if (text[i] == ')') --depth;
    // The plus of an exponent ("1e+3") does not separate.
    const bool exponent = separator == '+' && i > 0 && (text[i - 1] == 'e' || text[i - 1] == 'E');
    if (text[i] == separator && depth == 0 && !exponent) {
      pieces.push_back(trimmed(text.substr(begin, i - begin)));
      begin = i + 1;
    }
  }
  pieces.push_back(trimmed(text.substr(begin)));
  return pieces;
}

double positive(double value, const std::string& what) {
  if (!(value > 0)) throw BadValue(fmt::format("{} must be above zero, not {}", what, value));
  return value;
}

double not_negative(double value, const std::string& what) {
  if (!(value >= 0)) throw BadValue(fmt::format("{} must not be negative, as {} is", what, value));
  return value;
}

class Parser {
 public:
  Parser(Unit unit, const std::string& folder) : unit_(unit), folder_(folder) {}

  Distribution sum(std::string_view text) const {
    if (++depth_ > 16) throw BadValue("distributions nested deeper than 16 levels");
    double offset = 0;
    std::optional<Distribution> variable;
    for (const std::string_view piece : split_outside(text, '+')) {
      const Distribution part = term(piece);
      if (part.is_constant()) {
        offset += part.mean();
      } else if (variable) {
        throw BadValue(
            fmt::format("\"{}\" adds two random parts (one may be added to constants; use a "
                        "mixture or a gamma)",
                        text));
      } else {
        variable = part;
      }
    }
    --depth_;
    return variable ? variable->shifted(offset) : Distribution::constant(offset);
  }

 private:
  Distribution term(std::string_view text) const {
    const std::size_t open = text.find('(');
    if (open == std::string_view::npos) return Distribution::constant(parse_quantity(text, unit_));
    const std::string name(trimmed(text.substr(0, open)));
    if (text.back() != ')') {
      throw BadValue(fmt::format("\"{}\" lacks its closing bracket", text));
    }
    const auto arguments = split_outside(text.substr(open + 1, text.size() - open - 2), ',');
    return call(name, arguments);
  }

  Distribution call(const std::string& name, const std::vector<std::string_view>& arguments) const {
    const auto need = [&](std::size_t count, const char* which) {
      if (arguments.size() != count || arguments.back().empty()) {
        throw BadValue(
            fmt::format("{} takes {} ({})", name, count == 1 ? "one value" : "two values", which));
      }
    };
    const auto quantity = [&](std::size_t i) { return parse_quantity(arguments[i], unit_); };
    const auto number = [&](std::size_t i) { return parse_quantity(arguments[i], Unit::none); };
    if (name == "constant") {
      need(1, "the value");
      return Distribution::constant(quantity(0));
    }
    if (name == "uniform") {
      need(2, "low, high");
      const double low = quantity(0);
      const double high = quantity(1);
      if (low > high) throw BadValue("uniform(low, high) has its low above its high");
      return Distribution::uniform(low, high);
    }
    if (name == "exponential") {
      need(1, "mean");
      return Distribution::exponential(positive(quantity(0), "the mean of exponential"));
    }
    if (name == "normal") {
      need(2, "mean, deviation");
      return Distribution::normal(quantity(0),
                                  not_negative(quantity(1), "the deviation of normal"));
    }
    if (name == "lognormal") {
      need(2, "median, sigma of the logarithm");
      return Distribution::lognormal(positive(quantity(0), "the median of lognormal"),
                                     not_negative(number(1), "the sigma of lognormal"));
    }
    if (name == "pareto") {
      need(2, "scale, shape");
      return Distribution::pareto(positive(quantity(0), "the scale of pareto"),
                                  positive(number(1), "the shape of pareto"));
    }
    if (name == "weibull") {
      need(2, "scale, shape");
      return Distribution::weibull(positive(quantity(0), "the scale of weibull"),
                                   positive(number(1), "the shape of weibull"));
    }
    if (name == "gamma") {
      need(2, "shape, scale");
      return Distribution::gamma(positive(number(0), "the shape of gamma"),
                                 positive(quantity(1), "the scale of gamma"));
    }
    if (name == "empirical") return empirical(arguments);
    if (name == "mixture") return mixture(arguments);
    throw BadValue(
        fmt::format("there is no distribution \"{}\" ({})", name, suggestion(name, names)));
  }

  Distribution mixture(const std::vector<std::string_view>& arguments) const {
    std::vector<std::pair<double, Distribution>> parts;
    for (const std::string_view argument : arguments) {
      const std::size_t colon = argument.find(':');
      if (colon == std::string_view::npos) {
        throw BadValue(
            fmt::format("\"{}\" lacks its weight (as in mixture(0.9: 1ms, 0.1: 20ms))", argument));
      }
      parts.emplace_back(parse_quantity(argument.substr(0, colon), Unit::fraction),
                         sum(trimmed(argument.substr(colon + 1))));
    }
    return Distribution::mixture(std::move(parts));
  }

  /// empirical(FILE) or empirical(FILE, COLUMN): a column of a CSV file, by its heading.
  Distribution empirical(const std::vector<std::string_view>& arguments) const {
    const std::string name(arguments[0]);
    const std::string path = name.starts_with('/') ? name : folder_ + "/" + name;
    std::ifstream in(path);
    if (!in)
      throw BadValue(fmt::format("cannot open {} (paths are relative to the scenario)", path));
    std::string line;
    std::size_t column = 0;
    if (arguments.size() > 1) {
      std::getline(in, line);
      const auto headings = split_outside(line, ',');
      while (column < headings.size() && headings[column] != arguments[1]) ++column;
      if (column == headings.size()) {
        throw BadValue(fmt::format("{} has no column \"{}\"", path, arguments[1]));
      }
    }
    std::vector<double> values;
    std::size_t number = arguments.size() > 1 ? 1 : 0;
    while (std::getline(in, line)) {
      ++number;
      if (!line.empty() && line.back() == '\r') line.pop_back();
      if (line.empty()) continue;
      const auto cells = split_outside(line, ',');
      try {
        if (column >= cells.size()) throw BadValue("the line is too short");
        values.push_back(cell(cells[column]));
      } catch (const BadValue& error) {
        throw BadValue(fmt::format("{}:{}: {}", path, number, error.what()));
      }
    }
    std::string source = name;
    if (arguments.size() > 1) source += ", " + std::string(arguments[1]);
    return Distribution::empirical(std::move(values), std::move(source));
  }

  /// A number in base units, or a quantity with its unit.
  double cell(std::string_view text) const {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc{} && end == text.data() + text.size() && std::isfinite(value)) {
      return value;
    }
    return parse_quantity(text, unit_);
  }

  Unit unit_;
  const std::string& folder_;
  mutable int depth_ = 0;
};

}  // namespace

Distribution Distribution::parse(std::string_view text, Unit unit, const std::string& folder) {
  return Parser(unit, folder).sum(trimmed(text));
}

}  // namespace faultline
