#include <algorithm>
#include <cmath>
#include <filesystem>
#include <tuple>

#include <fmt/format.h>

#include <faultline/scenario/distribution_object.hpp>
#include <faultline/scenario/reading.hpp>

namespace faultline {
namespace {

constexpr std::size_t longest_name = 100;

/// A number or text of a file as a parameter takes it. Precondition: neither object nor list.
ParameterValue to_parameter_value(const Json& json) {
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_number_unsigned() && json.get<std::uint64_t>() > 9'007'199'254'740'992U) {
    return json.get<double>();
  }
  if (json.is_number_integer()) return json.get<std::int64_t>();
  if (json.is_number()) return json.get<double>();
  if (json.is_string()) return json.get<std::string>();
  return std::monostate{};
}

std::string_view wanted(const ParameterInfo& info) {
  switch (info.kind) {
    case ParameterKind::integer:
      return "a whole number";
    case ParameterKind::boolean:
      return "true or false";
    case ParameterKind::text:
    case ParameterKind::choice:
      return "a text in quotation marks";
    case ParameterKind::number:
    case ParameterKind::duration:
    case ParameterKind::distribution:
      return example_of(info.unit);
  }
  return "a value";
}

/// The same, in whatever form a parameter may be given; throws BadValue.
ParameterValue value_for(const ParameterInfo& info, const Json& json) {
  if (info.kind == ParameterKind::distribution && json.is_object()) {
    return distribution_text(json);
  }
  if (json.is_structured() || json.is_null()) {
    throw BadValue(fmt::format("{} is not {}", describe(json), wanted(info)));
  }
  return to_parameter_value(json);
}

}  // namespace

Json to_json(const ParameterValue& value) {
  return std::visit(
      [](const auto& v) -> Json {
        if constexpr (std::is_same_v<std::decay_t<decltype(v)>, std::monostate>) {
          return nullptr;
        } else {
          return v;
        }
      },
      value);
}

std::string describe(const Json& json) {
  constexpr std::size_t most = 60;
  if (json.is_object()) return "an object";
  if (json.is_array()) return "a list";
  if (!json.is_string()) return json.dump();
  std::string text = json.get_ref<const std::string&>();
  if (text.size() > most) {
    std::size_t end = most - 3;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    text = text.substr(0, end) + "...";
  }
  return "\"" + text + "\"";
}

Reading::Reading(const Document& d, const Catalog& c, std::string f, Scenario& s)
    : document(d),
      catalog(c),
      folder(std::move(f)),
      scenario(s),
      problems_(d.problems()),
      count_(problems_.size()) {}

void Reading::problem(const std::string& pointer, std::string message,
                      std::optional<std::size_t> offset) {
  if (++count_ > most_problems) return;
  problems_.push_back(document.problem(pointer, std::move(message), offset));
}

void Reading::problem_at_key(const std::string& object, const std::string& key,
                             std::string message) {
  if (++count_ > most_problems) return;
  problems_.push_back(document.problem_at_key(object, key, std::move(message)));
}

std::vector<Problem> Reading::take_problems() {
  std::stable_sort(problems_.begin(), problems_.end(), [](const Problem& a, const Problem& b) {
    return std::tie(a.line, a.column) < std::tie(b.line, b.column);
  });
  if (count_ > problems_.size()) {
    const std::size_t more = count_ - problems_.size();
    problems_.push_back({document.name(), 0, 0, "",
                         fmt::format("and {} more {} (mend these first)", more,
                                     more == 1 ? "problem" : "problems")});
  }
  return std::move(problems_);
}

std::string Reading::hint(std::string_view word, std::span<const std::string> candidates) const {
  if (candidates.empty()) return "there are none";
  if (count_ >= most_problems) return "";  // nobody will see it
  return suggestion(word, candidates);
}

std::string Reading::path_of(const std::string& name) {
  note_file();
  return name.starts_with('/') ? name : folder + "/" + name;
}

