// TO BE WRITTEN: what the algorithm is, for a reader with the textbook beside this file. Its name
// and where it comes from (paper, year, section); who sends what to whom, best as a picture; the
// rules by number, each with its reason; what it promises, to whom, and what that costs; what is
// left out, and where to find the parts. Look at ../raft/raft.hpp and ../quorum/quorum.hpp.
//
// Until then this is the least that serves: the first node keeps everything, the others ask it.
//
//     client -> any node -> node 0
//
// It is linearizable, for there is one copy, and gone as long as that one is.
#pragma once

#include <string_view>
#include <vector>

#include <faultline/model/catalog.hpp>

namespace faultline::model_name {

/// See parameters() for meanings, ranges and defaults in words.
struct Parameters {
  Duration timeout = std::chrono::milliseconds(500);
};

/// What a node finds again after a restart.
struct Durable : DurableState {
  struct Stored {
    Value value = nil;
    Bytes size = 0;
  };
  DurableMap<Key, Stored> values{*this};
};

class ModelName : public ModelNode<ModelName> {
 public:
  using Parameters = model_name::Parameters;
  using Durable = model_name::Durable;
  static constexpr std::string_view name = "model_name";
  static constexpr std::string_view summary = "One node keeps everything, the others ask it.";

  static const ParameterTable<Parameters>& parameters();
  static void settle(Parameters&, const ServiceView&, Settlement&) {}
  static Claims claims(const Parameters&, const ServiceView&) { return Claims{}; }
  static Contact contact(const Parameters&) { return Contact::nearest; }
  static std::vector<EndpointId> replica_nodes(const Parameters&, const ServiceView& service, Key) {
    return {service.nodes.front()};
  }

  ModelName(Context& context, const Parameters& parameters, Durable& durable);

  Task<Response> serve(Request request) override;

 private:
  Task<Response> ask_the_keeper(Request request);

  const Parameters& parameters_;
  Durable& durable_;
};

}  // namespace faultline::model_name
