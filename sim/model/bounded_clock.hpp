// A clock that knows how wrong it can be, after TrueTime (Corbett et al., "Spanner: Google's
// globally distributed database", OSDI 2012, section 3): it answers with an interval that holds the
// true time, as long as the host's clock is off by no more than it assumes.
//
// From it follow timestamps that agree with real time without any message between clocks: a write
// takes a timestamp that is certainly not past, and is not acknowledged before that is certainly
// past (*commit wait*, section 4.1.2). So a write that begins after another was acknowledged has
// the later timestamp, wherever the two are.
#pragma once

#include <faultline/model/context.hpp>

namespace faultline {

struct TimeInterval {
  Time earliest;
  Time latest;
};

class BoundedClock {
 public:
  /// `uncertainty`: by how much the host's clock is assumed to be off at most, either way.
  BoundedClock(const Context& context, Duration uncertainty)
      : context_(context), uncertainty_(uncertainty) {}

  /// TT.now()
  TimeInterval now() const {
    const Time clock = context_.now();
    return {clock - uncertainty_, clock + uncertainty_};
  }
  /// TT.after(moment): whether it has certainly passed.
  bool after(Time moment) const { return now().earliest > moment; }
  /// How long to sleep until it has; nothing if it has.
  Duration until_after(Time moment) const {
    return after(moment) ? Duration{0} : moment - now().earliest + Duration{1};
  }

 private:
  const Context& context_;
  Duration uncertainty_;
};

}  // namespace faultline
