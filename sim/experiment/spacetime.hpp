// The space-time diagram of a violation: the operations of its witness, and the messages about
// their key around them.
//
// Which messages matter is known only once the history is judged, so they are filmed in a second
// run of the same scenario: the same seed, the same run.
#pragma once

#include <optional>
#include <string>

#include <faultline/experiment/film.hpp>
#include <faultline/experiment/run.hpp>
#include <faultline/scenario/document.hpp>

namespace faultline {

struct Violation {
  Json witness;  ///< as in result.json: explanation, key, operations
  FilmSettings
      film;  ///< its key, from a little before its first operation to a little after its last
};

/// The first witness of the first check that failed, in the order of `result`; nothing if all held.
std::optional<Violation> first_violation(const Json& result);

/// Writes spacetime.json from a run that was filmed for `violation`.
void write_spacetime(const Run& run, const Violation& violation, const std::string& folder);

}  // namespace faultline
