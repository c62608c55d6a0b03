// A hash tree over the keys of a partition: two replicas find out where they differ by comparing a
// few hashes instead of all keys (DeCandia et al. 2007, section 4.7; Merkle, "A digital signature
// based on a conventional encryption function", CRYPTO 1987).
//
// Three levels of 16 branches: a root, 16 inner nodes, 256 leaves. A leaf's hash is the exclusive
// or of its keys' digests, so a write changes it in constant time; inner hashes are renewed when
// somebody looks.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <faultline/core/random.hpp>
#include <faultline/history/operation.hpp>

namespace faultline::quorum {

using Digest = std::uint64_t;

class MerkleTree {
 public:
  static constexpr std::size_t branches = 16;
  static constexpr std::size_t leaves = branches * branches;
  using Hashes = std::array<Digest, branches>;

  static std::uint32_t leaf_of(Key key) {
    // Other bits than those that choose the partition.
    return static_cast<std::uint32_t>(scatter(~key) >> 56U);
  }

  static constexpr std::uint32_t leaf_under(std::uint32_t node, std::uint32_t branch) {
    return node * static_cast<std::uint32_t>(branches) + branch;
  }

  /// The record under `key` has changed; a digest of 0 stands for none.
  void update(Key key, Digest before, Digest after) {
    if (leaves_ == nullptr) leaves_ = std::make_unique<std::array<Leaf, leaves>>();
    Leaf& leaf = (*leaves_)[leaf_of(key)];
    if (before == 0 && after != 0) leaf.insert(key);
    if (before != 0 && after == 0) leaf.remove(key);
    leaf.hash ^= salted(key, before) ^ salted(key, after);
    stale_ = true;
  }

  /// Of the whole tree; 0 if it is empty.
  Digest root() {
    renew();
    return root_;
  }
  /// Of the root's branches.
  const Hashes& inner() {
    renew();
    return inner_;
  }
  /// Of the leaves under an inner node.
  Hashes leaves_under(std::uint32_t node) const {
    Hashes hashes{};
    if (leaves_ == nullptr) return hashes;
    for (std::size_t i = 0; i < branches; ++i) hashes[i] = (*leaves_)[node * branches + i].hash;
    return hashes;
  }
  /// The keys in a leaf, ascending.
  std::span<const Key> keys(std::uint32_t leaf) const {
    if (leaves_ == nullptr) return {};
    return (*leaves_)[leaf].keys;
  }

 private:
  struct Leaf {
    Digest hash = 0;
    std::vector<Key> keys;

    void insert(Key key) { keys.insert(std::lower_bound(keys.begin(), keys.end(), key), key); }
    void remove(Key key) {
      const auto place = std::lower_bound(keys.begin(), keys.end(), key);
      if (place != keys.end() && *place == key) keys.erase(place);
    }
  };

  static Digest salted(Key key, Digest digest) {
    return digest == 0 ? 0 : scatter(digest ^ scatter(key));
  }
  static Digest hash_of(const Hashes& hashes) {
    Digest hash = 0;
    for (const Digest child : hashes) hash = hash == 0 ? child : scatter(hash) ^ child;
    return hash;
  }
  void renew() {
    if (!stale_) return;
    for (std::uint32_t node = 0; node < branches; ++node)
      inner_[node] = hash_of(leaves_under(node));
    root_ = hash_of(inner_);
    stale_ = false;
  }

  std::unique_ptr<std::array<Leaf, leaves>> leaves_;
  Hashes inner_{};
  Digest root_ = 0;
  bool stale_ = false;
};

/// Bit i is set where the two differ at i.
inline std::uint32_t differences(const MerkleTree::Hashes& one, const MerkleTree::Hashes& other) {
  std::uint32_t mask = 0;
  for (std::size_t i = 0; i < one.size(); ++i) mask |= (one[i] != other[i] ? 1U : 0U) << i;
  return mask;
}

}  // namespace faultline::quorum
