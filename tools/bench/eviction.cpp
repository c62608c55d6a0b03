// The eviction policies of sim/eviction standing alone: how many requests a second, each filled at
// once if it misses, and how many of them miss.
//
//   eviction --policy lru [--operations N] [--entries N] [--keys N] [--skew EXPONENT]
//   eviction --policy lru --trace FILE --bytes N
//
// Without a trace, keys follow Zipf's law and entries have the size 1. A trace is a CSV file with a
// header; its columns `lbn` (or `key`) and `size` are the key and the size in bytes, and a key
// keeps the size with which it first came, as where libCacheSim counts misses of such traces.
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
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

struct Misses {
  std::uint64_t requests = 0;
  std::uint64_t bytes = 0;
};

Misses replay(faultline::EvictionPolicy& policy, const Request* begin, const Request* end) {
  Misses misses;
  for (const Request* request = begin; request != end; ++request) {
    if (policy.touch(request->key)) continue;
    ++misses.requests;
    misses.bytes += request->size;
    policy.insert(request->key, request->size);
  }
  return misses;
}

}  // namespace

int main(int argc, char** argv) {
  std::map<std::string, faultline::Eviction> policies;
  for (const auto& choice : faultline::eviction_choices()) policies[choice.name] = choice.value;
  std::string name;
  std::string trace;
  std::uint64_t operations = 5'000'000;
  std::uint64_t entries = 10'000;
  std::uint64_t keys = 100'000;
  std::uint64_t bytes = 0;
  double skew = 0.99;

  CLI::App app("Speed and misses of an eviction policy");
  app.add_option("--policy", name, "which")->required()->check(CLI::IsMember(policies));
  auto* trace_option = app.add_option("--trace", trace, "a CSV file of requests to replay");
  app.add_option("--bytes", bytes, "capacity for the trace")
      ->needs(trace_option)
      ->check(CLI::PositiveNumber);
  app.add_option("--operations", operations, "requests that are drawn")
      ->check(CLI::PositiveNumber)
      ->excludes(trace_option);
  app.add_option("--entries", entries, "capacity")->check(CLI::PositiveNumber);
  app.add_option("--keys", keys, "that are asked for")->check(CLI::PositiveNumber);
  app.add_option("--skew", skew, "exponent of Zipf's law")->check(CLI::NonNegativeNumber);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (!trace.empty() && bytes == 0) {
    std::cerr << "--trace needs --bytes: the capacity\n";
    return 2;
  }
  try {
    const std::vector<Request> requests =
        trace.empty() ? draw_requests(operations, keys, skew) : read_trace(trace);
    const auto policy = faultline::make_eviction_policy(
        policies[name], trace.empty() ? entries : bytes, faultline::RandomStream(1, "eviction"));
    const Request* begin = requests.data();
    const Request* end = begin + requests.size();
    // A cache is measured once it is full; of a trace, the first misses count.
    if (trace.empty()) replay(*policy, begin, begin + requests.size() / 10);
    const bench::Stopwatch stopwatch;
    const Misses misses = replay(*policy, begin, end);
    const double seconds = stopwatch.seconds();
    bench::print_result("eviction_" + name, requests.size(), seconds,
                        bench::operations_members(requests.size(), seconds) +
                            ", \"misses\": " + std::to_string(misses.requests) +
                            ", \"missed_bytes\": " + std::to_string(misses.bytes));
  } catch (const std::runtime_error& error) {
    std::cerr << error.what() << "\n";
    return 2;
  }
}
