// What crosses between clients and services, and between services: every service speaks it, so any
// service can stand in front of any other. What nodes of one service say to each other is their
// model's own business (see node.hpp).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include <faultline/engine/topology.hpp>
#include <faultline/history/operation.hpp>

namespace faultline {

/// What a service wants to see again with the client's next request: a causal context (the version
/// vector of what was read), a session's position in a log, and the like. Opaque to clients, who
/// keep the last one: of each key of their session, or of the whole session (TokenScope).
struct Token {
  static constexpr std::size_t capacity = 16;
  std::uint8_t count = 0;  // before the words: then an empty token is in its owner's cache lines
  std::array<std::uint64_t, capacity> words;  ///< those beyond `count` mean nothing

  // Every message to and from a client carries one, most of them empty: only what it holds is
  // copied.
  Token() {}  // NOLINT(modernize-use-equals-default): leaves the words as they are
  Token(const Token& other) : count(other.count) { copy_words(other); }
  Token& operator=(const Token& other) {
    count = other.count;
    copy_words(other);
    return *this;
  }

  bool empty() const { return count == 0; }
  void add(std::uint64_t word) { words[count++] = word; }
  friend bool operator==(const Token& a, const Token& b) {
    return std::equal(a.words.begin(), a.words.begin() + a.count, b.words.begin(),
                      b.words.begin() + b.count);
  }

 private:
  void copy_words(const Token& other) {
    std::copy_n(other.words.begin(), other.count, words.begin());
  }
};

/// Which token goes with a request: the last one that the session had with the same key, or with
/// any.
enum class TokenScope : std::uint8_t { key, session };

struct Response;

/// A scan reads at most this many keys, whatever it asks for.
inline constexpr std::uint32_t longest_scan = 1000;

struct Request {
  static constexpr std::string_view name = "request";
  using Reply = Response;

  OperationKind kind = OperationKind::get;
  Key key = 0;
  Value value = nil;         ///< to write
  Bytes size = 0;            ///< of the value to write
  std::uint32_t length = 1;  ///< keys to scan
  std::uint32_t session = 0;
  std::uint64_t operation = 0;  ///< the same for all attempts of one operation
  Token token;

  bool reads() const { return kind == OperationKind::get || kind == OperationKind::scan; }
  /// How many keys a scan reads.
  std::uint32_t keys_to_scan() const { return std::clamp(length, 1U, longest_scan); }
  Bytes bytes() const { return 32 + size + 8U * token.count; }
};

struct Response {
  static constexpr std::string_view name = "response";
  /// Siblings beyond this many are dropped, the oldest first; a service says so in an event.
  static constexpr std::size_t most_values = 8;

  Outcome outcome = Outcome::ok;
  Error error = Error::none;
  std::uint8_t count = 0;  ///< of values; none for a key never written and for writes
  std::array<Value, most_values> values{};
  Bytes size = 0;  ///< of the values
  Token token;

  /// Among several answers only good ones count; see Replies::until.
  bool accepted() const { return outcome == Outcome::ok; }
  std::span<const Value> observed() const { return std::span(values).first(count); }
  Bytes bytes() const { return 32 + size + 8U * token.count; }
};

/// The answers that a service gives, by name.
inline Response succeeded() { return {}; }
inline Response found(Value value, Bytes size) {
  Response response;
  response.count = value == nil ? 0 : 1;
  response.values[0] = value;
  response.size = value == nil ? 0 : size;
  return response;
}
/// A definite no: the write did not and will not take effect.
inline Response refused(Error error) {
  Response response;
  response.outcome = Outcome::failed;
  response.error = error;
  return response;
}
/// The write may have taken effect or may do so later.
inline Response undecided(Error error) {
  Response response;
  response.outcome = Outcome::unknown;
  response.error = error;
  return response;
}

}  // namespace faultline
