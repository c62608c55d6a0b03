#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <unordered_map>
#include <vector>

#include <fmt/format.h>

#include <faultline/check/objects.hpp>
#include <faultline/check/wording.hpp>
#include <faultline/core/random.hpp>
#include <faultline/history/jsonl.hpp>

namespace faultline {
namespace {

/// Numbers values of any ordered type from 0 in order of their first appearance.
template <class T>
class Numbered {
 public:
  ObjectState number_of(const T& value) {
    const auto [place, fresh] = numbers_.try_emplace(value, static_cast<ObjectState>(all_.size()));
    if (fresh) all_.push_back(&place->first);
    return place->second;
  }
  const T& operator[](ObjectState number) const { return *all_[number]; }

 private:
  std::map<T, ObjectState> numbers_;
  std::vector<const T*> all_;
};

using Elements = std::vector<Value>;

/// All that an operation observed, in order. `nil` alone is nothing.
Elements elements_of(const History& history, const Operation& operation) {
  Elements elements;
  if (operation.observed != nil || operation.more_count > 0) {
    elements.push_back(operation.observed);
  }
  const auto more = history.siblings(operation);
  elements.insert(elements.end(), more.begin(), more.end());
  return elements;
}

std::string words_of(const History& history, const Elements& elements) {
  std::string text;
  for (const Value value : elements) {
    text += fmt::format("{}{}", text.empty() ? "" : " ", value_in_words(history, value));
  }
  return "[" + text + "]";
}

bool answered(const Operation& operation) { return operation.outcome == Outcome::ok; }

/// For objects of which one value is read at a time.
Value only_value(const Operation& operation) {
  if (operation.more_count > 0) {
    throw HistoryFormatError("a read returns several values of an object that holds one");
  }
  return operation.observed;
}

// ---- registers --------------------------------------------------------------------------------

/// A cell that is read, written, and compared and set. Its states are its values, numbered.
class Register final : public SequentialObject {
 public:
  Register(const History& history, std::span<const OperationId> calls) : history_(history) {
    values_.number_of(nil);
    for (const OperationId id : calls) {
      const Operation& each = history.operations[id];
      calls_.push_back({each.kind, answered(each), mismatched(each),
                        values_.number_of(each.written), values_.number_of(each.observed)});
      // Several values at once are no read of a register.
      if (each.reads() && each.more_count > 0) calls_.back().seen = impossible;
    }
  }

  ObjectState initial() const override { return 0; }
  std::optional<ObjectState> apply(std::size_t call, ObjectState state) override {
    const Call& each = calls_[call];
    switch (each.kind) {
      case OperationKind::put:
      case OperationKind::insert:
        return each.written;
      case OperationKind::compare_and_set:
        if (each.mismatch) return state != each.seen ? std::optional(state) : std::nullopt;
        if (state == each.seen) return each.written;
        return each.answered ? std::nullopt : std::optional(state);
      default:
        return state == each.seen || !each.answered ? std::optional(state) : std::nullopt;
    }
  }
  std::string words(ObjectState state) const override {
    return value_in_words(history_, values_[state]);
  }

 private:
  static constexpr ObjectState impossible = ~ObjectState{0};
  struct Call {
    OperationKind kind;
    bool answered;
    bool mismatch;
    ObjectState written;
    ObjectState seen;
  };
  const History& history_;
  Numbered<Value> values_;
  std::vector<Call> calls_;
};

// ---- texts ------------------------------------------------------------------------------------

/// The name of a value without its quotes: "\"x 0 1 y\"" is x 0 1 y.
std::string text_of(const History& history, Value value) {
  if (value >= history.value_names.size()) return fmt::format("{}", value);
  const std::string& name = history.value_names[value];
  if (name.size() < 2 || name.front() != '"') return name == "nil" ? "" : name;
  return name.substr(1, name.size() - 2);
}

/// A text that is read, written, and appended to: a value of a key-value store. What is not the
/// beginning of any text that was read can never become one: all such texts are one state, or the
/// orders of appends that nobody saw would be as many states.
class Text final : public SequentialObject {
 public:
  Text(const History& history, std::span<const OperationId> calls) {
    for (const OperationId id : calls) {
      const Operation& each = history.operations[id];
      if (each.reads() && answered(each)) read_.push_back(text_of(history, only_value(each)));
    }
    std::sort(read_.begin(), read_.end());
    texts_.number_of(unread_words);
    initial_ = state_of(text_of(history, nil));
    for (const OperationId id : calls) {
      const Operation& each = history.operations[id];
      Call call{each.kind, answered(each), text_of(history, each.written), 0, 0};
      call.written = state_of(call.text);
      call.seen = state_of(text_of(history, only_value(each)));
      calls_.push_back(std::move(call));
    }
  }

