// The catalog entry: what a model tells of itself, once, for reading scenarios, documentation,
// schema and deployment.
//
//   struct quorum::Quorum : ModelNode<Quorum> {
//     using Parameters = quorum::Parameters;
//     using Durable = quorum::Durable;                           // derives from DurableState
//     static constexpr std::string_view name = "quorum";
//     static constexpr std::string_view summary = "...";          // one sentence
//     static const ParameterTable<Parameters>& parameters();      // the one list of parameters
//     static void settle(Parameters&, const ServiceView&, Settlement&);
//     static Claims claims(const Parameters&, const ServiceView&);
//     static Contact contact(const Parameters&);
//     static TokenScope token_scope(const Parameters&);           // if not of each key
//     static DataKind data_kind(const Parameters&);               // if not registers
//     static bool serves(const Parameters&, OperationKind);       // if not what registers have
//     Quorum(Context&, const Parameters&, Durable&);
//   };
//
// and models/catalog.cpp lists `model<quorum::Quorum>()`.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <faultline/core/parameters.hpp>
#include <faultline/model/node.hpp>

namespace faultline {

/// PACELC (Abadi 2012): what the parameters promise during a partition, and else.
struct Claims {
  enum class Partition { availability, consistency };
  enum class Else { latency, consistency };
  Partition on_partition = Partition::consistency;
  Else otherwise = Else::consistency;
};

/// Which node a client's library sends a request to.
enum class Contact { nearest, random, round_robin };

/// What settle() has to say: derived values to tell the user of, and combinations that cannot be.
struct Settlement {
  struct Problem {
    std::string parameter;
    std::string message;  ///< what is wrong (what would be right)
  };
  std::vector<std::string> notes;
  std::vector<Problem> problems;
};

class Model {
 public:
  virtual ~Model() = default;
  virtual std::string_view name() const = 0;
  virtual std::string_view summary() const = 0;
  virtual const ParameterList& parameters() const = 0;

  /// A struct of parameters with its defaults, to be filled through parameters().
  virtual std::shared_ptr<void> make_parameters() const = 0;
  /// Fills in what follows from other parameters and from the deployment, and checks how they fit.
  virtual void settle(void* parameters, const ServiceView& service, Settlement& out) const = 0;
  virtual Claims claims(const void* parameters, const ServiceView& service) const = 0;
  virtual Contact contact(const void* parameters) const = 0;
  /// Which of its tokens the client's library sends along.
  virtual TokenScope token_scope(const void* parameters) const = 0;
  virtual DataKind data_kind(const void* parameters) const = 0;
  /// Whether clients may ask for operations of this kind.
  virtual bool serves(const void* parameters, OperationKind kind) const = 0;
  /// The nodes that are to hold a key, in order of preference.
  virtual std::vector<EndpointId> replica_nodes(const void* parameters, const ServiceView& service,
                                                Key key) const = 0;
  virtual std::unique_ptr<DurableState> make_durable() const = 0;
  virtual std::unique_ptr<Node> make_node(Context& context, const void* parameters,
                                          DurableState& durable) const = 0;
};

template <class N>
class ModelOf final : public Model {
  using Parameters = typename N::Parameters;
  static const Parameters& of(const void* parameters) {
    return *static_cast<const Parameters*>(parameters);
  }

 public:
  std::string_view name() const override { return N::name; }
  std::string_view summary() const override { return N::summary; }
  const ParameterList& parameters() const override { return N::parameters(); }
  std::shared_ptr<void> make_parameters() const override { return std::make_shared<Parameters>(); }
  void settle(void* parameters, const ServiceView& service, Settlement& out) const override {
    N::settle(*static_cast<Parameters*>(parameters), service, out);
  }
  Claims claims(const void* parameters, const ServiceView& service) const override {
    return N::claims(of(parameters), service);
  }
  Contact contact(const void* parameters) const override { return N::contact(of(parameters)); }
  TokenScope token_scope([[maybe_unused]] const void* parameters) const override {
    if constexpr (requires { N::token_scope(of(parameters)); }) {
      return N::token_scope(of(parameters));
    } else {
      return TokenScope::key;
    }
  }
  DataKind data_kind([[maybe_unused]] const void* parameters) const override {
    if constexpr (requires { N::data_kind(of(parameters)); }) {
      return N::data_kind(of(parameters));
    } else {
      return DataKind::registers;
    }
  }
  bool serves([[maybe_unused]] const void* parameters, OperationKind kind) const override {
    if constexpr (requires { N::serves(of(parameters), kind); }) {
      return N::serves(of(parameters), kind);
    } else {
      return is_of_registers(kind);
    }
  }
  std::vector<EndpointId> replica_nodes(const void* parameters, const ServiceView& service,
                                        Key key) const override {
    return N::replica_nodes(of(parameters), service, key);
  }
  std::unique_ptr<DurableState> make_durable() const override {
    return std::make_unique<typename N::Durable>();
  }
  std::unique_ptr<Node> make_node(Context& context, const void* parameters,
                                  DurableState& durable) const override {
    return std::make_unique<N>(context, of(parameters), static_cast<typename N::Durable&>(durable));
  }
};

/// The one catalog entry of a model.
template <class N>
const Model& model() {
  static const ModelOf<N> entry;
  return entry;
}

/// A list of models in which scenarios find theirs by name. sim/ knows no model: the program hands
/// it in.
using Catalog = std::vector<const Model*>;

}  // namespace faultline
