// What makes a history of transactions unfit to be judged.
#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include <faultline/history/transaction.hpp>

namespace faultline {
namespace {

constexpr std::size_t most_problems = 20;

class ProblemFinder {
 public:
  explicit ProblemFinder(const TransactionHistory& history) : history_(history) {}

  std::vector<std::string> find() {
    look_at_ranges();
    if (!problems_.empty()) return problems_;  // what follows would read out of bounds
    look_at_times();
    look_at_processes();
    look_at_values();
    look_at_keys();
    return problems_;
  }

 private:
  bool enough() const { return problems_.size() >= most_problems; }
  std::string name(TransactionId id) const { return name_of(history_, id); }
  std::string key(Key key) const { return key_in_words(history_, key); }

  void complain(std::string problem) {
    if (!enough()) problems_.push_back(std::move(problem));
  }

  template <typename Visitor>
  void for_each_step(Visitor&& visit) const {
    for (TransactionId id = 0; id < history_.transactions.size(); ++id) {
      for (const Step& step : history_.steps_of(history_.transactions[id])) visit(id, step);
    }
  }

  void look_at_ranges() {
    for (TransactionId id = 0; id < history_.transactions.size(); ++id) {
      const Transaction& each = history_.transactions[id];
      if (each.step_begin > history_.steps.size() ||
          each.step_count > history_.steps.size() - each.step_begin) {
        complain(fmt::format("{} has steps that do not exist", name(id)));
      }
    }
    for (const Step& step : history_.steps) {
      if (step.list_begin > history_.elements.size() ||
          step.list_count > history_.elements.size() - step.list_begin) {
        complain(fmt::format("a read of {} has elements that do not exist", key(step.key)));
      }
    }
  }

  void look_at_times() {
    for (TransactionId id = 0; id < history_.transactions.size(); ++id) {
      const Transaction& each = history_.transactions[id];
      if (each.outcome == Outcome::ok && each.completed < each.invoked) {
        complain(fmt::format("{} ends before it begins", name(id)));
      }
    }
  }

  void look_at_processes() {
    std::vector<TransactionId> order;
    for (TransactionId id = 0; id < history_.transactions.size(); ++id) order.push_back(id);
    const auto place = [&](TransactionId id) {
      const Transaction& each = history_.transactions[id];
      return std::tuple(each.process, each.invoked, each.completed, id);
    };
    std::sort(order.begin(), order.end(),
              [&](TransactionId a, TransactionId b) { return place(a) < place(b); });
    TransactionId before = 0;  // the last one that is known to have ended
    bool any = false;
    for (const TransactionId id : order) {
      const Transaction& each = history_.transactions[id];
      if (any && history_.transactions[before].process == each.process &&
          each.invoked < history_.transactions[before].completed) {
        complain(fmt::format("process {} begins {} before {} has ended", each.process, name(id),
                             name(before)));
      }
      if (each.outcome != Outcome::ok) continue;
      before = id;
      any = true;
    }
  }

  void look_at_values() {
    struct Write {
      Key key;
      Value value;
      TransactionId writer;
    };
    std::vector<Write> writes;
    for_each_step([&](TransactionId id, const Step& step) {
      if (step.kind == StepKind::read) return;
      if (step.value == nil) {
        complain(fmt::format("{} writes nil to {}", name(id), key(step.key)));
      }
      writes.push_back({step.key, step.value, id});
    });
    std::sort(writes.begin(), writes.end(), [](const Write& a, const Write& b) {
      return std::tie(a.key, a.value, a.writer) < std::tie(b.key, b.value, b.writer);
    });
    for (std::size_t next = 1; next < writes.size() && !enough(); ++next) {
      const Write& one = writes[next - 1];
      const Write& other = writes[next];
      if (one.key != other.key || one.value != other.value || one.value == nil) continue;
      complain(fmt::format("{} and {} both write {} to {}: a value must name its write",
                           name(one.writer), name(other.writer),
                           value_in_words(history_, one.value), key(one.key)));
    }
  }

  void look_at_keys() {
    struct Use {
      Key key;
      bool list;
    };
    std::vector<Use> uses;
    for_each_step([&](TransactionId, const Step& step) {
      const bool read = step.kind == StepKind::read;
      if (step.kind == StepKind::append || (read && step.list_count > 0)) {
        uses.push_back({step.key, true});
      }
      if (step.kind == StepKind::write || (read && step.value != nil)) {
        uses.push_back({step.key, false});
      }
    });
    std::sort(uses.begin(), uses.end(), [](const Use& a, const Use& b) {
      return std::tie(a.key, a.list) < std::tie(b.key, b.list);
    });
    for (std::size_t next = 1; next < uses.size(); ++next) {
      if (uses[next - 1].key == uses[next].key && uses[next - 1].list != uses[next].list) {
        complain(fmt::format("{} is used both as a list and as a register", key(uses[next].key)));
      }
    }
  }

  const TransactionHistory& history_;
  std::vector<std::string> problems_;
};

}  // namespace

std::vector<std::string> problems_of(const TransactionHistory& history) {
  return ProblemFinder(history).find();
}

}  // namespace faultline