  ObjectState initial() const override { return initial_; }
  std::optional<ObjectState> apply(std::size_t call, ObjectState state) override {
    const Call& each = calls_[call];
    switch (each.kind) {
      case OperationKind::put:
      case OperationKind::insert:
        return each.written;
      case OperationKind::append:
        return state == unread ? unread : appended(state, call);
      default:
        return state == each.seen || !each.answered ? std::optional(state) : std::nullopt;
    }
  }
  std::string words(ObjectState state) const override {
    return state == unread ? unread_words : fmt::format("\"{}\"", texts_[state]);
  }

 private:
  static constexpr ObjectState unread = 0;
  static constexpr const char* unread_words = "what nobody read";

  struct Call {
    OperationKind kind;
    bool answered;
    std::string text;     ///< written
    ObjectState written;  ///< to what was empty
    ObjectState seen;
  };

  bool begins_one_read(const std::string& text) const {
    const auto place = std::lower_bound(read_.begin(), read_.end(), text);
    return place != read_.end() && place->starts_with(text);
  }
  ObjectState state_of(const std::string& text) {
    return begins_one_read(text) ? texts_.number_of(text) : unread;
  }
  ObjectState appended(ObjectState state, std::size_t call) {
    const auto [place, fresh] = appended_.try_emplace(std::uint64_t{state} << 32U | call);
    if (fresh) place->second = state_of(texts_[state] + calls_[call].text);
    return place->second;
  }

  std::vector<std::string> read_;  ///< by answered reads, ascending
  Numbered<std::string> texts_;
  std::unordered_map<std::uint64_t, ObjectState> appended_;  ///< looked up, never walked
  ObjectState initial_ = unread;
  std::vector<Call> calls_;
};

// ---- collections ------------------------------------------------------------------------------

/// Chains of elements, each one longer than another: what a list can have been costs one link for
/// each state, not a copy.
class Chains {
 public:
  ObjectState longer(ObjectState state, Value element) {
    const auto [place, fresh] =
        next_.try_emplace({state, element}, static_cast<ObjectState>(links_.size()));
    if (fresh) links_.push_back({state, element});
    return place->second;
  }
  /// The state of these elements.
  ObjectState of(const Elements& elements) {
    ObjectState state = 0;
    for (const Value element : elements) state = longer(state, element);
    return state;
  }
  Elements elements(ObjectState state) const {
    Elements elements;
    for (; state != 0; state = links_[state].before) elements.push_back(links_[state].element);
    std::reverse(elements.begin(), elements.end());
    return elements;
  }

 private:
  struct Link {
    ObjectState before = 0;
    Value element = nil;
  };
  std::vector<Link> links_{{}};  ///< the first stands for no elements
  std::map<std::pair<ObjectState, Value>, ObjectState> next_;
};

/// A list that grows at its end and is read whole.
class List final : public SequentialObject {
 public:
  List(const History& history, std::span<const OperationId> calls) : history_(history) {
    for (const OperationId id : calls) {
      const Operation& each = history.operations[id];
      const bool appends = each.kind == OperationKind::append;
      calls_.push_back({appends, answered(each), each.written,
                        appends ? 0 : chains_.of(elements_of(history, each))});
    }
  }
  ObjectState initial() const override { return 0; }
  std::optional<ObjectState> apply(std::size_t call, ObjectState state) override {
    const Call& each = calls_[call];
    if (each.appends) return chains_.longer(state, each.element);
    return state == each.seen || !each.answered ? std::optional(state) : std::nullopt;
  }
  std::string words(ObjectState state) const override {
    return words_of(history_, chains_.elements(state));
  }

