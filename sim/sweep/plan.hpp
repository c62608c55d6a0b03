// What a sweep is to run: points (values for the parameters varied), each so many trials. A plan is
// a file; a task is a number in it, independent of all others and always the same, so that any
// process on any machine that sees the folder can carry out any task, twice too.
//
//   plan  ->  tasks, each leaving one file (task.hpp)  ->  collected into tables (tables.hpp)
//
// Trial 5 of every point has the same seed: common random numbers, so that points differ by their
// values and not by their luck.
//
// The plans:
//   grid             every value of each parameter with every value of the others
//   latin_hypercube  n points; each parameter's range is cut into n equal parts, and every part is
//                    met once, in an order of its own (McKay, Beckman and Conover, "A Comparison of
//                    Three Methods for Selecting Values of Input Variables in the Analysis of
//                    Output from a Computer Code", Technometrics 21(2), 1979)
//   one_at_a_time    the scenario as it is, then each value of each parameter alone in it
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <faultline/experiment/trials.hpp>
#include <faultline/scenario/document.hpp>

namespace faultline {

/// One run of a sweep.
struct SweepTask {
  std::uint64_t number = 1;  ///< from 1, in the order of points and then of trials
  std::uint64_t point = 1;   ///< from 1
  std::uint64_t trial = 1;   ///< from 1
};

class SweepPlan {
 public:
  /// Of a scenario that has a "sweep"; its paths are relative to `folder`. Throws BadInput.
  SweepPlan(const Document& document, const Catalog& catalog, const std::string& folder);
  /// As `save` has written it. Throws BadInput.
  static SweepPlan load(const std::string& path, const Catalog& catalog);
  /// Throws CannotWrite.
  void save(const std::string& path) const;
  /// What save writes: equal plans have equal ones.
  Json json() const;

  /// What a search wants of the points ("question" in the file); null for a plain sweep. Plans
  /// differ if it does.
  void set_question(Json question) { question_ = std::move(question); }
  const Json& question() const { return question_; }

  /// The scenario without anything varied.
  const Scenario& base() const { return base_; }
  const SweepSettings& settings() const { return *base_.sweep; }
  /// How many points there are; at most 2^53, more are refused.
  std::uint64_t points() const { return points_; }
  std::uint64_t trials() const { return settings().trials; }
  std::uint64_t tasks() const { return points_ * trials(); }
  SweepTask task(std::uint64_t number) const;
  std::uint64_t number_of(std::uint64_t point, std::uint64_t trial) const;

  /// What the base says at the places varied (null where nothing stands), in the order of the axes.
  const std::vector<Json>& base_values() const { return base_values_; }
  /// The values of a point, in the same order.
  std::vector<Json> values(std::uint64_t point) const;
  /// "read_quorum=2, write_quorum=1".
  std::string words(std::uint64_t point) const;
  /// Names of the parameters: the last part of the pointer, or more where that is not enough.
  const std::vector<std::string>& names() const { return names_; }
  /// A point as a scenario. Throws BadInput if it is none.
  Scenario scenario(std::uint64_t point) const;

 private:
  void count_points();
  void draw_hypercube();
  void name_axes();

  Document document_;  ///< as given, with the sweep
  Document bare_;      ///< without it: what points are made from
  const Catalog* catalog_;
  std::string folder_;
  Json question_ = nullptr;
  Scenario base_;
  std::vector<Json> base_values_;
  std::vector<std::string> names_;
  std::uint64_t points_ = 0;
  std::vector<std::vector<Json>> drawn_;  ///< of a Latin hypercube: by axis, then by point
  /// Of one_at_a_time: by axis, the values that are not the base's.
  std::vector<std::vector<Json>> alone_;
};

}  // namespace faultline
