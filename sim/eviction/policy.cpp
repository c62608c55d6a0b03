#include <faultline/eviction/policies.hpp>
#include <faultline/eviction/policy.hpp>

namespace faultline {

std::vector<ChoiceOf<Eviction>> eviction_choices() {
  return {
      {"fifo", Eviction::fifo, "what has been here for longest"},
      {"random", Eviction::random, "any, all alike"},
      {"clock", Eviction::clock,
       "what has been here for longest and was not used since it was met"},
      {"lru", Eviction::lru, "what was last used longest ago"},
      {"lfu", Eviction::lfu, "what was used most rarely since it came"},
      {"2q", Eviction::two_q, "first what was not asked for again after it had been dropped"},
      {"arc", Eviction::arc, "what was used once or what was used again, as misses have taught it"},
      {"sieve", Eviction::sieve, "what a hand finds unused, which leaves the rest in its place"},
      {"s3_fifo", Eviction::s3_fifo, "what was not used while it was new, then by second chances"},
      {"w_tiny_lfu", Eviction::w_tiny_lfu,
       "what is asked for more rarely than what wants to come in"},
  };
}

std::unique_ptr<EvictionPolicy> make_eviction_policy(Eviction policy, std::uint64_t capacity,
                                                     const RandomStream& random) {
  switch (policy) {
    case Eviction::fifo:
      return eviction::make_fifo(capacity);
    case Eviction::random:
      return eviction::make_random(capacity, random);
    case Eviction::clock:
      return eviction::make_clock(capacity);
    case Eviction::lru:
      return eviction::make_lru(capacity);
    case Eviction::lfu:
      return eviction::make_lfu(capacity);
    case Eviction::two_q:
      return eviction::make_two_q(capacity);
    case Eviction::arc:
      return eviction::make_arc(capacity);
    case Eviction::sieve:
      return eviction::make_sieve(capacity);
    case Eviction::s3_fifo:
      return eviction::make_s3_fifo(capacity);
    case Eviction::w_tiny_lfu:
      return eviction::make_w_tiny_lfu(capacity);
  }
  return nullptr;
}

}  // namespace faultline
