#include <faultline/scenario/tables.hpp>

namespace faultline::tables {

using namespace std::chrono_literals;

const ParameterTable<Scenario>& scenario() {
  static const ParameterTable<Scenario> table{
      text("name", &Scenario::name, "what the scenario is called in tables and charts"),
      text("description", &Scenario::description, "what it shows, in a sentence or two"),
      integer("seed", &Scenario::seed, "the seed of every random stream of the run"),
      duration("duration", &Scenario::duration, "how long the workloads ask").between(1ms, 8760h),
      duration("settle", &Scenario::settle,
               "how long the run goes on after the workloads, for replicas to converge")
          .between(0s, 8760h),
      duration("interval", &Scenario::interval,
               "of the time series; 0s chooses a 120th of the duration"),
  };
  return table;
}

const ParameterTable<HostSettings>& host() {
  static const ParameterTable<HostSettings> table{
      integer("cores", &HostSettings::cores, "servers of the host's queue of work")
          .between(1, 1024),
      number("speed", &HostSettings::speed, Unit::none,
             "relative speed of a core: work of d takes d / speed")
          .between(0.001, 1000),
      number("uplink", &HostSettings::uplink, Unit::bandwidth, "how fast the host sends")
          .between(1.0, 1e13),
  };
  return table;
}

const ParameterTable<DiskSettings>& disk() {
  static const ParameterTable<DiskSettings> table{
      distribution("write", &DiskSettings::write, Unit::duration,
                   "a write into the disk's cache, apart from its bytes"),
      distribution("fsync", &DiskSettings::fsync, Unit::duration,
                   "until everything written is durable"),
      number("bandwidth", &DiskSettings::bandwidth, Unit::bandwidth, "bytes written per second")
          .between(1.0, 1e12),
  };
  return table;
}

const ParameterTable<ClockSettings>& clock() {
  static const ParameterTable<ClockSettings> table{
      duration("skew", &ClockSettings::skew,
               "how far the clock is ahead at the start (may be negative)")
          .between(-8760h, 8760h),
      number("drift", &ClockSettings::drift, Unit::none,
             "seconds gained per second; 20e-6 is an ordinary quartz")
          .between(-0.5, 0.5),
  };
  return table;
}

const ParameterTable<PathSettings>& path() {
  static const ParameterTable<PathSettings> table{
      distribution("latency", &PathSettings::latency, Unit::duration, "one way, host to host"),
      number("bandwidth", &PathSettings::bandwidth, Unit::bandwidth, "shared by transfers")
          .between(1.0, 1e13),
      number("loss", &PathSettings::loss, Unit::fraction, "share of messages that are lost"),
      number("duplication", &PathSettings::duplication, Unit::fraction,
             "share of messages that arrive twice"),
      number("reordering", &PathSettings::reordering, Unit::fraction,
             "share of messages that are held back by one more latency"),
  };
  return table;
}

const ParameterTable<NetworkSettings>& network() {
  using Fidelity = NetworkSettings::Fidelity;
  static const ParameterTable<NetworkSettings> table{
      choice("fidelity", &NetworkSettings::fidelity, "how messages are simulated",
             {{"message", Fidelity::message,
               "small messages as events, bulk transfers as SimGrid communications"},
              {"flow", Fidelity::flow, "everything as SimGrid communications"}}),
      number("bulk_threshold", &NetworkSettings::bulk_threshold, Unit::size,
             "messages above this size share bandwidth as transfers"),
      number("overhead", &NetworkSettings::overhead, Unit::size,
             "bytes that every message carries beside its content"),
  };
  return table;
}

const ParameterTable<WorkloadSettings>& workload() {
  using Rule = WorkloadSettings::ContactRule;
  static const ParameterTable<WorkloadSettings> table{
      text("target", &WorkloadSettings::target, "the service that is asked"),
      integer("sessions", &WorkloadSettings::sessions,
              "logical processes; open-loop arrivals are dealt to them in turn")
          .between(1, 10'000'000),
      integer("operands", &WorkloadSettings::operands,
              "adds and removes are of a number from 1 to this: an element, or an amount")
          .between(1, static_cast<double>(Response::most_values)),
      integer("most_sessions", &WorkloadSettings::most_sessions,
              "open loop: further sessions step in for those that wait, up to so many in all")
          .between(1, 10'000'000),
      distribution("value_size", &WorkloadSettings::value_size, Unit::size, "of written values")
          .at_least(0.0),
      distribution("scan_length", &WorkloadSettings::scan_length, Unit::none,
                   "keys in a scan, rounded")
          .at_least(0.5),
      duration("timeout", &WorkloadSettings::timeout, "of one attempt").above(0ns),
      duration("hedge_after", &WorkloadSettings::hedge_after,
               "sends an unanswered read again, to another node; 0s: never"),
      choice("contact", &WorkloadSettings::contact, "which node a session asks",
             {{"model", Rule::model, "as the service's model advises"},
              {"nearest", Rule::nearest, "the one with the least latency; on a retry the next"},
              {"random", Rule::random, "any"},
              {"round_robin", Rule::round_robin, "one after the other"}}),
      integer("most_operations", &WorkloadSettings::most_operations,
              "the workload ends after this many")
          .between(1, 100'000'000),
  };
  return table;
}

const ParameterTable<RetrySettings>& retry() {
  static const ParameterTable<RetrySettings> table{
      integer("attempts", &RetrySettings::attempts, "sends, the first included").between(1, 100),
      choice(
          "backoff", &RetrySettings::backoff, "how long to wait before the next attempt",
          {{"none", Backoff::none, "not at all"},
           {"constant", Backoff::constant, "always the base"},
           {"exponential", Backoff::exponential, "the base, doubled every time, up to the cap"},
           {"full_jitter", Backoff::full_jitter, "anything up to the exponential"},
           {"equal_jitter", Backoff::equal_jitter, "half the exponential and up to as much again"},
           {"decorrelated_jitter", Backoff::decorrelated_jitter,
            "from the base up to three times the last wait, up to the cap"}}),
      duration("base", &RetrySettings::base, "the first wait").above(0ns),
      duration("cap", &RetrySettings::cap, "the longest wait").above(0ns),
  };
  return table;
}

const ParameterTable<Mix>& mix() {
  const auto weight = [](std::string name, double Mix::*member, std::string sentence) {
    return number(std::move(name), member, Unit::none, std::move(sentence)).between(0.0, 1e9);
  };
  static const ParameterTable<Mix> table{
      weight("get", &Mix::get, "weight of reads of one key"),
      weight("put", &Mix::put, "weight of writes of an existing key"),
      weight("insert", &Mix::insert, "weight of writes of new keys"),
      weight("scan", &Mix::scan, "weight of reads of a range of keys"),
      weight("read_modify_write", &Mix::read_modify_write, "weight of a get followed by a put"),
      weight("add", &Mix::add, "weight of adds to a set or a counter, where a model has such"),
      weight("remove", &Mix::remove, "weight of removes from one"),
  };
  return table;
}

const ParameterTable<BurstArrivals>& bursts() {
  static const ParameterTable<BurstArrivals> table{
      number("rate", &BurstArrivals::rate, Unit::rate, "between bursts").between(0.0, 1e9),
      number("burst_rate", &BurstArrivals::burst_rate, Unit::rate, "during a burst")
          .between(1e-9, 1e9),
      duration("period", &BurstArrivals::period, "from one burst to the next").above(0ns),
      duration("burst_length", &BurstArrivals::burst_length, "how long a burst lasts").above(0ns),
  };
  return table;
}

const ParameterTable<DiurnalArrivals>& diurnal() {
  static const ParameterTable<DiurnalArrivals> table{
      number("low", &DiurnalArrivals::low, Unit::rate, "the quietest rate").between(0.0, 1e9),
      number("high", &DiurnalArrivals::high, Unit::rate, "the busiest rate").between(1e-9, 1e9),
      duration("period", &DiurnalArrivals::period, "of a day").above(0ns),
  };
  return table;
}

const ParameterTable<ClosedLoop>& closed_loop() {
  static const ParameterTable<ClosedLoop> table{
      distribution("think", &ClosedLoop::think, Unit::duration,
                   "between an answer and the next question"),
  };
  return table;
}

const ParameterTable<KeySettings>& key_count() {
  static const ParameterTable<KeySettings> table{
      integer("count", &KeySettings::count, "how many keys there are").between(1, 1e9),
  };
  return table;
}

const ParameterTable<KeySettings>& hotspot() {
  static const ParameterTable<KeySettings> table{
      number("keys", &KeySettings::hot_keys, Unit::fraction, "share of the keys that are hot"),
      number("operations", &KeySettings::hot_operations, Unit::fraction,
             "share of the operations that go to them"),
  };
  return table;
}

const ParameterTable<FaultSettings>& fault() {
  static const ParameterTable<FaultSettings> table{
      text("label", &FaultSettings::label, "its name in phases and charts"),
      duration("for", &FaultSettings::length, "how long it lasts; without it, to the end")
          .above(0ns),
      duration("every", &FaultSettings::every, "comes back after this span").above(0ns),
      distribution("mtbf", &FaultSettings::between_failures, Unit::duration,
                   "from a repair to the next failure, at random"),
      distribution("mttr", &FaultSettings::to_repair, Unit::duration,
                   "from a failure to its repair, at random"),
  };
  return table;
}

const ParameterTable<CrashFault>& crash() {
  static const ParameterTable<CrashFault> table{
      choice("disk", &CrashFault::disk, "what the crash leaves of the disk",
             {{"kept", DiskFate::kept, "a process crash: everything written"},
              {"unsynced_lost", DiskFate::unsynced_lost, "a power loss: what was synced"},
              {"lost", DiskFate::lost, "nothing"}}),
  };
  return table;
}

const ParameterTable<SlowFault>& slow() {
  static const ParameterTable<SlowFault> table{
      number("factor", &SlowFault::factor, Unit::none, "of the cores' speed").between(0.0001, 1000),
  };
  return table;
}

const ParameterTable<LinkFault>& link() {
  static const ParameterTable<LinkFault> table{
      boolean("one_way", &LinkFault::one_way, "only from the first to the second"),
      number("latency_factor", &LinkFault::latency_factor, Unit::none, "multiplies the latency")
          .between(0.0, 1e6),
      duration("extra_latency", &LinkFault::extra_latency, "is added to the latency"),
      number("loss", &LinkFault::loss, Unit::fraction, "share of messages that are lost"),
      number("duplication", &LinkFault::duplication, Unit::fraction,
             "share of messages that arrive twice"),
      number("reordering", &LinkFault::reordering, Unit::fraction,
             "share of messages that are held back"),
      number("bandwidth_factor", &LinkFault::bandwidth_factor, Unit::none, "of the bandwidth")
          .between(0.000001, 1000),
  };
  return table;
}

const ParameterTable<ClockFault>& clock_fault() {
  static const ParameterTable<ClockFault> table{
      duration("step", &ClockFault::step, "how far the clock jumps ahead (may be negative)")
          .between(-8760h, 8760h),
      number("drift", &ClockFault::drift, Unit::none, "seconds gained per second")
          .between(-0.5, 0.5),
  };
  return table;
}

const ParameterTable<DiskFault>& disk_fault() {
  static const ParameterTable<DiskFault> table{
      number("factor", &DiskFault::factor, Unit::none, "of the disk's speed").between(0.0001, 1000),
      boolean("lose_syncs", &DiskFault::lose_syncs, "report syncs that did not happen"),
  };
  return table;
}

const ParameterTable<SweepSettings>& sweep() {
  static const ParameterTable<SweepSettings> table{
      choice("plan", &SweepSettings::plan, "which values come together",
             {{"grid", SweepPlanKind::grid, "every value of each with every value of the others"},
              {"latin_hypercube", SweepPlanKind::latin_hypercube,
               "so many points at random that each parameter's range is covered evenly"},
              {"one_at_a_time", SweepPlanKind::one_at_a_time,
               "the scenario itself, then each value alone in it"}}),
      integer("points", &SweepSettings::points, "of a Latin hypercube: how many")
          .between(1, 1'000'000),
      integer("trials", &SweepSettings::trials,
              "how often each point is run, with seeds of its own")
          .between(1, 100'000),
  };
  return table;
}

}  // namespace faultline::tables
