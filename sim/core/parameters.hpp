// Parameters: the one list in which a struct of settings declares its fields.
//
//   static const ParameterTable<Settings> table{
//       integer("replicas", &Settings::replicas, "how many nodes hold each key").between(1, 64),
//       duration("timeout", &Settings::timeout, "how long to wait for a quorum").at_least(0s),
//       choice("on_partition", &Settings::on_partition, "what the minority does",
//              {{"consistency", OnPartition::consistency, "refuses"},
//               {"availability", OnPartition::availability, "goes on"}}),
//   };
//
// Reading, validation, defaults, the JSON Schema and the documentation all come from this list.
// Defaults are those of a default-constructed struct. A std::optional member has none: it is
// derived, or absent. Knows nothing of JSON: values come and go as ParameterValue.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include <faultline/core/distribution.hpp>
#include <faultline/core/units.hpp>

namespace faultline {

/// A value as it stands in a file. std::monostate: none (an optional that is not set).
using ParameterValue = std::variant<std::monostate, bool, std::int64_t, double, std::string>;

enum class ParameterKind { integer, number, duration, boolean, text, choice, distribution };

/// What is known of a parameter without its struct.
struct ParameterInfo {
  struct Choice {
    std::string name;
    std::string sentence;
  };
  std::string name;
  ParameterKind kind = ParameterKind::text;
  Unit unit = Unit::none;
  std::string sentence;
  ParameterValue default_value;   ///< std::monostate: derived or absent
  std::optional<double> minimum;  ///< in base units; of a distribution: no draw is below
  std::optional<double> maximum;
  bool above_minimum = false;  ///< the minimum itself is not allowed
  std::vector<Choice> choices;
};

/// A table seen without its struct: what readers and writers work with.
class ParameterList {
 public:
  virtual ~ParameterList() = default;
  std::span<const ParameterInfo> info() const { return info_; }
  const ParameterInfo* find(std::string_view name) const;
  std::vector<std::string> names() const;

  /// Converts, checks and stores a value. `folder` is what paths of files are relative to. Throws
  /// BadValue; the settings are then unchanged. Precondition: find(name).
  virtual void assign(void* settings, std::string_view name, const ParameterValue& value,
                      const std::string& folder) const = 0;
  /// The value as it would be written in a file.
  virtual ParameterValue read(const void* settings, std::string_view name) const = 0;

 protected:
  std::vector<ParameterInfo> info_;
};

namespace detail {

// Conversions with their checks; each throws BadValue.
std::int64_t to_integer(const ParameterInfo& info, const ParameterValue& value);
double to_number(const ParameterInfo& info, const ParameterValue& value);
Duration to_duration(const ParameterInfo& info, const ParameterValue& value);
bool to_boolean(const ParameterValue& value);
std::string to_text(const ParameterValue& value);
std::size_t to_choice(const ParameterInfo& info, const ParameterValue& value);
Distribution to_distribution(const ParameterInfo& info, const ParameterValue& value,
                             const std::string& folder);
ParameterValue from_number(const ParameterInfo& info, double value);

template <class M>
struct Bare {
  using Type = M;
  static constexpr bool optional = false;
};
template <class M>
struct Bare<std::optional<M>> {
  using Type = M;
  static constexpr bool optional = true;
};

}  // namespace detail

/// One line of a table.
template <class T>
class Parameter {
 public:
  ParameterInfo info;
  std::function<void(T&, const ParameterInfo&, const ParameterValue&, const std::string&)> assign;
  std::function<ParameterValue(const T&, const ParameterInfo&)> read;

  Parameter& between(double minimum, double maximum) {
    info.minimum = minimum;
    info.maximum = maximum;
    return *this;
  }
  Parameter& between(Duration minimum, Duration maximum) {
    return between(seconds(minimum), seconds(maximum));
  }
  Parameter& at_least(double minimum) {
    info.minimum = minimum;
    return *this;
  }
  Parameter& at_least(Duration minimum) { return at_least(seconds(minimum)); }
  Parameter& above(double minimum) {
    info.minimum = minimum;
    info.above_minimum = true;
    return *this;
  }
  Parameter& above(Duration minimum) { return above(seconds(minimum)); }
};

template <class T>
class ParameterTable final : public ParameterList {
 public:
  ParameterTable(std::initializer_list<Parameter<T>> parameters) : parameters_(parameters) {
    const T defaults{};
    for (Parameter<T>& parameter : parameters_) {
      parameter.info.default_value = parameter.read(defaults, parameter.info);
      info_.push_back(parameter.info);
    }
  }

  void assign(void* settings, std::string_view name, const ParameterValue& value,
              const std::string& folder = ".") const override {
    const Parameter<T>& parameter = line(name);
    parameter.assign(*static_cast<T*>(settings), parameter.info, value, folder);
  }
  ParameterValue read(const void* settings, std::string_view name) const override {
    const Parameter<T>& parameter = line(name);
    return parameter.read(*static_cast<const T*>(settings), parameter.info);
  }