std::vector<std::string> Reading::known_pointers() const {
  std::vector<std::string> known;
  const std::function<void(const std::string&, const Json&)> add = [&](const std::string& pointer,
                                                                       const Json& value) {
    known.push_back(pointer);
    if (value.is_array()) {
      for (std::size_t i = 0; i < value.size(); ++i) add(pointer_to(pointer, i), value[i]);
    } else if (value.is_object()) {
      for (const auto& [key, below] : value.items()) add(pointer_to(pointer, key), below);
    }
  };
  for (const auto& [key, value] : document.root().items()) {
    if (key != "sweep") add(pointer_to("", key), value);
  }
  for (const auto& [pointer, value] : fills_) add(pointer, value);
  return known;
}

void Reading::finish() {
  if (uses_files_) {
    std::error_code error;
    const auto whole = std::filesystem::absolute(folder, error).lexically_normal();
    scenario.as_run = document.root();
    scenario.as_run["folder"] = error ? folder : whole.string();
  } else {
    scenario.as_run = document.root();
  }
  // Values of one object mostly come one after the other, so the object is looked up once.
  Json* object = &scenario.as_run;
  std::string object_pointer;
  for (auto& [pointer, value] : fills_) {
    const std::size_t slash = pointer.rfind('/');
    const auto steps = steps_of(pointer);
    if (pointer.compare(0, slash, object_pointer) != 0) {
      object_pointer = pointer.substr(0, slash);
      object = &scenario.as_run;
      for (std::size_t i = 0; i + 1 < steps->size(); ++i) {
        object =
            object->is_array() ? &(*object)[*list_position((*steps)[i])] : &(*object)[(*steps)[i]];
      }
    }
    if (steps->back() == "-") {
      object->push_back(std::move(value));
    } else {
      (*object)[steps->back()] = std::move(value);
    }
  }
  fills_.clear();
}

bool Reading::assign(const ParameterList& list, void* settings, const ParameterInfo& info,
                     const Located& at) {
  return attempt(at.pointer, [&] {
    const ParameterValue value = value_for(info, *at.value);
    list.assign(settings, info.name, value, folder);
    const auto* const written = std::get_if<std::string>(&value);
    if (info.kind == ParameterKind::distribution && written != nullptr &&
        written->find("empirical") != std::string::npos) {
      note_file();
    }
  });
}

std::optional<std::string> Reading::text(const Located& at) {
  if (at.value->is_string()) return at.value->get<std::string>();
  problem(at.pointer, describe(*at.value) + " is not a text in quotation marks");
  return std::nullopt;
}

std::optional<bool> Reading::boolean(const Located& at) {
  if (at.value->is_boolean()) return at.value->get<bool>();
  problem(at.pointer, describe(*at.value) + " is not true or false");
  return std::nullopt;
}

std::optional<Duration> Reading::span(const Located& at) {
  std::optional<Duration> result;
  attempt(at.pointer, [&] {
    ParameterInfo info;
    info.kind = ParameterKind::duration;
    info.unit = Unit::duration;
    info.minimum = 0;
    result = detail::to_duration(info, value_for(info, *at.value));
  });
  return result;
}

std::optional<double> Reading::number(const Located& at, Unit unit, std::optional<double> minimum,
                                      std::optional<double> maximum) {
  std::optional<double> result;
  attempt(at.pointer, [&] {
    ParameterInfo info;
    info.kind = ParameterKind::number;
    info.unit = unit;
    info.minimum = minimum;
    info.maximum = maximum;
    result = detail::to_number(info, value_for(info, *at.value));
  });
  return result;
}

std::optional<std::size_t> Reading::whole_number(const Located& at, std::size_t minimum,
                                                 std::size_t maximum) {
  std::optional<std::size_t> result;
  attempt(at.pointer, [&] {
    ParameterInfo info;
    info.kind = ParameterKind::integer;
    info.minimum = static_cast<double>(minimum);
    info.maximum = static_cast<double>(maximum);
    result = static_cast<std::size_t>(detail::to_integer(info, value_for(info, *at.value)));
  });
  return result;
}

