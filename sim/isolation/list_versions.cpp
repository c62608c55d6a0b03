// What reads of lists show. A list only grows, so each read holds the versions of its key in order,
// from the first to the one it read, and all reads must be prefixes of the longest. Where two
// disagree, or a read holds an element twice, only the beginning that all share counts as ordered.
// Committed appends that are not part of it came after it, in an order that nobody knows.
#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include <faultline/isolation/transaction_versions.hpp>

namespace faultline::isolation {
namespace {

constexpr std::uint32_t nowhere = std::numeric_limits<std::uint32_t>::max();

/// A list, as far as reads agree on it.
struct ObservedList {
  TransactionId longest_reader = no_transaction;
  const Step* longest = nullptr;
  TransactionId disagreeing_reader = no_transaction;  ///< the first, if any
  const Step* disagreeing = nullptr;
  std::uint32_t agreed = 0;               ///< how many elements all reads agree on
  std::size_t order_begin = 0;            ///< these elements' versions: ListObserver::order_
  std::uint32_t first_aborted = nowhere;  ///< the position of the first aborted element
  std::uint32_t first_garbage = nowhere;  ///< ... and of the first that nobody wrote
};

/// The position of the first element that stands in `list` before; its length if there is none.
std::uint32_t first_duplicate(std::span<const Value> list) {
  std::vector<std::pair<Value, std::uint32_t>> sorted;
  for (std::uint32_t place = 0; place < list.size(); ++place)
    sorted.emplace_back(list[place], place);
  std::sort(sorted.begin(), sorted.end());
  auto first = static_cast<std::uint32_t>(list.size());
  for (std::size_t next = 1; next < sorted.size(); ++next) {
    if (sorted[next - 1].first == sorted[next].first) first = std::min(first, sorted[next].second);
  }
  return first;
}

class ListObserver {
 public:
  ListObserver(const TransactionHistory& history, const IsolationOptions& options,
               Observations& observations, Findings& findings)
      : history_(history),
        options_(options),
        observations_(observations),
        index_(observations.index),
        findings_(findings),
        lists_(observations.index.key_count()),
        is_list_(observations.index.key_count()) {}

  void observe() {
    find_lists();
    find_longest_reads();
    compare_with_longest();
    for (std::size_t key = 0; key < lists_.size(); ++key) {
      if (is_list_[key]) order_elements(key);
    }
    StepsByKey steps_by_key;
    for (TransactionId id = 0; id < history_.transactions.size(); ++id) {
      const Transaction& each = history_.transactions[id];
      if (each.outcome != Outcome::ok) continue;
      steps_by_key.visit(history_, each, [&](Key key, std::span<const std::uint32_t> positions) {
        const std::size_t place = index_.position_of(key);
        if (is_list_[place]) observe_transaction(id, place, positions);
      });
    }
    order_versions();
  }

 private:
  std::string name(TransactionId id) const { return name_of(history_, id); }
  std::string key_name(std::size_t key) const { return key_in_words(history_, index_.key_at(key)); }
  std::string words(const Step& read) const {
    return list_in_words(history_, history_.list_of(read));
  }
  std::string words(VersionId version) const {
    return value_in_words(history_, index_.value(version));
  }

  template <typename Visitor>
  void for_each_answered_read(Visitor&& visit) {
    for (TransactionId id = 0; id < history_.transactions.size(); ++id) {
      const Transaction& each = history_.transactions[id];
      if (each.outcome != Outcome::ok) continue;
      for (const Step& step : history_.steps_of(each)) {
        if (step.kind != StepKind::read || !step.known) continue;
        const std::size_t key = index_.position_of(step.key);
        if (is_list_[key]) visit(id, step, lists_[key], key);
      }
    }
  }

  void find_lists() {
    for (const Step& step : history_.steps) {
      if (step.kind == StepKind::append || step.list_count > 0) {
        is_list_[index_.position_of(step.key)] = true;
      }
    }
  }

