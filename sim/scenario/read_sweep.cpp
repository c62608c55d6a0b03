// The "sweep" object: which parameters a sweep varies, by which plan, how often each point is run.
#include <algorithm>

#include <fmt/format.h>

#include <faultline/scenario/reading.hpp>
#include <faultline/scenario/tables.hpp>

namespace faultline {
namespace {

/// A value may be put where something stands, or beside what stands there: the reader of each
/// point says whether it is known there.
bool can_stand(const std::string& pointer, const std::vector<std::string>& known) {
  const auto stands = [&](const std::string& at) {
    return std::find(known.begin(), known.end(), at) != known.end();
  };
  const std::string parent = pointer.substr(0, pointer.rfind('/'));
  return stands(pointer) || (!parent.empty() && stands(parent));
}

/// What is wrong with varying what stands at `pointer`; nothing if nothing is.
std::string wrong_with(const Reading& reading, const std::string& pointer,
                       const std::vector<std::string>& known, const std::vector<Axis>& others) {
  const auto steps = steps_of(pointer);
  if (!steps || steps->empty()) {
    return fmt::format("{} is not a JSON pointer (such as /services/store/replicas)",
                       describe(pointer));
  }
  if (steps->front() == "sweep") return "a sweep cannot vary itself";
  for (const Axis& other : others) {
    if (!pointer.starts_with(other.pointer() + "/") && !other.pointer().starts_with(pointer + "/"))
      continue;
    return fmt::format("lies on the way of {}, which is varied too", other.pointer());
  }
  if (can_stand(pointer, known)) return "";
  return fmt::format("there is nothing at {} in the scenario ({})", pointer,
                     reading.hint(pointer, known));
}

void read_axes(Reading& reading, const Located& at, SweepSettings& sweep) {
  if (!reading.is_object(at, "an object of JSON pointers and their values")) return;
  if (at.value->empty()) reading.problem(at.pointer, "nothing is varied (name a pointer)");
  const std::vector<std::string> known = reading.known_pointers();
  for (const auto& [pointer, values] : at.value->items()) {
    const std::string here = pointer_to(at.pointer, pointer);
    if (const auto wrong = wrong_with(reading, pointer, known, sweep.axes); !wrong.empty()) {
      reading.problem_at_key(at.pointer, pointer, wrong);
      continue;
    }
    reading.attempt(here, [&, &pointer = pointer, &values = values] {
      Axis axis(pointer, values);
      if (axis.continuous() && sweep.plan != SweepPlanKind::latin_hypercube) {
        throw BadValue(
            "has no values of its own (say a step, as in \"10ms..100ms step 10ms\", or choose the "
            "plan latin_hypercube)");
      }
      sweep.axes.push_back(std::move(axis));
    });
  }
}

}  // namespace

void read_sweep(Reading& reading, ObjectReader& root) {
  const auto at = root.take("sweep");
  if (!at || !reading.is_object(*at, "an object (as in {\"vary\": {\"/duration\": [...]}})"))
    return;
  SweepSettings sweep;
  {
    ObjectReader object(reading, *at);
    object.table(tables::sweep(), &sweep);
    if (const auto axes = object.take("vary")) {
      read_axes(reading, *axes, sweep);
    } else {
      reading.problem(at->pointer, "says not what to vary (as in \"vary\": {\"/duration\": ...})");
    }
  }
  reading.scenario.sweep = std::move(sweep);
}

}  // namespace faultline
