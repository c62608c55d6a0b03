#include <algorithm>
#include <cmath>

#include <faultline/core/text.hpp>
#include <faultline/overload/concurrency_limit.hpp>

namespace faultline {

std::vector<ChoiceOf<ConcurrencyControl>> concurrency_control_choices() {
  return {{"aimd", ConcurrencyControl::aimd, "one more each round, and a share less after a loss"},
          {"vegas", ConcurrencyControl::vegas,
           "one more or less, so that between alpha and beta of them wait"},
          {"gradient", ConcurrencyControl::gradient,
           "as many as fit without a queue, and the square root of the limit more"}};
}

ConcurrencyLimit::ConcurrencyLimit(const ConcurrencyLimitSettings& settings)
    : limit_(static_cast<double>(settings.initial)),
      bottom_(static_cast<double>(settings.least)),
      top_(static_cast<double>(settings.most)) {}

void ConcurrencyLimit::observe(const Sample& sample) {
  ++answers_;
  most_in_flight_ = std::max(most_in_flight_, sample.in_flight);
  if (sample.dropped) {
    lost_ = true;
  } else {
    ++measured_;
    total_latency_ += seconds(sample.latency);
  }
  if (answers_ >= limit()) end_round();
}

void ConcurrencyLimit::end_round() {
  double wanted = limit_;
  if (measured_ > 0) {
    const double latency = total_latency_ / static_cast<double>(measured_);
    if (least_latency_ == 0 || latency < least_latency_) least_latency_ = latency;
    const bool in_use = 2 * most_in_flight_ >= limit();
    if (in_use && !lost_ && latency > 0) wanted = after({latency, least_latency_}, limit_);
  }
  if (lost_) wanted = after_loss(limit_);
  limit_ = std::clamp(wanted, bottom_, top_);
  answers_ = measured_ = most_in_flight_ = 0;
  total_latency_ = 0;
  lost_ = false;
}

namespace {

class AdditiveIncrease final : public ConcurrencyLimit {
 public:
  explicit AdditiveIncrease(const ConcurrencyLimitSettings& settings)
      : ConcurrencyLimit(settings), decrease_(settings.decrease) {}

 private:
  double after(const Round&, double limit) const override { return limit + 1; }
  double after_loss(double limit) const override { return std::floor(limit * decrease_); }

  double decrease_;
};

class Vegas final : public ConcurrencyLimit {
 public:
  explicit Vegas(const ConcurrencyLimitSettings& settings)
      : ConcurrencyLimit(settings),
        alpha_(static_cast<double>(settings.alpha)),
        beta_(static_cast<double>(settings.beta)) {}

 private:
  double after(const Round& round, double limit) const override {
    const double waiting = limit * (1 - round.least / round.latency);
    if (waiting < alpha_) return limit + 1;
    return waiting > beta_ ? limit - 1 : limit;
  }
  double after_loss(double limit) const override { return limit - 1; }

  double alpha_;
  double beta_;
};

class Gradient final : public ConcurrencyLimit {
 public:
  explicit Gradient(const ConcurrencyLimitSettings& settings)
      : ConcurrencyLimit(settings), smoothing_(settings.smoothing) {}

 private:
  // Not below one half: one slow round is no reason to stop serving.
  double after(const Round& round, double limit) const override {
    return towards(limit * std::max(0.5, round.least / round.latency) + std::sqrt(limit), limit);
  }
  double after_loss(double limit) const override { return towards(limit / 2, limit); }

  double towards(double wanted, double limit) const {
    return limit + smoothing_ * (wanted - limit);
  }

  double smoothing_;
};

}  // namespace

std::unique_ptr<ConcurrencyLimit> make_concurrency_limit(const ConcurrencyLimitSettings& settings) {
  if (settings.least < 1 || settings.initial < settings.least || settings.most < settings.initial) {
    throw BadValue("a limit of concurrency begins between its least, one or more, and its most");
  }
  if (!(settings.decrease > 0 && settings.decrease < 1)) {
    throw BadValue("what a loss leaves of a limit of concurrency is within 0 and 1");
  }
  if (settings.alpha < 0 || settings.beta < settings.alpha) {
    throw BadValue("the alpha of a limit of concurrency is from 0 to its beta");
  }
  if (!(settings.smoothing > 0 && settings.smoothing <= 1)) {
    throw BadValue("the smoothing of a limit of concurrency is above 0 and at most 1");
  }
  switch (settings.control) {
    case ConcurrencyControl::aimd:
      return std::make_unique<AdditiveIncrease>(settings);
    case ConcurrencyControl::vegas:
      return std::make_unique<Vegas>(settings);
    case ConcurrencyControl::gradient:
      return std::make_unique<Gradient>(settings);
  }
  return nullptr;
}

}  // namespace faultline
