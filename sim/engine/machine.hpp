// A host's hardware as queues: cores, one disk, a clock that may be wrong.
//
// Work is served first come first served: jobs by `cores` servers, disk operations by one. A job's
// duration is known when it starts; slowing a machine stretches what remains of running jobs,
// pausing it stops them, a crash forgets them.
#pragma once

#include <cstdint>
#include <memory>

#include <faultline/core/event_queue.hpp>
#include <faultline/core/random.hpp>
#include <faultline/engine/topology.hpp>

namespace faultline {

/// Names a job in a machine's queues; cancelling one that is done does nothing.
struct JobId {
  std::uint64_t number = 0;
  explicit operator bool() const { return number != 0; }
};

class Machine {
 public:
  Machine(EventQueue& queue, RandomStream disk_random, const HostSettings& settings);
  ~Machine();

  /// Runs `done(target, argument)` when `work` (at speed 1) has had its turn on a core.
  JobId compute(Duration work, EventHandler done, void* target, std::uint64_t argument = 0);
  /// The same for a write of `size` bytes into the disk's cache, and for making all of it durable.
  JobId disk_write(Bytes size, EventHandler done, void* target, std::uint64_t argument = 0);
  JobId disk_sync(EventHandler done, void* target, std::uint64_t argument = 0);
  void cancel(JobId job);

  void set_speed(double factor);       ///< of the cores, relative to the settings; > 0
  void set_disk_speed(double factor);  ///< of the disk; > 0
  void pause();
  void resume();
  void reset();  ///< a crash: everything queued is forgotten

  /// The fault "lost fsync": syncs report success and keep nothing. See sim/model/durable.hpp.
  bool loses_syncs() const { return loses_syncs_; }
  void set_loses_syncs(bool loses) { loses_syncs_ = loses; }

  /// What the host's own clock shows at `instant`.
  Time clock(Time instant) const;
  /// How long `span` on the host's clock lasts in simulated time.
  Duration real(Duration span) const;
  /// Sets the clock's error anew from `instant` on (the fault "clock").
  void set_clock(Time instant, ClockSettings settings);
  void step_clock(Time instant, Duration step);  ///< the clock jumps by `step`

  /// Time during which a core (summed over cores), the disk was busy so far.
  Duration core_busy() const;
  Duration disk_busy() const;
  int cores() const;

  const RandomStream& random() const { return random_; }

 private:
  class Station;  // a first-come-first-served queue with several servers
  RandomStream random_;
  HostSettings settings_;
  std::unique_ptr<Station> cores_;
  std::unique_ptr<Station> disk_;
  std::uint64_t jobs_ = 0;
  bool loses_syncs_ = false;
  Time clock_set_at_{};
  Time clock_shown_then_{};
  double clock_rate_ = 1;
};

}  // namespace faultline
