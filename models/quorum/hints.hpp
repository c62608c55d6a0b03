// Hinted handoff: writes kept for replicas that could not be reached, until they can (DeCandia et
// al. 2007, section 4.6). Durable, bounded, and apart from the node's own data: whoever looks for
// the key here gets to see the hint, but it is not a replica's copy.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include <faultline/model/durable.hpp>
#include <faultline/quorum/placement.hpp>
#include <faultline/quorum/record.hpp>

namespace faultline::quorum {

class Hints {
 public:
  explicit Hints(DurableState& owner) : kept_(owner) {}

  bool empty() const { return kept_.size() == 0; }
  std::size_t size() const { return kept_.size(); }

  /// Keeps `record` for `targets`, together with what is kept under the key already. False if the
  /// key is new and `most` keys are kept.
  bool keep(Key key, const Record& record, const std::vector<NodeNumber>& targets,
            std::size_t most) {
    const Hint* known = kept_.find(key);
    if (known == nullptr && kept_.size() >= most) return false;
    Hint hint = known != nullptr ? *known : Hint{};
    hint.record.merge(record);
    for (const NodeNumber target : targets) {
      const auto place = std::lower_bound(hint.targets.begin(), hint.targets.end(), target);
      if (place == hint.targets.end() || *place != target) hint.targets.insert(place, target);
    }
    kept_.put(key, std::move(hint));
    return true;
  }

  /// Null if none is kept. Valid until the next change.
  const Record* find(Key key) const {
    const Hint* hint = kept_.find(key);
    return hint == nullptr ? nullptr : &hint->record;
  }

  /// Everyone that something is kept for, ascending.
  std::vector<NodeNumber> targets() const {
    std::vector<NodeNumber> all;
    for (const Key key : kept_.keys()) {
      for (const NodeNumber target : kept_.find(key)->targets) {
        const auto place = std::lower_bound(all.begin(), all.end(), target);
        if (place == all.end() || *place != target) all.insert(place, target);
      }
    }
    return all;
  }
  /// The keys kept for `target`, ascending.
  std::vector<Key> keys_for(NodeNumber target) const {
    std::vector<Key> keys = kept_.keys();
    std::erase_if(keys, [&](Key key) {
      const auto& targets = kept_.find(key)->targets;
      return !std::binary_search(targets.begin(), targets.end(), target);
    });
    return keys;
  }

  /// `target` has got `delivered`; a newer record that came meanwhile stays for it.
  void delivered(NodeNumber target, Key key, const Record& delivered) {
    const Hint* known = kept_.find(key);
    if (known == nullptr || !known->record.same(delivered)) return;
    Hint hint = *known;
    std::erase(hint.targets, target);
    if (hint.targets.empty()) {
      kept_.erase(key);
    } else {
      kept_.put(key, std::move(hint));
    }
  }

  void clear() {
    for (const Key key : kept_.keys()) kept_.erase(key);
  }

 private:
  struct Hint {
    Record record;
    std::vector<NodeNumber> targets;  ///< ascending
  };
  DurableMap<Key, Hint> kept_;
};

}  // namespace faultline::quorum
