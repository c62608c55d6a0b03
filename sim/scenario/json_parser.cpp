#include <algorithm>
#include <charconv>
#include <unordered_map>

#include <fmt/format.h>

#include <faultline/scenario/json_parser.hpp>

namespace faultline {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

/// A word for a message: not too long.
std::string shown(std::string_view word) {
  return word.size() > 40 ? fmt::format("{}...", word.substr(0, 37)) : std::string(word);
}

/// Whether `word` is a number by JSON's grammar.
bool is_number(std::string_view word) {
  std::size_t at = 0;
  const auto digits = [&] {
    const std::size_t begin = at;
    while (at < word.size() && is_digit(word[at])) ++at;
    return at > begin;
  };
  if (at < word.size() && word[at] == '-') ++at;
  const bool zero = at < word.size() && word[at] == '0';
  if (zero ? (++at, false) : !digits()) return false;
  if (at < word.size() && word[at] == '.') {
    ++at;
    if (!digits()) return false;
  }
  if (at < word.size() && (word[at] == 'e' || word[at] == 'E')) {
    ++at;
    if (at < word.size() && (word[at] == '+' || word[at] == '-')) ++at;
    if (!digits()) return false;
  }
  return at == word.size();
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  ParsedJson parse() {
    if (text_.starts_with(byte_order_mark)) at_ = byte_order_mark.size();
    skip_space();
    if (at_ == text_.size()) throw JsonError(0, "the file is empty (a scenario is a JSON object)");
    JsonPlace place;
    parsed_.root = value(place);
    parsed_.places.push_back(place);
    skip_space();
    if (at_ < text_.size()) {
      throw JsonError(at_, "something follows the end of the JSON value (remove it)");
    }
    return std::move(parsed_);
  }

 private:
  struct Open {
    std::size_t offset;
    const char* what;
    char close;
    std::string step;  ///< key or position of the child that is being read
  };

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void skip_space() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != text_.npos) ++at_;
  }

  std::string place_of(std::size_t offset) const {
    const auto [line, column] = line_and_column(text_, offset);
    return fmt::format("{}:{}", line, column);
  }

  /// Ends the reading if the text does: says what is still open.
  void expect_more() const {
    if (at_ < text_.size()) return;
    if (open_.empty()) throw JsonError(at_, "the file ends where a value should be");
    throw JsonError(
        at_, fmt::format("the file ends before the {} opened at {} is closed (add {})",
                         open_.back().what, place_of(open_.back().offset), open_.back().close));
  }

  Json value(JsonPlace& place) {
    skip_space();
    expect_more();
    place.value = static_cast<std::uint32_t>(at_);
    switch (peek()) {
      case '{':
        return container(place, "object", '}');
      case '[':
        return container(place, "list", ']');
      case '"':
        return string();
      default:
        return word();
    }
  }

  Json container(JsonPlace& place, const char* what, char close) {
    if (open_.size() == most_json_depth) {
      throw JsonError(at_, fmt::format("nested more than {} levels deep", most_json_depth));
    }
    open_.push_back({at_, what, close, ""});
    ++at_;
    std::vector<JsonPlace> children;
    Json result = close == '}' ? object(children) : list(children);
    open_.pop_back();
    place.first_child = static_cast<std::uint32_t>(parsed_.places.size());
    place.children = static_cast<std::uint32_t>(children.size());
    parsed_.places.insert(parsed_.places.end(), children.begin(), children.end());
    return result;
  }

  /// Whether another child follows; reads the comma before it, or the closing bracket.
  bool another(bool first) {
    skip_space();
    expect_more();
    const Open& in = open_.back();
    if (peek() == in.close) {
      ++at_;
      return false;
    }
    if (first) {
      refuse_wrong_bracket();
      return true;
    }
    refuse_wrong_bracket();
    if (peek() != ',') {
      throw JsonError(at_, fmt::format("a comma or the closing {} of the {} is missing before this",
                                       in.close, in.what));
    }
    const std::size_t comma = at_++;
    skip_space();
    expect_more();
    if (peek() == ']' || peek() == '}') {
      throw JsonError(comma, "a comma before a closing bracket (remove it)");
    }
    return true;
  }

  void refuse_wrong_bracket() const {
    const Open& in = open_.back();
    if (peek() != ']' && peek() != '}') return;
    throw JsonError(at_, fmt::format("{} cannot close the {} opened at {} (close that with {})",
                                     peek(), in.what, place_of(in.offset), in.close));
  }

  Json list(std::vector<JsonPlace>& children) {
    Json result = Json::array();
    for (bool first = true; another(first); first = false) {
      open_.back().step = std::to_string(children.size());
      result.push_back(value(children.emplace_back()));
    }
    return result;
  }

  Json object(std::vector<JsonPlace>& children) {
    Json result = Json::object();
    auto& members = result.get_ref<Json::object_t&>();
    std::unordered_map<std::string, std::size_t> positions;
    for (bool first = true; another(first); first = false) {
      JsonPlace place;
      place.key = static_cast<std::uint32_t>(at_);
      std::string key = this->key();
      const auto [position, is_new] = positions.emplace(key, members.size());
      open_.back().step = std::move(key);
      if (!is_new) note_duplicate(place.key);
      Json member = value(place);
      if (is_new) {
        if (members.size() == most_json_members) {
          throw JsonError(place.key,
                          fmt::format("more than {} keys in one object", most_json_members));
        }
        members.emplace_back(position->first, std::move(member));
        children.push_back(place);
      } else {
        members.at(position->first) = std::move(member);
        children[position->second] = place;
      }
    }
    return result;
  }

  std::string key() {
    if (peek() != '"') {
      const std::string_view name = word_here();
      throw JsonError(
          at_, name.empty()
                   ? "a key in double quotation marks is missing before this"
                   : fmt::format("a key stands in double quotation marks (\"{}\")", shown(name)));
    }
    std::string name = string().get<std::string>();
    skip_space();
    expect_more();
    if (peek() != ':') {
      throw JsonError(
          at_, fmt::format("a colon is missing between the key \"{}\" and this", shown(name)));
    }
    ++at_;
    return name;
  }

  void note_duplicate(std::size_t offset) {
    if (parsed_.duplicates.size() == most_duplicates) return;
    std::string pointer;
    for (const Open& open : open_) pointer = pointer_to(pointer, open.step);
    parsed_.duplicates.emplace_back(offset, std::move(pointer));
  }

  Json string() {
    const std::size_t begin = at_++;
    bool plain = true;
    for (;; ++at_) {
      if (at_ == text_.size() || text_[at_] == '\n') {
        throw JsonError(begin, "the closing quotation mark is missing on this line");
      }
      const char c = text_[at_];
      if (c == '"') break;
      if (static_cast<unsigned char>(c) < 0x20) {
        throw JsonError(at_, "a control character in a text (write \\t for a tab)");
      }
      if (c == '\\' || static_cast<unsigned char>(c) >= 0x7F) plain = false;
      if (c == '\\' && at_ + 1 < text_.size() && text_[at_ + 1] != '\n') ++at_;
    }
    ++at_;
    const std::string_view token = text_.substr(begin, at_ - begin);
    if (plain) return std::string(token.substr(1, token.size() - 2));
    try {
      return Json::parse(token);
    } catch (const Json::parse_error& error) {
      const std::string_view why = error.what();
      const std::size_t offset = begin + std::max<std::size_t>(error.byte, 1) - 1;
      throw JsonError(offset, why.find("UTF-8") != why.npos
                                  ? "a byte that is not UTF-8 (save the file as UTF-8)"
                                  : "an escape that JSON does not have (such as \\n, \\\" or "
                                    "\\u00e4)");
    }
  }

  /// The word, as a person sees it, that begins here: letters, digits and what numbers are made of.
  std::string_view word_here() const {
    std::size_t end = at_;
    while (end < text_.size() && (is_letter(text_[end]) || is_digit(text_[end]) ||
                                  std::string_view("+-.%").find(text_[end]) != text_.npos)) {
      ++end;
    }
    return text_.substr(at_, end - at_);
  }

  Json word() {
    const std::string_view word = word_here();
    if (is_number(word)) {
      at_ += word.size();
      return number(word);
    }
    for (const auto& [name, meaning] :
         {std::pair<std::string_view, Json>{"true", true}, {"false", false}, {"null", nullptr}}) {
      if (word != name) continue;
      at_ += word.size();
      return meaning;
    }
    throw JsonError(at_, strange(word));
  }

  Json number(std::string_view word) const {
    const char* const end = word.data() + word.size();
    std::int64_t whole = 0;
    const auto [stop, error] = std::from_chars(word.data(), end, whole);
    if (error == std::errc{} && stop == end) return whole;
    try {
      return Json::parse(word);
    } catch (const Json::exception&) {
      throw JsonError(at_ - word.size(), fmt::format("{} is too large for a number", shown(word)));
    }
  }

  /// What to say of what is no JSON value.
  std::string strange(std::string_view word) const {
    if (word.empty()) {
      if (peek() == '\'') return "a text stands in double quotation marks";
      if (peek() == '/' || peek() == '#') return "JSON has no comments (remove it)";
      return "a value is missing before this";
    }
    std::string lower;
    for (const char c : word) lower += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    for (const std::string_view name : {"nan", "inf", "infinity", "-nan", "-inf", "-infinity"}) {
      if (lower == name) return fmt::format("{} is not a JSON number (numbers are finite)", word);
    }
    if (lower == "true" || lower == "false" || lower == "null") {
      return fmt::format("{} is written in small letters ({})", word, lower);
    }
    if (is_digit(word[0]) && is_letter(word.back())) {
      return fmt::format("a number with a unit stands in quotation marks (\"{}\")", shown(word));
    }
    if (is_digit(word[0]) || word[0] == '-' || word[0] == '+' || word[0] == '.') {
      return fmt::format("{} is not a JSON number (such as 0.5, -3 or 2e6)", shown(word));
    }
    return fmt::format("a text stands in double quotation marks (\"{}\")", shown(word));
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Open> open_;
  ParsedJson parsed_;
};

}  // namespace

ParsedJson parse_json(std::string_view text) { return Parser(text).parse(); }

std::pair<std::size_t, std::size_t> line_and_column(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto line = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')) + 1;
  std::string_view in_line = before.substr(before.rfind('\n') + 1);
  if (in_line.data() == text.data() && in_line.starts_with(byte_order_mark)) {
    in_line.remove_prefix(byte_order_mark.size());
  }
  const auto characters = std::count_if(in_line.begin(), in_line.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  });
  return {line, static_cast<std::size_t>(characters) + 1};
}

std::string pointer_to(const std::string& pointer, std::string_view key) {
  std::string result = pointer + "/";
  for (const char c : key) {
    if (c == '~') {
      result += "~0";
    } else if (c == '/') {
      result += "~1";
    } else {
      result += c;
    }
  }
  return result;
}

std::string pointer_to(const std::string& pointer, std::size_t position) {
  return pointer + "/" + std::to_string(position);
}

}  // namespace faultline
