// A node of a service that has a leader: what becomes of a request that another node is asked for,
// and which answers a node may give without lying.
//
//   class Raft : public LedNode<Raft> {
//    public:
//     bool leading() const override;
//     Task<Response> serve(Request request) override;    // lead() or pass_on()
//    private:
//     Task<Response> lead(Request request) override;     // as the leader
//   };
#pragma once

#include <faultline/model/entrusted.hpp>
#include <faultline/model/node.hpp>

namespace faultline {

template <class Self>
class LedNode : public ModelNode<Self> {
 public:
  using ModelNode<Self>::ModelNode;
  using ModelNode<Self>::on;

  virtual bool leading() const = 0;

  Task<Response> on(EndpointId, Forwarded forwarded) {
    if (!forwarded_.first(forwarded.number)) co_return undecided(Error::indeterminate);
    if (!leading()) co_return refuse(forwarded.request, Error::not_leader);
    co_return co_await lead(forwarded.request);
  }

 protected:
  /// Answers a request as the leader.
  virtual Task<Response> lead(Request request) = 0;

  /// Hands a request on to the node that is believed to lead.
  Task<Response> pass_on(Request request, EndpointId leader, Duration timeout) {
    const bool writes = !request.reads();
    if (writes) entrusted_.take(request.value);
    const auto answer =
        co_await this->call(leader, Forwarded(request, this->random().next()), timeout);
    if (!answer) co_return undecided(Error::timeout);
    if (writes && answer->outcome == Outcome::failed && !entrusted_.refused(request.value)) {
      co_return undecided(Error::indeterminate);
    }
    co_return *answer;
  }

  /// A definite no, unless an earlier copy of the same write was accepted here.
  Response refuse(const Request& request, Error error) const {
    if (!request.reads() && entrusted_.has(request.value)) {
      return undecided(Error::indeterminate);
    }
    return refused(error);
  }

  /// Writes of which a copy may be alive somewhere, because this node took them on.
  Entrusted entrusted_;

 private:
  Seen forwarded_;
};

}  // namespace faultline
