#include <faultline/engine/transfers.hpp>

namespace faultline {
namespace sg = simgrid::s4u;
namespace {

/// Within a host nothing contends: bytes per second.
constexpr double loopback_bandwidth = 1e10;

}  // namespace

void Transfers::begin(HostId from, HostId to, Bytes size, EventHandler done, void* target,
                      std::uint64_t argument) {
  pending_.push_back(std::unique_ptr<Transfer>(
      new Transfer{{}, this, pending_.size(), from, to, size, done, target, argument}));
  Transfer* const transfer = pending_.back().get();
  ++begun_;
  if (!platform_.apart(from, to)) {
    queue_.after(loopback_latency + from_seconds(static_cast<double>(size) / loopback_bandwidth),
                 on_done, transfer);
  } else {
    queue_.synchronised(on_start, transfer);
  }
}

/// With SimGrid's clock at ours.
void Transfers::on_start(void* transfer, std::uint64_t) {
  auto& due = *static_cast<Transfer*>(transfer);
  due.owner->waiting_.push_back(&due);
  due.owner->start_waiting();
}

void Transfers::on_ports_free(void* transfers, std::uint64_t) {
  static_cast<Transfers*>(transfers)->start_waiting();
}

void Transfers::start_waiting() {
  while (!closed_ && !waiting_.empty()) {
    const auto ends = platform_.connect(waiting_.front()->from, waiting_.front()->to);
    if (!ends) return;
    start(*waiting_.front(), *ends);
    waiting_.pop_front();
  }
}

/// A short-lived actor carries the transfer. (A communication that nobody waits for would not say
/// when it is through.)
void Transfers::start(Transfer& transfer, Platform::Ends ends) {
  ++in_flight_;
  sg::Actor::create("transfer", ends.from,
                    [&transfer, ends] { transfer.owner->carry(transfer, ends); });
}

void Transfers::carry(Transfer& transfer, Platform::Ends ends) {
  sg::Comm::sendto(ends.from, ends.to, transfer.size);
  // What follows runs from the event queue, not on this actor's small stack.
  queue_.at(to_time(sg::Engine::get_clock()), on_done, &transfer);
  --in_flight_;
}

void Transfers::on_done(void* transfer, std::uint64_t) {
  auto& through = *static_cast<Transfer*>(transfer);
  through.owner->finish(through);
}

void Transfers::finish(Transfer& transfer) {
  const std::size_t place = transfer.place;
  const std::unique_ptr<Transfer> finished = std::move(pending_[place]);
  if (place + 1 != pending_.size()) {
    pending_[place] = std::move(pending_.back());
    pending_[place]->place = place;
  }
  pending_.pop_back();
  if (platform_.apart(finished->from, finished->to)) {
    platform_.disconnect(finished->from, finished->to);
    if (!waiting_.empty()) queue_.synchronised(on_ports_free, this);
  }
  finished->done(finished->target, finished->argument);
}

}  // namespace faultline
