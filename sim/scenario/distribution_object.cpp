#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include <faultline/core/distribution.hpp>
#include <faultline/core/text.hpp>
#include <faultline/scenario/distribution_object.hpp>

namespace faultline {
namespace {

using Json = nlohmann::ordered_json;

/// A quantity or a number as an argument: nothing that would be more than one.
std::string plain(const Json& value, const std::string& of) {
  if (value.is_number()) return value.dump();
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    if (text.find_first_of("(),:") == std::string::npos) return text;
  }
  throw BadValue(fmt::format("the {} is neither a number nor a quantity", of));
}

std::string any(const Json& value) {
  if (value.is_object()) return distribution_text(value);
  if (value.is_number()) return value.dump();
  if (value.is_string()) return value.get<std::string>();
  throw BadValue("a part of a distribution is a text or an object");
}

/// The members `names` of `object`, which has no others; "column" may be left out.
std::vector<std::string> members(const Json& object, const std::string& family,
                                 const std::vector<std::string>& names) {
  if (!object.is_object()) {
    throw BadValue(fmt::format("{} takes an object with {}", family, fmt::join(names, ", ")));
  }
  for (const auto& [key, value] : object.items()) {
    if (std::find(names.begin(), names.end(), key) == names.end()) {
      throw BadValue(fmt::format("{} has no \"{}\" ({})", family, key, suggestion(key, names)));
    }
  }
  std::vector<std::string> found;
  for (const std::string& name : names) {
    const auto value = object.find(name);
    if (value != object.end()) {
      found.push_back(plain(*value, fmt::format("{} of {}", name, family)));
    } else if (name != "column") {
      throw BadValue(
          fmt::format("{} has no \"{}\" (it takes {})", family, name, fmt::join(names, ", ")));
    }
  }
  return found;
}

std::string mixture(const Json& parts) {
  std::vector<std::string> texts;
  if (!parts.is_array() || parts.empty()) {
    throw BadValue("mixture takes a list of objects with weight and of");
  }
  for (const Json& part : parts) {
    const bool sound =
        part.is_object() && part.size() == 2 && part.contains("weight") && part.contains("of");
    if (!sound) throw BadValue("a part of a mixture has \"weight\" and \"of\"");
    texts.push_back(plain(part["weight"], "weight of a part") + ": " + any(part["of"]));
  }
  return fmt::format("mixture({})", fmt::join(texts, ", "));
}

std::string sum(const Json& parts) {
  std::vector<std::string> texts;
  if (!parts.is_array() || parts.empty()) throw BadValue("sum takes a list of distributions");
  for (const Json& part : parts) texts.push_back(any(part));
  return fmt::format("{}", fmt::join(texts, " + "));
}

}  // namespace

std::string distribution_text(const Json& object) {
  std::vector<std::string> known{"empirical", "mixture", "sum"};
  for (const DistributionFamily& family : distribution_families()) known.push_back(family.name);
  if (object.size() != 1) {
    throw BadValue(fmt::format("a distribution is an object with one key (one of {})",
                               fmt::join(known, ", ")));
  }
  const std::string& name = object.begin().key();
  const Json& value = object.begin().value();
  if (name == "mixture") return mixture(value);
  if (name == "sum") return sum(value);
  if (name == "empirical") {
    return fmt::format("empirical({})", fmt::join(members(value, name, {"file", "column"}), ", "));
  }
  for (const DistributionFamily& family : distribution_families()) {
    if (family.name != name) continue;
    return fmt::format("{}({})", name, fmt::join(members(value, name, family.arguments), ", "));
  }
  throw BadValue(
      fmt::format("there is no distribution \"{}\" ({})", name, suggestion(name, known)));
}

}  // namespace faultline
