// Reads the text form of distributions: a sum of terms, each a quantity or NAME(ARGUMENTS).
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fstream>
#include <optional>
#include <type_traits>

#include <fmt/format.h>

#include <faultline/core/distribution.hpp>
#include <faultline/core/trimmed.hpp>

namespace faultline {
namespace {

constexpr int deepest = 16;                      // levels of mixtures within mixtures
constexpr std::size_t most_values = 10'000'000;  // of an empirical distribution

/// An argument of a family: a quantity in the unit of what is drawn, or a plain number.
struct Argument {
  enum class Kind { quantity, number };
  enum class Bound { any, not_negative, positive };
  const char* name;
  Kind kind;
  Bound bound;
};

/// A family of distributions with one or two numbers as its arguments.
struct Family {
  std::string name;
  std::vector<Argument> arguments;
  Distribution (*make)(double first, double second);
};

const std::vector<Family>& families() {
  using enum Argument::Kind;
  using enum Argument::Bound;
  static const std::vector<Family> list{
      {"constant",
       {{"value", quantity, any}},
       [](double value, double) { return Distribution::constant(value); }},
      {"uniform", {{"low", quantity, any}, {"high", quantity, any}}, Distribution::uniform},
      {"exponential",
       {{"mean", quantity, positive}},
       [](double mean, double) { return Distribution::exponential(mean); }},
      {"normal",
       {{"mean", quantity, any}, {"deviation", quantity, not_negative}},
       Distribution::normal},
      {"lognormal",
       {{"median", quantity, positive}, {"sigma", number, not_negative}},
       Distribution::lognormal},
      {"pareto",
       {{"scale", quantity, positive}, {"shape", number, positive}},
       Distribution::pareto},
      {"weibull",
       {{"scale", quantity, positive}, {"shape", number, positive}},
       Distribution::weibull},
      {"gamma", {{"shape", number, positive}, {"scale", quantity, positive}}, Distribution::gamma},
  };
  return list;
}

std::vector<std::string> names() {
  std::vector<std::string> names;
  for (const Family& family : families()) names.push_back(family.name);
  names.insert(names.end(), {"empirical", "mixture"});
  return names;
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

/// Position of the bracket that closes the one at `open`. Precondition: brackets are balanced.
std::size_t closing(std::string_view text, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open;; ++i) {
    if (text[i] == '(') ++depth;
    if (text[i] == ')' && --depth == 0) return i;
  }
}

void check_brackets(std::string_view text) {
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(') open.push_back(i);
    if (text[i] != ')') continue;
    if (open.empty()) {
      throw BadValue(
          fmt::format("\"{}\" closes a bracket that was not opened (remove the last \")\")",
                      text.substr(0, i + 1)),
          i);
    }
    open.pop_back();
  }
  if (open.empty()) return;
  throw BadValue(fmt::format("\"{}\" lacks its closing bracket (add \")\")", text.substr(open[0])),
                 open[0]);
}

/// A column of a CSV file, by its heading; the first column of a file without headings if `column`
/// is empty. Cells are read by `read`.
template <class Read>
std::vector<double> read_column(const std::string& path, std::string_view column, Read read) {
  std::ifstream in(path);
  if (!in) throw BadValue(fmt::format("cannot open {} (paths are relative to the scenario)", path));
  std::vector<double> values;
  std::optional<std::size_t> place;
  if (column.empty()) place = 0;
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (line.ends_with('\r')) line.pop_back();
    const auto cells = split_outside(line, ',');
    if (!place) {
      const auto heading = std::find(cells.begin(), cells.end(), column);
      if (heading == cells.end()) {
        throw BadValue(fmt::format("{} has no column \"{}\" (it has {})", path, column,
                                   fmt::join(cells, ", ")));
      }
      place = static_cast<std::size_t>(heading - cells.begin());
      continue;
    }
    if (line.empty()) continue;
    try {
      if (*place >= cells.size()) throw BadValue("the line ends before the column");
      values.push_back(read(cells[*place]));
    } catch (const BadValue& error) {
      throw BadValue(fmt::format("{}:{}: {}", path, number, error.what()));
    }
    if (values.size() > most_values) {
      throw BadValue(fmt::format("{} has more than {} values", path, most_values));
    }
  }
  if (values.empty()) throw BadValue(fmt::format("{} has no values (at least one)", path));
  return values;
}

class Parser {
 public:
  Parser(std::string_view whole, Unit unit, const std::string& folder)
      : whole_(whole), unit_(unit), folder_(folder) {}

