// Read one, write all: the oldest rule of replicated data (Bernstein, Hadzilacos and Goodman,
// "Concurrency Control and Recovery in Database Systems", 1987, section 8.1). A read is answered by
// one copy, whichever is near; a write is done when every copy has it.
//
//   read:   client -> nearest node, which answers at once
//   write:  client -> nearest node -> all the others, and the client hears when the last has it
//
// Any read meets any write that was done, since that one is everywhere: no read is stale. The price
// is the write's. It takes a round trip to the farthest copy, and cannot be done while a single one
// is away: with n copies that are each away for a share p of the time, writes are possible for
// (1 - p)^n of it, less than with one copy, while reads are for 1 - p^n. Quorums (Gifford 1979) are
// what lies between: this is R = 1, W = n.
//
// While a write is on its way, one copy has it and another has not: two reads in a row may see the
// new value and then the old one. So the store is regular, not atomic (Lamport, "On interprocess
// communication", 1986), which is why the book puts locks around it. Of concurrent writes the one
// with the later timestamp stays, everywhere. A write that was not done stands in those copies that
// heard of it, and its client is told that nobody knows.
#pragma once

#include <string_view>
#include <vector>

#include <faultline/model/catalog.hpp>
#include <faultline/model/version.hpp>

namespace read_one_write_all {

using faultline::Bytes;
using faultline::Context;
using faultline::Duration;
using faultline::EndpointId;
using faultline::Key;
using faultline::Request;
using faultline::Response;
using faultline::ServiceView;
using faultline::Task;
using faultline::Value;

/// See parameters() for meanings.
struct Parameters {
  Duration timeout = std::chrono::milliseconds(500);
};

struct Copy {
  faultline::Timestamp stamp;
  Value value = faultline::nil;
  Bytes size = 0;
};

struct Durable : faultline::DurableState {
  faultline::DurableMap<Key, Copy> copies{*this};
};

/// "Take this copy, unless you have a later one."
struct Stored {
  static constexpr std::string_view name = "stored";
};
struct Store {
  static constexpr std::string_view name = "store";
  using Reply = Stored;
  Bytes bytes() const { return 32 + copy.size; }
  Key key = 0;
  Copy copy;
};

class ReadOneWriteAll : public faultline::ModelNode<ReadOneWriteAll> {
 public:
  using Parameters = read_one_write_all::Parameters;
  using Durable = read_one_write_all::Durable;
  static constexpr std::string_view name = "read_one_write_all";
  static constexpr std::string_view summary =
      "One copy answers a read, all copies take a write: nothing is stale, one dead copy stops all "
      "writes.";

  static const faultline::ParameterTable<Parameters>& parameters();
  static void settle(Parameters&, const ServiceView&, faultline::Settlement&) {}
  static faultline::Claims claims(const Parameters&, const ServiceView&) { return {}; }
  static faultline::Contact contact(const Parameters&) { return faultline::Contact::nearest; }
  static std::vector<EndpointId> replica_nodes(const Parameters&, const ServiceView& service, Key) {
    return service.nodes;
  }

  ReadOneWriteAll(Context& context, const Parameters& parameters, Durable& durable)
      : ModelNode(context), parameters_(parameters), durable_(durable) {}

  Task<Response> serve(Request request) override;
  using ModelNode::on;
  Stored on(EndpointId from, const Store& store);

 private:
  Task<Response> write(Request request);
  void take(Key key, const Copy& copy);

  const Parameters& parameters_;
  Durable& durable_;
};

}  // namespace read_one_write_all
