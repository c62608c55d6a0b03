// Judges the promises below linearizability by exhaustion, from their definitions: tries every
// order of the operations. For a handful of operations; shares no code with the checks it judges.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <numeric>
#include <vector>

#include <faultline/history/operation.hpp>

namespace faultline::testing {

class OrderOracle {
 public:
  /// Values are written once per key, no read has siblings, sessions do one thing at a time.
  explicit OrderOracle(const History& history) {
    for (const Operation& each : history.operations) {
      const bool write = each.writes() && each.outcome != Outcome::failed;
      const bool read = each.reads() && each.outcome == Outcome::ok;
      if (write || read) operations_.push_back(each);
    }
    count_ = operations_.size();
    find_sources();
    find_causes();
  }

  /// One order of everything.
  bool sequential() const {
    return exists(
        in_session_order(), [](std::size_t) { return true; }, [](std::size_t) { return true; });
  }

  /// For every session an order of all writes and its own reads.
  bool pram() const {
    return for_all_sessions([&](std::uint32_t session) {
      return exists(
          in_session_order(),
          [&](std::size_t each) {
            return operations_[each].writes() || operations_[each].session == session;
          },
          [](std::size_t) { return true; });
    });
  }

  /// For every read an order of its causes in which it alone has to be right.
  bool causal() const {
    if (!caused_well_) return false;
    for (std::size_t read = 0; read < count_; ++read) {
      if (operations_[read].writes()) continue;
      if (!exists(
              causes_, [&](std::size_t each) { return each == read || causes_[each][read]; },
              [&](std::size_t each) { return each == read; })) {
        return false;
      }
    }
    return true;
  }

  /// For every operation an order of its causes in which all its session's reads are right.
  bool causal_memory() const {
    if (!caused_well_) return false;
    for (std::size_t last = 0; last < count_; ++last) {
      if (!exists(
              causes_, [&](std::size_t each) { return each == last || causes_[each][last]; },
              [&](std::size_t each) {
                return operations_[each].session == operations_[last].session;
              })) {
        return false;
      }
    }
    return true;
  }

  /// One order of all writes, of which every read returns the last among its causes.
  bool causal_plus() const {
    if (!caused_well_) return false;
    std::vector<std::size_t> writes;
    for (std::size_t each = 0; each < count_; ++each) {
      if (operations_[each].writes()) writes.push_back(each);
    }
    do {
      if (arbitrates(writes)) return true;
    } while (std::next_permutation(writes.begin(), writes.end()));
    return false;
  }

 private:
  using Relation = std::vector<std::vector<bool>>;  ///< [first][second]
  using Choice = std::function<bool(std::size_t)>;

  static constexpr std::size_t nobody_wrote = SIZE_MAX;

  Relation empty() const { return Relation(count_, std::vector<bool>(count_, false)); }

  /// What a client was not answered it may have done at any time after what it had done before.
  Relation in_session_order() const {
    Relation order = empty();
    for (std::size_t a = 0; a < count_; ++a) {
      for (std::size_t b = a + 1; b < count_; ++b) {
        order[a][b] = operations_[a].session == operations_[b].session &&
                      operations_[a].outcome == Outcome::ok;
      }
    }
    return order;
  }

  void find_sources() {
    sources_.assign(count_, nobody_wrote);
    for (std::size_t read = 0; read < count_; ++read) {
      if (operations_[read].writes() || operations_[read].observed == nil) continue;
      for (std::size_t write = 0; write < count_; ++write) {
        if (operations_[write].writes() && operations_[write].key == operations_[read].key &&
            operations_[write].written == operations_[read].observed) {
          sources_[read] = write;
        }
      }
      if (sources_[read] == nobody_wrote) caused_well_ = false;
    }
  }

  void find_causes() {
    causes_ = in_session_order();
    for (std::size_t read = 0; read < count_; ++read) {
      if (sources_[read] != nobody_wrote) causes_[sources_[read]][read] = true;
    }
    for (std::size_t over = 0; over < count_; ++over) {
      for (std::size_t a = 0; a < count_; ++a) {
        for (std::size_t b = 0; b < count_; ++b) {
          if (causes_[a][over] && causes_[over][b]) causes_[a][b] = true;
        }
      }
    }
    for (std::size_t each = 0; each < count_; ++each) {
      if (causes_[each][each]) caused_well_ = false;
    }
  }

  template <typename Judge>
  bool for_all_sessions(Judge&& judge) const {
    return std::all_of(operations_.begin(), operations_.end(),
                       [&](const Operation& each) { return judge(each.session); });
  }

  /// Whether some order of the operations that take part, each after what precedes it, makes the
  /// judged reads among them right. Writes that nobody was told of may be left out.
  bool exists(const Relation& precedes, const Choice& takes_part, const Choice& judged) const {
    std::vector<bool> done(count_, false);
    std::vector<Value> values(8, nil);
    return place_next(precedes, takes_part, judged, done, values);
  }

  bool place_next(const Relation& precedes, const Choice& takes_part, const Choice& judged,
                  std::vector<bool>& done, std::vector<Value>& values) const {
    bool finished = true;
    for (std::size_t next = 0; next < count_; ++next) {
      if (done[next] || !takes_part(next)) continue;
      const Operation& operation = operations_[next];
      if (operation.outcome == Outcome::ok) finished = false;
      bool ready = true;
      for (std::size_t other = 0; other < count_; ++other) {
        if (takes_part(other) && !done[other] && precedes[other][next]) ready = false;
      }
      if (!ready) continue;
      Value& current = values[operation.key];
      if (operation.reads() && judged(next) && current != operation.observed) continue;
      const Value replaced = current;
      if (operation.writes()) current = operation.written;
      done[next] = true;
      const bool found = place_next(precedes, takes_part, judged, done, values);
      done[next] = false;
      current = replaced;
      if (found) return true;
    }
    return finished;
  }

  bool arbitrates(const std::vector<std::size_t>& order) const {
    for (std::size_t a = 0; a < order.size(); ++a) {
      for (std::size_t b = a + 1; b < order.size(); ++b) {
        if (causes_[order[b]][order[a]]) return false;
      }
    }
    for (std::size_t read = 0; read < count_; ++read) {
      if (operations_[read].writes()) continue;
      std::size_t last = nobody_wrote;
      for (const std::size_t write : order) {
        if (operations_[write].key == operations_[read].key && causes_[write][read]) last = write;
      }
      if (last != sources_[read]) return false;
    }
    return true;
  }

  std::vector<Operation> operations_;
  std::size_t count_ = 0;
  std::vector<std::size_t> sources_;  ///< by read
  Relation causes_;
  bool caused_well_ = true;  ///< every value was written, and causes run in no circle
};

}  // namespace faultline::testing
