// Traces for the tools that people already use: Perfetto (ui.perfetto.dev) or chrome://tracing, and
// whatever reads OpenTelemetry (Jaeger, Grafana Tempo, a collector).
#pragma once

#include <iosfwd>

#include <faultline/experiment/run.hpp>

namespace faultline {

/// Chrome's trace-event format ("Trace Event Format", Google 2016): a process for each client
/// region and each node, in it as many lanes as things were done at the same time; arrows are
/// messages. Instants are microseconds of simulated time. Faults have a process of their own.
void write_chrome_trace(const Run& run, std::ostream& out);

/// The instant that stands for the beginning of a run in OTLP, where zero means unknown:
/// 2000-01-01T00:00:00Z.
inline constexpr Duration otlp_epoch = std::chrono::seconds(946'684'800);

/// OTLP/JSON, one ExportTraceServiceRequest (opentelemetry-proto 1.0): the trees whose root is an
/// operation of a client. A resource for each client region and each node.
void write_otlp(const Run& run, std::ostream& out);

}  // namespace faultline