  void find_longest_reads() {
    for_each_answered_read([](TransactionId id, const Step& read, ObservedList& list, std::size_t) {
      if (list.longest != nullptr && read.list_count <= list.longest->list_count) return;
      list.longest = &read;
      list.longest_reader = id;
    });
    for (std::size_t key = 0; key < lists_.size(); ++key) {
      ObservedList& list = lists_[key];
      if (list.longest == nullptr) continue;
      list.agreed = first_duplicate(history_.list_of(*list.longest));
      if (list.agreed < list.longest->list_count) {
        report_duplicates(list.longest_reader, *list.longest, key, list.agreed);
      }
    }
  }

  void report_duplicates(TransactionId reader, const Step& read, std::size_t key,
                         std::uint32_t place) {
    findings_.add(Anomaly::duplicate_elements, {reader}, [&] {
      return fmt::format("{}'s read of {} returned {}, which holds {} more than once.",
                         name(reader), key_name(key), words(read),
                         value_in_words(history_, history_.list_of(read)[place]));
    });
  }

  void compare_with_longest() {
    for_each_answered_read([&](TransactionId id, const Step& read, ObservedList& list,
                               std::size_t key) {
      const auto longest = history_.list_of(*list.longest);
      const auto observed = history_.list_of(read);
      const auto differing = std::mismatch(observed.begin(), observed.end(), longest.begin()).first;
      if (differing == observed.end()) return;
      const auto same = static_cast<std::uint32_t>(differing - observed.begin());
      list.agreed = std::min(list.agreed, same);
      const std::uint32_t duplicate = first_duplicate(observed);
      if (duplicate < observed.size()) report_duplicates(id, read, key, duplicate);
      if (list.disagreeing != nullptr) return;
      list.disagreeing = &read;
      list.disagreeing_reader = id;
      findings_.add(Anomaly::incompatible_order, {id, list.longest_reader}, [&] {
        return fmt::format(
            "{}'s read of {} returned {}, and {}'s returned {}: neither list is the "
            "beginning of the other.",
            name(id), key_name(key), words(read), name(list.longest_reader), words(*list.longest));
      });
    });
  }

  bool is_aborted(VersionId version) const {
    const TransactionId writer = index_.writer(version);
    return writer != no_transaction && history_.transactions[writer].outcome == Outcome::failed;
  }

  /// Looks up the versions of the elements that all reads agree on.
  void order_elements(std::size_t key) {
    ObservedList& list = lists_[key];
    list.order_begin = order_.size();
    if (list.longest == nullptr) return;
    const auto elements = history_.list_of(*list.longest);
    for (std::uint32_t place = 0; place < list.agreed; ++place) {
      const VersionId version = index_.find_or_add_outside(index_.key_at(key), elements[place]);
      order_.push_back(version);
      observations_.see(history_, version);
      if (version < index_.written()) {
        observations_.flags[version] |= Observations::ordered_flag;
      } else {
        list.first_garbage = std::min(list.first_garbage, place);
      }
      if (is_aborted(version)) list.first_aborted = std::min(list.first_aborted, place);
    }
  }

  std::span<const VersionId> order_of(const ObservedList& list) const {
    return std::span(order_).subspan(list.order_begin, list.agreed);
  }

  VersionId version_at(const ObservedList& list, const Step& read, std::uint32_t place) {
    if (place < list.agreed) return order_[list.order_begin + place];
    return index_.find_or_add_outside(read.key, history_.list_of(read)[place]);
  }

  // ---- one transaction's steps on one list ----------------------------------------------------