  Distribution parse() const {
    check_brackets(whole_);
    const std::string_view text = trimmed(whole_);
    return at(text, [&] { return sum(text, 0); });
  }

 private:
  /// Runs `read`; what it finds wrong is at `piece`, unless it has said so more closely.
  template <class Read>
  std::invoke_result_t<Read> at(std::string_view piece, Read read) const {
    try {
      return read();
    } catch (const BadValue& error) {
      if (error.offset()) throw;
      throw BadValue(error.what(), static_cast<std::size_t>(piece.data() - whole_.data()));
    }
  }

  Distribution sum(std::string_view text, int depth) const {
    double offset = 0;
    std::optional<Distribution> variable;
    for (const std::string_view piece : split_outside(text, '+')) {
      at(piece, [&] {
        if (depth > deepest) {
          throw BadValue(fmt::format("mixtures are nested too deeply (at most {})", deepest));
        }
        const Distribution part = term(piece, depth);
        if (part.is_constant()) {
          offset += part.mean();
        } else if (variable) {
          throw BadValue(fmt::format(
              "\"{}\" adds two random parts (one and constants; use a mixture or a gamma)", text));
        } else {
          variable = part;
        }
      });
    }
    if (!std::isfinite(offset)) throw BadValue(fmt::format("\"{}\" adds up to infinity", text));
    return variable ? variable->shifted(offset) : Distribution::constant(offset);
  }

  Distribution term(std::string_view text, int depth) const {
    const std::size_t open = text.find('(');
    if (open == std::string_view::npos) return Distribution::constant(parse_quantity(text, unit_));
    const std::string name(trimmed(text.substr(0, open)));
    const std::size_t close = closing(text, open);
    if (close + 1 != text.size()) {
      throw BadValue(
          fmt::format("\"{}\" goes on after its closing bracket (with \" + \" if \"{}\" "
                      "is to be added)",
                      text.substr(0, close + 1), trimmed(text.substr(close + 1))));
    }
    const auto arguments = split_outside(text.substr(open + 1, close - open - 1), ',');
    if (name == "empirical") return empirical(arguments);
    if (name == "mixture") return mixture(arguments, depth);
    for (const Family& family : families()) {
      if (family.name == name) return make(family, arguments);
    }
    throw BadValue(
        fmt::format("there is no distribution \"{}\" ({})", name, suggestion(name, names())));
  }

  Distribution make(const Family& family, const std::vector<std::string_view>& arguments) const {
    if (arguments.size() != family.arguments.size() || arguments.back().empty()) {
      std::string wanted = family.arguments[0].name;
      if (family.arguments.size() > 1) wanted += fmt::format(", {}", family.arguments[1].name);
      throw BadValue(fmt::format("{} takes {} ({}({}))", family.name,
                                 family.arguments.size() == 1 ? "one value" : "two values",
                                 family.name, wanted));
    }
    std::array<double, 2> values{};
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      values[i] = at(arguments[i], [&] { return read(family, i, arguments[i]); });
    }
    if (family.name == "uniform" && values[0] > values[1]) {
      throw BadValue(fmt::format("uniform has its low {} above its high {} (uniform(low, high))",
                                 arguments[0], arguments[1]));
    }
    return family.make(values[0], values[1]);
  }

