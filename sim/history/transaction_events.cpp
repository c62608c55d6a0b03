#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <faultline/history/event_source.hpp>
#include <faultline/history/events.hpp>
#include <faultline/history/names.hpp>

namespace faultline {
namespace {

using edn::Term;

class TransactionPairing {
 public:
  TransactionPairing() { values_.number_of("nil"); }

  void take(const Event& event) {
    if (event.foreign()) return;
    if (event.function != "txn") {
      complain_of_line(event.line,
                       fmt::format("\"{}\" is not a transaction (txn)", event.function));
    }
    if (event.type == EventType::invoke) {
      auto& open = open_.begin(event);
      open.kept = {event.position, event.value};
      check_steps(event.value, event.line);
      return;
    }
    const auto open = open_.end(event);
    if (event.type != EventType::ok) {
      end(open, event.type == EventType::fail ? Outcome::failed : Outcome::unknown);
      return;
    }
    check_steps(event.value, event.line);
    check_same(open.kept.steps, event.value, event.line, open.line);
    history_.begin(open.process, Time{Duration{open.kept.position}}, Time{Duration{event.position}},
                   Outcome::ok);
    for (const Term& step : event.value.children) add(step, true);
  }

  TransactionHistory finish() {
    std::vector<OpenCalls<Kept>::Open> rest;
    for (const auto& [process, open] : open_.all()) rest.push_back(open);
    std::sort(rest.begin(), rest.end(),
              [](const auto& a, const auto& b) { return a.process < b.process; });
    for (const auto& open : rest) end(open, Outcome::unknown);
    history_.key_names = keys_.all();
    history_.value_names = values_.all();
    return std::move(history_);
  }

 private:
  struct Kept {
    std::int64_t position = 0;
    Term steps;
  };

  static void check_steps(const Term& steps, std::size_t line) {
    if (!steps.collection() || steps.kind == Term::Kind::map) {
      complain_of_line(line,
                       "a transaction is a vector of steps, as in [[:append :x 1] [:r :x nil]]");
    }
    for (const Term& step : steps.children) {
      const bool known = step.collection() && step.children.size() == 3 &&
                         (step.children[0].text == "r" || step.children[0].text == "w" ||
                          step.children[0].text == "append");
      if (!known) {
        complain_of_line(line,
                         fmt::format("{} is not a step ([:append key element], [:w key value] "
                                     "or [:r key result])",
                                     edn::to_text(step)));
      }
    }
  }

  /// A completion repeats what was asked for.
  static void check_same(const Term& asked, const Term& done, std::size_t line,
                         std::size_t asked_in) {
    bool same = asked.children.size() == done.children.size();
    for (std::size_t place = 0; same && place < asked.children.size(); ++place) {
      const auto& before = asked.children[place].children;
      const auto& after = done.children[place].children;
      same = before[0].text == after[0].text && edn::to_text(before[1]) == edn::to_text(after[1]) &&
             (before[0].text == "r" || edn::to_text(before[2]) == edn::to_text(after[2]));
    }
    if (!same) {
      complain_of_line(line, fmt::format("completes other steps than line {} asked for", asked_in));
    }
  }

  void end(const OpenCalls<Kept>::Open& open, Outcome outcome) {
    history_.begin(open.process, Time{Duration{open.kept.position}}, never, outcome);
    for (const Term& step : open.kept.steps.children) add(step, false);
  }

  void add(const Term& step, bool known) {
    const std::string& what = step.children[0].text;
    const Key key = keys_.number_of(edn::to_text(step.children[1]));
    const Term& value = step.children[2];
    if (what == "append") {
      history_.append(key, number_of(value));
    } else if (what == "w") {
      history_.write(key, number_of(value));
    } else if (!known) {
      history_.read_without_result(key);
    } else if (value.collection()) {
      std::vector<Value> elements;
      for (const Term& element : value.children) elements.push_back(number_of(element));
      history_.read_list(key, elements);
    } else {
      history_.read_register(key, number_of(value));
    }
  }

  Value number_of(const Term& term) { return values_.number_of(edn::to_text(term)); }

  TransactionHistory history_;
  Names keys_;
  Names values_;
  OpenCalls<Kept> open_;
};

}  // namespace

TransactionHistory read_transactions(std::string_view text) {
  TransactionPairing pairing;
  Event event;
  const auto source = make_event_source(text);
  while (source->next(event)) pairing.take(event);
  return pairing.finish();
}

}  // namespace faultline
