#include <algorithm>
#include <queue>
#include <set>

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <faultline/experiment/result.hpp>
#include <faultline/experiment/spans.hpp>
#include <faultline/experiment/trace_files.hpp>

namespace faultline {
namespace {

constexpr std::size_t faults_process = 0;
std::size_t process_of(EndpointId endpoint) { return index_of(endpoint) + 1; }

/// Times are microseconds; three digits behind the point keep nanoseconds.
std::string microseconds(Duration span) {
  return fmt::format("{}.{:03}", span.count() / 1000, span.count() % 1000);
}
std::string instant(Time at) { return microseconds(at.time_since_epoch()); }

/// Slices of one lane must not overlap: the lowest lane that is free when a slice begins.
class Lanes {
 public:
  std::size_t take(Time from, Time to) {
    while (!busy_.empty() && busy_.top().first <= from) {
      free_.insert(busy_.top().second);
      busy_.pop();
    }
    if (free_.empty()) free_.insert(++lanes_);
    const std::size_t lane = *free_.begin();
    free_.erase(free_.begin());
    busy_.emplace(to, lane);
    return lane;
  }

 private:
  using Slice = std::pair<Time, std::size_t>;
  std::priority_queue<Slice, std::vector<Slice>, std::greater<>> busy_;
  std::set<std::size_t> free_;
  std::size_t lanes_ = 0;
};

class ChromeTraceWriter {
 public:
  ChromeTraceWriter(const Run& run, std::ostream& out)
      : run_(run), out_(out), spans_(spans_of(run)) {
    std::erase_if(spans_, [](const Span& span) { return span.kind == SpanKind::call; });
    std::stable_sort(spans_.begin(), spans_.end(),
                     [](const Span& a, const Span& b) { return a.from < b.from; });
  }

  void write() {
    fmt::print(out_,
               R"({{"displayTimeUnit":"ms","otherData":{{"faultline":"{}","not_filmed":{}}},)",
               version, run_.film()->dropped());
    out_ << R"("traceEvents":[)";
    write_names();
    write_faults();
    write_events();
    place_spans();
    for (const Span& span : spans_) write_slice(span);
    for (std::size_t i = 0; i < run_.film()->messages().size(); ++i) write_arrow(i + 1);
    out_ << "\n]}\n";
  }

 private:
  /// Where the slice of an operation or of the handling of a message is.
  struct Slice {
    Time from = never;
    Time to{};
    std::size_t process = 0;
    std::size_t lane = 0;

    bool covers(Time at) const { return from <= at && at <= to; }
  };

  void begin_event() {
    out_ << (first_ ? "\n" : ",\n");
    first_ = false;
  }

  void name_process(std::size_t process, const std::string& name) {
    begin_event();
    fmt::print(out_, R"({{"ph":"M","name":"process_name","pid":{},"args":{{"name":{}}}}})", process,
               Json(name).dump());
    begin_event();
    fmt::print(out_,
               R"({{"ph":"M","name":"process_sort_index","pid":{0},"args":{{"sort_index":{0}}}}})",
               process);
  }

  void write_names() {
    name_process(faults_process, "faults");
    const Topology& topology = run_.simulation().topology();
    for (const Endpoint* endpoint : run_.world().endpoints) {
      const Host& host = topology.hosts[index_of(endpoint->host())];
      name_process(process_of(endpoint->id()),
                   fmt::format("{} ({})", endpoint->name(), topology.regions[host.region]));
    }
  }

  void write_faults() {
    Lanes lanes;
    for (const FaultSpan& span : run_.spans()) {
      const Time to = std::min(span.to, run_.end());
      begin_event();
      fmt::print(out_, R"({{"ph":"X","cat":"fault","name":{},"pid":{},"tid":{},"ts":{},"dur":{}}})",
                 Json(run_.scenario().faults[span.fault].label).dump(), faults_process,
                 lanes.take(span.from, to), instant(span.from), microseconds(to - span.from));
    }
  }

  /// Elections, conflicts and the like.
  void write_events() {
    for (const NodeEvent& event : run_.recorder().events()) {
      begin_event();
      fmt::print(out_,
                 R"({{"ph":"i","s":"p","cat":"event","name":"{}","pid":{},"tid":1,"ts":{},)"
                 R"("args":{{"number":{}}}}})",
                 name_of(event.kind), process_of(event.node), instant(event.at), event.number);
    }
  }

  void place_spans() {
    operations_.resize(run_.history().operations.size());
    handlings_.resize(run_.film()->messages().size() + 1);
    std::vector<Lanes> lanes(run_.world().endpoints.size());
    for (const Span& span : spans_) {
      slice_of(span) = {span.from, span.to, process_of(span.at),
                        lanes[index_of(span.at)].take(span.from, span.to)};
    }
  }
  Slice& slice_of(const Span& span) {
    return (span.kind == SpanKind::operation ? operations_ : handlings_)[span.number];
  }

  void write_slice(const Span& span) {
    const Slice& slice = slice_of(span);
    begin_event();
    fmt::print(out_, R"({{"ph":"X","cat":"{}","name":"{}","pid":{},"tid":{},"ts":{},"dur":{},)",
               span.kind == SpanKind::operation ? "operation" : "message", span_name(run_, span),
               slice.process, slice.lane, instant(slice.from), microseconds(slice.to - slice.from));
    if (span.kind == SpanKind::operation) {
      const Operation& operation = run_.history().operations[span.number];
      fmt::print(out_, R"("args":{{"id":{},"session":{},"outcome":"{}","attempts":{}}}}})",
                 span.number, operation.session, name_of(operation.outcome), operation.attempts);
    } else {
      const FilmedMessage& message = run_.film()->messages()[span.number - 1];
      fmt::print(out_, R"("args":{{"from":{},"key":{}}}}})",
                 Json(run_.world().endpoint(message.from).name()).dump(), message.key);
    }
  }

  const Slice* slice_of(Cause cause) const {
    if (cause.none()) return nullptr;
    return &(cause.is_operation() ? operations_ : handlings_)[cause.number()];
  }

  /// From the slice that sent a message to the one that it went to. An arrow needs a slice at
  /// either end: what is sent outside of any (by a timer, or after the answer) has none.
  void write_arrow(std::uint64_t number) {
    const auto& messages = run_.film()->messages();
    const FilmedMessage& message = messages[number - 1];
    if (message.received == never) return;
    const Slice* from = slice_of(message.cause);
    const Slice* to = &handlings_[number];
    if (message.answers != 0) {
      from = &handlings_[message.answers];
      to = slice_of(messages[message.answers - 1].cause);
    }
    if (from == nullptr || to == nullptr) return;
    if (!from->covers(message.sent) || !to->covers(message.received)) return;
    write_end(R"("s")", number, message, *from, message.sent);
    write_end(R"("f","bp":"e")", number, message, *to, message.received);
  }
  void write_end(const char* phase, std::uint64_t number, const FilmedMessage& message,
                 const Slice& slice, Time at) {
    begin_event();
    fmt::print(out_, R"({{"ph":{},"cat":"message","name":"{}","id":{},"pid":{},"tid":{},"ts":{}}})",
               phase, message.name, number, slice.process, slice.lane, instant(at));
  }

  const Run& run_;
  std::ostream& out_;
  std::vector<Span> spans_;        ///< operations and handlings, in order of their beginning
  std::vector<Slice> operations_;  ///< by number
  std::vector<Slice> handlings_;   ///< by number of the message
  bool first_ = true;
};

}  // namespace

void write_chrome_trace(const Run& run, std::ostream& out) { ChromeTraceWriter(run, out).write(); }

}  // namespace faultline
