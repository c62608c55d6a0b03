// Events one after the other, out of any of the notations that events.hpp names, and the rule that
// pairs them: a process makes one call at a time. Private to sim/history.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include <faultline/history/edn.hpp>

namespace faultline {

enum class EventType : std::uint8_t { invoke, ok, fail, info };

struct Event {
  EventType type = EventType::invoke;
  std::string process;
  std::string function;
  edn::Term value;
  edn::Term key;
  std::size_t line = 0;
  std::int64_t position = 0;  ///< among all events, counted from 1
  bool mismatch = false;      ///< a compare-and-set failed because it found another value

  /// Not a client's: what Jepsen notes of the faults that it causes.
  bool foreign() const { return process.starts_with(':'); }
};

/// Throws HistoryFormatError.
[[noreturn]] void complain_of_line(std::size_t line, std::string_view what);

class EventSource {
 public:
  virtual ~EventSource() = default;
  /// False at the end. Throws HistoryFormatError.
  bool next(Event& event) {
    event.position = ++position_;
    return read(event);
  }

 private:
  virtual bool read(Event& event) = 0;
  std::int64_t position_ = 0;
};

/// `text` must outlive the source.
std::unique_ptr<EventSource> make_event_source(std::string_view text);

/// The number of an event's process. Throws HistoryFormatError if it has none.
std::uint32_t process_number(const Event& event);

/// Whatever a caller keeps of the calls that are open, by process.
template <class Kept>
class OpenCalls {
 public:
  struct Open {
    std::uint32_t process = 0;
    std::size_t line = 0;
    std::string function;
    Kept kept{};
  };

  Open& begin(const Event& event) {
    const std::uint32_t process = process_number(event);
    const auto [place, fresh] = open_.try_emplace(process);
    if (!fresh) {
      complain_of_line(event.line, "process " + event.process + " calls while its call of line " +
                                       std::to_string(place->second.line) + " is open");
    }
    place->second = {process, event.line, event.function, {}};
    return place->second;
  }
  /// The call that this event ends; it is open no more.
  Open end(const Event& event) {
    const auto place = open_.find(process_number(event));
    if (place == open_.end()) {
      complain_of_line(event.line,
                       "process " + event.process + " completes a call that it has not made");
    }
    Open open = std::move(place->second);
    open_.erase(place);
    return open;
  }
  /// Those that nothing ended.
  const std::unordered_map<std::uint32_t, Open>& all() const { return open_; }

 private:
  std::unordered_map<std::uint32_t, Open> open_;
};

}  // namespace faultline