 private:
  const Parameter<T>& line(std::string_view name) const {
    for (const Parameter<T>& parameter : parameters_) {
      if (parameter.info.name == name) return parameter;
    }
    throw BadValue("there is no parameter \"" + std::string(name) + "\"");
  }
  std::vector<Parameter<T>> parameters_;
};

namespace detail {

/// A line whose member of type M is converted by `to` (info, value, folder) and written back by
/// `from`.
template <class T, class M, class To, class From>
Parameter<T> line(std::string name, M T::*member, ParameterKind kind, Unit unit,
                  std::string sentence, To to, From from) {
  Parameter<T> parameter;
  parameter.info.name = std::move(name);
  parameter.info.kind = kind;
  parameter.info.unit = unit;
  parameter.info.sentence = std::move(sentence);
  parameter.assign = [member, to](T& settings, const ParameterInfo& info,
                                  const ParameterValue& value, const std::string& folder) {
    settings.*member = static_cast<typename Bare<M>::Type>(to(info, value, folder));
  };
  parameter.read = [member, from](const T& settings, const ParameterInfo& info) -> ParameterValue {
    if constexpr (Bare<M>::optional) {
      if (!(settings.*member)) return std::monostate{};
      return from(info, *(settings.*member));
    } else {
      return from(info, settings.*member);
    }
  };
  return parameter;
}

}  // namespace detail

template <class T, class M>
Parameter<T> integer(std::string name, M T::*member, std::string sentence) {
  using Bare = typename detail::Bare<M>::Type;
  static_assert(std::is_integral_v<Bare>);
  auto parameter = detail::line(
      std::move(name), member, ParameterKind::integer, Unit::none, std::move(sentence),
      [](const ParameterInfo& info, const ParameterValue& value, const std::string&) {
        return detail::to_integer(info, value);
      },
      [](const ParameterInfo&, Bare value) -> ParameterValue {
        return static_cast<std::int64_t>(value);
      });
  parameter.info.minimum =
      std::is_unsigned_v<Bare> ? 0.0 : static_cast<double>(std::numeric_limits<Bare>::min());
  parameter.info.maximum =
      std::min(9007199254740992.0, static_cast<double>(std::numeric_limits<Bare>::max()));
  return parameter;
}

template <class T, class M>
Parameter<T> number(std::string name, M T::*member, Unit unit, std::string sentence) {
  auto parameter = detail::line(
      std::move(name), member, ParameterKind::number, unit, std::move(sentence),
      [](const ParameterInfo& info, const ParameterValue& value, const std::string&) {
        return detail::to_number(info, value);
      },
      [](const ParameterInfo& info, auto value) -> ParameterValue {
        return detail::from_number(info, static_cast<double>(value));
      });
  if (unit == Unit::fraction) parameter.between(0.0, 1.0);
  if (unit == Unit::size) parameter.at_least(0.0);
  return parameter;
}

template <class T, class M>
Parameter<T> duration(std::string name, M T::*member, std::string sentence) {
  return detail::line(
             std::move(name), member, ParameterKind::duration, Unit::duration, std::move(sentence),
             [](const ParameterInfo& info, const ParameterValue& value, const std::string&) {
               return detail::to_duration(info, value);
             },
             [](const ParameterInfo&, Duration value) -> ParameterValue {
               return print_duration(value);
             })
      .at_least(Duration::zero());
}

template <class T, class M>
Parameter<T> boolean(std::string name, M T::*member, std::string sentence) {
  return detail::line(
      std::move(name), member, ParameterKind::boolean, Unit::none, std::move(sentence),
      [](const ParameterInfo&, const ParameterValue& value, const std::string&) {
        return detail::to_boolean(value);
      },
      [](const ParameterInfo&, bool value) -> ParameterValue { return value; });
}

template <class T, class M>
Parameter<T> text(std::string name, M T::*member, std::string sentence) {
  return detail::line(
      std::move(name), member, ParameterKind::text, Unit::none, std::move(sentence),
      [](const ParameterInfo&, const ParameterValue& value, const std::string&) {
        return detail::to_text(value);
      },
      [](const ParameterInfo&, const std::string& value) -> ParameterValue { return value; });
}

/// A value of an enumeration by name, with a sentence on what it means.
template <class E>
struct ChoiceOf {
  std::string name;
  E value;
  std::string sentence;
};

template <class T, class M>
Parameter<T> choice(std::string name, M T::*member, std::string sentence,
                    std::vector<ChoiceOf<typename detail::Bare<M>::Type>> choices) {
  using E = typename detail::Bare<M>::Type;
  auto shared = std::make_shared<std::vector<ChoiceOf<E>>>(std::move(choices));
  auto parameter = detail::line(
      std::move(name), member, ParameterKind::choice, Unit::none, std::move(sentence),
      [shared](const ParameterInfo& info, const ParameterValue& value, const std::string&) {
        return (*shared)[detail::to_choice(info, value)].value;
      },
      [shared](const ParameterInfo&, E value) -> ParameterValue {
        for (const auto& candidate : *shared) {
          if (candidate.value == value) return candidate.name;
        }
        return std::monostate{};
      });
  for (const auto& candidate : *shared) {
    parameter.info.choices.push_back({candidate.name, candidate.sentence});
  }
  return parameter;
}

/// Of spans of time and sizes no draw may be negative, save those of a normal: they become zero.
template <class T, class M>
Parameter<T> distribution(std::string name, M T::*member, Unit unit, std::string sentence) {
  auto parameter = detail::line(
      std::move(name), member, ParameterKind::distribution, unit, std::move(sentence),
      [](const ParameterInfo& info, const ParameterValue& value, const std::string& folder) {
        return detail::to_distribution(info, value, folder);
      },
      [](const ParameterInfo& info, const Distribution& value) -> ParameterValue {
        if (info.unit == Unit::none && value.is_constant()) return value.mean();
        return value.to_string(info.unit);
      });
  if (unit == Unit::duration || unit == Unit::size) parameter.at_least(0.0);
  return parameter;
}

}  // namespace faultline
