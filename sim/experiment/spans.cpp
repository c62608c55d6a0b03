#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include <faultline/experiment/spans.hpp>

namespace faultline {
namespace {

// An operation, a call and a handling of the same number have different ids.
std::uint64_t operation_id(std::uint64_t number) { return 4 * (number + 1); }
std::uint64_t call_id(std::uint64_t message) { return 4 * message + 1; }
std::uint64_t handling_id(std::uint64_t message) { return 4 * message + 2; }

/// The answer to a message, as far as one was seen.
struct Answered {
  Time sent = never;
  Time received = never;
};

class SpanBuilder {
 public:
  explicit SpanBuilder(const Run& run)
      : run_(run),
        messages_(run.film()->messages()),
        answers_(messages_.size() + 1),
        roots_(messages_.size() + 1),
        for_client_(messages_.size() + 1) {}

  std::vector<Span> build() {
    for (const FilmedMessage& message : messages_) note_answer(message);
    add_operations();
    for (std::size_t i = 0; i < messages_.size(); ++i) {
      if (messages_[i].answers == 0) add_message(messages_[i], i + 1);
    }
    return std::move(spans_);
  }

 private:
  void note_answer(const FilmedMessage& message) {
    if (message.answers == 0) return;
    Answered& answered = answers_[message.answers];
    answered.sent = std::min(answered.sent, message.sent);
    answered.received = std::min(answered.received, message.received);
  }

  /// An operation is at the client that sends its first message.
  void add_operations() {
    const auto& operations = run_.history().operations;
    std::vector<std::optional<EndpointId>> clients(operations.size());
    for (const FilmedMessage& message : messages_) {
      if (!message.cause.is_operation()) continue;
      auto& client = clients[message.cause.number()];
      if (!client) client = message.from;
    }
    for (std::uint64_t number = 0; number < operations.size(); ++number) {
      const Operation& operation = operations[number];
      if (!clients[number]) continue;  // before the film began, after it was full, or not sent
      const std::uint64_t id = operation_id(number);
      spans_.push_back({id, 0, id, SpanKind::operation, operation.invoked,
                        std::min(operation.completed, run_.end()), *clients[number], number, true});
    }
  }

  void add_message(const FilmedMessage& message, std::uint64_t number) {
    const std::uint64_t id = call_id(number);
    const std::uint64_t parent = parent_of(message.cause);
    const bool for_client = is_for_client(message.cause);
    for_client_[number] = for_client;
    roots_[number] = root_of(message.cause, id);
    const Answered& answered = answers_[number];
    const Time arrival = message.received == never ? message.sent : message.received;
    spans_.push_back({id, parent, roots_[number], SpanKind::call, message.sent,
                      answered.received == never ? arrival : answered.received, message.from,
                      number, for_client});
    if (message.received == never) return;
    spans_.push_back({handling_id(number), id, roots_[number], SpanKind::handling, arrival,
                      answered.sent == never ? arrival : answered.sent, message.to, number,
                      for_client});
  }

  static std::uint64_t parent_of(Cause cause) {
    if (cause.none()) return 0;
    return cause.is_operation() ? operation_id(cause.number()) : handling_id(cause.number());
  }
  /// A message is sent after the one that caused it, whose root is therefore known.
  std::uint64_t root_of(Cause cause, std::uint64_t otherwise) const {
    if (cause.none()) return otherwise;
    return cause.is_operation() ? operation_id(cause.number()) : roots_[cause.number()];
  }
  bool is_for_client(Cause cause) const {
    return cause.is_operation() || (!cause.none() && for_client_[cause.number()]);
  }

  const Run& run_;
  const std::vector<FilmedMessage>& messages_;
  std::vector<Answered> answers_;     ///< by number of the message
  std::vector<std::uint64_t> roots_;  ///< by number of the message
  std::vector<bool> for_client_;      ///< by number of the message
  std::vector<Span> spans_;
};

}  // namespace

std::vector<Span> spans_of(const Run& run) { return SpanBuilder(run).build(); }

std::string span_name(const Run& run, const Span& span) {
  if (span.kind != SpanKind::operation) {
    return std::string(run.film()->messages()[span.number - 1].name);
  }
  const Operation& operation = run.history().operations[span.number];
  return fmt::format("{} of key {}", name_of(operation.kind), operation.key);
}

}  // namespace faultline
