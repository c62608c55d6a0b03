#include <fmt/format.h>

#include <faultline/experiment/result.hpp>
#include <faultline/experiment/spans.hpp>
#include <faultline/experiment/trace_files.hpp>

namespace faultline {
namespace {

/// SpanKind of opentelemetry/proto/trace/v1/trace.proto.
int number_of(SpanKind kind) {
  constexpr int internal = 1;
  constexpr int server = 2;
  constexpr int client = 3;
  if (kind == SpanKind::operation) return internal;
  return kind == SpanKind::call ? client : server;
}

Json attribute(const char* key, const std::string& value) {
  return {{"key", key}, {"value", {{"stringValue", value}}}};
}
Json attribute(const char* key, std::uint64_t value) {  // 64 bits are texts in OTLP/JSON
  return {{"key", key}, {"value", {{"intValue", fmt::format("{}", value)}}}};
}

std::string nanoseconds(Time at) {
  return fmt::format("{}", (otlp_epoch + at.time_since_epoch()).count());
}

class OtlpWriter {
 public:
  explicit OtlpWriter(const Run& run) : run_(run), spans_(spans_of(run)) {}

  void write(std::ostream& out) const {
    std::vector<std::vector<const Span*>> by_endpoint(run_.world().endpoints.size());
    for (const Span& span : spans_) {
      if (span.for_client) by_endpoint[index_of(span.at)].push_back(&span);
    }
    out << R"({"resourceSpans":[)";
    const char* separator = "";
    for (std::size_t endpoint = 0; endpoint < by_endpoint.size(); ++endpoint) {
      if (by_endpoint[endpoint].empty()) continue;
      out << separator << "\n";
      write_resource(out, *run_.world().endpoints[endpoint], by_endpoint[endpoint]);
      separator = ",";
    }
    out << "\n]}\n";
  }

 private:
  void write_resource(std::ostream& out, const Endpoint& endpoint,
                      const std::vector<const Span*>& spans) const {
    const std::string& name = endpoint.name();
    const Topology& topology = run_.simulation().topology();
    const Host& host = topology.hosts[index_of(endpoint.host())];
    const Json resource = {
        {"attributes",
         {attribute("service.name", name.substr(0, name.find_first_of("/@"))),
          attribute("service.instance.id", name), attribute("host.name", host.name),
          attribute("cloud.region", topology.regions[host.region])}}};
    out << R"({"resource":)" << resource.dump() << R"(,"scopeSpans":[{"scope":)"
        << Json{{"name", "faultline"}, {"version", version}}.dump() << R"(,"spans":[)";
    const char* separator = "";
    for (const Span* span : spans) {
      out << separator << "\n" << span_json(*span).dump();
      separator = ",";
    }
    out << "]}]}";
  }

  Json span_json(const Span& span) const {
    Json json = {{"traceId", fmt::format("{:032x}", span.root)},
                 {"spanId", fmt::format("{:016x}", span.id)},
                 {"name", span_name(run_, span)},
                 {"kind", number_of(span.kind)},
                 {"startTimeUnixNano", nanoseconds(span.from)},
                 {"endTimeUnixNano", nanoseconds(span.to)}};
    if (span.parent != 0) json["parentSpanId"] = fmt::format("{:016x}", span.parent);
    if (span.kind == SpanKind::operation) {
      describe_operation(run_.history().operations[span.number], json);
    } else if (span.kind == SpanKind::call) {
      describe_call(run_.film()->messages()[span.number - 1], json);
    }
    return json;
  }

  static void describe_operation(const Operation& operation, Json& json) {
    json["attributes"] = {attribute("faultline.key", operation.key),
                          attribute("faultline.session", operation.session),
                          attribute("faultline.attempts", operation.attempts),
                          attribute("faultline.outcome", std::string(name_of(operation.outcome)))};
    if (operation.outcome != Outcome::ok) {
      json["status"] = {{"code", 2}, {"message", std::string(name_of(operation.error))}};
    }
  }

  void describe_call(const FilmedMessage& message, Json& json) const {
    json["attributes"] = {attribute("server.address", run_.world().endpoint(message.to).name())};
    if (message.received == never) json["status"] = {{"code", 2}, {"message", "lost"}};
  }

  const Run& run_;
  const std::vector<Span> spans_;
};

}  // namespace

void write_otlp(const Run& run, std::ostream& out) { OtlpWriter(run).write(out); }

}  // namespace faultline