  void observe_transaction(TransactionId id, std::size_t key,
                           std::span<const std::uint32_t> positions) {
    const auto steps = history_.steps_of(history_.transactions[id]);
    const Step* last_read = nullptr;
    std::vector<Value> appended;  // since the last read
    VersionId last_version = no_version;
    for (std::size_t place = 0; place < positions.size(); ++place) {
      const Step& step = steps[positions[place]];
      if (step.kind == StepKind::append) {
        appended.push_back(step.value);
        continue;
      }
      if (!step.known) continue;
      bool appends_later = false;
      bool from_future = false;
      for (const std::uint32_t later : positions.subspan(place + 1)) {
        if (steps[later].kind != StepKind::append) continue;
        appends_later = true;
        from_future = from_future || holds(step, steps[later].value);
      }
      if (from_future) {
        report_future_read(id, step, key);
      } else {
        look_inside(id, step, key, last_read, appended);
      }
      look_at_elements(id, step, key);
      const VersionId version = read_version(id, step, lists_[key], key);
      if (version != last_version) {
        observations_.reads.push_back(
            {version, id, appends_later && appended.empty() && last_read == nullptr});
      }
      last_version = version;
      last_read = &step;
      appended.clear();
    }
  }

  bool holds(const Step& read, Value element) const {
    const auto list = history_.list_of(read);
    return std::find(list.begin(), list.end(), element) != list.end();
  }

  void report_future_read(TransactionId id, const Step& read, std::size_t key) {
    findings_.add(Anomaly::future_read, {id}, [&] {
      return fmt::format(
          "{}'s read of {} returned {}, with an element that {} appends only "
          "afterwards.",
          name(id), key_name(key), words(read), name(id));
    });
  }

  /// A read must show what the transaction read before, and then what it has appended since.
  void look_inside(TransactionId id, const Step& read, std::size_t key, const Step* last_read,
                   const std::vector<Value>& appended) {
    const auto list = history_.list_of(read);
    const auto before =
        last_read == nullptr ? std::span<const Value>() : history_.list_of(*last_read);
    bool consistent = list.size() >= before.size() + appended.size() &&
                      std::equal(appended.rbegin(), appended.rend(), list.rbegin());
    if (last_read != nullptr) {
      consistent = consistent && list.size() == before.size() + appended.size() &&
                   std::equal(before.begin(), before.end(), list.begin());
    }
    if (consistent) return;
    findings_.add(Anomaly::internal, {id}, [&] {
      std::string so_far;
      if (last_read != nullptr) so_far = fmt::format("had read {}", words(*last_read));
      if (!appended.empty()) {
        so_far += fmt::format("{}had appended {}", so_far.empty() ? "" : " and ",
                              list_in_words(history_, appended));
      }
      return fmt::format("{}'s read of {} returned {}, although it {}.", name(id), key_name(key),
                         words(read), so_far);
    });
  }

  /// Aborted elements and those that nobody wrote.
  void look_at_elements(TransactionId id, const Step& read, std::size_t key) {
    const ObservedList& list = lists_[key];
    std::uint32_t aborted = list.first_aborted < read.list_count ? list.first_aborted : nowhere;
    std::uint32_t garbage = list.first_garbage < read.list_count ? list.first_garbage : nowhere;
    for (std::uint32_t place = list.agreed; place < read.list_count; ++place) {
      const VersionId version = version_at(list, read, place);
      observations_.see(history_, version);
      if (is_aborted(version)) aborted = std::min(aborted, place);
      if (version >= index_.written()) garbage = std::min(garbage, place);
    }
    if (aborted != nowhere) {
      const VersionId version = version_at(list, read, aborted);
      findings_.add(Anomaly::aborted_read, {index_.writer(version), id}, [&] {
        return fmt::format("{}'s read of {} returned {}, but {}, which appended {}, failed.",
                           name(id), key_name(key), words(read), name(index_.writer(version)),
                           words(version));
      });
    }
    if (garbage != nowhere && !options_.excerpt) {
      findings_.add(Anomaly::garbage_read, {id}, [&] {
        return fmt::format("{}'s read of {} returned {}, but nobody appended {}.", name(id),
                           key_name(key), words(read), words(version_at(list, read, garbage)));
      });
    }
  }

