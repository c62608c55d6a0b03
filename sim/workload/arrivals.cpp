#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include <faultline/workload/arrivals.hpp>

namespace faultline {
namespace {

Time plus(Time instant, Duration span) { return span >= never - instant ? never : instant + span; }

/// The exponential gap of a Poisson process; rates of zero have none.
Duration gap(double rate, RandomStream& random) {
  return rate > 0 ? from_seconds(random.exponential(1 / rate)) : Duration::max();
}

/// A period for the periodic kinds; never zero.
Duration period_of(Duration period) { return std::max(period, Duration{1}); }

double mean_rate(const PoissonArrivals& poisson) { return poisson.rate; }
double mean_rate(const ConstantArrivals& constant) { return constant.rate; }
double mean_rate(const BurstArrivals& bursts) {
  const double in_burst =
      std::clamp(seconds(bursts.burst_length) / seconds(period_of(bursts.period)), 0.0, 1.0);
  return bursts.burst_rate * in_burst + bursts.rate * (1 - in_burst);
}
double mean_rate(const DiurnalArrivals& diurnal) { return (diurnal.low + diurnal.high) / 2; }

}  // namespace

ArrivalProcess::ArrivalProcess(const Arrivals& arrivals, Time start, Time stop)
    : arrivals_(arrivals), start_(start), stop_(stop), last_(start) {}

Time ArrivalProcess::next(RandomStream& random) {
  const Time next = std::visit(
      [this, &random](const auto& arrivals) { return candidate(arrivals, random); }, arrivals_);
  last_ = next < stop_ ? next : never;
  return last_;
}

Time ArrivalProcess::candidate(const PoissonArrivals& poisson, RandomStream& random) {
  return plus(last_, gap(poisson.rate, random));
}

/// From the count, not from the last arrival: rounding to nanoseconds does not add up.
Time ArrivalProcess::candidate(const ConstantArrivals& constant, RandomStream&) {
  if (!(constant.rate > 0)) return never;
  return plus(start_, from_seconds(static_cast<double>(given_++) / constant.rate));
}

/// A unit exponential is used up at the rate of each stretch that the gap crosses (time rescaling),
/// so that bursts may be rare and steep at no cost.
Time ArrivalProcess::candidate(const BurstArrivals& bursts, RandomStream& random) {
  if (!(bursts.rate > 0) && (!(bursts.burst_rate > 0) || bursts.burst_length.count() <= 0)) {
    return never;
  }
  const Duration period = period_of(bursts.period);
  const Duration burst = std::clamp(bursts.burst_length, Duration{0}, period);
  double remaining = random.exponential(1);
  for (Time from = last_; from < stop_;) {
    const Duration into = (from - start_) % period;
    const bool in_burst = into < burst;
    const Duration stretch = in_burst ? burst - into : period - into;
    const double rate = in_burst ? bursts.burst_rate : bursts.rate;
    const double arrivals = rate * seconds(stretch);
    if (remaining < arrivals) return plus(from, from_seconds(remaining / rate));
    remaining -= arrivals;
    from = plus(from, stretch);
  }
  return never;
}

/// Thinning (Lewis and Shedler 1979): candidates at the highest rate, each kept with the
/// probability that its instant's rate has of it. At least half are kept.
Time ArrivalProcess::candidate(const DiurnalArrivals& diurnal, RandomStream& random) {
  const double highest = std::max(diurnal.low, diurnal.high);
  const double period = seconds(period_of(diurnal.period));
  for (Time at = last_;;) {
    at = plus(at, gap(highest, random));
    if (at >= stop_) return never;
    const double phase = 2 * std::numbers::pi * seconds(at - start_) / period;
    const double rate = diurnal.low + (diurnal.high - diurnal.low) * (1 - std::cos(phase)) / 2;
    if (random.uniform() * highest < rate) return at;
  }
}

Time ArrivalProcess::candidate(const TraceArrivals& trace, RandomStream&) {
  while (given_ < trace.entries.size() && trace.entries[given_].at < start_) ++given_;
  return given_ < trace.entries.size() ? trace.entries[given_++].at : never;
}

const TraceArrivals::Entry* ArrivalProcess::entry() const {
  const auto* trace = std::get_if<TraceArrivals>(&arrivals_);
  return trace != nullptr && given_ > 0 ? &trace->entries[given_ - 1] : nullptr;
}

double ArrivalProcess::expected() const {
  if (const auto* trace = std::get_if<TraceArrivals>(&arrivals_)) {
    const auto inside = [this](const auto& entry) {
      return entry.at >= start_ && entry.at < stop_;
    };
    return static_cast<double>(std::count_if(trace->entries.begin(), trace->entries.end(), inside));
  }
  const double span = stop_ == never ? std::numeric_limits<double>::infinity()
                                     : std::max(0.0, seconds(stop_ - start_));
  return std::visit(
      [span](const auto& arrivals) -> double {
        if constexpr (requires { mean_rate(arrivals); }) {
          const double rate = mean_rate(arrivals);
          return rate > 0 ? rate * span : 0;
        } else {
          return 0;
        }
      },
      arrivals_);
}

}  // namespace faultline
