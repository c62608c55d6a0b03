#include <algorithm>
#include <array>
#include <charconv>
#include <deque>
#include <map>
#include <unordered_map>
#include <vector>

#include <fmt/format.h>

#include <faultline/check/objects.hpp>
#include <faultline/check/wording.hpp>
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

// ---- registers --------------------------------------------------------------------------------

/// A cell that is read, written, and compared and set. Its states are its values, numbered.
class Register final : public SequentialObject {
 public:
  Register(const History& history, std::span<const OperationId> calls) : history_(history) {
    values_.number_of(nil);
    for (const OperationId id : calls) {
      const Operation& each = history.operations[id];
      calls_.push_back({each.kind, answered(each), each.error == Error::mismatch,
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

/// A text that is read, written, and appended to: a value of a key-value store.
class Text final : public SequentialObject {
 public:
  Text(const History& history, std::span<const OperationId> calls) {
    texts_.number_of(text_of(history, nil));
    for (const OperationId id : calls) {
      const Operation& each = history.operations[id];
      calls_.push_back({each.kind, answered(each), texts_.number_of(text_of(history, each.written)),
                        texts_.number_of(text_of(history, each.observed))});
    }
  }

  ObjectState initial() const override { return 0; }
  std::optional<ObjectState> apply(std::size_t call, ObjectState state) override {
    const Call& each = calls_[call];
    switch (each.kind) {
      case OperationKind::put:
      case OperationKind::insert:
        return each.written;
      case OperationKind::append:
        return appended(state, each.written);
      default:
        return state == each.seen || !each.answered ? std::optional(state) : std::nullopt;
    }
  }
  std::string words(ObjectState state) const override {
    return fmt::format("\"{}\"", texts_[state]);
  }

 private:
  struct Call {
    OperationKind kind;
    bool answered;
    ObjectState written;
    ObjectState seen;
  };

  ObjectState appended(ObjectState state, ObjectState tail) {
    const auto [place, fresh] = appended_.try_emplace(std::uint64_t{state} << 32U | tail);
    if (fresh) place->second = texts_.number_of(texts_[state] + texts_[tail]);
    return place->second;
  }

  Numbered<std::string> texts_;
  std::unordered_map<std::uint64_t, ObjectState> appended_;  ///< looked up, never walked
  std::vector<Call> calls_;
};

// ---- collections ------------------------------------------------------------------------------

/// What lists, sets and queues share: states are the elements that they hold.
class Collection : public SequentialObject {
 public:
  Collection(const History& history, std::span<const OperationId> calls) : history_(history) {
    contents_.number_of({});
    for (const OperationId id : calls) calls_.push_back(&history.operations[id]);
  }
  ObjectState initial() const final { return 0; }
  std::string words(ObjectState state) const final { return words_of(history_, contents_[state]); }

 protected:
  const History& history_;
  Numbered<Elements> contents_;
  std::vector<const Operation*> calls_;
};

/// A list that grows at its end and is read whole.
class List final : public Collection {
 public:
  using Collection::Collection;
  std::optional<ObjectState> apply(std::size_t call, ObjectState state) override {
    const Operation& each = *calls_[call];
    Elements now = contents_[state];
    if (each.kind == OperationKind::append) {
      now.push_back(each.written);
      return contents_.number_of(now);
    }
    if (!answered(each) || elements_of(history_, each) == now) return state;
    return std::nullopt;
  }
};

/// A set that elements are added to, and that is read whole.
class Set final : public Collection {
 public:
  using Collection::Collection;
  std::optional<ObjectState> apply(std::size_t call, ObjectState state) override {
    const Operation& each = *calls_[call];
    Elements now = contents_[state];
    if (each.kind == OperationKind::add) {
      const auto place = std::lower_bound(now.begin(), now.end(), each.written);
      if (place != now.end() && *place == each.written) return state;
      now.insert(place, each.written);
      return contents_.number_of(now);
    }
    Elements seen = elements_of(history_, each);
    std::sort(seen.begin(), seen.end());
    if (!answered(each) || seen == now) return state;
    return std::nullopt;
  }
};

/// A queue: first in, first out; an empty one gives nothing.
class Queue final : public Collection {
 public:
  using Collection::Collection;
  std::optional<ObjectState> apply(std::size_t call, ObjectState state) override {
    const Operation& each = *calls_[call];
    Elements now = contents_[state];
    if (each.kind == OperationKind::enqueue) {
      now.push_back(each.written);
      return contents_.number_of(now);
    }
    const Value front = now.empty() ? nil : now.front();
    if (answered(each) && each.observed != front) return std::nullopt;
    if (now.empty()) return state;
    now.erase(now.begin());
    return contents_.number_of(now);
  }
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
                        number_of(history, each.observed)});
    }
  }

  ObjectState initial() const override { return 0; }
  std::optional<ObjectState> apply(std::size_t call, ObjectState state) override {
    const Call& each = calls_[call];
    const std::int64_t sum = sums_[state];
    if (each.kind == OperationKind::add) return sums_.number_of(sum + each.added);
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
    ObjectKind{"register", "A cell that is read and written.", of_register, make<Register>},
    ObjectKind{"cas-register", "A cell that is read, written, and compared and set.",
               of_cas_register, make<Register>},
    ObjectKind{"kv", "Texts under keys that are read, written and appended to.", of_text,
               make<Text>},
    ObjectKind{"append", "Lists that are appended to and read whole.", of_list, make<List>},
    ObjectKind{"set", "A set that elements are added to and that is read whole.", of_set_or_counter,
               make<Set>},
    ObjectKind{"counter", "A number that is added to and read.", of_set_or_counter, make<Counter>},
    ObjectKind{"queue", "A queue, first in, first out.", of_queue, make<Queue>},
    ObjectKind{"mutex", "A lock that one holder has at a time.", of_mutex, make<Mutex>},
};

}  // namespace

std::span<const ObjectKind> object_kinds() { return kinds; }

const ObjectKind* find_object_kind(std::string_view name) {
  const auto found = std::find_if(kinds.begin(), kinds.end(),
                                  [&](const ObjectKind& each) { return each.name == name; });
  return found == kinds.end() ? nullptr : &*found;
}

}  // namespace faultline
