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
  if (platform_.host(from) == platform_.host(to)) {
    queue_.after(loopback_latency + from_seconds(static_cast<double>(size) / loopback_bandwidth),
                 on_done, transfer);
  } else {
    queue_.synchronised(on_start, transfer);
  }
}

void Transfers::on_start(void* transfer, std::uint64_t) {
  auto& started = *static_cast<Transfer*>(transfer);
  if (!started.owner->closed_) started.owner->start(started);
}

/// With SimGrid's clock at ours: a short-lived actor carries the transfer. (A communication that
/// nobody waits for would not say when it is through.)
void Transfers::start(Transfer& transfer) {
  ++in_flight_;
  sg::Actor::create("transfer", platform_.host(transfer.from),
                    [&transfer] { transfer.owner->carry(transfer); });
}

void Transfers::carry(Transfer& transfer) {
  sg::Comm::sendto(platform_.host(transfer.from), platform_.host(transfer.to), transfer.size);
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
  finished->done(finished->target, finished->argument);
}

}  // namespace faultline