 private:
  struct Call {
    bool appends;
    bool answered;
    Value element;
    ObjectState seen;
  };
  const History& history_;
  Chains chains_;
  std::vector<Call> calls_;
};

/// A set that elements are added to, and that is read whole. A state is told by a 128-bit sum over
/// its elements (see search.hpp on why that is enough), and linked to the one it grew from.
class Set final : public SequentialObject {
 public:
  Set(const History& history, std::span<const OperationId> calls) : history_(history) {
    number_of({}, {});
    std::map<Value, std::size_t> added;
    for (const OperationId id : calls) {
      const Operation& each = history.operations[id];
      if (each.kind == OperationKind::add) ++added[each.written];
    }
    for (const OperationId id : calls) {
      const Operation& each = history.operations[id];
      Elements seen = elements_of(history, each);
      std::sort(seen.begin(), seen.end());
      seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
      Sum sum;
      for (const Value element : seen) sum = plus(sum, element);
      const bool adds = each.kind == OperationKind::add;
      calls_.push_back({adds, answered(each), adds && added[each.written] > 1, each.written, sum});
    }
  }
  ObjectState initial() const override { return 0; }
  std::optional<ObjectState> apply(std::size_t call, ObjectState state) override {
    const Call& each = calls_[call];
    if (!each.adds) {
      return states_[state].sum == each.seen || !each.answered ? std::optional(state)
                                                               : std::nullopt;
    }
    if (each.repeated && holds(state, each.element)) return state;
    return number_of(plus(states_[state].sum, each.element), {state, each.element});
  }
  std::string words(ObjectState state) const override {
    Elements elements;
    for (; state != 0; state = states_[state].grown.from) {
      elements.push_back(states_[state].grown.element);
    }
    std::sort(elements.begin(), elements.end());
    return words_of(history_, elements);
  }

 private:
  using Sum = std::pair<std::uint64_t, std::uint64_t>;
  struct Growth {
    ObjectState from = 0;
    Value element = nil;
  };
  struct State {
    Sum sum;
    Growth grown;
  };
  struct Call {
    bool adds;
    bool answered;
    bool repeated;  ///< other calls add the same
    Value element;
    Sum seen;
  };

  static Sum plus(Sum sum, Value element) {
    return {sum.first + scatter(element), sum.second + scatter(~element)};
  }
  ObjectState number_of(Sum sum, Growth grown) {
    const auto [place, fresh] = numbers_.try_emplace(sum, static_cast<ObjectState>(states_.size()));
    if (fresh) states_.push_back({sum, grown});
    return place->second;
  }
  bool holds(ObjectState state, Value element) const {
    for (; state != 0; state = states_[state].grown.from) {
      if (states_[state].grown.element == element) return true;
    }
    return false;
  }

  const History& history_;
  std::map<Sum, ObjectState> numbers_;
  std::vector<State> states_;
  std::vector<Call> calls_;
};

/// A queue: first in, first out; an empty one gives nothing.
class Queue final : public SequentialObject {
 public:
  Queue(const History& history, std::span<const OperationId> calls) : history_(history) {
    contents_.number_of({});
    for (const OperationId id : calls) calls_.push_back(&history.operations[id]);
  }
  ObjectState initial() const override { return 0; }
  std::optional<ObjectState> apply(std::size_t call, ObjectState state) override {
    const Operation& each = *calls_[call];
    const Elements& now = contents_[state];
    if (each.kind == OperationKind::enqueue) {
      Elements longer = now;
      longer.push_back(each.written);
      return contents_.number_of(longer);
    }
    const Value front = now.empty() ? nil : now.front();
    if (answered(each) && only_value(each) != front) return std::nullopt;
    if (now.empty()) return state;
    return contents_.number_of(Elements(now.begin() + 1, now.end()));
  }
  std::string words(ObjectState state) const override {
    return words_of(history_, contents_[state]);
  }

 private:
  const History& history_;
  Numbered<Elements> contents_;
  std::vector<const Operation*> calls_;
};

// ---- others -----------------------------------------------------------------------------------

/// A number that is added to and read.
class Counter final : public SequentialObject {
 public:
  Counter(const History& history, std::span<const OperationId> calls) {
    sums_.number_of(number_of(history, nil));
    for (const OperationId id : calls) {
      const Operation& each = history.operations[id];
      calls_.push_back({each.kind, answered(each), number_of(history, each.written),
                        number_of(history, only_value(each))});
    }
  }

