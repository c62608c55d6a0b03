// The versions of all keys of a history of transactions, and what reads prove about their order.
// Everything that check_isolation finds is told from this.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include <faultline/history/transaction.hpp>
#include <faultline/isolation/isolation.hpp>
#include <faultline/isolation/isolation_findings.hpp>

namespace faultline::isolation {

inline constexpr TransactionId no_transaction = std::numeric_limits<TransactionId>::max();

/// A version of a key: each write makes one; further, each key has an initial version, which nobody
/// wrote, and values that were read although nobody wrote them have one each.
using VersionId = std::uint32_t;
inline constexpr VersionId no_version = std::numeric_limits<VersionId>::max();

/// Finds versions by key and value, and writers by version.
class VersionIndex {
 public:
  explicit VersionIndex(const TransactionHistory& history);

  std::size_t size() const { return writes_.size() + keys_.size() + outside_.size(); }
  /// The versions that somebody wrote are numbered from 0 to here.
  VersionId written() const { return static_cast<VersionId>(writes_.size()); }

  std::size_t key_count() const { return keys_.size(); }
  Key key_at(std::size_t position) const { return keys_[position]; }
  std::size_t position_of(Key key) const;

  VersionId initial(std::size_t key_position) const {
    return written() + static_cast<VersionId>(key_position);
  }
  bool is_initial(VersionId version) const {
    return version >= written() && version < written() + keys_.size();
  }
  /// no_version if nobody wrote it.
  VersionId find(Key key, Value value) const;
  /// Those that nobody wrote included, if they were added; the initial one for nil.
  VersionId find_any(Key key, Value value) const;
  /// Adds what nobody wrote as a version without a writer.
  VersionId find_or_add_outside(Key key, Value value);

  /// Whoever wrote it, committed or not; no_transaction if nobody did.
  TransactionId writer(VersionId version) const {
    return version < written() ? writes_[version].writer : no_transaction;
  }
  /// Which of its writer's steps wrote it. Precondition: somebody did.
  std::uint32_t step(VersionId version) const { return writes_[version].step; }
  Key key(VersionId version) const;
  Value value(VersionId version) const;

 private:
  struct Write {
    Key key;
    Value value;
    TransactionId writer;
    std::uint32_t step;
  };

  std::vector<Write> writes_;                   ///< by key and value
  std::vector<Key> keys_;                       ///< ascending
  std::vector<std::pair<Key, Value>> outside_;  ///< in order of appearance
  std::map<std::pair<Key, Value>, VersionId> outside_versions_;
};

/// What shows that one version came before another.
enum class Shown : std::uint8_t {
  by_list,             ///< a read returned both, in this order
  by_absence,          ///< the longest read holds the first, and not yet the second
  by_being_initial,    ///< every written version comes after the initial one
  by_program_order,    ///< one transaction wrote both
  by_read_then_write,  ///< a transaction read the first and wrote the second
  by_process_order,    ///< a process met the first and then the second
  by_real_time,        ///< who met the first had ended before who met the second began
  by_supposition       ///< nothing does
};

/// `later` came after `earlier`, and between them no other known version.
struct Succession {
  VersionId earlier;
  VersionId later;         ///< its writer committed
  TransactionId shown_by;  ///< or no_transaction
  Shown how;
};

/// A committed transaction read what others wrote (or nil).
struct VersionRead {
  VersionId version;
  TransactionId reader;
  bool updates;  ///< the reader went on to write the key
};

/// What all transactions together show.
struct Observations {
  explicit Observations(const TransactionHistory& history);

  bool is_committed(TransactionId id) const { return committed[id] != 0; }
  /// no_transaction unless the writer committed.
  TransactionId committed_writer(VersionId version) const {
    const TransactionId writer = index.writer(version);
    return writer != no_transaction && is_committed(writer) ? writer : no_transaction;
  }
  /// Notes that a version was read: its writer committed, unless it is known to have failed.
  void see(const TransactionHistory& history, VersionId version);
  bool is_final(VersionId version) const { return (flags[version] & final_flag) != 0; }
  bool is_ordered(VersionId version) const { return (flags[version] & ordered_flag) != 0; }
  bool is_observed(VersionId version) const { return (flags[version] & observed_flag) != 0; }
  /// The version that a read with a result returned, its reader's own appends left out; no_version
  /// if the reader wrote it itself.
  VersionId read_version(const TransactionHistory& history, TransactionId reader,
                         const Step& read) const;

  static constexpr std::uint8_t final_flag = 1;     ///< its writer's last write to the key
  static constexpr std::uint8_t ordered_flag = 2;   ///< some other version is known to precede it
  static constexpr std::uint8_t observed_flag = 4;  ///< some read returned it

  VersionIndex index;
  std::vector<std::uint8_t> committed;  ///< by TransactionId: ok, or unknown but seen
  std::vector<std::uint8_t> flags;      ///< by VersionId, of written versions
  std::vector<Succession> successions;
  std::vector<VersionRead> reads;
};

/// Finds out what reads of lists show; reports what is wrong with single reads and keys.
void observe_lists(const TransactionHistory& history, const IsolationOptions& options,
                   Observations& observations, Findings& findings);
/// The same for registers.
void observe_registers(const TransactionHistory& history, const IsolationOptions& options,
                       Observations& observations, Findings& findings);

/// Both, with successions and reads sorted by version, and what they show together: dirty and lost
/// updates.
Observations observe(const TransactionHistory& history, const IsolationOptions& options,
                     Findings& findings);

/// Adds the order of versions that processes and real time suggest for registers, as `options` say.
void order_by_clients(const TransactionHistory& history, const IsolationOptions& options,
                      Observations& observations);

/// The steps of one transaction, key by key.
class StepsByKey {
 public:
  /// Calls visit(key, positions) with the positions of a key's steps in the transaction, ascending.
  template <typename Visitor>
  void visit(const TransactionHistory& history, const Transaction& transaction, Visitor&& visit);

 private:
  std::vector<std::pair<Key, std::uint32_t>> order_;
  std::vector<std::uint32_t> positions_;
};

template <typename Visitor>
void StepsByKey::visit(const TransactionHistory& history, const Transaction& transaction,
                       Visitor&& visit) {
  order_.clear();
  const auto steps = history.steps_of(transaction);
  for (std::uint32_t position = 0; position < steps.size(); ++position) {
    order_.emplace_back(steps[position].key, position);
  }
  std::sort(order_.begin(), order_.end());
  for (std::size_t begin = 0; begin < order_.size();) {
    const Key key = order_[begin].first;
    positions_.clear();
    for (; begin < order_.size() && order_[begin].first == key; ++begin) {
      positions_.push_back(order_[begin].second);
    }
    visit(key, std::span<const std::uint32_t>(positions_));
  }
}

}  // namespace faultline::isolation
