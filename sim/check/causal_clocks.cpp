#include <algorithm>

#include <faultline/check/causal_clocks.hpp>

namespace faultline {
namespace {

constexpr std::uint32_t none = 0xffffffff;

}  // namespace

CausalClocks::CausalClocks(const Traces& traces, std::span<const StepId> order)
    : traces_(traces),
      order_(order),
      width_(traces.chains()),
      row_(traces.chains(), none),
      readers_(traces.size()),
      place_(traces.size(), none) {
  for (std::size_t chain = 0; chain < traces.chains(); ++chain) {
    if (traces.chain(chain).size() > 1) row_[chain] = static_cast<std::uint32_t>(rows_++);
  }
  for (StepId step = 0; step < traces.size(); ++step) {
    const StepId before = traces[step].before;
    if (before != no_step && traces[before].chain != traces[step].chain) ++readers_[before];
    for (const StepId source : traces.sources(step)) {
      if (source != no_step && traces[source].chain != traces[step].chain) ++readers_[source];
    }
  }
}

void CausalClocks::start() {
  clocks_.assign(rows_ * width_, 0);
  awaited_ = readers_;
  pool_.clear();
  free_.clear();
}

CausalClock CausalClocks::advance(StepId number) {
  const TraceStep& step = traces_[number];
  const std::uint32_t row = row_[step.chain];
  std::span<std::uint32_t> clock;
  if (row != none) {
    clock = std::span(clocks_).subspan(row * width_, width_);
  } else {
    scratch_.assign(width_, 0);
    clock = scratch_;
  }
  const auto learn = [&](StepId from) {
    if (from == no_step || traces_[from].chain == step.chain) return;
    learned_ = learned_ || traces_[from].place > clock[traces_[from].chain];
    const auto& other = pool_[place_[from]];
    for (std::size_t chain = 0; chain < width_; ++chain) {
      clock[chain] = std::max(clock[chain], other[chain]);
    }
    release(from);
  };
  learned_ = false;
  // The step before lies in another chain if this is a write of unknown outcome. Its session may
  // have gone on since, so what counts is what it knew then.
  learn(step.before);
  for (const StepId source : traces_.sources(number)) learn(source);
  clock[step.chain] = step.place;
  if (awaited_[number] > 0) keep(number, clock);
  return clock;
}

void CausalClocks::keep(StepId step, CausalClock clock) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(pool_.size()));
    pool_.emplace_back();
  }
  place_[step] = free_.back();
  free_.pop_back();
  pool_[place_[step]].assign(clock.begin(), clock.end());
}

void CausalClocks::release(StepId step) {
  if (--awaited_[step] == 0) free_.push_back(place_[step]);
}

}  // namespace faultline
