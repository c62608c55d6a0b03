// An outbox: what a node has for one other node, in a line, until the other has it. It is on disk,
// so a crash loses nothing of it, and what is not answered for is sent again (send_window.hpp).
//
// The longer the other is out of reach, the longer it grows, and a disk is not endless. So it has a
// limit, above which its node takes on nothing more (outbox_limit): asynchronous replication, too,
// gives up availability in the end, only later.
//
//   std::map<NodeNumber, DurableLog<Update>> outbox;              // in the durable state
//   Outbox<Update> box(durable.outbox.at(target));                // in the node
//   if (box.size() >= limit) co_return refused(Error::overloaded);
//   box.add(update);
//   box.stream(now, send);                                        // once it is on disk
//   box.resend(now, patience, send);                              // now and then
//   box.forget(position); if (box.acknowledged(position, now)) box.stream(now, send);
//
// `send(first)` sends a batch from that position on and says how many items it had.
#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include <faultline/model/durable.hpp>
#include <faultline/model/send_window.hpp>

namespace faultline {

/// The line of a ParameterTable<P> for the limit. `consequence`: what else comes of it.
template <class P>
Parameter<P> outbox_limit(std::int64_t P::*member, std::string consequence = {}) {
  return integer("outbox_limit", member,
                 "writes that a node keeps for another one; as long as there are so many, it "
                 "refuses more (overloaded)" +
                     std::move(consequence))
      .between(1, 1e9);
}
inline constexpr std::int64_t default_outbox_limit = 100'000;

template <class Item>
class Outbox {
 public:
  using Position = SendWindow::Position;

  /// `log` must outlive this. All before what is in it was received.
  explicit Outbox(DurableLog<Item>& log) : log_(&log), window_(log.first() - 1) {}

  const DurableLog<Item>& log() const { return *log_; }
  std::size_t size() const { return log_->last() + 1 - log_->first(); }
  bool empty() const { return size() == 0; }
  /// Returns its place.
  Position add(Item item) {
    log_->append(std::move(item));
    return log_->last();
  }

  /// Sends all that was not sent yet, batch by batch, until `send` has no more.
  template <class Send>
  void stream(Time now, Send send) {
    window_.about_to_send(now);
    while (const std::size_t count = send(window_.next())) window_.sent(count);
  }
  /// Sends one batch again if the other is silent though it should have answered: whether it is.
  /// The rest follows when it has answered that.
  template <class Send>
  bool resend(Time now, Duration patience, Send send) {
    const bool silent = window_.silent(now, patience);
    if (silent) send(window_.probe(now));
    return silent;
  }
  /// The other has all up to `received`. Whether that is news, and there may be more to stream.
  bool acknowledged(Position received, Time now) { return window_.acknowledged(received, now); }
  /// What has been sent need not be answered.
  void give_up_waiting(Time now) { window_.acknowledged(window_.next() - 1, now); }
  /// Drops all up to there.
  void forget(Position last) { log_->forget(last); }
  Position sent() const { return window_.next() - 1; }

 private:
  DurableLog<Item>* log_;
  SendWindow window_;
};

}  // namespace faultline
