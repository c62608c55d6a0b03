// Histories for the judges of others: as EDN, which Jepsen, Knossos and Elle read, and as the logs
// of a key-value store that Porcupine reads. What they say of ours is worth more than what we say.
#pragma once

#include <iosfwd>

#include <faultline/history/operation.hpp>

namespace faultline {

/// Writes one map an event, in order of time:
/// {:process 3, :type :ok, :f :read, :key 42, :value 7, :time 1000}. Scans, and the records that
/// span the parts of a read_modify_write, are left out. A session whose call never ended, or that
/// calls while another call of it is open, goes on as a process of its own, as Jepsen's do: a
/// process makes one call at a time. That a failed compare-and-set found another value cannot be
/// said in EDN: it is a failure like others there.
void write_edn(const History& history, std::ostream& out);

/// Writes gets, puts and appends as Porcupine's test data has them: keys and values are texts, an
/// unwritten key is the empty one. A write of unknown outcome has no completion; a failed one, and
/// a read without an answer, are left out. A read that returned several values has them one after
/// the other. Throws HistoryFormatError at any other operation.
void write_porcupine(const History& history, std::ostream& out);

}  // namespace faultline
