#include <algorithm>
#include <limits>
#include <utility>

#include <faultline/check/search.hpp>
#include <faultline/core/random.hpp>

namespace faultline {
namespace {

/// What has been tried: a set of 128-bit hashes with open addressing.
class Tried {
 public:
  struct Hash {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    friend bool operator==(const Hash&, const Hash&) = default;
  };

  Tried() : slots_(1024) {}

  /// False if it was there.
  bool insert(Hash hash) {
    if (hash == Hash{}) hash.low = 1;  // the empty slot's
    if (2 * (size_ + 1) > slots_.size()) grow();
    Hash& slot = slot_of(hash);
    if (slot == hash) return false;
    slot = hash;
    ++size_;
    return true;
  }
  std::size_t size() const { return size_; }

 private:
  Hash& slot_of(const Hash& hash) {
    std::size_t place = hash.low & (slots_.size() - 1);
    while (slots_[place] != Hash{} && slots_[place] != hash) {
      place = (place + 1) & (slots_.size() - 1);
    }
    return slots_[place];
  }
  void grow() {
    std::vector<Hash> old(slots_.size() * 2);
    old.swap(slots_);
    for (const Hash& hash : old) {
      if (hash != Hash{}) slot_of(hash) = hash;
    }
  }

  std::vector<Hash> slots_;
  std::size_t size_ = 0;
};

constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

class Search {
 public:
  Search(SequentialObject& object, std::vector<SearchedCall> calls, std::size_t bound)
      : object_(object), calls_(std::move(calls)), bound_(bound), taken_(calls_.size()) {
    line_up();
    find_twins();
  }

  SearchResult run();

 private:
  /// An event in the line of what is still to be explained: a call, or its answer.
  struct Event {
    std::uint32_t call = none;
    bool answer = false;
    std::uint32_t previous = none;
    std::uint32_t next = none;
  };
  struct Step {
    std::uint32_t event;
    ObjectState state;  ///< before it
    bool forced;        ///< nothing else need be tried in its place
  };

  bool pending(std::uint32_t call) const { return calls_[call].answered == endless; }

  /// All events in order of time; event 0 is the line's head.
  void line_up() {
    struct Dated {
      Moment at;
      std::uint32_t call;
      bool answer;
    };
    std::vector<Dated> dated;
    for (std::uint32_t call = 0; call < calls_.size(); ++call) {
      dated.push_back({calls_[call].called, call, false});
      if (pending(call)) continue;
      dated.push_back({calls_[call].answered, call, true});
      ++to_explain_;
    }
    std::stable_sort(dated.begin(), dated.end(),
                     [](const Dated& a, const Dated& b) { return a.at < b.at; });
    events_.resize(dated.size() + 1);
    answer_of_.resize(calls_.size(), none);
    events_[0].next = dated.empty() ? none : 1;
    for (std::uint32_t place = 1; place < events_.size(); ++place) {
      const Dated& each = dated[place - 1];
      events_[place] = {each.call, each.answer, place - 1,
                        place + 1 < events_.size() ? place + 1 : none};
      if (each.answer) answer_of_[each.call] = place;
    }
  }

  /// For each call of unknown outcome the one before it that does the same.
  void find_twins() {
    twin_before_.resize(calls_.size(), none);
    std::vector<std::uint32_t> order;
    for (std::uint32_t call = 0; call < calls_.size(); ++call) {
      if (pending(call)) order.push_back(call);
    }
    std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      return std::tie(calls_[a].alike, calls_[a].called) <
             std::tie(calls_[b].alike, calls_[b].called);
    });
    for (std::size_t place = 1; place < order.size(); ++place) {
      if (calls_[order[place]].alike == calls_[order[place - 1]].alike) {
        twin_before_[order[place]] = order[place - 1];
      }
    }
  }

  void unlink(std::uint32_t place) {
    const Event& event = events_[place];
    events_[event.previous].next = event.next;
    if (event.next != none) events_[event.next].previous = event.previous;
  }
  void relink(std::uint32_t place) {
    const Event& event = events_[place];
    events_[event.previous].next = place;
    if (event.next != none) events_[event.next].previous = place;
  }

  Tried::Hash toggled(std::uint32_t call) const {
    return {taken_hash_.low ^ scatter(2 * std::uint64_t{call}),
            taken_hash_.high ^ scatter(2 * std::uint64_t{call} + 1)};
  }
  static Tried::Hash with_state(Tried::Hash hash, ObjectState state) {
    return {hash.low ^ scatter(~std::uint64_t{state}),
            hash.high + scatter(hash.low ^ std::uint64_t{state})};
  }

