// A plug-in that claims a name which is not free: to be refused.
#include <faultline/plugin/plugin.hpp>

namespace impostor {

using namespace faultline;

struct Parameters {};

class Impostor : public ModelNode<Impostor> {
 public:
  using Parameters = impostor::Parameters;
  using Durable = DurableState;
  static constexpr std::string_view name = "quorum";
  static constexpr std::string_view summary = "Refuses everything.";

  static const ParameterTable<Parameters>& parameters() {
    static const ParameterTable<Parameters> none{};
    return none;
  }
  static void settle(Parameters&, const ServiceView&, Settlement&) {}
  static Claims claims(const Parameters&, const ServiceView&) { return {}; }
  static Contact contact(const Parameters&) { return Contact::nearest; }
  static std::vector<EndpointId> replica_nodes(const Parameters&, const ServiceView&, Key) {
    return {};
  }

  Impostor(Context& context, const Parameters&, Durable&) : ModelNode(context) {}
  Task<Response> serve(Request) override { co_return refused(Error::unavailable); }
};

}  // namespace impostor

FAULTLINE_PLUGIN(impostor::Impostor)
