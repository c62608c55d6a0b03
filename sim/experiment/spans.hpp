// Spans: what was done for whom, from when to when. Every operation of a client is the root of a
// tree: its calls, what nodes did to answer them, their calls to others, and so on (Sigelman et al.
// 2010, "Dapper"; the terms are OpenTelemetry's). What no client asked for (a heartbeat, an
// election) is the root of a tree of its own.
//
// A task keeps its cause through all its waits, so a call belongs to what made the task that
// makes it. What one task does for many at once (a log's entries sent as a batch) belongs to the
// one that began the task.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <faultline/experiment/run.hpp>

namespace faultline {

enum class SpanKind : std::uint8_t {
  operation,  ///< of a client: from its call to its answer
  call,       ///< of one message: from its departure to the arrival of the answer
  handling    ///< of a message: from its arrival to the departure of the answer
};

struct Span {
  std::uint64_t id = 0;      ///< from 1
  std::uint64_t parent = 0;  ///< 0: a root
  std::uint64_t root = 0;    ///< its own, if it is one
  SpanKind kind{};
  /// A call that is not answered ends where its message arrives, or at once if it is lost; a
  /// handling without an answer ends at once; an operation without end ends with the run.
  Time from{};
  Time to{};
  EndpointId at{};           ///< who does it
  std::uint64_t number = 0;  ///< of the operation, or of the message (from 1)
  bool for_client = false;   ///< whether the root is an operation
};

/// All spans of a run that was filmed: first the operations, then of every message the call and, if
/// it arrived, the handling.
std::vector<Span> spans_of(const Run& run);

/// "get of key 17", or the name of the message.
std::string span_name(const Run& run, const Span& span);

}  // namespace faultline
