#include <algorithm>
#include <unordered_map>

#include <faultline/check/traces.hpp>
#include <faultline/check/versions.hpp>
#include <faultline/history/key_index.hpp>

namespace faultline {

/// What is known of the operations before they are steps.
struct Traces::Draft {
  static constexpr std::uint32_t left_out = std::numeric_limits<std::uint32_t>::max();

  explicit Draft(std::size_t operations)
      : key(operations, left_out), step(operations, no_step), origin_begin(operations) {}

  std::vector<std::uint32_t> key;  ///< by operation
  std::vector<StepId> step;        ///< by operation
  std::vector<std::size_t> origin_begin;
  /// For each value that a read returned, in turn: its write; `nobody` for nil and for thin air.
  std::vector<OperationId> origins;
  std::vector<OperationId> thin_air;
};

Traces::Traces(const History& history, std::span<const std::uint16_t> workloads)
    : history_(history) {
  Draft draft(history.operations.size());
  draft_keys(draft, workloads);
  form_chains(draft);
  for (StepId step = 0; step < steps_.size(); ++step) draft.step[steps_[step].id] = step;
  find_sources(draft);
  sort_by_chain();
}

void Traces::draft_keys(Draft& draft, std::span<const std::uint16_t> workloads) {
  const KeyIndex index(history_, workloads);
  std::vector<OperationId> seen;
  for (std::size_t position = 0; position < index.size(); ++position) {
    const auto operations = index.operations(position);
    const KeyVersions versions(history_, operations);
    if (versions.ambiguous()) {
      complete_ = false;
      continue;
    }
    const auto key = static_cast<std::uint32_t>(keys_++);
    for (const OperationId id : operations) {
      const Operation& operation = history_.operations[id];
      if (operation.outcome == Outcome::ok) draft.key[id] = key;
      if (!answered_read(operation)) continue;
      ++reads_;
      draft.origin_begin[id] = draft.origins.size();
      bool explained = true;
      for_each_observed(history_, operation, [&](Value value) {
        const Version* version = versions.find(value);
        const OperationId write = version == nullptr ? nobody : version->write;
        explained = explained && version != nullptr &&
                    (write == nobody || history_.operations[write].outcome != Outcome::failed);
        draft.origins.push_back(write);
        if (write != nobody) seen.push_back(write);
      });
      if (!explained) draft.thin_air.push_back(id);
    }
    for (const OperationId write : seen) {
      if (history_.operations[write].outcome != Outcome::failed) draft.key[write] = key;
    }
    seen.clear();
  }
  std::sort(draft.thin_air.begin(), draft.thin_air.end());
}

void Traces::form_chains(const Draft& draft) {
  std::unordered_map<std::uint32_t, std::vector<StepId>> ends;  // by session: of its chains
  for (OperationId id = 0; id < draft.key.size(); ++id) {
    if (draft.key[id] == Draft::left_out) continue;
    const Operation& operation = history_.operations[id];
    std::vector<StepId>& strands = ends[operation.session];
    const auto strand = std::find_if(strands.begin(), strands.end(), [&](StepId last) {
      return precedes(history_.operations[steps_[last].id], operation);
    });
    const StepId before = strand == strands.end() ? no_step : *strand;
    const auto step = static_cast<StepId>(steps_.size());
    if (operation.outcome != Outcome::ok || before == no_step) {
      append(id, draft.key[id], before, static_cast<std::uint32_t>(lengths_.size()));
      if (operation.outcome != Outcome::ok) continue;
      if (!strands.empty()) complete_ = false;
      strands.push_back(step);
    } else {
      append(id, draft.key[id], before, steps_[before].chain);
      *strand = step;
    }
  }
}

void Traces::append(OperationId id, std::uint32_t key, StepId before, std::uint32_t chain) {
  if (chain == lengths_.size()) lengths_.push_back(0);
  TraceStep step;
  step.id = id;
  step.chain = chain;
  step.place = ++lengths_[chain];
  step.key = key;
  step.before = before;
  if (before != no_step) step.written = steps_[before].write ? before : steps_[before].written;
  step.write = history_.operations[id].writes();
  steps_.push_back(step);
}

void Traces::find_sources(const Draft& draft) {
  source_begins_.push_back(0);
  auto thin_air = draft.thin_air.begin();
  for (StepId step = 0; step < steps_.size(); ++step) {
    const OperationId id = steps_[step].id;
    while (thin_air != draft.thin_air.end() && *thin_air < id) ++thin_air;
    if (thin_air != draft.thin_air.end() && *thin_air == id) {
      thin_air_.push_back(step);
    } else if (!steps_[step].write) {
      const std::size_t count = 1U + history_.operations[id].more_count;
      for (std::size_t number = 0; number < count; ++number) {
        const OperationId write = draft.origins[draft.origin_begin[id] + number];
        sources_.push_back(write == nobody ? no_step : draft.step[write]);
      }
    }
    source_begins_.push_back(sources_.size());
  }
}

void Traces::sort_by_chain() {
  chain_begins_.push_back(0);
  for (const std::uint32_t length : lengths_) {
    chain_begins_.push_back(chain_begins_.back() + length);
  }
  by_chain_.resize(steps_.size());
  for (StepId step = 0; step < steps_.size(); ++step) {
    by_chain_[chain_begins_[steps_[step].chain] + steps_[step].place - 1] = step;
  }
}

}  // namespace faultline
