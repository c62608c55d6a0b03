#include "read_one_write_all.hpp"

#include <faultline/plugin/plugin.hpp>

namespace read_one_write_all {

using namespace faultline;
using namespace std::chrono_literals;

const ParameterTable<Parameters>& ReadOneWriteAll::parameters() {
  static const ParameterTable<Parameters> table{
      duration("timeout", &Parameters::timeout, "how long a write waits for all copies").above(0ms),
  };
  return table;
}

Task<Response> ReadOneWriteAll::serve(Request request) {
  if (!request.reads()) co_return co_await write(request);
  const Copy* copy = durable_.copies.find(request.key);
  co_return copy == nullptr ? Response{} : found(copy->value, copy->size);
}

Task<Response> ReadOneWriteAll::write(Request request) {
  const Timestamp stamp{now().time_since_epoch().count(), context_.number()};
  const Copy copy{stamp, request.value, request.size};
  take(request.key, copy);
  const Store store{request.key, copy};
  const std::vector<EndpointId> others = context_.peers();
  auto stored = ask(others, store);
  const bool everywhere = co_await stored.all(parameters_.timeout);
  // Who did not answer may have it all the same: it cannot be said that the write did not happen.
  co_return everywhere ? succeeded() : undecided(Error::unavailable);
}

Stored ReadOneWriteAll::on(EndpointId, const Store& store) {
  take(store.key, store.copy);
  return {};
}

void ReadOneWriteAll::take(Key key, const Copy& copy) {
  const Copy* held = durable_.copies.find(key);
  if (held != nullptr && copy.stamp <= held->stamp) return;
  durable_.copies.put(key, copy);
  holds(key, copy.value);
}

}  // namespace read_one_write_all

FAULTLINE_PLUGIN(read_one_write_all::ReadOneWriteAll)
