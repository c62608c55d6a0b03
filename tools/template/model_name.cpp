#include <faultline/model_name/model_name.hpp>

namespace faultline::model_name {

using namespace std::chrono_literals;

const ParameterTable<Parameters>& ModelName::parameters() {
  static const ParameterTable<Parameters> table{
      duration("timeout", &Parameters::timeout, "how long a node waits for the one with the data")
          .above(0ms),
  };
  return table;
}

ModelName::ModelName(Context& context, const Parameters& parameters, Durable& durable)
    : ModelNode(context), parameters_(parameters), durable_(durable) {}

Task<Response> ModelName::serve(Request request) {
  if (self() != nodes().front()) co_return co_await ask_the_keeper(request);
  if (request.reads()) {
    const Durable::Stored* stored = durable_.values.find(request.key);
    co_return stored == nullptr ? Response{} : found(stored->value, stored->size);
  }
  durable_.values.put(request.key, {request.value, request.size});
  holds(request.key, request.value);
  co_return succeeded();
}

Task<Response> ModelName::ask_the_keeper(Request request) {
  const auto response = co_await forward(nodes().front(), request, parameters_.timeout);
  if (response) co_return *response;
  // A read that was not answered has done nothing; a write may have happened.
  co_return request.reads() ? refused(Error::unavailable) : undecided(Error::unavailable);
}

}  // namespace faultline::model_name
