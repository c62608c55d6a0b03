// The scenario format's own parameters, each declared once; models declare theirs
// (model/catalog.hpp). Reader, schema, `faultline schema` and the defaults in scenario.json all
// come from these tables.
#pragma once

#include <faultline/core/parameters.hpp>
#include <faultline/scenario/scenario.hpp>

namespace faultline::tables {

/// Weights of the kinds of operations, by name.
struct Mix {
  double get = 0;
  double put = 0;
  double insert = 0;
  double scan = 0;
  double read_modify_write = 0;
  double add = 0;
  double remove = 0;
};

const ParameterTable<Scenario>& scenario();
const ParameterTable<HostSettings>& host();
const ParameterTable<DiskSettings>& disk();
const ParameterTable<ClockSettings>& clock();
const ParameterTable<PathSettings>& path();
const ParameterTable<NetworkSettings>& network();
const ParameterTable<WorkloadSettings>& workload();
const ParameterTable<RetrySettings>& retry();
const ParameterTable<Mix>& mix();
const ParameterTable<BurstArrivals>& bursts();
const ParameterTable<DiurnalArrivals>& diurnal();
const ParameterTable<ClosedLoop>& closed_loop();
const ParameterTable<KeySettings>& key_count();
const ParameterTable<KeySettings>& hotspot();
const ParameterTable<FaultSettings>& fault();
const ParameterTable<CrashFault>& crash();
const ParameterTable<SlowFault>& slow();
const ParameterTable<LinkFault>& link();
const ParameterTable<ClockFault>& clock_fault();
const ParameterTable<DiskFault>& disk_fault();
const ParameterTable<SweepSettings>& sweep();

}  // namespace faultline::tables
