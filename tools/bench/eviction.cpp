// The eviction policies of sim/eviction standing alone: how many requests a second, each filled at
// once if it misses, and how many of them miss.
//
//   eviction --policy lru [--operations N] [--entries N] [--keys N] [--skew EXPONENT]
//   eviction --policy lru --trace FILE --bytes N
//
// `--policy textbook` is LRU as it is usually written, a std::list and a std::unordered_map.
//
// Without a trace, keys follow Zipf's law and entries have the size 1. A trace is a CSV file with a
// header; its columns `lbn` (or `key`) and `size` are the key and the size in bytes, and a key
// keeps the size with which it first came, as where libCacheSim counts misses of such traces.
#include <ctime>
#include <fstream>
#include <iostream>
#include <list>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include <faultline/core/flat_map.hpp>
#include <faultline/eviction/policy.hpp>
#include <faultline/workload/key_chooser.hpp>

#include "bench.hpp"

namespace {

struct Request {
  std::uint64_t key = 0;
  std::uint64_t size = 1;
};

std::vector<Request> draw_requests(std::uint64_t count, std::uint64_t keys, double skew) {
  const faultline::Zipf zipf(keys, skew);
  faultline::RandomStream random(1, "keys");
  std::vector<Request> requests(count);
  for (Request& request : requests) request.key = zipf.draw(random);
  return requests;
}

std::vector<std::string> cells(const std::string& line) {
  std::vector<std::string> result;
  std::istringstream stream(line);
  for (std::string cell; std::getline(stream, cell, ',');) result.push_back(cell);
  return result;
}

std::uint64_t number(const std::vector<std::string>& row, std::size_t column) {
  if (column >= row.size()) throw std::runtime_error("too few cells");
  std::size_t end = 0;
  std::uint64_t value = 0;
  try {
    value = std::stoull(row[column], &end);
  } catch (const std::logic_error&) {
  }
  if (end == 0 || end != row[column].size() || row[column][0] == '-') {
    throw std::runtime_error("\"" + row[column] + "\" is not a whole number");
  }
  return value;
}

std::vector<Request> read_trace(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) throw std::runtime_error(path + ": cannot be read, or is empty");
  const std::vector<std::string> header = cells(line);
  std::size_t key = header.size();
  std::size_t size = header.size();
  for (std::size_t column = 0; column < header.size(); ++column) {
    if (header[column] == "lbn" || header[column] == "key") key = column;
    if (header[column] == "size") size = column;
  }
  if (key == header.size() || size == header.size()) {
    throw std::runtime_error(path + ":1: no columns \"lbn\" (or \"key\") and \"size\"");
  }
  std::vector<Request> requests;
  faultline::FlatMap<std::uint64_t, std::uint64_t> sizes;
  for (std::size_t number_of_line = 2; std::getline(file, line); ++number_of_line) {
    try {
      const std::vector<std::string> row = cells(line);
      const std::uint64_t bytes = number(row, size);
      if (bytes == 0) throw std::runtime_error("a size of zero");
      const auto place = sizes.try_emplace(number(row, key), bytes).first;
      requests.push_back({place->first, place->second});
    } catch (const std::runtime_error& error) {
      throw std::runtime_error(path + ":" + std::to_string(number_of_line) + ": " + error.what());
    }
  }
  return requests;
}

/// What LRU is compared with.
class Textbook {
 public:
  explicit Textbook(std::uint64_t capacity) : capacity_(capacity) {}

  bool touch(std::uint64_t key) {
    const auto place = places_.find(key);
    if (place == places_.end()) return false;
    entries_.splice(entries_.end(), entries_, place->second);
    return true;
  }

  void insert(std::uint64_t key, std::uint64_t size) {
    if (size > capacity_) return;
    for (; used_ + size > capacity_; entries_.pop_front()) {
      used_ -= entries_.front().size;
      places_.erase(entries_.front().key);
    }
    places_[key] = entries_.insert(entries_.end(), {key, size});
    used_ += size;
  }

 private:
  std::uint64_t capacity_;
  std::uint64_t used_ = 0;
  std::list<Request> entries_;
  std::unordered_map<std::uint64_t, std::list<Request>::iterator> places_;
};

struct Misses {
  std::uint64_t requests = 0;
  std::uint64_t bytes = 0;
};

template <class Cache>
Misses replay(Cache& cache, std::span<const Request> requests) {
  Misses misses;
  for (const Request& request : requests) {
    if (cache.touch(request.key)) continue;
    ++misses.requests;
    misses.bytes += request.size;
    cache.insert(request.key, request.size);
  }
  return misses;
}

struct Options {
  std::string policy;
  std::string trace;
  std::uint64_t bytes = 0;
  std::uint64_t operations = 5'000'000;
  std::uint64_t entries = 10'000;
  std::uint64_t keys = 100'000;
  double skew = 0.99;
};

template <class Cache>
void measure(Cache& cache, const Options& options, std::span<const Request> requests) {
  // Of drawn requests, the first fill the cache; of a trace, they count.
  if (options.trace.empty()) replay(cache, requests.first(requests.size() / 10));
  const bench::Stopwatch stopwatch;
  const std::clock_t start = std::clock();
  const Misses misses = replay(cache, requests);
  const double seconds = stopwatch.seconds();
  const double cpu_seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  std::ostringstream members;
  members << bench::operations_members(requests.size(), seconds) << R"(, "cpu_nanoseconds": )"
          << 1e9 * cpu_seconds / static_cast<double>(requests.size()) << R"(, "misses": )"
          << misses.requests << R"(, "missed_bytes": )" << misses.bytes;
  bench::print_result("eviction_" + options.policy, requests.size(), seconds, members.str());
}

void measure(const Options& options) {
  const std::vector<Request> requests =
      options.trace.empty() ? draw_requests(options.operations, options.keys, options.skew)
                            : read_trace(options.trace);
  const std::uint64_t capacity = options.trace.empty() ? options.entries : options.bytes;
  for (const auto& choice : faultline::eviction_choices()) {
    if (choice.name != options.policy) continue;
    const auto policy = faultline::make_eviction_policy(choice.value, capacity,
                                                        faultline::RandomStream(1, "eviction"));
    measure(*policy, options, requests);
    return;
  }
  Textbook textbook(capacity);
  measure(textbook, options, requests);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  std::vector<std::string> policies{"textbook"};
  for (const auto& choice : faultline::eviction_choices()) policies.push_back(choice.name);
  CLI::App app("Speed and misses of an eviction policy");
  app.add_option("--policy", options.policy, "what to measure")
      ->required()
      ->check(CLI::IsMember(policies));
  auto* trace = app.add_option("--trace", options.trace, "a CSV file of requests to replay");
  auto* bytes = app.add_option("--bytes", options.bytes, "capacity for the trace");
  bytes->check(CLI::PositiveNumber)->needs(trace);
  trace->needs(bytes);
  for (const auto& [name, value] : {std::pair("--operations", &options.operations),
                                    {"--entries", &options.entries},
                                    {"--keys", &options.keys}}) {
    app.add_option(name, *value)->check(CLI::PositiveNumber)->excludes(trace);
  }
  app.add_option("--skew", options.skew, "exponent of Zipf's law")
      ->check(CLI::NonNegativeNumber)
      ->excludes(trace);
  try {
    app.parse(argc, argv);
    measure(options);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const std::runtime_error& error) {
    std::cerr << error.what() << "\n";
    return 2;
  }
}
