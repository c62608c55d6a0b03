// A made-up model with a parameter of every kind, for tests of the scenario format: what is tested
// is the reader, not a model.
#pragma once

#include <optional>
#include <string>

#include <faultline/core/parameters.hpp>
#include <faultline/model/catalog.hpp>
#include <faultline/model/node.hpp>

namespace faultline::testing {

class MadeUp : public ModelNode<MadeUp> {
 public:
  enum class OnPartition { consistency, availability };
  struct Parameters {
    std::int64_t replicas = 3;
    std::optional<std::int64_t> read_quorum;
    std::optional<std::int64_t> write_quorum;
    OnPartition on_partition = OnPartition::consistency;
    Duration timeout = std::chrono::milliseconds(200);
    Distribution work = Distribution::constant(0);
    Distribution batch = Distribution::constant(1);
    double trickle = 1e6;
    double sample = 0.1;
    bool hints = true;
    std::string label;
  };
  struct Durable : DurableState {};
  static constexpr std::string_view name = "quorum";
  static constexpr std::string_view summary = "Answers everybody at once.";

  static const ParameterTable<Parameters>& parameters() {
    static const ParameterTable<Parameters> table{
        integer("replicas", &Parameters::replicas, "how many nodes hold each key").between(1, 64),
        integer("read_quorum", &Parameters::read_quorum, "answers to a read").between(1, 64),
        integer("write_quorum", &Parameters::write_quorum, "answers to a write").between(1, 64),
        choice("on_partition", &Parameters::on_partition, "what the minority does",
               {{"consistency", OnPartition::consistency, "refuses"},
                {"availability", OnPartition::availability, "goes on"}}),
        duration("timeout", &Parameters::timeout, "how long to wait for a quorum")
            .above(Duration::zero()),
        distribution("work", &Parameters::work, Unit::duration, "CPU time of a request"),
        distribution("batch", &Parameters::batch, Unit::none, "requests in a batch").at_least(1.0),
        number("trickle", &Parameters::trickle, Unit::bandwidth, "limit of repairs").above(0.0),
        number("sample", &Parameters::sample, Unit::fraction, "share of reads that repair"),
        boolean("hints", &Parameters::hints, "whether hints are kept"),
        text("label", &Parameters::label, "a name"),
    };
    return table;
  }
  static void settle(Parameters& parameters, const ServiceView& service, Settlement& out) {
    const auto nodes = static_cast<std::int64_t>(service.nodes.size());
    if (parameters.replicas > nodes) {
      out.problems.push_back({"replicas", "more replicas than the " + std::to_string(nodes) +
                                              " nodes of the service (use fewer)"});
    }
    for (const auto& [quorum, key] : {std::pair{&parameters.read_quorum, "read_quorum"},
                                      std::pair{&parameters.write_quorum, "write_quorum"}}) {
      if (!*quorum) {
        *quorum = parameters.replicas / 2 + 1;
        out.notes.push_back(std::string(key) + ": a majority");
      } else if (**quorum > parameters.replicas) {
        out.problems.push_back({key, "a quorum of " + std::to_string(**quorum) + " out of " +
                                         std::to_string(parameters.replicas) +
                                         " replicas (at most all of them)"});
      }
    }
  }
  static Claims claims(const Parameters&, const ServiceView&) { return {}; }
  static Contact contact(const Parameters&) { return Contact::nearest; }
  static std::vector<EndpointId> replica_nodes(const Parameters&, const ServiceView& service, Key) {
    return service.nodes;
  }

  MadeUp(Context& context, const Parameters&, Durable&) : ModelNode(context) {}
  Task<Response> serve(Request) override { co_return Response{}; }
};

inline const Catalog& made_up_catalog() {
  static const Catalog catalog{&model<MadeUp>()};
  return catalog;
}

}  // namespace faultline::testing
