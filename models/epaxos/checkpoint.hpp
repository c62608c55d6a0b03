// A checkpoint: all that a replica has executed, without the instances that say how. Once it is on
// disk, instances may be forgotten; a replica that misses one of those gets the checkpoint instead.
// Plain data without a Context.
#pragma once

#include <faultline/epaxos/instance_set.hpp>
#include <faultline/epaxos/interference.hpp>
#include <faultline/epaxos/store.hpp>

namespace faultline::epaxos {

struct Checkpoint {
  Store store;
  InstanceSet executed;  ///< what the store is made of
  /// Of what was executed and may be forgotten: later commands depend on it as ever.
  Interference settled;
  RowEnds forgotten{};  ///< instances up to here are not kept

  bool covers(InstanceId id) const { return id.number <= forgotten[id.replica]; }
  Bytes bytes() const { return store.bytes() + settled.bytes(); }
};

}  // namespace faultline::epaxos