std::vector<std::pair<std::string, std::string>> Reading::texts(const Located& at,
                                                                const char* of_what) {
  std::vector<std::pair<std::string, std::string>> result;
  if (at.value->is_string()) {
    result.emplace_back(at.value->get<std::string>(), at.pointer);
  } else if (at.value->is_array() && !at.value->empty()) {
    for (std::size_t i = 0; i < at.value->size(); ++i) {
      const Located item{&(*at.value)[i], pointer_to(at.pointer, i)};
      if (const auto name = text(item)) result.emplace_back(*name, item.pointer);
    }
  } else {
    problem(at.pointer,
            fmt::format("{} is not {} (a name, or a list of names)",
                        at.value->is_array() ? "an empty list" : describe(*at.value), of_what));
  }
  return result;
}

bool Reading::is_object(const Located& at, const char* what) {
  if (at.value->is_object()) return true;
  problem(at.pointer, fmt::format("{} is not {}", describe(*at.value), what));
  return false;
}

bool Reading::is_list(const Located& at, const char* what) {
  if (at.value->is_array()) return true;
  problem(at.pointer, fmt::format("{} is not {}", describe(*at.value), what));
  return false;
}

void Reading::check_name(const char* whose, const std::string& name, const std::string& object) {
  const bool sound = std::none_of(name.begin(), name.end(), [](char c) {
    return std::string_view("/@,\"\\").find(c) != std::string_view::npos ||
           static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
  });
  if (sound && !name.empty() && name.size() <= longest_name) return;
  problem_at_key(object, name,
                 fmt::format("the name of a {} has 1 to {} characters, and none of / @ , \" \\",
                             whose, longest_name));
}

std::optional<std::uint32_t> Reading::service(const std::string& name, const std::string& pointer) {
  const auto& services = scenario.services;
  for (std::uint32_t i = 0; i < services.size(); ++i) {
    if (services[i].name == name) return i;
  }
  std::vector<std::string> names;
  for (const ServiceSettings& known : services) names.push_back(known.name);
  problem(pointer, fmt::format("there is no service \"{}\" ({})", name, hint(name, names)));
  return std::nullopt;
}

ObjectReader::ObjectReader(Reading& reading, Located at)
    : reading_(reading), at_(std::move(at)), object_(*at_.value) {}

ObjectReader::~ObjectReader() {
  const std::vector<std::string> names(known_.begin(), known_.end());
  for (const auto& [key, value] : object_.items()) {
    if (known_.count(key) > 0) continue;
    reading_.problem_at_key(
        at_.pointer, key,
        fmt::format("unknown key {} ({})", describe(key), reading_.hint(key, names)));
  }
}

std::optional<Located> ObjectReader::take(const std::string& key) {
  known_.insert(key);
  const auto found = object_.find(key);
  if (found == object_.end()) return std::nullopt;
  return Located{&*found, at(key)};
}

void ObjectReader::table(const ParameterList& list, void* settings) {
  for (const ParameterInfo& info : list.info()) {
    if (const auto value = take(info.name)) {
      reading_.assign(list, settings, info, *value);
    } else if (const ParameterValue filled = list.read(settings, info.name);
               !std::holds_alternative<std::monostate>(filled)) {
      reading_.fill(at(info.name), to_json(filled));
    }
  }
}

void ObjectReader::child(const std::string& key, const ParameterList& list, void* settings) {
  if (const auto value = take(key)) {
    if (reading_.is_object(*value, "an object (in curly brackets)")) {
      ObjectReader(reading_, *value).table(list, settings);
    }
  } else {
    reading_.fill(at(key), written(list, settings));
  }
}

Json written(const ParameterList& list, const void* settings) {
  Json object = Json::object();
  for (const ParameterInfo& info : list.info()) {
    const ParameterValue value = list.read(settings, info.name);
    if (!std::holds_alternative<std::monostate>(value)) object[info.name] = to_json(value);
  }
  return object;
}

}  // namespace faultline
