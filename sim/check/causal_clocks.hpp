// Vector clocks over a history (Fidge 1988, Mattern 1989): how much of each chain may have caused
// each step. Clocks are kept only while a read still needs them, so that a long history of many
// sessions does not take sessions times operations of memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <faultline/check/precedence.hpp>
#include <faultline/check/traces.hpp>

namespace faultline {

/// For each chain, the place of its last step that may have caused something.
using CausalClock = std::span<const std::uint32_t>;

inline bool knows(CausalClock clock, const TraceStep& step) {
  return step.place <= clock[step.chain];
}

class CausalClocks {
 public:
  /// `order`: all steps, causes first. Both arguments must outlive this.
  CausalClocks(const Traces& traces, std::span<const StepId> order);

  /// Calls `visit(step, clock)` for every step in order; a step's clock includes itself. False if
  /// more than `most` numbers would have to be kept at a time: then not all steps were visited.
  template <typename Visitor>
  bool walk(std::size_t most, Visitor&& visit) {
    start();
    if (kept() > most) return false;
    for (const StepId step : order_) {
      visit(step, advance(step));
      if (kept() > most) return false;
    }
    return true;
  }

  /// Whether the step visited last, a read, returned what its session had not known of.
  bool learned() const { return learned_; }

 private:
  void start();
  CausalClock advance(StepId step);
  std::size_t kept() const { return clocks_.size() + (pool_.size() - free_.size()) * width_; }
  /// Takes a copy of a step's clock, for as many steps of other chains as will need it.
  void keep(StepId step, CausalClock clock);
  void release(StepId step);

  const Traces& traces_;
  std::span<const StepId> order_;
  std::size_t width_;
  std::vector<std::uint32_t> row_;  ///< by chain: its row in `clocks_`; chains of one have none
  std::size_t rows_ = 0;
  std::vector<std::uint32_t> clocks_;
  std::vector<std::uint32_t> readers_;  ///< by step: who needs its clock in other chains
  std::vector<std::uint32_t> awaited_;  ///< by step: those of them still to come
  std::vector<std::uint32_t> place_;    ///< by step: where in the pool
  std::vector<std::vector<std::uint32_t>> pool_;
  std::vector<std::uint32_t> free_;
  std::vector<std::uint32_t> scratch_;
  bool learned_ = false;
};

}  // namespace faultline