  void take(std::uint32_t place, ObjectState after, bool forced) {
    const std::uint32_t call = events_[place].call;
    steps_.push_back({place, state_, forced});
    taken_hash_ = toggled(call);
    taken_[call] = true;
    state_ = after;
    unlink(place);
    if (answer_of_[call] != none) {
      unlink(answer_of_[call]);
      --to_explain_;
    }
  }
  /// Returns the event whose turn it was.
  Step take_back() {
    const Step step = steps_.back();
    steps_.pop_back();
    const std::uint32_t call = events_[step.event].call;
    taken_hash_ = toggled(call);
    taken_[call] = false;
    state_ = step.state;
    if (answer_of_[call] != none) {
      relink(answer_of_[call]);
      ++to_explain_;
    }
    relink(step.event);
    return step;
  }

  /// Whether the latest step, a call of unknown outcome, makes no difference to this call: then it
  /// is better left for later.
  bool needless_before(std::uint32_t call, ObjectState after) const {
    if (steps_.empty() || !pending(events_[steps_.back().event].call)) return false;
    return object_.apply(call, steps_.back().state) == after;
  }

  enum class Turn : std::uint8_t { taken, passed, dead_end };
  Turn try_to_take(std::uint32_t place);
  void note_block(std::uint32_t place);

  SequentialObject& object_;
  std::vector<SearchedCall> calls_;
  std::size_t bound_;
  std::vector<Event> events_;
  std::vector<std::uint32_t> answer_of_;    ///< by call: its answer's event
  std::vector<std::uint32_t> twin_before_;  ///< by call
  std::vector<bool> taken_;
  std::vector<Step> steps_;
  Tried tried_;
  Tried::Hash taken_hash_;
  ObjectState state_ = 0;
  /// Events looked at for each configuration that the bound allows.
  static constexpr std::size_t most_looks = 64;

  std::size_t looked_at_ = 0;
  std::size_t to_explain_ = 0;  ///< answers
  std::uint32_t furthest_ = 0;  ///< the latest answer that stopped the search
  std::vector<ObjectState> states_there_;
};

Search::Turn Search::try_to_take(std::uint32_t place) {
  const std::uint32_t call = events_[place].call;
  if (twin_before_[call] != none && !taken_[twin_before_[call]]) return Turn::passed;
  const std::optional<ObjectState> after = object_.apply(call, state_);
  if (!after || needless_before(call, *after)) return Turn::passed;
  if (*after == state_ && pending(call)) return Turn::passed;
  const bool forced = calls_[call].observes;
  if (tried_.insert(with_state(toggled(call), *after))) {
    take(place, *after, forced);
    return Turn::taken;
  }
  return forced ? Turn::dead_end : Turn::passed;
}

void Search::note_block(std::uint32_t place) {
  constexpr std::size_t most_states = 16;
  if (place < furthest_) return;
  if (place > furthest_) {
    furthest_ = place;
    states_there_.clear();
  }
  const bool known =
      std::find(states_there_.begin(), states_there_.end(), state_) != states_there_.end();
  if (!known && states_there_.size() < most_states) states_there_.push_back(state_);
}

SearchResult Search::run() {
  SearchResult result;
  state_ = object_.initial();
  std::uint32_t place = events_[0].next;
  while (to_explain_ > 0) {
    if (tried_.size() >= bound_ || ++looked_at_ >= most_looks * bound_) {
      result.verdict = Verdict::unknown;
      break;
    }
    bool stuck = place == none;
    if (!stuck && events_[place].answer) {
      note_block(place);
      stuck = true;
    }
    if (!stuck) {
      const Turn turn = try_to_take(place);
      if (turn == Turn::taken) place = events_[0].next;
      if (turn == Turn::passed) place = events_[place].next;
      stuck = turn == Turn::dead_end;
    }
    if (!stuck) continue;
    while (!steps_.empty() && steps_.back().forced) take_back();
    if (steps_.empty()) {
      result.verdict = Verdict::invalid;
      result.blocked = events_[furthest_].call;
      result.states_before = states_there_;
      break;
    }
    place = events_[take_back().event].next;
  }
  result.configurations = tried_.size();
  result.looked_at = looked_at_;
  return result;
}

}  // namespace

SearchResult search_linearization(SequentialObject& object, std::vector<SearchedCall> calls,
                                  std::size_t bound) {
  return Search(object, std::move(calls), bound).run();
}

}  // namespace faultline
