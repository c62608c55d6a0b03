// A map whose fields are last-writer-wins registers (Shapiro et al., INRIA RR-7506, 2011,
// specifications 8 and 12: LWW-element-set; as in Cassandra's collections and Redis Enterprise).
// Plain class without a Context.
//
// Each field has the timestamp of its last change, a removal being a change as well; so removed
// fields stay as tombstones. Of two states the later change of each field stays. Where an OrSet
// keeps an add that a remove did not know of, here the clock decides.
#pragma once

#include <algorithm>
#include <map>
#include <set>

#include <faultline/model/version.hpp>

namespace faultline::multi_leader {

/// How ties are broken: by the writer, or, broken for tests, by who is asked.
enum class Ties : std::uint8_t { by_writer, by_whim };

class LwwMap {
 public:
  void add(Value field, Timestamp stamp) { put(field, {stamp, true}, Ties::by_writer); }
  void remove(Value field, Timestamp stamp) { put(field, {stamp, false}, Ties::by_writer); }

  std::set<Value> fields() const {
    std::set<Value> all;
    for (const auto& [field, change] : changes_) {
      if (change.present) all.insert(field);
    }
    return all;
  }

  /// The latest change that it knows of; the time before all if there is none.
  Timestamp latest() const {
    Timestamp latest;
    for (const auto& [field, change] : changes_) latest = std::max(latest, change.stamp);
    return latest;
  }

  void merge(const LwwMap& other, Ties ties = Ties::by_writer) {
    for (const auto& [field, change] : other.changes_) put(field, change, ties);
  }
  Bytes bytes() const { return (sizeof(Change) + 8) * changes_.size(); }
  friend bool operator==(const LwwMap&, const LwwMap&) = default;

 private:
  struct Change {
    Timestamp stamp;
    bool present = false;
    friend bool operator==(const Change&, const Change&) = default;
  };
  void put(Value field, const Change& change, Ties ties) {
    const auto [place, inserted] = changes_.try_emplace(field, change);
    if (inserted) return;
    const Timestamp held = place->second.stamp;
    const bool later =
        ties == Ties::by_writer ? held < change.stamp : held.time < change.stamp.time;
    if (later) place->second = change;
  }

  std::map<Value, Change> changes_;
};

}  // namespace faultline::multi_leader
