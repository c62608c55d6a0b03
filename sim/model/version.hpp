// Which of two versions of a key is newer? Two answers, and what each costs.
//
// Timestamp: the later one, by the clock of the node that took the write; node numbers break ties
// (Thomas, "A majority consensus approach to concurrency control", TODS 4(2), 1979). Any two
// versions can be compared, so one of two concurrent writes is always thrown away.
//
// VersionVector: the one that knows of the other; if neither does, both stay, as siblings, until a
// client that has seen both writes again (DeCandia et al. 2007, section 4.4). A vector clock with
// one entry per coordinator confuses two writes that one coordinator took at once from clients that
// did not know of each other; so a version is named by its own event, its dot, and the vector only
// says which dots a version replaces (Preguica et al., "Brief announcement: Efficient causality
// tracking in distributed storage systems with dotted version vectors", PODC 2012).
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <span>

#include <faultline/core/time.hpp>
#include <faultline/model/request.hpp>

namespace faultline {

struct Timestamp {
  std::int64_t time = 0;     ///< nanoseconds on the writer's clock
  std::uint64_t writer = 0;  ///< a node and its boot, so that no two writes have the same
  friend auto operator<=>(const Timestamp&, const Timestamp&) = default;
};

/// One event of one actor, in 64 bits. An actor is a node between one boot and the next: what a
/// node forgot in a crash it does not count on.
class Dot {
 public:
  static constexpr unsigned counter_bits = 28;
  static constexpr std::uint64_t most = (std::uint64_t{1} << counter_bits) - 1;

  Dot() = default;
  Dot(std::uint64_t actor, std::uint64_t counter) : word_((actor << counter_bits) | counter) {}
  static Dot from_word(std::uint64_t word) {
    Dot dot;
    dot.word_ = word;
    return dot;
  }
  std::uint64_t actor() const { return word_ >> counter_bits; }
  std::uint64_t counter() const { return word_ & most; }
  /// The counter of an actor's next event. Counters follow the actor's clock, in milliseconds, so
  /// that they tell old from new, and who has lost count uses none twice.
  static std::uint64_t counter_after(std::uint64_t last, Time clock);

  std::uint64_t word() const { return word_; }
  friend auto operator<=>(const Dot&, const Dot&) = default;

 private:
  std::uint64_t word_ = 0;
};

enum class Causality : std::uint8_t { equal, before, after, concurrent };

/// How much has been seen of each actor: all its dots up to a counter. Bounded: beyond `capacity`
/// actors the one with the lowest counter is forgotten. Counters follow clocks, so this is the
/// oldest, as in section 4.4 of the paper; what it had replaced may then return as a sibling.
class VersionVector {
 public:
  static constexpr std::size_t capacity = 8;
  static_assert(capacity <= Token::capacity);

  /// Entries in ascending order of actors.
  std::span<const Dot> entries() const { return std::span(entries_).first(count_); }
  bool empty() const { return count_ == 0; }

  bool covers(Dot dot) const { return counter_of(dot.actor()) >= dot.counter(); }
  void add(Dot dot);
  void merge(const VersionVector& other) {
    for (const Dot dot : other.entries()) add(dot);
  }
  Causality compare(const VersionVector& other) const;

  /// As clients carry it.
  static VersionVector from(const Token& token);
  Token token() const;

  friend bool operator==(const VersionVector&, const VersionVector&) = default;

 private:
  std::uint64_t counter_of(std::uint64_t actor) const {
    for (const Dot entry : entries()) {
      if (entry.actor() == actor) return entry.counter();
    }
    return 0;
  }
  void forget_oldest();

  std::array<Dot, capacity + 1> entries_{};
  std::uint8_t count_ = 0;
};

struct Sibling {
  Dot dot;
  Value value = nil;
  Bytes size = 0;
  friend bool operator==(const Sibling&, const Sibling&) = default;
};

/// All versions of a key that no other replaces, and what has been seen of it altogether.
class Siblings {
 public:
  static constexpr std::size_t capacity = Response::most_values;

  std::span<const Sibling> versions() const { return std::span(versions_).first(count_); }
  const VersionVector& seen() const { return seen_; }

  /// A client that has seen `read` writes: what it saw is replaced, all else stays beside. Returns
  /// the value dropped because there were too many, or nil.
  Value write(const VersionVector& read, Dot dot, Value value, Bytes size);
  /// What the client that has seen `read` and wrote `value` has seen by now. Its own write is not
  /// in it where a vector could not say so without naming another one of that actor, which the
  /// client has not seen: the two would be replaced together.
  VersionVector seen_by_writer(const VersionVector& read, Value value) const;
  /// Both together: of each, what the other has or has not seen. Returns what was dropped, or nil.
  Value merge(const Siblings& other);

  Bytes bytes() const;
  /// The same for the same versions, in whatever order they came.
  std::uint64_t digest() const;
  /// The same versions; what was seen besides may differ.
  bool same_versions(const Siblings& other) const;

 private:
  Value insert(const Sibling& sibling);
  bool has(Dot dot) const;

  VersionVector seen_;
  std::array<Sibling, capacity + 1> versions_{};  ///< ascending by counter, then actor
  std::uint8_t count_ = 0;
};

/// What came of putting two records of a key together.
struct Merged {
  bool changed = false;           ///< the record is not what it was
  bool conflict = false;          ///< versions met that did not know of each other
  Value lost = nil;               ///< the one of them that was thrown away
  std::uint64_t lost_writer = 0;  ///< its Timestamp::writer; 0 for a sibling
};

/// Siblings as replicas hold and send them: shared between copies and never changed, since most
/// copies stay what they are.
using SharedSiblings = std::shared_ptr<const Siblings>;

/// Takes what `come` has and `held` has not into `held`. Precondition: `come` is not null.
Merged merge_into(SharedSiblings& held, const SharedSiblings& come);
/// What a replica is said to hold: the value, or a digest of several.
Value shown_of(const Siblings& siblings);
/// What a client gets to see: all values, and a token of what has been seen.
Response response_of(const Siblings& siblings);

}  // namespace faultline
