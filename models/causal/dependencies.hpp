// What a write depends on, and what a session knows. Plain data without a Context.
//
//   nearest  a list of keys and versions: what was read since the session's last write, and that
//            write. Not what these depend on in turn: who waits for the nearest has waited for all
//            (COPS, section 4.1).
//   vector   a list of regions and times: everything from that region up to that time (Akkoorath et
//            al., "Cure: strong semantics meets high availability and low latency", ICDCS 2016).
//            Coarser, since it includes what nobody read; but nobody has to be asked about it.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include <faultline/causal/version.hpp>
#include <faultline/model/request.hpp>

namespace faultline::causal {

/// On a key up to a version; or on all from a region up to a time, as the version of no node.
struct Dependency {
  std::uint64_t on = 0;  ///< a key or a region
  Version version;
  friend bool operator==(const Dependency&, const Dependency&) = default;
};

/// Bounded by what a client's token holds.
class Dependencies {
 public:
  static constexpr std::size_t capacity = (Token::capacity - 1) / 2;

  std::span<const Dependency> all() const { return std::span(list_).first(count_); }
  bool full() const { return count_ == capacity; }
  bool has(Dependency dependency) const {
    return std::find(all().begin(), all().end(), dependency) != all().end();
  }
  /// Of several versions of a key all are kept: the highest may know nothing of the others.
  /// Precondition: has it, or is not full.
  void add(Dependency dependency) {
    if (!has(dependency)) list_[count_++] = dependency;
  }

  /// How much of a region; the version before all if nothing.
  Version from(std::uint64_t region) const {
    for (const Dependency& dependency : all()) {
      if (dependency.on == region) return dependency.version;
    }
    return {};
  }
  /// Of several times of a region the latest is kept: it includes the others. Precondition: has the
  /// region, or is not full.
  void raise(std::uint64_t region, Version version) {
    for (std::size_t i = 0; i < count_; ++i) {
      if (list_[i].on != region) continue;
      list_[i].version = std::max(list_[i].version, version);
      return;
    }
    list_[count_++] = {region, version};
  }
  void raise(const Dependencies& others) {
    for (const Dependency& other : others.all()) raise(other.on, other.version);
  }
  void clear() { count_ = 0; }
  Bytes bytes() const { return sizeof(Dependency) * count_; }

 private:
  std::array<Dependency, capacity> list_{};
  std::uint8_t count_ = 0;
};

/// The client's part: what a session has seen and written, and where. The session's token.
struct SessionContext {
  SessionContext() = default;
  explicit SessionContext(const Token& token) {
    if (token.empty()) return;
    region = static_cast<std::uint32_t>(token.words[0]);
    fresh = false;
    for (std::size_t word = 1; word + 1 < token.count; word += 2) {
      depends.add({token.words[word], Version::from_word(token.words[word + 1])});
    }
  }
  Token token() const {
    Token token;
    token.add(region);
    for (const Dependency& dependency : depends.all()) {
      token.add(dependency.on);
      token.add(dependency.version.word());
    }
    return token;
  }

  bool fresh = true;         ///< has not asked anybody yet
  std::uint32_t region = 0;  ///< where all that it depends on is shown
  Dependencies depends;
};

}  // namespace faultline::causal
