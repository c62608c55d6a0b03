// EDN, the notation in which Jepsen, Knossos, Elle and Porcupine's key-value logs write histories:
// {:process 0, :type :invoke, :f :write, :value 3}. A reader for what such files hold, not for all
// that the notation has: no characters, no ratios, no metadata (https://github.com/edn-format/edn).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace faultline::edn {

struct Term {
  enum class Kind : std::uint8_t {
    nil,
    boolean,
    number,
    string,
    keyword,
    symbol,
    list,
    vector,
    map,
    set
  };
  Kind kind = Kind::nil;
  /// Atoms: as written, without the quotes of a string or the colon of a keyword.
  std::string text;
  /// Elements; of a map keys and values in turn.
  std::vector<Term> children{};
  std::size_t line = 0;  ///< where it begins, counted from 1

  bool collection() const { return kind >= Kind::list; }
  bool nothing() const { return kind == Kind::nil; }
  /// What a map holds under a keyword; null if it does not, or if this is no map.
  const Term* get(std::string_view keyword) const;
};

/// `term` in the notation, in one way: sets are sorted, lists and vectors are the same. (Maps are
/// not sorted: no history has them as values.)
std::string to_text(const Term& term);

/// Reads terms one after the other, so that a long file need not be held twice. The text must
/// outlive the reader. Tags (`#inst`, `#jepsen.history.Op`) are skipped, what they stand before is
/// read. Throws HistoryFormatError (see jsonl.hpp) with the line at the first thing that is wrong.
class Reader {
 public:
  explicit Reader(std::string_view text, std::size_t first_line = 1)
      : text_(text), line_(first_line) {}

  /// Nothing at the end of the text.
  std::optional<Term> next();
  /// If the text goes on with a vector or a list of maps, steps inside: next() then gives its
  /// elements, and nothing after the last.
  void enter_sequence();

 private:
  /// Deeper nesting is no history.
  static constexpr std::size_t deepest = 64;

  [[noreturn]] void complain(std::string_view what) const;
  void skip_blanks();
  bool skip_one_blank();
  Term read_term(std::size_t depth);
  Term read_collection(std::size_t depth);
  void refuse_repeated_keys(const Term& map) const;
  Term read_string();
  Term read_token();
  std::vector<Term> read_until(char end, std::size_t depth);

  std::string_view text_;
  std::size_t place_ = 0;
  std::size_t line_;
  char closing_ = '\0';  ///< of the sequence that was entered
};

}  // namespace faultline::edn
