// Films messages: who sent what to whom, when it arrived or that it was lost. For `--trace`, and
// for the space-time diagram around a violation, where only one key and a short stretch are of
// interest.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include <faultline/model/observer.hpp>

namespace faultline {

/// What to film.
struct FilmSettings {
  std::optional<Key> key;  ///< messages about other keys are left out; heartbeats and the like too
  Time from{};
  Time to = never;
};

struct FilmedMessage {
  std::string_view name;
  EndpointId from{};
  EndpointId to{};
  Key key = 0;
  Time sent{};
  Time received = never;  ///< `never`: lost, or its receiver was down
  Cause cause;
  std::uint64_t answers = 0;  ///< the number of the message that it answers, from 1; 0: none
};

class Film : public MessageObserver {
 public:
  static constexpr std::size_t most_messages = 1'000'000;

  explicit Film(FilmSettings settings) : settings_(settings) {}

  std::uint64_t sent(const Departure& message) override {
    if (message.at < settings_.from || message.at > settings_.to) return 0;
    if (settings_.key && message.key != *settings_.key) return 0;
    if (messages_.size() == most_messages) {
      ++dropped_;
      return 0;
    }
    messages_.push_back({message.what, message.from, message.to, message.key, message.at, never,
                         message.cause, message.answers});
    return messages_.size();
  }
  void received(Time at, std::uint64_t number) override {
    FilmedMessage& message = messages_[number - 1];
    if (message.received == never) message.received = at;  // a duplicate arrives later
  }

  /// In the order in which they were sent: number 1 is the first.
  const std::vector<FilmedMessage>& messages() const { return messages_; }
  std::uint64_t dropped() const { return dropped_; }

 private:
  FilmSettings settings_;
  std::vector<FilmedMessage> messages_;
  std::uint64_t dropped_ = 0;
};

}  // namespace faultline
