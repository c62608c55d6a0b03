#include <algorithm>
#include <cctype>
#include <charconv>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <faultline/history/edn.hpp>
#include <faultline/history/jsonl.hpp>

namespace faultline::edn {
namespace {

bool blank(char c) { return c == ' ' || c == ',' || c == '\t' || c == '\r' || c == '\n'; }

bool ends_token(char c) {
  return blank(c) || std::string_view("()[]{}\";").find(c) != std::string_view::npos;
}

char closing_of(char opening) {
  switch (opening) {
    case '(':
      return ')';
    case '[':
      return ']';
    default:
      return '}';
  }
}

/// Whole numbers and decimals. What else begins with a digit is no term of ours.
bool is_number(std::string_view token) {
  const std::size_t sign = token.starts_with('-') || token.starts_with('+') ? 1 : 0;
  return token.size() > sign && std::isdigit(static_cast<unsigned char>(token[sign])) != 0;
}

/// A number without what does not change it, "+5" and "5N" are 5; nothing if it is none.
std::optional<std::string> plain_number(std::string_view token) {
  if (token.starts_with('+')) token.remove_prefix(1);
  if (token.ends_with('N') || token.ends_with('M')) token.remove_suffix(1);
  double value = 0;
  const char* end = token.data() + token.size();
  if (std::from_chars(token.data(), end, value).ptr != end) return std::nullopt;
  return std::string(token);
}

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    if (c == '\n') {
      result += "\\n";
    } else {
      result += c;
    }
  }
  return result + '"';
}

std::string joined(const std::vector<Term>& terms) {
  std::string text;
  for (const Term& term : terms) {
    if (!text.empty()) text += ' ';
    text += to_text(term);
  }
  return text;
}

}  // namespace

const Term* Term::get(std::string_view keyword) const {
  if (kind != Kind::map) return nullptr;
  for (std::size_t place = 0; place + 1 < children.size(); place += 2) {
    const Term& key = children[place];
    if (key.kind == Kind::keyword && key.text == keyword) return &children[place + 1];
  }
  return nullptr;
}

std::string to_text(const Term& term) {
  switch (term.kind) {
    case Term::Kind::nil:
      return "nil";
    case Term::Kind::boolean:
    case Term::Kind::number:
    case Term::Kind::symbol:
      return term.text;
    case Term::Kind::string:
      return quoted(term.text);
    case Term::Kind::keyword:
      return ":" + term.text;
    case Term::Kind::list:
    case Term::Kind::vector:
      return "[" + joined(term.children) + "]";
    case Term::Kind::map:
      return "{" + joined(term.children) + "}";
    case Term::Kind::set: {
      std::set<std::string> elements;
      for (const Term& element : term.children) elements.insert(to_text(element));
      return fmt::format("#{{{}}}", fmt::join(elements, " "));
    }
  }
  return "nil";
}

void Reader::complain(std::string_view what) const {
  throw HistoryFormatError(fmt::format("line {}: {}", line_, what));
}

bool Reader::skip_one_blank() {
  if (place_ >= text_.size()) return false;
  const char c = text_[place_];
  if (blank(c)) {
    if (c == '\n') ++line_;
    ++place_;
    return true;
  }
  if (c == ';') {
    while (place_ < text_.size() && text_[place_] != '\n') ++place_;
    return true;
  }
  return false;
}

void Reader::skip_blanks() {
  while (skip_one_blank()) {
  }
}

std::optional<Term> Reader::next() {
  skip_blanks();
  if (closing_ != '\0') {
    if (place_ == text_.size())
      complain(fmt::format("the file ends before its closing {}", closing_));
    if (text_[place_] == closing_) {
      ++place_;
      closing_ = '\0';
      skip_blanks();
      if (place_ < text_.size()) complain("something follows after the end of the history");
      return std::nullopt;
    }
  }
  if (place_ == text_.size()) return std::nullopt;
  return read_term(0);
}

