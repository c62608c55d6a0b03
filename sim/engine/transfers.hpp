// Transfers: data that moves as SimGrid communications and shares bandwidth. Private to sim/engine.
//
// Invariants: a transfer is ours from begin() until its `done` runs. in_flight() counts those that
// SimGrid carries at this instant; while it is not zero, the event queue must not run ahead of
// SimGrid's clock.
//
// At most Ports::most hosts have transfers under way at one time. One that finds no port left waits
// until another is through, first come first served.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include <faultline/core/event_queue.hpp>
#include <faultline/core/pool.hpp>
#include <faultline/engine/platform.hpp>

namespace faultline {

class Transfers {
 public:
  Transfers(EventQueue& queue, Platform& platform) : queue_(queue), platform_(platform) {}
  Transfers(const Transfers&) = delete;
  Transfers& operator=(const Transfers&) = delete;

  /// Moves `size` bytes from this instant on; runs `done(target, argument)` when they are there.
  void begin(HostId from, HostId to, Bytes size, EventHandler done, void* target,
             std::uint64_t argument);
  /// SimGrid has stopped: nothing starts from now on.
  void close() { closed_ = true; }

  std::uint64_t begun() const { return begun_; }
  std::size_t in_flight() const { return in_flight_; }

  /// Calls `visit(target, argument)` for every transfer of `done` that is not through.
  template <class Visitor>
  void for_each_pending(EventHandler done, Visitor visit) const {
    for (const auto& transfer : pending_) {
      if (transfer->done == done) visit(transfer->target, transfer->argument);
    }
  }

 private:
  struct Transfer : Pooled {
    Transfers* owner;
    std::size_t place;  ///< in pending_
    HostId from;
    HostId to;
    Bytes size;
    EventHandler done;
    void* target;
    std::uint64_t argument;
  };

  static void on_start(void* transfer, std::uint64_t);
  static void on_ports_free(void* transfers, std::uint64_t);
  static void on_done(void* transfer, std::uint64_t);
  void start_waiting();
  void start(Transfer& transfer, Platform::Ends ends);
  void carry(Transfer& transfer, Platform::Ends ends);
  void finish(Transfer& transfer);

  EventQueue& queue_;
  Platform& platform_;
  std::vector<std::unique_ptr<Transfer>> pending_;
  std::deque<Transfer*> waiting_;  ///< for ports
  std::uint64_t begun_ = 0;
  std::size_t in_flight_ = 0;
  bool closed_ = false;
};

/// The one place where SimGrid's clock becomes ours. A double holds whole nanoseconds for 100 days.
inline Time to_time(double clock) { return Time{from_seconds(clock)}; }

}  // namespace faultline
