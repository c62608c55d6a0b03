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
  }
  return nullptr;
}

}  // namespace faultline
