#include <algorithm>

#include <fmt/format.h>

#include <faultline/check/precedence.hpp>
#include <faultline/check/wording.hpp>

namespace faultline {

Precedence Precedence::of_causes(const Traces& traces) { return {traces, everybody, nullptr}; }

Precedence Precedence::of_causes(const Traces& traces, std::uint32_t observer,
                                 const std::vector<StepId>& telling) {
  return {traces, observer, &telling};
}

Precedence Precedence::of_arrivals(const Traces& traces, std::uint32_t observer) {
  return {traces, observer, nullptr};
}

bool Precedence::add(StepId before, StepId after, StepId reader) {
  if (find(before, after) != nullptr) return false;
  append(before, after, reader);
  return true;
}

void Precedence::append(StepId before, StepId after, StepId reader) {
  if (heads_.empty()) {
    heads_.resize(traces_.size(), no_edge);
    onward_.resize(traces_.size(), no_edge);
  }
  const auto edge = static_cast<std::uint32_t>(edges_.size());
  edges_.push_back({before, after, reader, heads_[after], onward_[before]});
  heads_[after] = onward_[before] = edge;
}

std::string Precedence::reason(StepId before, StepId after) const {
  const History& history = traces_.history();
  const std::string first = in_words(history, traces_.operation(before));
  const std::string second = in_words(history, traces_.operation(after));
  const auto sources = sources_of(after);
  if (std::find(sources.begin(), sources.end(), before) != sources.end()) {
    return fmt::format(" {} returned {}.", second, first);
  }
  if (const Edge* edge = find(before, after)) {
    return fmt::format(" {} came before {}, for {} returned the latter though it came after both.",
                       first, second, in_words(history, traces_.operation(edge->reader)));
  }
  return fmt::format(" {} came before {} in their session.", first, second);
}

Witness Precedence::explain_circle(std::span<const StepId> circle) const {
  // Begun where a session is entered, so that no run of its steps is cut in two.
  std::vector<StepId> way(circle.begin(), circle.end());
  for (std::size_t place = 0; place < way.size(); ++place) {
    const StepId last = way[(place + way.size() - 1) % way.size()];
    if (session_order(way[place]) == last) continue;
    std::rotate(way.begin(), way.begin() + static_cast<std::ptrdiff_t>(place), way.end());
    break;
  }
  way.push_back(way.front());
  Witness witness;
  describe(way, witness);
  return witness;
}

void Precedence::explain_way(StepId from, StepId to, std::string_view heading,
                             Witness& witness) const {
  std::vector<StepId> onward(traces_.size(), no_step);  // by step: the next towards `to`
  std::vector<StepId> queue{to};
  for (std::size_t place = 0; place < queue.size() && onward[from] == no_step; ++place) {
    std::uint64_t cursor = 0;
    for (;;) {
      const StepId before = next_before(queue[place], cursor);
      if (before == no_step) break;
      if (before == to || onward[before] != no_step) continue;
      onward[before] = queue[place];
      queue.push_back(before);
    }
  }
  std::vector<StepId> way{from};
  while (way.back() != to && way.back() != no_step) way.push_back(onward[way.back()]);
  if (way.back() == no_step) return;
  witness.explanation += heading;
  describe(way, witness);
}

void Precedence::describe(std::span<const StepId> way, Witness& witness) const {
  // Of a run of steps in one session only the ends matter.
  std::vector<StepId> corners;
  for (std::size_t place = 0; place < way.size(); ++place) {
    const bool inside = place > 0 && place + 1 < way.size() &&
                        session_order(way[place]) == way[place - 1] &&
                        session_order(way[place + 1]) == way[place];
    if (!inside) corners.push_back(way[place]);
  }
  for (std::size_t place = 0; place < corners.size(); ++place) {
    witness.operations.push_back(traces_[corners[place]].id);
    if (place == 0) continue;
    const StepId before = corners[place - 1];
    const StepId after = corners[place];
    witness.explanation += reason(before, after);
    const Edge* edge = find(before, after);
    if (edge == nullptr) continue;
    witness.key = traces_.operation(after).key;
    witness.operations.push_back(traces_[edge->reader].id);
  }
  auto& operations = witness.operations;
  std::sort(operations.begin(), operations.end());
  operations.erase(std::unique(operations.begin(), operations.end()), operations.end());
}

const Precedence::Edge* Precedence::find(StepId before, StepId after) const {
  if (heads_.empty()) return nullptr;
  for (std::uint32_t at = onward_[before]; at != no_edge; at = edges_[at].next_onward) {
    if (edges_[at].after == after) return &edges_[at];
  }
  return nullptr;
}

void DependencyOrder::restart() {
  round_ += 2;
  way_.clear();
  order_.clear();
  circle_.clear();
}

bool DependencyOrder::append(const Precedence& precedence, StepId step) {
  if (marks_[step] == round_ + 1) return true;
  marks_[step] = round_;
  way_.push_back({step, 0});
  while (!way_.empty()) {
    const StepId before = precedence.next_before(way_.back().step, way_.back().cursor);
    if (before == no_step) {
      marks_[way_.back().step] = round_ + 1;
      order_.push_back(way_.back().step);
      way_.pop_back();
    } else if (marks_[before] == round_) {
      close_circle(before);
      return false;
    } else if (marks_[before] != round_ + 1) {
      marks_[before] = round_;
      way_.push_back({before, 0});
    }
  }
  return true;
}

void DependencyOrder::close_circle(StepId step) {
  // The way leads from each step to one that must come before it.
  const auto first = std::find_if(way_.begin(), way_.end(),
                                  [&](const Visit& visit) { return visit.step == step; });
  for (auto visit = way_.end(); visit != first;) circle_.push_back((--visit)->step);
}

}  // namespace faultline