  ObjectState initial() const override { return 0; }
  std::optional<ObjectState> apply(std::size_t call, ObjectState state) override {
    const Call& each = calls_[call];
    std::int64_t sum = sums_[state];
    if (each.kind == OperationKind::add) {
      if (__builtin_add_overflow(sum, each.added, &sum)) {
        throw HistoryFormatError("a counter grows beyond 64 bits");
      }
      return sums_.number_of(sum);
    }
    return sum == each.seen || !each.answered ? std::optional(state) : std::nullopt;
  }
  std::string words(ObjectState state) const override { return fmt::format("{}", sums_[state]); }

 private:
  struct Call {
    OperationKind kind;
    bool answered;
    std::int64_t added;
    std::int64_t seen;
  };

  static std::int64_t number_of(const History& history, Value value) {
    const std::string text = text_of(history, value);
    if (text.empty()) return 0;
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) {
      throw HistoryFormatError(
          fmt::format("{} is not a whole number of 64 bits, which is what a counter holds", text));
    }
    return number;
  }

  Numbered<std::int64_t> sums_;
  std::vector<Call> calls_;
};

/// A lock that one holder has at a time.
class Mutex final : public SequentialObject {
 public:
  Mutex(const History& history, std::span<const OperationId> calls) {
    for (const OperationId id : calls) {
      const Operation& each = history.operations[id];
      calls_.push_back({each.kind == OperationKind::acquire, answered(each)});
    }
  }
  ObjectState initial() const override { return unlocked; }
  std::optional<ObjectState> apply(std::size_t call, ObjectState state) override {
    const Call& each = calls_[call];
    if (state == (each.acquires ? unlocked : locked)) return each.acquires ? locked : unlocked;
    return each.answered ? std::nullopt : std::optional(state);
  }
  std::string words(ObjectState state) const override {
    return state == locked ? "locked" : "unlocked";
  }

 private:
  static constexpr ObjectState unlocked = 0;
  static constexpr ObjectState locked = 1;
  struct Call {
    bool acquires;
    bool answered;
  };
  std::vector<Call> calls_;
};

template <class Object>
std::unique_ptr<SequentialObject> make(const History& history, std::span<const OperationId> calls) {
  return std::make_unique<Object>(history, calls);
}

using enum OperationKind;
constexpr std::array of_register = {get, put, insert};
constexpr std::array of_cas_register = {get, put, insert, compare_and_set};
constexpr std::array of_text = {get, put, insert, append};
constexpr std::array of_list = {get, append};
constexpr std::array of_set_or_counter = {get, add};
constexpr std::array of_queue = {enqueue, dequeue};
constexpr std::array of_mutex = {acquire, release};

constexpr std::array kinds = {
    ObjectKind{.name = "register",
               .summary = "A cell that is read and written.",
               .operations = of_register,
               .make = make<Register>,
               .is_register = true},
    ObjectKind{.name = "cas-register",
               .summary = "A cell that is read, written, and compared and set.",
               .operations = of_cas_register,
               .make = make<Register>,
               .is_register = true},
    ObjectKind{.name = "kv",
               .summary = "Texts under keys that are read, written and appended to.",
               .operations = of_text,
               .make = make<Text>},
    ObjectKind{.name = "append",
               .summary = "Lists that are appended to and read whole.",
               .operations = of_list,
               .make = make<List>,
               .keeps_all = true,
               .begins_empty = true},
    ObjectKind{.name = "set",
               .summary = "A set that elements are added to and that is read whole.",
               .operations = of_set_or_counter,
               .make = make<Set>,
               .keeps_all = true,
               .begins_empty = true},
    ObjectKind{.name = "counter",
               .summary = "A number that is added to and read.",
               .operations = of_set_or_counter,
               .make = make<Counter>},
    ObjectKind{.name = "queue",
               .summary = "A queue, first in, first out.",
               .operations = of_queue,
               .make = make<Queue>,
               .begins_empty = true},
    ObjectKind{.name = "mutex",
               .summary = "A lock that one holder has at a time.",
               .operations = of_mutex,
               .make = make<Mutex>,
               .begins_empty = true},
};

}  // namespace

std::span<const ObjectKind> object_kinds() { return kinds; }

const ObjectKind* find_object_kind(std::string_view name) {
  const auto found = std::find_if(kinds.begin(), kinds.end(),
                                  [&](const ObjectKind& each) { return each.name == name; });
  return found == kinds.end() ? nullptr : &*found;
}

}  // namespace faultline
