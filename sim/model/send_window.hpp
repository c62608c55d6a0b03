// What is under way on a link: of a line of items that one node has for another, which the other
// has, which were sent, and when to send again. Go-back-N, as in every book on data links, but
// gentle with a silent partner: it gets one batch again, and the rest when it has answered that.
// Plain data structure without a Context; the items themselves stand in an outbox (DurableLog).
//
//   while (there is a batch from window.next() on) { send it; window.sent(its size); }
//   if (window.silent(now, patience)) send again from window.probe(now) on;   // now and then
//   if (window.acknowledged(position, now)) send what is next;
#pragma once

#include <algorithm>
#include <cstdint>

#include <faultline/core/time.hpp>

namespace faultline {

class SendWindow {
 public:
  /// A place in the line, from 1.
  using Position = std::uint64_t;

  /// The other has all up to `received`, or never will have.
  explicit SendWindow(Position received = 0) : received_(received), next_(received + 1) {}

  Position received() const { return received_; }  ///< the other has all up to here
  Position next() const { return next_; }          ///< the first that was not sent yet
  bool all_received() const { return next_ == received_ + 1; }

  /// To be called before something is sent: who has all it was sent owes an answer only from now
  /// on.
  void about_to_send(Time now) {
    if (all_received()) quiet_since_ = now;
  }
  void sent(std::size_t count) { next_ += count; }

  /// Whether the other should have answered something for this long.
  bool silent(Time now, Duration patience) const {
    return !all_received() && now - quiet_since_ >= patience;
  }
  /// Where to send one batch from, once more.
  Position probe(Time now) {
    probing_ = true;
    quiet_since_ = now;
    return received_ + 1;
  }

  /// The other has all up to here. Whether that is news.
  bool acknowledged(Position received, Time now) {
    if (received <= received_) return false;
    received_ = received;
    next_ = probing_ ? received_ + 1 : std::max(next_, received_ + 1);
    quiet_since_ = now;
    probing_ = false;
    return true;
  }

 private:
  Position received_;
  Position next_;
  Time quiet_since_{};    ///< when the other last had cause to answer, or did
  bool probing_ = false;  ///< it is silent, and one batch was sent again
};

}  // namespace faultline
