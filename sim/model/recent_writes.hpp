// What a session wrote last: how a replica recognises a client's second attempt of a write that did
// succeed. Without that, a retry could bring an overwritten value back to life (Ongaro, "Consensus:
// bridging theory and practice", 2014, section 6.3).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include <faultline/history/operation.hpp>

namespace faultline {

/// The values that a session wrote last. A session asks for one thing at a time, or few, so a short
/// memory is enough; an attempt that comes later than that is taken for a new write.
class RecentWrites {
 public:
  static constexpr std::size_t remembered = 8;

  bool has(Value value) const {
    return std::find(values_.begin(), values_.end(), value) != values_.end();
  }
  void remember(Value value) {
    values_[next_] = value;
    next_ = (next_ + 1) % remembered;
  }
  void forget(Value value) { std::replace(values_.begin(), values_.end(), value, nil); }

 private:
  std::array<Value, remembered> values_{};
  std::uint32_t next_ = 0;
};

}  // namespace faultline
