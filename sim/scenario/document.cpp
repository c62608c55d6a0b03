#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include <fmt/format.h>

#include <faultline/scenario/document.hpp>

namespace faultline {
namespace {

/// Walks over the text and tells how far the parser has come.
class TrackingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  TrackingIterator(const char* at, const char** furthest) : at_(at), furthest_(furthest) {}
  reference operator*() const { return *at_; }
  TrackingIterator& operator++() {
    *furthest_ = ++at_;
    return *this;
  }
  TrackingIterator operator++(int) {
    TrackingIterator before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const TrackingIterator& a, const TrackingIterator& b) {
    return a.at_ == b.at_;
  }
  friend bool operator!=(const TrackingIterator& a, const TrackingIterator& b) { return !(a == b); }

 private:
  const char* at_;
  const char** furthest_;
};

std::string list_of(const std::vector<Problem>& problems) {
  std::string text;
  for (const Problem& problem : problems) text += problem.text() + "\n";
  if (!text.empty()) text.pop_back();
  return text;
}

BadInput cannot_read(const std::string& path, const std::string& why) {
  return BadInput({Problem{path, 0, 0, "", why}});
}

}  // namespace

std::string Problem::text() const {
  std::string place = file;
  if (line > 0) place += fmt::format(":{}:{}", line, column);
  return fmt::format("{}: {}{}{}", place, pointer, pointer.empty() ? "" : ": ", message);
}

BadInput::BadInput(std::vector<Problem> problems)
    : std::runtime_error(list_of(problems)), problems_(std::move(problems)) {}

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

/// Builds the tree from the parser's calls and notes where each value and key begins. The parser
/// does not say where a token begins, but how far it has read: a token begins at the first
/// character behind the one before that is neither space nor punctuation.
class DocumentBuilder : public nlohmann::json_sax<Json> {
 public:
  explicit DocumentBuilder(Document& document)
      : document_(document), reached_(document.text_.data()), end_of_last_(reached_) {}

  TrackingIterator begin() { return {document_.text_.data(), &reached_}; }
  TrackingIterator end() { return {document_.text_.data() + document_.text_.size(), &reached_}; }

  bool null() override { return value(nullptr); }
  bool boolean(bool v) override { return value(v); }
  bool number_integer(number_integer_t v) override { return value(v); }
  bool number_unsigned(number_unsigned_t v) override { return value(v); }
  bool number_float(number_float_t v, const string_t&) override { return value(v); }
  bool string(string_t& v) override { return value(v); }
  bool binary(binary_t&) override { return false; }

  bool start_object(std::size_t) override { return open(Json::object()); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    const std::size_t offset = next_token();
    key_ = name;
    const std::string at = pointer_to(open_.back().pointer, name);
    if (open_.back().node->contains(name)) {
      document_.problems_.push_back(document_.at_offset(
          offset, at, fmt::format("the key \"{}\" stands twice in this object (keep one)", name)));
    }
    document_.key_offsets_[at] = offset;
    return true;
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::json::exception& error) override {
    std::string why = error.what();
    if (const auto detail = why.rfind(": "); detail != std::string::npos) {
      why = why.substr(detail + 2);
    }
    fail(position > 0 ? position - 1 : 0, "not JSON: " + why);
    return false;
  }

  bool failed() const { return failed_; }

 private:
  struct Open {
    Json* node;
    std::string pointer;
  };

  void fail(std::size_t offset, std::string message) {
    failed_ = true;
    document_.problems_.push_back(document_.at_offset(offset, "", std::move(message)));
  }

  std::size_t next_token() {
    const char* const end = document_.text_.data() + document_.text_.size();
    const char* at = end_of_last_;
    while (at < end && std::string_view(" \t\r\n,:]}").find(*at) != std::string_view::npos) ++at;
    end_of_last_ = reached_;
    return static_cast<std::size_t>(at - document_.text_.data());
  }

  /// Where the next value goes, and its pointer.
  std::pair<Json*, std::string> place(Json&& v) {
    if (open_.empty()) {
      document_.root_ = std::move(v);
      return {&document_.root_, ""};
    }
    const Open& parent = open_.back();
    if (parent.node->is_array()) {
      parent.node->push_back(std::move(v));
      return {&parent.node->back(), pointer_to(parent.pointer, parent.node->size() - 1)};
    }
    Json& member = (*parent.node)[key_];
    member = std::move(v);
    return {&member, pointer_to(parent.pointer, key_)};
  }

  bool value(Json&& v) {
    const std::size_t offset = next_token();
    document_.offsets_[place(std::move(v)).second] = offset;
    return true;
  }

