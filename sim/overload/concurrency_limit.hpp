// How many requests may be under way at once, found out from how long they take.
//
//   if (in_flight < limit->limit()) ...                        // else shed it
//   limit->observe({latency, in_flight, dropped});              // when it has ended
//
// A limit on concurrency needs no knowledge of capacity: by Little's law, what is under way is rate
// times latency, and beyond the point at which nobody waits more of it only makes queues. These are
// the rules by which TCP finds its window, with requests for segments. All look once a round: as
// many answers as the limit is.
//
// aimd      One more after each round, a tenth less after one in which something was lost (timed
//           out, refused). It needs losses to know, and so swings: between the capacity and 0.9 of
//           it. Dah-Ming Chiu and Raj Jain, "Analysis of the Increase and Decrease Algorithms for
//           Congestion Avoidance in Computer Networks", Computer Networks and ISDN Systems 17,
//           1989: of the linear rules only this one makes those that share a bottleneck equal.
// vegas     Of the limit, limit * (1 - least latency / latency) must be waiting somewhere. Fewer
//           than alpha of them: one more; more than beta: one less. Lawrence Brakmo, Sean O'Malley
//           and Larry Peterson, "TCP Vegas: New Techniques for Congestion Detection and Avoidance",
//           SIGCOMM 1994.
// gradient  limit * least latency / latency + sqrt(limit): what would have been under way without
//           queues, and a queue to find out whether there can be more. Eran Landau, William
//           Thurston and Tim Bozarth, "Performance Under Load", Netflix Technology Blog, 2018.
//
// A round whose limit was not half used says nothing, and changes nothing but for losses. The least
// latency is the least mean of a round so far. So begin low: vegas and gradient take the queue that
// they find in the first round for the way it is, and a service that becomes slower for good for
// one that is queueing.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <faultline/core/parameters.hpp>
#include <faultline/core/time.hpp>

namespace faultline {

enum class ConcurrencyControl { aimd, vegas, gradient };

/// Their names, for a model's choice() of one.
std::vector<ChoiceOf<ConcurrencyControl>> concurrency_control_choices();

struct ConcurrencyLimitSettings {
  ConcurrencyControl control = ConcurrencyControl::gradient;
  std::int64_t initial = 20;
  std::int64_t least = 1;
  std::int64_t most = 1000;
  double decrease = 0.9;   ///< aimd: what a loss leaves of the limit; within 0 and 1
  std::int64_t alpha = 3;  ///< vegas
  std::int64_t beta = 6;   ///< vegas; not below alpha
  double smoothing = 0.2;  ///< gradient: how much of the way to go in a round; above 0, at most 1
};

class ConcurrencyLimit {
 public:
  /// A request that has ended.
  struct Sample {
    Duration latency;
    std::int64_t in_flight;  ///< when it began, itself included
    bool dropped;            ///< refused or timed out; its latency says nothing
  };

  virtual ~ConcurrencyLimit() = default;

  /// How many may be under way.
  std::int64_t limit() const { return static_cast<std::int64_t>(limit_); }
  void observe(const Sample& sample);

 protected:
  struct Round {
    double latency;  ///< mean, in seconds
    double least;    ///< that of the round with the least
  };

  explicit ConcurrencyLimit(const ConcurrencyLimitSettings& settings);

 private:
  /// What the limit should be after a round in which nothing was lost and the limit was in use.
  virtual double after(const Round& round, double limit) const = 0;
  /// The same, if something was lost.
  virtual double after_loss(double limit) const = 0;
  void end_round();

  double limit_;
  double bottom_;
  double top_;
  std::int64_t answers_ = 0;  ///< in this round, as all below
  std::int64_t measured_ = 0;
  std::int64_t most_in_flight_ = 0;
  double total_latency_ = 0;
  bool lost_ = false;
  double least_latency_ = 0;  ///< 0: not known yet
};

/// Throws BadValue unless 1 <= least <= initial <= most, 0 < decrease < 1, 0 <= alpha <= beta and
/// 0 < smoothing <= 1.
std::unique_ptr<ConcurrencyLimit> make_concurrency_limit(const ConcurrencyLimitSettings& settings);

}  // namespace faultline
