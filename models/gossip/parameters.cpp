// The parameters: their one list, what follows from what, and what they promise.
#include <algorithm>
#include <cmath>
#include <string>

#include <faultline/gossip/gossip.hpp>

namespace faultline::gossip {

using namespace std::chrono_literals;

const ParameterTable<Parameters>& Gossip::parameters() {
  static const ParameterTable<Parameters> table{
      choice("exchange", &Parameters::exchange, "what two nodes do in a round of anti-entropy",
             {{"none", Exchange::none, "there is no anti-entropy"},
              {"push", Exchange::push, "the partner gets what is newer here"},
              {"pull", Exchange::pull, "this node gets what is newer at the partner's"},
              {"push_pull", Exchange::push_pull, "both"}}),
      duration("interval", &Parameters::interval, "how often a node begins a round").above(0ms),
      number("jitter", &Parameters::jitter, Unit::fraction,
             "how much rounds and periods vary: by up to half of this, either way, and as much "
             "apart on different nodes; 0: all nodes act at the same instants"),
      integer("fanout", &Parameters::fanout, "partners in a round").between(1, 64),
      choice("compare", &Parameters::compare, "how two nodes find out what differs",
             {{"tables", Compare::tables, "they send their whole tables"},
              {"digests", Compare::digests, "they send keys and versions, then what differs"},
              {"checksums", Compare::checksums,
               "they send a checksum, and digests only if that differs"}}),
      integer("most_records", &Parameters::most_records, "records in one message, except of tables")
          .between(1, 1'000'000),
      choice("first", &Parameters::first, "what goes first if more differs than that",
             {{"oldest", SentFirst::oldest, "what was written first"},
              {"newest", SentFirst::newest, "what was written last"}}),
      choice("rumors", &Parameters::rumors,
             "when a node stops passing on what it has heard, after those it tells know it already",
             {{"none", Interest::none, "it does not pass anything on beside anti-entropy"},
              {"coin", Interest::coin, "each time with probability 1 / rumor_limit"},
              {"counter", Interest::counter, "after rumor_limit times"}}),
      integer("rumor_limit", &Parameters::rumor_limit, "k: see rumors").between(1, 1000),
      duration("rumor_interval", &Parameters::rumor_interval,
               "how often a node that knows rumors tells them")
          .above(0ms),
      duration("timeout", &Parameters::timeout, "how long a node waits for a partner's answer")
          .above(0ms),
      choice("detector", &Parameters::detector, "who finds out which nodes are dead",
             {{"none", Detector::none, "nobody: any node may be chosen as partner"},
              {"swim", Detector::swim, "all, by SWIM; the dead are not chosen"}}),
      duration("period", &Parameters::period, "T': how often a node probes another").above(0ms),
      duration("ping_timeout", &Parameters::ping_timeout,
               "how long a probe waits for an answer before it asks others to try")
          .above(0ms),
      integer("helpers", &Parameters::helpers, "k: how many others are asked to try")
          .between(0, 64),
      choice("probe_order", &Parameters::probe_order, "whom a node probes next",
             {{"round_robin", Order::round_robin,
               "the next of a list that is shuffled after each traversal"},
              {"random", Order::random, "any"}}),
      duration("suspicion", &Parameters::suspicion,
               "how long a suspect has to contradict before it is dead; 0s: it is dead at once; by "
               "default news_factor * ln(n + 1) periods for n nodes"),
      number("news_factor", &Parameters::news_factor, Unit::none,
             "lambda: news of members goes out lambda * ln(n + 1) times on each node")
          .between(0.1, 100),
      integer("most_news", &Parameters::most_news, "pieces of news on one message")
          .between(1, NewsBatch::most),
      duration(
          "rejoin", &Parameters::rejoin,
          "how often a dead node is asked, by one of the living, whether it is back; 0s: never"),
      duration("work", &Parameters::work, "CPU time of a request"),
      durability_choice(&Parameters::durability,
                        "what a write has survived when a node acknowledges it"),
  };
  return table;
}

void Gossip::settle(Parameters& parameters, const ServiceView& service, Settlement& out) {
  const double reach =
      parameters.news_factor * std::log(static_cast<double>(service.nodes.size()) + 1);
  parameters.news_times = static_cast<std::size_t>(std::max(1.0, std::ceil(reach)));
  if (parameters.exchange == Exchange::none && parameters.rumors == Interest::none) {
    out.problems.push_back({"exchange",
                            "without rumors nobody hears of anything (push, pull or "
                            "push_pull, or rumors: coin or counter)"});
  }
  if (parameters.detector == Detector::none) return;
  if (parameters.ping_timeout >= parameters.period) {
    out.problems.push_back({"ping_timeout", "leaves no time for others to try (below period, " +
                                                print_duration(parameters.period) + ")"});
  }
  if (!parameters.suspicion) {
    parameters.suspicion = parameters.period * static_cast<std::int64_t>(parameters.news_times);
    out.notes.push_back("suspicion: " + print_duration(*parameters.suspicion) +
                        " follows from period and news_factor, for " +
                        std::to_string(service.nodes.size()) + " nodes");
  }
}

/// Whoever can be reached answers, from what it has.
Claims Gossip::claims(const Parameters&, const ServiceView&) {
  return {Claims::Partition::availability, Claims::Else::latency};
}

std::vector<EndpointId> Gossip::replica_nodes(const Parameters&, const ServiceView& service, Key) {
  return service.nodes;
}

}  // namespace faultline::gossip