  /// The version that others had written when the reader's own appends are left out.
  VersionId read_version(TransactionId id, const Step& read, const ObservedList& list,
                         std::size_t key) {
    std::uint32_t count = read.list_count;
    while (count > 0 && index_.writer(version_at(list, read, count - 1)) == id) --count;
    if (count == 0) return index_.initial(key);
    const VersionId version = version_at(list, read, count - 1);
    const bool others = version < index_.written() && !is_aborted(version);
    if (others && !observations_.is_final(version)) report_intermediate_read(id, read, version);
    return version;
  }

  void report_intermediate_read(TransactionId id, const Step& read, VersionId version) {
    const TransactionId writer = index_.writer(version);
    findings_.add(Anomaly::intermediate_read, {writer, id}, [&] {
      return fmt::format(
          "{}'s read of {} returned {}: it ends with {}, but {} went on to append "
          "more.",
          name(id), key_in_words(history_, read.key), words(read), words(version), name(writer));
    });
  }

  // ---- the order of versions ------------------------------------------------------------------

  /// When all reads have been seen, it is known who committed.
  void order_versions() {
    std::vector<VersionId> absent;
    VersionId next = 0;
    for (std::size_t key = 0; key < lists_.size(); ++key) {
      absent.clear();
      for (; next < index_.written() && index_.key(next) == index_.key_at(key); ++next) {
        if (!is_list_[key] || observations_.is_ordered(next)) continue;
        if (observations_.committed_writer(next) != no_transaction) absent.push_back(next);
      }
      if (is_list_[key]) chain(key, absent);
    }
  }

  auto program_place(VersionId version) const {
    return std::tuple(index_.writer(version), index_.step(version));
  }

  void chain(std::size_t key, std::vector<VersionId>& absent) {
    const ObservedList& list = lists_[key];
    std::vector<VersionId> waiting = {index_.initial(key)};  // for the next committed version
    for (const VersionId version : order_of(list)) {
      const TransactionId writer = observations_.committed_writer(version);
      if (writer != no_transaction) {
        for (const VersionId earlier : waiting) {
          observations_.successions.push_back(
              {earlier, version, list.longest_reader, Shown::by_list});
          check_program_order(earlier, version, list);
        }
        waiting.clear();
      }
      waiting.push_back(version);
    }
    std::sort(absent.begin(), absent.end(),
              [&](VersionId a, VersionId b) { return program_place(a) < program_place(b); });
    for (std::size_t place = 0; place < absent.size(); ++place) {
      const VersionId version = absent[place];
      const TransactionId writer = index_.writer(version);
      if (place > 0 && index_.writer(absent[place - 1]) == writer) {
        observations_.successions.push_back(
            {absent[place - 1], version, writer, Shown::by_program_order});
        continue;
      }
      for (const VersionId earlier : waiting) {
        observations_.successions.push_back(
            {earlier, version, list.longest_reader, Shown::by_absence});
      }
    }
  }

  /// What one transaction appends first must come first.
  void check_program_order(VersionId earlier, VersionId later, const ObservedList& list) {
    const TransactionId writer = index_.writer(later);
    if (index_.writer(earlier) != writer || index_.step(earlier) < index_.step(later)) return;
    findings_.add(Anomaly::incompatible_order, {writer, list.longest_reader}, [&] {
      return fmt::format("{} appended {} to {} before {}, but {}'s read returned {}.", name(writer),
                         words(later), key_in_words(history_, index_.key(later)), words(earlier),
                         name(list.longest_reader), words(*list.longest));
    });
  }

  const TransactionHistory& history_;
  const IsolationOptions& options_;
  Observations& observations_;
  VersionIndex& index_;
  Findings& findings_;
  std::vector<ObservedList> lists_;  ///< by position of the key
  std::vector<bool> is_list_;
  std::vector<VersionId> order_;
};

}  // namespace

void observe_lists(const TransactionHistory& history, const IsolationOptions& options,
                   Observations& observations, Findings& findings) {
  ListObserver(history, options, observations, findings).observe();
}

}  // namespace faultline::isolation
