// Chaos over leaders, each a site of its own, with clients that stay with theirs.
#pragma once

#include <optional>
#include <string>

#include <faultline/check/strong_eventual.hpp>
#include <faultline/multi_leader/multi_leader.hpp>

#include "model/asynchronous.hpp"
#include "model/flaws.hpp"

namespace faultline::multi_leader {

using namespace std::chrono_literals;

/// Parameters for short tests: everything faster than the defaults.
inline Parameters quick(Conflicts conflicts = Conflicts::last_writer_wins) {
  Parameters parameters;
  parameters.conflicts = conflicts;
  parameters.resend_after = 100ms;
  return parameters;
}

inline Parameters quick(DataType type) {
  Parameters parameters = quick(Conflicts::merge);
  parameters.type = type;
  return parameters;
}

struct Chaos : testing::Chaos {
  Chaos() {
    clients = 6;
    keys = 4;
    faithful = true;
  }
  Parameters parameters = quick();
};

class ChaosRun final : public testing::AsynchronousChaosRun<MultiLeader> {
 public:
  explicit ChaosRun(const Chaos& chaos)
      : AsynchronousChaosRun(chaos.parameters, chaos, longest_outbox(chaos)),
        type_(chaos.parameters.type) {}

 private:
  /// What is passed on may go beyond the limit; all the more what is sent to who has lost its disk.
  static std::int64_t longest_outbox(const Chaos& chaos) {
    const std::int64_t keys =
        chaos.fate == DiskFate::lost ? 100 * static_cast<std::int64_t>(chaos.keys) : 0;
    return 2 * chaos.parameters.outbox_limit + keys;
  }
  /// Of data types that merge, clients add and remove small numbers.
  Request wish(RandomStream& random) override {
    Request request = testing::ChaosRun::wish(random);
    if (!type_ || request.reads()) return request;
    const bool removes = can_remove(*type_) && random.chance(0.4);
    request.kind = removes ? OperationKind::remove : OperationKind::add;
    request.value = 1 + random.below(4);
    return request;
  }
  const std::optional<DataType> type_;
};

/// See sim/check/strong_eventual.hpp; of maps, whose clocks may be wrong, only that all agree.
inline testing::Judge strong_eventual(DataType type) {
  return [type](const testing::Aftermath& aftermath) -> std::string {
    if (type == DataType::lww_map) return testing::converges()(aftermath);
    const CheckResult result =
        check_strong_eventual(aftermath.history, aftermath.states, kind_of(type), {});
    return result.violations == 0 ? "" : result.witnesses.front().explanation;
  };
}

inline testing::Aftermath live_through(const Chaos& chaos) {
  ChaosRun run(chaos);
  return run.run();
}

}  // namespace faultline::multi_leader
