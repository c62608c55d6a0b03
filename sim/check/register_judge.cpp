#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include <faultline/check/register_judge.hpp>
#include <faultline/check/wording.hpp>

namespace faultline {

RegisterJudge::RegisterJudge(const History& history, std::span<const OperationId> operations)
    : history_(history), versions_(history, operations) {
  for (const OperationId id : operations) {
    const Operation& each = operation(id);
    if (each.writes() || answered_read(each)) ++judged_;
  }
  sort_reads(operations);
}

void RegisterJudge::sort_reads(std::span<const OperationId> operations) {
  for (const OperationId id : operations) {
    const Operation& read = operation(id);
    if (!answered_read(read)) continue;
    const Moment answer = answered(read);
    if (misread(read)) {
      if (!first_misread_ || answer < first_misread_->answered) first_misread_ = {answer, id};
    } else {
      const auto version =
          static_cast<std::size_t>(versions_.find(read.observed) - versions_.all().data());
      reads_.push_back({version, answer, id, called(read)});
    }
  }
  std::sort(reads_.begin(), reads_.end(), [](const ClusterRead& a, const ClusterRead& b) {
    return std::tie(a.version, a.answered, a.id) < std::tie(b.version, b.answered, b.id);
  });
  for (std::size_t next = 1; next < reads_.size(); ++next) {
    const ClusterRead& last = reads_[next - 1];
    ClusterRead& read = reads_[next];
    if (read.version == last.version)
      read.latest_call = std::max(read.latest_call, last.latest_call);
  }
}

bool RegisterJudge::misread(const Operation& read) const {
  if (read.more_count > 0) return true;
  const Version* version = versions_.find(read.observed);
  if (version == nullptr) return true;
  if (version->write == nobody) return false;
  return operation(version->write).outcome == Outcome::failed || answered(read) < version->called;
}

// ---- zones ------------------------------------------------------------------------------------

Moment RegisterJudge::write_answered(const Version& version) const {
  return version.write == nobody ? beginning : answered(operation(version.write));
}

std::vector<ClusterZone> RegisterJudge::zones_until(Moment horizon) const {
  std::vector<ClusterZone> zones;
  const std::span<const ClusterRead> reads(reads_);
  std::size_t begin = 0;
  for (std::size_t version = 0; version < versions_.all().size(); ++version) {
    std::size_t end = begin;
    while (end < reads.size() && reads[end].version == version) ++end;
    append_zone(version, reads.subspan(begin, end - begin), horizon, zones);
    begin = end;
  }
  return zones;
}

void RegisterJudge::append_zone(std::size_t version, std::span<const ClusterRead> reads,
                                Moment horizon, std::vector<ClusterZone>& zones) const {
  const auto end = std::partition_point(reads.begin(), reads.end(), [&](const ClusterRead& read) {
    return read.answered <= horizon;
  });
  ClusterZone zone{write_answered(versions_.all()[version]), versions_.all()[version].called,
                   version};
  if (end != reads.begin()) {
    zone.first_answer = std::min(zone.first_answer, reads.front().answered);
    zone.last_call = std::max(zone.last_call, std::prev(end)->latest_call);
  }
  if (zone.first_answer <= horizon && zone.first_answer < endless) zones.push_back(zone);
}

std::vector<Moment> RegisterJudge::answers() const {
  std::vector<Moment> moments;
  for (const ClusterRead& read : reads_) moments.push_back(read.answered);
  for (const Version& version : versions_.all()) {
    const Moment answer = write_answered(version);
    if (beginning < answer && answer < endless) moments.push_back(answer);
  }
  std::sort(moments.begin(), moments.end());
  return moments;
}

Moment RegisterJudge::first_conflict() const {
  const std::vector<Moment> moments = answers();
  const auto contradicts = [&](const Moment& horizon) {
    return find_conflict(zones_until(horizon)).has_value();
  };
  // Violations tend to show early: double the horizon first, then bisect its last step.
  std::size_t step = 8;
  while (step < moments.size() && !contradicts(moments[step])) step *= 2;
  const auto low = moments.begin() + static_cast<std::ptrdiff_t>(step == 8 ? 0 : step / 2);
  const auto high = moments.begin() + static_cast<std::ptrdiff_t>(std::min(step, moments.size()));
  return *std::partition_point(low, high,
                               [&](const Moment& horizon) { return !contradicts(horizon); });
}

Moment RegisterJudge::first_contradiction() const {
  if (!find_conflict(zones_until(endless))) return first_misread_->answered;
  const Moment conflict = first_conflict();
  return first_misread_ ? std::min(conflict, first_misread_->answered) : conflict;
}

// ---- explanations -----------------------------------------------------------------------------

Witness RegisterJudge::witness() const {
  const Moment horizon = first_contradiction();
  const bool misread = first_misread_ && first_misread_->answered == horizon;
  Witness witness = misread ? explain_misread(first_misread_->id)
                            : explain_conflict(*find_conflict(zones_until(horizon)), horizon);
  const auto culprit =
      std::find_if(witness.operations.begin(), witness.operations.end(),
                   [&](OperationId id) { return answered(operation(id)) == horizon; });
  if (culprit != witness.operations.end()) witness.culprit = *culprit;
  return witness;
}

std::string RegisterJudge::words(OperationId id) const { return in_words(history_, operation(id)); }

Witness RegisterJudge::witness_of(std::string explanation,
                                  std::vector<OperationId> operations) const {
  const Key key = operation(operations.front()).key;
  std::sort(operations.begin(), operations.end());
  return {std::move(explanation), key, std::move(operations)};
}

Witness RegisterJudge::explain_misread(OperationId id) const {
  const Operation& read = operation(id);
  if (read.more_count > 0) {
    return witness_of(
        fmt::format("{} is no read of a register, which holds one value at any instant.",
                    words(id)),
        {id});
  }
  const Version* version = versions_.find(read.observed);
  if (version == nullptr) {
    return witness_of(fmt::format("{} returned a value that nobody wrote.", words(id)), {id});
  }
  const OperationId write = version->write;
  if (operation(write).outcome == Outcome::failed) {
    return witness_of(fmt::format("{} returned a value although its writer was told that the write "
                                  "failed: {}.",
                                  words(id), words(write)),
                      {id, write});
  }
  return witness_of(fmt::format("{} was over before {} began.", words(id), words(write)),
                    {id, write});
}

std::vector<OperationId> RegisterJudge::cluster(std::size_t version, Moment horizon) const {
  std::vector<OperationId> operations;
  const Version& chosen = versions_.all()[version];
  if (chosen.write != nobody && chosen.called <= horizon) operations.push_back(chosen.write);
  const auto begin =
      std::partition_point(reads_.begin(), reads_.end(),
                           [&](const ClusterRead& read) { return read.version < version; });
  for (auto read = begin; read != reads_.end() && read->version == version; ++read) {
    if (read->answered <= horizon) operations.push_back(read->id);
  }
  return operations;
}

Witness RegisterJudge::explain_conflict(const ZoneConflict& conflict, Moment horizon) const {
  if (auto witness = explain_return(conflict.first, conflict.second, horizon)) return *witness;
  if (auto witness = explain_return(conflict.second, conflict.first, horizon)) return *witness;
  return explain_cycle(conflict.first, conflict.second, horizon);
}

std::optional<Witness> RegisterJudge::explain_return(std::size_t outer, std::size_t inner,
                                                     Moment horizon) const {
  const std::vector<OperationId> around = cluster(outer, horizon);
  const std::vector<OperationId> between = cluster(inner, horizon);
  if (around.empty() || between.empty()) return std::nullopt;
  const bool from_nil = versions_.all()[outer].write == nobody;
  const OperationId last_called = *std::max_element(
      around.begin(), around.end(),
      [&](OperationId a, OperationId b) { return called(operation(a)) < called(operation(b)); });
  for (const OperationId newer : between) {
    const OperationId before = one_before(around, newer);
    if (!precedes(operation(newer), operation(last_called))) continue;
    if (before == nobody && !from_nil) continue;
    const auto after = std::find_if(around.begin(), around.end(), [&](OperationId id) {
      return precedes(operation(newer), operation(id));
    });
    if (from_nil) {
      return witness_of(fmt::format("{} found the key unwritten, but {} was over before that read "
                                    "began.",
                                    words(*after), words(newer)),
                        {newer, *after});
    }
    return witness_of(
        fmt::format(
            "{} returned the old value {}: {} was over before that read began, and {} is the "
            "newer value, for {} was over before that in turn began.",
            words(*after), value_in_words(versions_.all()[outer].value), words(newer),
            value_in_words(versions_.all()[inner].value), words(before)),
        {before, newer, *after});
  }
  return std::nullopt;
}

Witness RegisterJudge::explain_cycle(std::size_t first, std::size_t second, Moment horizon) const {
  const std::vector<OperationId> a = cluster(first, horizon);
  const std::vector<OperationId> b = cluster(second, horizon);
  const auto [a_before, b_after] = in_order(a, b);
  const auto [b_before, a_after] = in_order(b, a);
  const std::string a_value = value_in_words(versions_.all()[first].value);
  const std::string b_value = value_in_words(versions_.all()[second].value);
  return witness_of(
      fmt::format("{} was over before {} began, so the register held {} before {}. But {} was over "
                  "before {} began, so it held {} before {}. Each was written once, so no order of "
                  "the writes explains both.",
                  words(a_before), words(b_after), a_value, b_value, words(b_before),
                  words(a_after), b_value, a_value),
      {a_before, b_after, b_before, a_after});
}

OperationId RegisterJudge::one_before(const std::vector<OperationId>& cluster,
                                      OperationId id) const {
  // The write, and of the reads the one answered first: if these do not precede, none does.
  for (std::size_t place = 0; place < std::min<std::size_t>(cluster.size(), 2); ++place) {
    if (precedes(operation(cluster[place]), operation(id))) return cluster[place];
  }
  return nobody;
}

std::pair<OperationId, OperationId> RegisterJudge::in_order(
    const std::vector<OperationId>& earlier, const std::vector<OperationId>& later) const {
  for (const OperationId after : later) {
    const OperationId before = one_before(earlier, after);
    if (before != nobody) return {before, after};
  }
  return {nobody, nobody};
}

}  // namespace faultline
