// What a sweep leaves for others to read, from its tables: sweep.json for charts, sweep.csv for
// everybody's own tools.
#pragma once

#include <iosfwd>

#include <faultline/sweep/tables.hpp>

namespace faultline {

/// Writes sweep.json and sweep.csv into `folder`. Throws CannotWrite.
void write_sweep(const SweepPlan& plan, const SweepTables& tables, const std::string& folder);

/// sweep.json without its "points": name, plan, parameters, what the scenario itself says.
Json sweep_head(const SweepPlan& plan);

/// The values of a point by JSON pointer.
Json values_by_pointer(const SweepPlan& plan, std::uint64_t point);

/// One line for each point and figure:
/// point,NAME OF PARAMETER...,status,kind,subject,phase,metric,value,low,high,trials
void write_sweep_csv(const SweepPlan& plan, const SweepTables& tables, std::ostream& out);

/// A field of CSV, in quotation marks where it needs them.
std::string csv_field(const std::string& text);

}  // namespace faultline
