// The core workloads A to F of the Yahoo! Cloud Serving Benchmark (Cooper et al., "Benchmarking
// cloud serving systems with YCSB", SoCC 2010, and the files workloads/workload[a-f] of its
// distribution).
//
//   A  update heavy        half reads, half updates                    zipfian
//   B  read mostly         95 % reads, 5 % updates                     zipfian
//   C  read only           reads                                       zipfian
//   D  read latest         95 % reads, 5 % inserts                     latest
//   E  short ranges        95 % scans of 1 to 100 keys, 5 % inserts    zipfian
//   F  read-modify-write   half reads, half read-modify-writes         zipfian
//
// A record has 10 fields of 100 bytes; zipfian has the exponent 0.99. Updates write the whole
// record (YCSB writes one field unless told otherwise; values here are indivisible).
#pragma once

#include <algorithm>
#include <optional>
#include <string_view>

#include <faultline/workload/settings.hpp>

namespace faultline {

/// Sets mix, keys (their number is kept), value size and scan length as the workload "A" .. "F" (or
/// "a" .. "f") has them. False if there is no such workload.
inline bool apply_ycsb(std::string_view name, WorkloadSettings& settings) {
  if (name.size() != 1) return false;
  //                                        get   put   insert scan  read_modify_write
  constexpr std::array<std::array<double, 5>, 6> mixes{{{0.5, 0.5, 0, 0, 0},
                                                        {0.95, 0.05, 0, 0, 0},
                                                        {1, 0, 0, 0, 0},
                                                        {0.95, 0, 0.05, 0, 0},
                                                        {0, 0, 0.05, 0.95, 0},
                                                        {0.5, 0, 0, 0, 0.5}}};
  const char letter = name[0] >= 'a' ? static_cast<char>(name[0] - 'a' + 'A') : name[0];
  if (letter < 'A' || letter > 'F') return false;
  const auto& mix = mixes[static_cast<std::size_t>(letter - 'A')];
  settings.mix = {};
  std::copy(mix.begin(), mix.end(), settings.mix.begin());
  settings.keys.kind = letter == 'D' ? KeySettings::Kind::latest : KeySettings::Kind::zipfian;
  settings.keys.exponent = 0.99;
  settings.value_size = Distribution::constant(1000);
  settings.scan_length = Distribution::uniform(0.5, 100.5);  // rounded: 1 to 100, equally likely
  return true;
}

}  // namespace faultline
