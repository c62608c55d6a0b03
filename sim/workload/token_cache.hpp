// What sessions remember of the services' tokens: the last one per session and key, or the last one
// of each session, as the service says.
//
// Bounded: one for each session, or a table of 16,384 sets of 4, in which a new token takes the
// place of the oldest of its set. It takes no memory until a service gives a token at all.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include <faultline/core/random.hpp>
#include <faultline/model/request.hpp>

namespace faultline {

class TokenCache {
 public:
  static constexpr std::size_t sets = 16'384;
  static constexpr std::size_t ways = 4;

  explicit TokenCache(TokenScope scope = TokenScope::key) : scope_(scope) {}

  /// The token that `session` last had, with `key` or at all; an empty one if it had none or it is
  /// forgotten.
  Token find(std::uint32_t session, Key key) const {
    if (scope_ == TokenScope::session) {
      return session < of_sessions_.size() ? of_sessions_[session] : Token{};
    }
    if (entries_.empty()) return {};
    const Entry* first = &entries_[set_of(session, key)];
    for (const Entry* entry = first; entry != first + ways; ++entry) {
      if (entry->is(session, key)) return entry->token;
    }
    return {};
  }

  /// Tokens that are empty are not remembered.
  void remember(std::uint32_t session, Key key, const Token& token) {
    if (token.empty()) return;
    if (scope_ == TokenScope::session) {
      if (session >= of_sessions_.size()) of_sessions_.resize(session + 1);
      of_sessions_[session] = token;
      return;
    }
    if (entries_.empty()) entries_.resize(sets * ways);
    Entry* first = &entries_[set_of(session, key)];
    Entry* place = std::find_if(first, first + ways,
                                [&](const Entry& entry) { return entry.is(session, key); });
    if (place == first + ways) {
      place = std::min_element(first, first + ways,
                               [](const Entry& a, const Entry& b) { return a.age < b.age; });
    }
    *place = {++clock_, key, session, token};
  }

 private:
  struct Entry {
    std::uint64_t age = 0;  ///< 0: empty
    Key key = 0;
    std::uint32_t session = 0;
    Token token;
    bool is(std::uint32_t of, Key about) const { return age != 0 && key == about && session == of; }
  };

  static std::size_t set_of(std::uint32_t session, Key key) {
    return (scatter(scatter(key) + session) % sets) * ways;
  }

  const TokenScope scope_;
  std::vector<Token> of_sessions_;
  std::vector<Entry> entries_;
  std::uint64_t clock_ = 0;
};

}  // namespace faultline