void Reader::enter_sequence() {
  skip_blanks();
  if (place_ == text_.size() || (text_[place_] != '[' && text_[place_] != '(')) return;
  closing_ = closing_of(text_[place_]);
  ++place_;
}

Term Reader::read_term(std::size_t depth) {
  if (depth > deepest) complain(fmt::format("nested more than {} deep", deepest));
  skip_blanks();
  if (place_ == text_.size()) complain("the file ends in the middle of something");
  switch (text_[place_]) {
    case '(':
    case '[':
    case '{':
    case '#':
      return read_collection(depth);
    case '"':
      return read_string();
    case ')':
    case ']':
    case '}':
      complain(fmt::format("{} closes nothing", text_[place_]));
    default:
      return read_token();
  }
}

Term Reader::read_collection(std::size_t depth) {
  Term term;
  term.line = line_;
  if (text_[place_] == '#') {
    ++place_;
    if (place_ < text_.size() && text_[place_] == '_') complain("cannot read what #_ takes out");
    if (place_ < text_.size() && text_[place_] == '{') {
      ++place_;
      term.kind = Term::Kind::set;
      term.children = read_until('}', depth);
      return term;
    }
    read_token();  // a tag
    return read_term(depth + 1);
  }
  const char opening = text_[place_++];
  term.kind =
      opening == '(' ? Term::Kind::list : (opening == '[' ? Term::Kind::vector : Term::Kind::map);
  term.children = read_until(closing_of(opening), depth);
  if (term.kind == Term::Kind::map && term.children.size() % 2 != 0) {
    complain("a map has a key without a value");
  }
  if (term.kind == Term::Kind::map) refuse_repeated_keys(term);
  return term;
}

void Reader::refuse_repeated_keys(const Term& map) const {
  std::set<std::string> keys;
  for (std::size_t place = 0; place < map.children.size(); place += 2) {
    const std::string key = to_text(map.children[place]);
    if (!keys.insert(key).second) complain(fmt::format("a map has the key {} twice", key));
  }
}

std::vector<Term> Reader::read_until(char end, std::size_t depth) {
  std::vector<Term> terms;
  const std::size_t begun = line_;
  for (;;) {
    skip_blanks();
    if (place_ == text_.size()) {
      complain(fmt::format("the file ends before the {} of what begins in line {}", end, begun));
    }
    if (text_[place_] == end) break;
    terms.push_back(read_term(depth + 1));
  }
  ++place_;
  return terms;
}

Term Reader::read_string() {
  Term term;
  term.kind = Term::Kind::string;
  term.line = line_;
  for (++place_;; ++place_) {
    if (place_ >= text_.size()) {
      complain(fmt::format("the file ends within a text that begins in line {}", term.line));
    }
    char c = text_[place_];
    if (c == '"') break;
    if (c == '\n') ++line_;
    if (c == '\\' && place_ + 1 < text_.size()) {
      c = text_[++place_];
      if (c == 'n') c = '\n';
      if (c == 't') c = '\t';
      if (c == 'r') c = '\r';
    }
    term.text += c;
  }
  ++place_;
  return term;
}

Term Reader::read_token() {
  const std::size_t begin = place_;
  while (place_ < text_.size() && !ends_token(text_[place_])) ++place_;
  const std::string_view token = text_.substr(begin, place_ - begin);
  Term term;
  term.line = line_;
  if (token == "nil") return term;
  term.text = token;
  if (token == "true" || token == "false") {
    term.kind = Term::Kind::boolean;
  } else if (token.starts_with(':') && token.size() > 1) {
    term.kind = Term::Kind::keyword;
    term.text = token.substr(1);
  } else if (is_number(token)) {
    const std::optional<std::string> number = plain_number(token);
    if (!number) complain(fmt::format("\"{}\" is not a number", token));
    term.kind = Term::Kind::number;
    term.text = *number;
  } else if (!token.empty() && token != ":") {
    term.kind = Term::Kind::symbol;
  } else {
    complain(fmt::format("\"{}\" is not EDN", text_.substr(begin, 8)));
  }
  return term;
}

}  // namespace faultline::edn
