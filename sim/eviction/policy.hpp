// Eviction policies: what a cache drops to make room. Use one behind anything that holds a bounded
// part of what there is: a cache in front of a store, the edge of a content delivery network, the
// block cache of a storage engine.
//
// A policy knows keys and sizes, never values: whoever uses it keeps those, and drops what it is
// told to. A cache fills later than it misses, for the answer comes from behind; so a request and
// its filling are two calls, and others may come between them:
//
//   if (!policy->touch(key)) {                              // a miss
//     ... the value is fetched; meanwhile others touch and insert ...
//     for (const Evicted& victim : policy->insert(key, size)) values.erase(victim.key);
//   }
//
// Which one? All of them weigh when an entry was last used, how often, and what it costs to know:
//
//   fifo        how long it has been here; a hit writes nothing
//   random      nothing; no better and no worse than fifo where requests are independent
//   clock       fifo with a second chance for what was used: nearly lru, and a hit sets one bit
//   lru         when it was last used; a scan of much that is used once sweeps it clean
//   lfu         how often it was used since it came; what was popular once stays for long
//   2q          lru for what was asked for again after it had been dropped; scans pass by
//   arc         lru beside a list of what was used again, balanced by what is missed
//   sieve       fifo in which a hand looks for what was not used, and leaves the rest in place
//   s3_fifo     a small fifo in front of a large one: what is used once leaves soon
//   w_tiny_lfu  lru, but only what was asked for more often than its victim comes in
//
// Each is in a file of its own, whose head teaches it with its source. All are deterministic; none
// allocates memory for an operation once it has grown to its size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <faultline/core/parameters.hpp>
#include <faultline/core/random.hpp>

namespace faultline {

struct Evicted {
  std::uint64_t key = 0;
  std::uint64_t size = 0;
  friend bool operator==(const Evicted&, const Evicted&) = default;
};

class EvictionPolicy {
 public:
  virtual ~EvictionPolicy() = default;

  /// Somebody asks for `key`. Counts as a use of it; true if it is held.
  virtual bool touch(std::uint64_t key) = 0;
  /// Takes in `key` and returns what has to go for it, in the order in which it goes; valid until
  /// the next call. Afterwards `key` is held unless it is among the victims itself: what is larger
  /// than the capacity never comes in, and some policies prefer what they have. A key that is held
  /// keeps its place and gets the new size; that is no use. Precondition: size > 0.
  virtual std::span<const Evicted> insert(std::uint64_t key, std::uint64_t size) = 0;
  /// Drops `key`, as an invalidation does, and does not remember it; true if it was held.
  virtual bool erase(std::uint64_t key) = 0;
  /// Whether `key` is held; no use of it.
  virtual bool holds(std::uint64_t key) const = 0;

  /// In bytes. Where all entries have the size 1, it is their number.
  virtual std::uint64_t capacity() const = 0;
  /// The sizes of all that is held; never more than the capacity.
  virtual std::uint64_t used() const = 0;
  /// How many entries are held.
  virtual std::size_t count() const = 0;
  /// How many keys are remembered that are not held. Each policy's file says its bound.
  virtual std::size_t ghosts() const = 0;
  /// What is held and remembered, for people: the queues with their keys, from the one that would
  /// go first.
  virtual std::string layout() const = 0;
};

enum class Eviction : std::uint8_t {
  fifo,
  random,
  clock,
  lru,
  lfu,
  two_q,
  arc,
  sieve,
  s3_fifo,
  w_tiny_lfu,
};

/// All of them with their names and a sentence each, for the line of a model's table of parameters:
/// choice("eviction", &Parameters::eviction, "what the cache drops to make room",
///        eviction_choices())
std::vector<ChoiceOf<Eviction>> eviction_choices();

/// An empty one. `random` is what the policy `random` draws its victims from; the others draw
/// nothing. Precondition: capacity > 0.
std::unique_ptr<EvictionPolicy> make_eviction_policy(Eviction policy, std::uint64_t capacity,
                                                     const RandomStream& random);

}  // namespace faultline