  bool open(Json&& v) {
    const std::size_t offset = next_token();
    if (open_.size() == Document::most_depth) {
      fail(offset, fmt::format("nested deeper than {} levels", Document::most_depth));
      return false;
    }
    const auto [node, pointer] = place(std::move(v));
    document_.offsets_[pointer] = offset;
    open_.push_back({node, pointer});
    return true;
  }

  bool close() {
    end_of_last_ = reached_;
    open_.pop_back();
    return true;
  }

  Document& document_;
  const char* reached_;
  const char* end_of_last_;
  std::vector<Open> open_;
  std::string key_;
  bool failed_ = false;
};

Document Document::read(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (fs::is_directory(path, error)) {
    throw cannot_read(path, "is a directory (name a scenario file in it)");
  }
  if (!fs::exists(path, error)) throw cannot_read(path, "there is no such file");
  std::ifstream in(path, std::ios::binary);
  if (!in) throw cannot_read(path, "cannot be opened (check its permissions)");
  std::string text;
  text.reserve(1U << 16U);
  for (std::istreambuf_iterator<char> at(in), end; at != end; ++at) {
    text += *at;
    if (text.size() > most_bytes) {
      throw cannot_read(path, fmt::format("is larger than {} MB", most_bytes >> 20U));
    }
  }
  if (in.bad()) throw cannot_read(path, "cannot be read to its end");
  return parse(std::move(text), path);
}

Document Document::parse(std::string text, const std::string& name) {
  Document document;
  document.name_ = name;
  document.text_ = std::move(text);
  DocumentBuilder builder(document);
  Json::sax_parse(builder.begin(), builder.end(), &builder);
  if (builder.failed()) throw BadInput(document.problems_);
  return document;
}

Problem Document::at_offset(std::size_t offset, const std::string& pointer,
                            std::string message) const {
  offset = std::min(offset, text_.size());
  const auto begin = text_.begin();
  const auto here = begin + static_cast<std::ptrdiff_t>(offset);
  const auto line = static_cast<std::size_t>(std::count(begin, here, '\n')) + 1;
  std::size_t column = 1;
  for (auto at = here; at != begin && *std::prev(at) != '\n'; --at) {
    // Continuation bytes of UTF-8 are not columns of their own.
    if ((static_cast<unsigned char>(*std::prev(at)) & 0xC0U) != 0x80U) ++column;
  }
  return {name_, line, column, pointer, std::move(message)};
}

Problem Document::problem(const std::string& pointer, std::string message) const {
  std::string at = pointer;
  for (;;) {
    if (const auto set = overrides_.find(at); set != overrides_.end()) {
      return {"--set " + at + "=" + set->second, 0, 0, pointer, std::move(message)};
    }
    if (const auto found = offsets_.find(at); found != offsets_.end()) {
      return at_offset(found->second, pointer, std::move(message));
    }
    if (at.empty()) return {name_, 0, 0, pointer, std::move(message)};
    at.resize(at.rfind('/'));
  }
}

Problem Document::problem_at_key(const std::string& object, const std::string& key,
                                 std::string message) const {
  const std::string pointer = pointer_to(object, key);
  if (overrides_.count(pointer) == 0) {
    if (const auto found = key_offsets_.find(pointer); found != key_offsets_.end()) {
      return at_offset(found->second, pointer, std::move(message));
    }
  }
  return problem(pointer, std::move(message));
}

void Document::set(const std::string& pointer, const std::string& text) {
  const auto bad = [&](const std::string& why) {
    return BadInput({Problem{"--set " + pointer + "=" + text, 0, 0, "", why}});
  };
  if (pointer.empty() || pointer.front() != '/') {
    throw bad("a JSON pointer begins with a slash (such as /services/store/replicas)");
  }
  // What is not JSON is meant as a string: --set /duration=10s
  Json value = Json::parse(text, nullptr, false);
  if (value.is_discarded()) value = text;
  try {
    const Json::json_pointer path(pointer);
    const Json::json_pointer parent = path.parent_pointer();
    if (!root_.contains(parent) && !parent.empty()) {
      const std::string step = parent.to_string();
      if (root_.contains(parent.parent_pointer()) && root_[parent.parent_pointer()].is_object()) {
        root_[parent] = Json::object();
      } else {
        throw bad(fmt::format("there is nothing at {} to put it in", step));
      }
    }
    Json& holder = root_[parent];
    if (!holder.is_object() && !holder.is_array()) {
      throw bad(fmt::format("{} is neither an object nor a list", parent.to_string()));
    }
    root_[path] = std::move(value);
  } catch (const Json::exception&) {
    throw bad("no such place in the scenario (list positions count from 0 and must exist)");
  }
  overrides_[pointer] = text;
}

}  // namespace faultline
