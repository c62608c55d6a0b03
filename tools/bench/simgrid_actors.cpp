// Peer: the hop workload in SimGrid's own manner, one actor per host that waits at its mailbox and
// sends each message on with a detached asynchronous put.
//
// Links have latencies of their own, drawn once, so that arrivals fall on different dates as they
// do in the other programs and a hop takes 1 ms on average. The network model is CM02, the cheapest
// one that shares bandwidth; messages are small enough never to compete for it.
//
//   simgrid_actors [EVENTS [IN_FLIGHT [HOSTS]]]
#include <cstdint>
#include <string>
#include <vector>

#include <simgrid/s4u.hpp>
#include <xbt/log.h>

#include "bench.hpp"

namespace s4u = simgrid::s4u;

namespace {

constexpr std::uint64_t message_bytes = 100;

std::vector<s4u::Host*> create_hosts(std::uint64_t count) {
  bench::Random random;
  std::vector<s4u::Host*> hosts;
  auto* zone = s4u::create_star_zone("zone");
  for (std::uint64_t i = 0; i < count; ++i) {
    auto* host = zone->create_host("host" + std::to_string(i), 1e9);
    auto* link = zone->create_split_duplex_link("link" + std::to_string(i), 1.25e9);
    link->set_latency(1e-3 * random.uniform());
    zone->add_route(host->get_netpoint(), nullptr, nullptr, nullptr,
                    {{link, s4u::LinkInRoute::Direction::UP}}, true);
    hosts.push_back(host);
  }
  zone->seal();
  return hosts;
}

class Ring {
 public:
  Ring(bench::HopWorkload& work, const std::vector<s4u::Host*>& hosts) : work_(work) {
    for (const auto* host : hosts) mailboxes_.push_back(s4u::Mailbox::by_name(host->get_name()));
    for (std::size_t i = 0; i < hosts.size(); ++i)
      s4u::Actor::create("node", hosts[i], [this, i] { receive_forever(i); })->daemonize();
    // The simulation lasts as long as an actor that is not a daemon.
    s4u::Actor::create("start", hosts[0], [this] {
      for (std::uint64_t i = 0; i < work_.in_flight(); ++i) send();
      finished_->acquire();
    });
  }

 private:
  void send() {
    if (!work_.departs()) return;
    mailboxes_[work_.next_host()]->put_init(&message_, message_bytes)->detach();
  }

  void receive_forever(std::size_t host) {
    while (true) {
      mailboxes_[host]->get<int>();
      if (work_.arrives(host)) finished_->release();
      send();
    }
  }

  bench::HopWorkload& work_;
  std::vector<s4u::Mailbox*> mailboxes_;
  s4u::SemaphorePtr finished_ = s4u::Semaphore::create(0);
  int message_ = 0;  // what is inside does not matter
};

}  // namespace

int main(int argc, char** argv) {
  bench::HopWorkload work = bench::hop_workload(argc, argv, 100'000);
  xbt_log_control_set("xbt_cfg.thresh:warning");  // do not report the settings below
  int engine_arguments = 1;
  s4u::Engine engine(&engine_arguments, argv);
  s4u::Engine::set_config("network/model:CM02");
  s4u::Engine::set_config("contexts/stack-size:64");
  const Ring ring(work, create_hosts(work.hosts()));

  const bench::Stopwatch stopwatch;
  engine.run();
  bench::print_result("simgrid_actors", work.arrivals(), stopwatch.seconds());
}
