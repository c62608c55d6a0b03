#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>

#include <fmt/format.h>

#include <faultline/core/random.hpp>
#include <faultline/fault/timeline.hpp>

namespace faultline {
namespace {

constexpr Duration shortest{1};  // a fault that takes no time would not be one

Time plus(Time instant, Duration span) { return span >= never - instant ? never : instant + span; }

/// Adds spans of one fault and holds it to its bound.
class Spans {
 public:
  Spans(std::vector<FaultSpan>& all, std::size_t fault, const FaultSettings& settings)
      : all_(all), fault_(fault), settings_(settings) {}

  void add(Time from, Time to) {
    if (++count_ > most_spans_per_fault) {
      throw std::length_error(
          fmt::format("fault '{}' strikes more than {} times before the run ends", settings_.label,
                      most_spans_per_fault));
    }
    all_.push_back({fault_, from, to});
  }

 private:
  std::vector<FaultSpan>& all_;
  std::size_t fault_;
  const FaultSettings& settings_;
  std::size_t count_ = 0;
};

void unfold_random(const FaultSettings& settings, Time end, std::uint64_t seed, Spans& spans) {
  RandomStream random(seed, "fault/" + settings.label);
  const auto draw = [&random](const Distribution& distribution) {
    return std::max(shortest, from_seconds(distribution.sample(random)));
  };
  for (Time repaired = settings.at;;) {
    const Time failure = plus(repaired, draw(*settings.between_failures));
    if (failure >= end) return;
    repaired = plus(failure, settings.to_repair ? draw(*settings.to_repair)
                                                : settings.length.value_or(shortest));
    spans.add(failure, repaired);
  }
}

void unfold_periodic(const FaultSettings& settings, Time end, Spans& spans) {
  const Duration length = std::max(shortest, settings.length.value_or(Duration::max()));
  const Duration every = std::max(shortest, *settings.every);
  if (length >= every) {  // they run into one another
    const auto repeats = (end - settings.at - Duration{1}) / every;
    spans.add(settings.at, plus(settings.at + repeats * every, length));
    return;
  }
  for (Time from = settings.at; from < end; from = plus(from, every)) {
    spans.add(from, plus(from, length));
  }
}

void unfold_one(const FaultSettings& settings, Time end, std::uint64_t seed, Spans& spans) {
  const Time last = std::min(end, settings.until);
  if (settings.at >= last) return;
  if (settings.between_failures) {
    unfold_random(settings, last, seed, spans);
  } else if (settings.every) {
    unfold_periodic(settings, last, spans);
  } else {
    spans.add(settings.at,
              settings.length ? plus(settings.at, std::max(shortest, *settings.length)) : never);
  }
}

/// The instants at which something changes, `warmup` and `end` included, at least `closest` apart.
std::vector<Time> edges_of(std::span<const FaultSpan> spans, Time warmup, Time end) {
  std::vector<Time> edges{warmup};
  for (const FaultSpan& span : spans) {
    for (const Time edge : {span.from, span.to}) {
      if (edge > warmup && edge < end) edges.push_back(edge);
    }
  }
  std::sort(edges.begin(), edges.end());
  const auto same = [](Time earlier, Time later) { return later - earlier <= closest; };
  edges.erase(std::unique(edges.begin(), edges.end(), same), edges.end());
  if (edges.size() > 1 && end - edges.back() <= closest) edges.pop_back();
  edges.push_back(end);
  return edges;
}

/// Faults in the scenario's order, each once.
class FaultNames {
 public:
  void insert(std::size_t fault) {
    const auto place = std::lower_bound(faults_.begin(), faults_.end(), fault);
    if (place == faults_.end() || *place != fault) faults_.insert(place, fault);
  }
  const std::vector<std::size_t>& list() const { return faults_; }
  std::string joined(std::span<const FaultSettings> settings) const {
    std::string names;
    for (const std::size_t fault : faults_) {
      if (!names.empty()) names += " + ";
      names += settings[fault].label;
    }
    return names;
  }

 private:
  std::vector<std::size_t> faults_;
};

FaultNames active_between(std::span<const FaultSpan> spans, Time from, Time to) {
  FaultNames active;
  const Time middle = from + (to - from) / 2;
  for (const FaultSpan& span : spans) {
    if (span.from <= middle && middle < span.to) active.insert(span.fault);
  }
  return active;
}

/// "before", or "after" those that ended last.
std::string name_of_calm(std::span<const FaultSettings> faults, std::span<const FaultSpan> spans,
                         Time to) {
  Time latest = Time::min();
  for (const FaultSpan& span : spans) {
    if (span.to < to) latest = std::max(latest, span.to);
  }
  if (latest == Time::min()) return before_faults;
  FaultNames ended;
  for (const FaultSpan& span : spans) {
    if (span.to <= latest && latest - span.to <= closest) ended.insert(span.fault);
  }
  return "after " + ended.joined(faults);
}

}  // namespace

std::vector<FaultSpan> unfold(std::span<const FaultSettings> faults, Time end, std::uint64_t seed) {
  std::vector<FaultSpan> all;
  for (std::size_t fault = 0; fault < faults.size(); ++fault) {
    Spans spans(all, fault, faults[fault]);
    unfold_one(faults[fault], end, seed, spans);
  }
  std::sort(all.begin(), all.end(), [](const FaultSpan& a, const FaultSpan& b) {
    return a.from != b.from ? a.from < b.from : a.fault < b.fault;
  });
  return all;
}

std::vector<Phase> phases(std::span<const FaultSettings> faults, std::span<const FaultSpan> spans,
                          Time warmup, Time end) {
  if (spans.empty()) return {{steady, warmup, end, {}}};
  const std::vector<Time> edges = edges_of(spans, warmup, end);
  std::vector<Phase> result;
  std::map<std::string, int> seen;
  for (std::size_t edge = 0; edge + 1 < edges.size(); ++edge) {
    const Time from = edges[edge];
    if (result.size() + 1 == most_phases && edge + 2 < edges.size()) {
      FaultNames active;
      for (const FaultSpan& span : spans) {
        if (span.from < end && span.to > from) active.insert(span.fault);
      }
      result.push_back({rest_of_the_run, from, end, active.list()});
      break;
    }
    const Time to = edges[edge + 1];
    const FaultNames active = active_between(spans, from, to);
    if (!result.empty() && !active.list().empty() && active.list() == result.back().active) {
      result.back().to = to;  // a fault that ended and struck again at once
      continue;
    }
    std::string name =
        active.list().empty() ? name_of_calm(faults, spans, to) : "during " + active.joined(faults);
    const int count = ++seen[name];
    if (count > 1) name += fmt::format(" {}", count);
    result.push_back({std::move(name), from, to, active.list()});
  }
  return result;
}

}  // namespace faultline
