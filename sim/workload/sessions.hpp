// Sessions: the logical processes of a workload. A session asks one thing at a time.
//
// In an open loop, arrivals must not wait for the service. They go to the workload's own sessions
// in turn; when the session whose turn it is still waits for an answer, a further session of its
// region steps in, as a new user would, and is used again when it is free. Only when `most`
// sessions wait at once must an arrival wait itself.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace faultline {

/// Numbers the sessions of a run; shared by its workloads.
struct SessionNumbers {
  std::uint32_t next = 0;
};

/// A region for each of `count` sessions, by share (largest remainder), each stretch of sessions
/// mixed as the whole is. Shares are positive; they are taken in proportion to their sum.
std::vector<std::uint32_t> deal_sessions(std::uint32_t count,
                                         std::span<const std::pair<std::uint32_t, double>> shares);

class SessionPool {
 public:
  /// One session for each of `clients` (a session's client host, as an index), in their order.
  SessionPool(std::span<const std::uint32_t> clients, std::uint32_t client_count,
              std::uint32_t most, SessionNumbers& numbers);

  struct Session {
    std::uint32_t number = 0;  ///< in the run
    std::uint32_t client = 0;
    std::uint32_t asked = 0;  ///< operations begun
    bool busy = false;
    bool own = false;  ///< not one that stepped in
  };
  std::size_t size() const { return sessions_.size(); }
  Session& operator[](std::size_t session) { return sessions_[session]; }

  /// The own session whose turn it is; the turn passes on.
  std::size_t next_turn();
  /// Occupies `home`, or else another session of its client; none if there are `most` already.
  std::optional<std::size_t> occupy(std::size_t home);
  void release(std::size_t session);

 private:
  std::vector<Session> sessions_;
  std::vector<std::vector<std::size_t>> idle_;  ///< by client: those that stepped in and are free
  std::size_t own_;
  std::size_t turn_ = 0;
  std::size_t most_;
  SessionNumbers& numbers_;
};

}  // namespace faultline
