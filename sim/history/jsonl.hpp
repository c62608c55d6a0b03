// Histories as text: `history.jsonl` holds one operation a line, a JSON object, in order of
// invocation. Use it to look at what clients saw, to judge a history again, or to judge one that
// another system produced.
//
//   {"id":0,"session":3,"workload":"shoppers","region":"eu-west-1","kind":"put","key":42,
//    "written":7,"observed":[],"intended":1000,"invoked":1000,"completed":2500,"outcome":"ok",
//    "error":"none","attempts":1,"part":false}                             (on one line)
//
// Times are whole nanoseconds since the start of the run; `completed` is null if it never was. The
// nil value is null. `observed` lists what a read returned, siblings included: [null] says that it
// found the key unwritten, [] that it has no result.
#pragma once

#include <iosfwd>
#include <stdexcept>
#include <string>

#include <faultline/history/operation.hpp>

namespace faultline {

/// A line that is not an operation; the message begins with its number.
class HistoryFormatError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Writes every operation of `history`. The stream's state tells whether that succeeded.
void write_history(const History& history, std::ostream& out);

/// Reads what write_history wrote, or a file by hand: `kind`, `key`, `session`, `invoked`,
/// `completed` and `outcome` are required, the rest has defaults (`intended` = `invoked`). `id`, if
/// given, must be the line's position counted from 0. Workloads and regions are numbered in order
/// of appearance; blank lines are skipped. Throws HistoryFormatError at the first line that is
/// wrong.
History read_history(std::istream& in);

}  // namespace faultline