  double read(const Family& family, std::size_t i, std::string_view text) const {
    const Argument& argument = family.arguments[i];
    const bool plain = argument.kind == Argument::Kind::number;
    const double value = parse_quantity(text, plain ? Unit::none : unit_);
    if (argument.bound == Argument::Bound::positive && !(value > 0)) {
      throw BadValue(
          fmt::format("the {} of {} is {} (above zero)", argument.name, family.name, text));
    }
    if (argument.bound == Argument::Bound::not_negative && !(value >= 0)) {
      throw BadValue(
          fmt::format("the {} of {} is {} (zero or above)", argument.name, family.name, text));
    }
    return value;
  }

  Distribution mixture(const std::vector<std::string_view>& arguments, int depth) const {
    std::vector<std::pair<double, Distribution>> parts;
    for (const std::string_view argument : arguments) {
      at(argument, [&] {
        const std::size_t colon = argument.find(':');
        if (colon == std::string_view::npos) {
          throw BadValue(
              fmt::format("\"{}\" lacks its weight (mixture(0.9: 1ms, 0.1: 20ms))", argument));
        }
        const double weight = parse_quantity(argument.substr(0, colon), Unit::fraction);
        if (weight < 0) {
          throw BadValue(fmt::format("{} is not a weight of a mixture (zero or above)", weight));
        }
        parts.emplace_back(weight, sum(trimmed(argument.substr(colon + 1)), depth + 1));
      });
    }
    return Distribution::mixture(std::move(parts));
  }

  /// empirical(FILE) or empirical(FILE, COLUMN).
  Distribution empirical(const std::vector<std::string_view>& arguments) const {
    if (arguments.size() > 2 || arguments.back().empty()) {
      throw BadValue(
          "empirical takes a file and, if it has headings, a column "
          "(empirical(file.csv, column))");
    }
    std::string source(arguments[0]);
    const std::string path = source.starts_with('/') ? source : folder_ + "/" + source;
    const std::string_view column = arguments.size() == 2 ? arguments[1] : "";
    const std::string_view unit = unit_in(column);
    auto values = at(arguments[0], [&] {
      return read_column(path, column, [&](std::string_view text) { return cell(text, unit); });
    });
    if (!column.empty()) source += fmt::format(", {}", column);
    return Distribution::empirical(std::move(values), std::move(source));
  }

  /// The unit that a heading ends with: "ms" of "ms", "rtt_ms", "rtt (ms)"; "" if it names none.
  std::string_view unit_in(std::string_view heading) const {
    while (heading.ends_with(')') || heading.ends_with(']')) heading.remove_suffix(1);
    const std::string_view last = heading.substr(heading.find_last_of("_ ([") + 1);
    const auto names = unit_names(unit_);
    return std::find(names.begin(), names.end(), last) == names.end() ? "" : last;
  }

  /// A quantity with its unit, or a plain number in the unit of the heading.
  double cell(std::string_view text, std::string_view unit) const {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool plain =
        error == std::errc{} && end == text.data() + text.size() && std::isfinite(value);
    if (plain && unit_ == Unit::none) return value;
    if (plain && unit.empty() && unit_ != Unit::fraction) {
      const auto names = unit_names(unit_);
      throw BadValue(fmt::format(
          "\"{0}\" has no unit (write it, as in {0}{1}, or end the heading with it, as in x_{1})",
          text, names[names.size() / 2]));
    }
    return parse_quantity(plain ? fmt::format("{}{}", text, unit) : std::string(text), unit_);
  }

  std::string_view whole_;
  Unit unit_;
  const std::string& folder_;
};

}  // namespace

Distribution Distribution::parse(std::string_view text, Unit unit, const std::string& folder) {
  return Parser(text, unit, folder).parse();
}

std::vector<DistributionFamily> distribution_families() {
  std::vector<DistributionFamily> result;
  for (const Family& family : families()) {
    result.push_back({family.name, {}});
    for (const Argument& argument : family.arguments) {
      result.back().arguments.emplace_back(argument.name);
    }
  }
  return result;
}

}  // namespace faultline
