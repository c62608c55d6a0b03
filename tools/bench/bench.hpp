// What the programs of tools/bench share: the command line, the stopwatch, the line of results that
// tools/bench/run reads, and the hop workload itself, so that every program does the same work.
#pragma once

#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include <sys/resource.h>

namespace bench {

/// Wall-clock seconds since it was made.
class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// The most memory that the program has used so far, in bytes.
inline std::uint64_t peak_memory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

/// The positive whole number at `position` of the command line, `otherwise` if there is none. Ends
/// the program with status 2 if it is something else.
inline std::uint64_t positive_argument(int count, char** values, int position,
                                       std::uint64_t otherwise) {
  if (position >= count) return otherwise;
  char* end = nullptr;
  const unsigned long long value = std::strtoull(values[position], &end, 10);
  if (*end != '\0' || value == 0 || values[position][0] == '-') {
    std::fprintf(stderr, "%s: argument %d: \"%s\" is not a positive whole number\n", values[0],
                 position, values[position]);
    std::exit(2);
  }
  return value;
}

/// Prints a result as one line of JSON. `extra` holds further members, written as
/// `"member": value`, without a leading comma.
inline void print_result(const std::string& name, std::uint64_t events, double seconds,
                         const std::string& extra = {}) {
  std::printf(R"({"name": "%s", "events": %llu, "seconds": %.6f, "events_per_second": %.1f%s%s})"
              "\n",
              name.c_str(), static_cast<unsigned long long>(events), seconds,
              static_cast<double>(events) / seconds, extra.empty() ? "" : ", ", extra.c_str());
}

/// The members that say how fast whole operations went, for `extra` of print_result.
inline std::string operations_members(std::uint64_t operations, double seconds) {
  char text[128];
  std::snprintf(text, sizeof text, R"("operations": %llu, "operations_per_second": %.1f)",
                static_cast<unsigned long long>(operations),
                static_cast<double>(operations) / seconds);
  return text;
}

/// Random numbers, the same for every program and cheap enough not to matter.
class Random {
 public:
  double uniform() { return static_cast<double>(bits_() >> 11) * 0x1.0p-53; }
  double exponential(double mean) { return -mean * std::log(1.0 - uniform()); }
  std::uint64_t below(std::uint64_t bound) { return bits_() % bound; }

 private:
  std::mt19937_64 bits_{1};
};

/// The hop workload: a fixed number of messages hop between hosts for ever; whoever receives one
/// sends it on to a random host, where it arrives after an exponential delay of 1 ms on average.
/// The run ends after a given number of arrivals, which are the events that are counted.
class HopWorkload {
 public:
  HopWorkload(std::uint64_t events, std::uint64_t in_flight, std::uint64_t hosts)
      : events_(events), in_flight_(in_flight), arrivals_at_(hosts) {}

  std::uint64_t in_flight() const { return in_flight_; }
  std::uint64_t hosts() const { return arrivals_at_.size(); }
  std::uint64_t arrivals() const { return arrivals_; }

  /// Counts a departure; false if there have been enough.
  bool departs() { return departures_++ < events_; }
  /// Counts an arrival; true if it was the last one.
  bool arrives(std::size_t host) {
    ++arrivals_at_[host];
    return ++arrivals_ >= events_;
  }
  double delay_seconds() { return random_.exponential(1e-3); }
  std::size_t next_host() { return static_cast<std::size_t>(random_.below(arrivals_at_.size())); }

 private:
  std::uint64_t events_;
  std::uint64_t in_flight_;
  std::uint64_t departures_ = 0;
  std::uint64_t arrivals_ = 0;
  std::vector<std::uint64_t> arrivals_at_;
  Random random_;
};

/// The hop workload that the arguments EVENTS IN_FLIGHT HOSTS ask for.
inline HopWorkload hop_workload(int count, char** values, std::uint64_t default_events) {
  return {positive_argument(count, values, 1, default_events),
          positive_argument(count, values, 2, 1000), positive_argument(count, values, 3, 100)};
}

}  // namespace bench
