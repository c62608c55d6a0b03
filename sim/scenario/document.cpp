#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include <faultline/core/text.hpp>
#include <faultline/scenario/document.hpp>

namespace faultline {
namespace {

constexpr std::size_t longest_part = 500;  // of a problem's text

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

/// Cuts what is very long in the middle, between characters: messages have the value first and the
/// remedy last.
std::string shortened(std::string_view text) {
  if (text.size() <= longest_part) return std::string(text);
  std::size_t head = longest_part / 2;
  while (continues_character(text[head])) --head;
  std::size_t tail = text.size() - longest_part / 2;
  while (tail < text.size() && continues_character(text[tail])) ++tail;
  return fmt::format("{} ... {}", text.substr(0, head), text.substr(tail));
}

std::string printable(std::string_view text) {
  std::string result;
  for (const char c : shortened(text)) {
    if (c == '\n') {
      result += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      result += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      result += c;
    }
  }
  return result;
}

std::string list_of(const std::vector<Problem>& problems) {
  std::string text;
  for (const Problem& problem : problems) text += problem.text() + "\n";
  if (!text.empty()) text.pop_back();
  return text;
}

BadInput cannot_read(const std::string& path, const std::string& why) {
  return BadInput({Problem{path, 0, 0, "", why}});
}

std::string read_bytes(std::ifstream& in, const std::string& path) {
  std::string text;
  std::string block(1U << 16U, '\0');
  while (in.read(block.data(), static_cast<std::streamsize>(block.size())) || in.gcount() > 0) {
    text.append(block, 0, static_cast<std::size_t>(in.gcount()));
    if (text.size() > most_json_bytes) {
      throw cannot_read(path, fmt::format("is larger than {} MiB", most_json_bytes >> 20U));
    }
  }
  if (in.bad()) throw cannot_read(path, "cannot be read to its end");
  return text;
}

/// The position of a member or an element in its container.
std::optional<std::size_t> child_of(const Json& container, const std::string& step) {
  if (container.is_array()) return list_position(step);
  if (!container.is_object()) return std::nullopt;
  const auto& members = container.get_ref<const Json::object_t&>();
  const auto found = members.find(step);
  if (found == members.end()) return std::nullopt;
  return static_cast<std::size_t>(found - members.begin());
}

}  // namespace

std::string Problem::text() const {
  std::string text = printable(file);
  if (line > 0) text += fmt::format(":{}:{}", line, column);
  if (!pointer.empty()) text += ": " + printable(pointer);
  return text + ": " + printable(message);
}

BadInput::BadInput(std::vector<Problem> problems)
    : std::runtime_error(list_of(problems)), problems_(std::move(problems)) {}

std::optional<std::size_t> list_position(std::string_view step) {
  std::size_t position = 0;
  const auto [end, error] = std::from_chars(step.data(), step.data() + step.size(), position);
  if (error != std::errc{} || end != step.data() + step.size()) return std::nullopt;
  if (step.size() > 1 && step.front() == '0') return std::nullopt;
  return position;
}

std::optional<std::vector<std::string>> steps_of(std::string_view pointer) {
  std::vector<std::string> steps;
  for (std::size_t i = 0; i < pointer.size(); ++i) {
    if (pointer[i] == '/') {
      steps.emplace_back();
    } else if (steps.empty()) {
      return std::nullopt;  // does not begin with a slash
    } else if (pointer[i] != '~') {
      steps.back() += pointer[i];
    } else if (++i < pointer.size() && (pointer[i] == '0' || pointer[i] == '1')) {
      steps.back() += pointer[i] == '0' ? '~' : '/';
    } else {
      return std::nullopt;
    }
  }
  return steps;
}

Document Document::read(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (fs::is_directory(path, error)) {
    throw cannot_read(path, "is a directory (name a scenario file in it)");
  }
  if (!fs::exists(path, error)) throw cannot_read(path, "there is no such file");
  std::ifstream in(path, std::ios::binary);
  if (!in) throw cannot_read(path, "cannot be opened (check its permissions)");
  return parse(read_bytes(in, path), path);
}

Document Document::parse(std::string text, const std::string& name) {
  Document document;
  document.name_ = name;
  document.text_ = std::move(text);
  if (document.text_.size() > most_json_bytes) {
    throw cannot_read(name, fmt::format("is larger than {} MiB", most_json_bytes >> 20U));
  }
  try {
    ParsedJson parsed = parse_json(document.text_);
    document.root_ = std::move(parsed.root);
    document.places_ = std::move(parsed.places);
    for (const auto& [offset, pointer] : parsed.duplicates) {
      document.problems_.push_back(document.at_offset(
          offset, pointer, "the key stands twice in this object (keep one of them)"));
    }
  } catch (const JsonError& error) {
    throw BadInput({document.at_offset(error.offset(), "", error.what())});
  }
  return document;
}

Problem Document::at_offset(std::size_t offset, const std::string& pointer,
                            std::string message) const {
  const auto [line, column] = line_and_column(text_, std::min(offset, text_.size()));
  return {name_, line, column, pointer, std::move(message)};
}

std::pair<const JsonPlace*, bool> Document::find_place(const std::string& pointer) const {
  const auto steps = steps_of(pointer);
  const JsonPlace* place = &places_.back();
  const Json* value = &root_;
  if (!steps) return {place, false};
  for (const std::string& step : *steps) {
    const auto child = child_of(*value, step);
    if (!child || *child >= place->children) return {place, false};  // or put there by set()
    place = &places_[place->first_child + *child];
    value = &*std::next(value->begin(), static_cast<std::ptrdiff_t>(*child));
  }
  return {place, true};
}

std::optional<std::string> Document::find_override(const std::string& pointer) const {
  const auto words = [](const auto& entry) { return entry.first + "=" + entry.second; };
  std::string at = pointer;
  for (;;) {
    if (const auto found = overrides_.find(at); found != overrides_.end()) return words(*found);
    if (at.empty()) break;
    at.resize(at.rfind('/'));
  }
  // An object that only an override below it brought into being.
  const auto below = overrides_.lower_bound(pointer + "/");
  const bool made_it = below != overrides_.end() && below->first.starts_with(pointer + "/") &&
                       !find_place(pointer).second;
  return made_it ? std::optional(words(*below)) : std::nullopt;
}

Problem Document::problem(const std::string& pointer, std::string message,
                          std::optional<std::size_t> offset) const {
  if (const auto override_text = find_override(pointer)) {
    return {"--set " + *override_text, 0, 0, pointer, std::move(message)};
  }
  const auto [place, own] = find_place(pointer);
  std::size_t at = place->value;
  if (own && offset && text_[at] == '"') {
    // Only as far as the text stands in the file as it is meant, without escapes.
    const std::string_view inside = std::string_view(text_).substr(at + 1, *offset);
    if (inside.size() == *offset && inside.find_first_of("\\\"") == inside.npos) at += 1 + *offset;
  }
  return at_offset(at, pointer, std::move(message));
}

Problem Document::problem_at_key(const std::string& object, const std::string& key,
                                 std::string message) const {
  const std::string pointer = pointer_to(object, key);
  const auto [place, own] = find_place(pointer);
  if (own && !find_override(pointer)) return at_offset(place->key, pointer, std::move(message));
  return problem(pointer, std::move(message));
}

namespace {

/// A value from the command line: JSON if it looks like JSON, else a text.
Json value_of(const std::string& text) {
  const bool structured =
      !text.empty() && std::string_view("{[\"").find(text.front()) != std::string_view::npos;
  try {
    ParsedJson parsed = parse_json(text);
    if (!parsed.duplicates.empty()) {
      throw BadValue(fmt::format("the key {} stands twice", parsed.duplicates.front().second));
    }
    return std::move(parsed.root);
  } catch (const JsonError& error) {
    if (structured) throw BadValue(error.what());
    return text;
  }
}

/// Goes one step down, making what is not there; throws BadValue if there is no way.
Json& step_into(Json& from, const std::string& step, const std::string& pointer) {
  if (from.is_null()) from = Json::object();
  if (from.is_object()) return from[step];
  const std::string here = pointer.empty() ? "the scenario" : pointer;
  if (!from.is_array()) {
    throw BadValue(fmt::format("{} is neither an object nor a list", here));
  }
  const auto position = step == "-" ? std::optional(from.size()) : list_position(step);
  if (!position || *position > from.size()) {
    throw BadValue(
        fmt::format("{} is a list with the positions 0 to {} (\"-\" adds one)", here, from.size()));
  }
  if (*position == from.size()) from.push_back(nullptr);
  return from[*position];
}

}  // namespace

void Document::set(const std::string& pointer, const std::string& text) {
  try {
    const auto steps = steps_of(pointer);
    if (!steps || steps->empty()) {
      throw BadValue("not a JSON pointer (such as /services/store/replicas)");
    }
    if (steps->size() > most_json_depth) {
      throw BadValue(fmt::format("more than {} levels deep", most_json_depth));
    }
    Json value = value_of(text);
    Json changed = root_;
    Json* at = &changed;
    std::string reached;
    for (const std::string& step : *steps) {
      Json* const next = &step_into(*at, step, reached);
      reached = at->is_array() ? pointer_to(reached, static_cast<std::size_t>(next - &(*at)[0]))
                               : pointer_to(reached, step);
      at = next;
    }
    *at = std::move(value);
    root_ = std::move(changed);
    std::erase_if(overrides_, [&](const auto& entry) {  // what this one replaces
      return entry.first.starts_with(reached + "/");
    });
    overrides_[reached] = text;
  } catch (const BadValue& error) {
    throw BadInput({Problem{"--set " + pointer + "=" + text, 0, 0, "", error.what()}});
  }
}

}  // namespace faultline
