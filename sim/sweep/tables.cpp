#include <fmt/format.h>

#include <faultline/sweep/tables.hpp>

namespace faultline {
namespace {

// Explained in tables.hpp and in the README.
constexpr const char* schema = R"(
CREATE TABLE sweep (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE points (point INTEGER PRIMARY KEY, status TEXT NOT NULL, trials INTEGER NOT NULL,
  summary TEXT);
CREATE TABLE parameters (point INTEGER, pointer TEXT, name TEXT NOT NULL, value TEXT NOT NULL,
  number REAL, unit TEXT, PRIMARY KEY (point, pointer)) WITHOUT ROWID;
CREATE TABLE runs (run INTEGER PRIMARY KEY, point INTEGER NOT NULL, trial INTEGER NOT NULL,
  seed INTEGER NOT NULL, status TEXT NOT NULL, error TEXT, expectations_met INTEGER, digest TEXT);
CREATE TABLE metrics (run INTEGER, kind TEXT, subject TEXT, phase TEXT, metric TEXT, value REAL,
  PRIMARY KEY (run, kind, subject, phase, metric)) WITHOUT ROWID;
CREATE TABLE checks (run INTEGER, name TEXT, verdict TEXT NOT NULL, PRIMARY KEY (run, name))
  WITHOUT ROWID;
CREATE TABLE expectations (run INTEGER, position INTEGER, text TEXT NOT NULL, met INTEGER NOT NULL,
  PRIMARY KEY (run, position)) WITHOUT ROWID;
CREATE TABLE estimates (point INTEGER, kind TEXT, subject TEXT, phase TEXT, metric TEXT, value REAL,
  low REAL, high REAL, trials INTEGER NOT NULL,
  PRIMARY KEY (point, kind, subject, phase, metric)) WITHOUT ROWID;
)";

/// Of which kinds the tables hold every figure; those of hosts and links are in the summaries.
constexpr std::pair<const char*, const char*> kinds[] = {{"workloads", "workload"},
                                                         {"services", "service"}};

/// Calls `hear(kind, subject, phase, metric, figure)` for every figure of a result or a summary;
/// `is_figure` says what is one.
template <class IsFigure, class Hear>
void each_figure(const Json& measured, const IsFigure& is_figure, const Hear& hear) {
  for (const auto& [plural, kind] : kinds) {
    if (!measured.contains(plural)) continue;
    for (const auto& [subject, figures] : measured[plural].items()) {
      for (const auto& [phase, of_phase] : figures["phases"].items()) {
        const std::function<void(const std::string&, const Json&)> visit =
            [&, &subject = subject, &phase = phase, &kind = kind](const std::string& metric,
                                                                  const Json& node) {
              if (is_figure(node)) {
                hear(std::string(kind), subject, phase, metric, node);
              } else if (node.is_object()) {
                for (const auto& [key, below] : node.items()) {
                  visit(metric.empty() ? key : metric + "." + key, below);
                }
              }
            };
        visit("", of_phase);
      }
    }
  }
}

bool is_estimate(const Json& node) { return node.is_object() && node.contains("trials"); }

/// "/scenario/duration: "60s" before, now "30s"" of the first place that differs.
std::string first_difference(const Json& before, const Json& now) {
  const auto plain_before = nlohmann::json::parse(before.dump());
  const auto plain_now = nlohmann::json::parse(now.dump());
  const auto patch = nlohmann::json::diff(plain_before, plain_now);
  if (patch.empty()) return "the order of its keys";
  const nlohmann::json::json_pointer at(patch[0]["path"].get<std::string>());
  const auto there = [&](const nlohmann::json& in) {
    return in.contains(at) ? in.at(at).dump() : std::string("nothing");
  };
  return fmt::format("{} was {}, now {}", at.to_string(), there(plain_before), there(plain_now));
}

BadInput not_resumable(const std::string& path, const std::string& why) {
  return BadInput({Problem{path, 0, 0, "",
                           fmt::format("cannot go on: {} (undo that, or sweep anew into another "
                                       "--out)",
                                       why)}});
}

bool is_plain_number(const Json& node) { return node.is_number(); }

}  // namespace

std::vector<std::string> differing_metrics(const Database& database, std::uint64_t run,
                                           const Json& measured) {
  Statement ask = database.prepare(
      "SELECT value FROM metrics WHERE run = ? AND kind = ? AND subject = ? AND phase = ? AND "
      "metric = ?");
  std::vector<std::string> differing;
  each_figure(measured, is_plain_number,
              [&](const std::string& kind, const std::string& subject, const std::string& phase,
                  const std::string& metric, const Json& value) {
                ask.bind(1, run).bind(2, kind).bind(3, subject).bind(4, phase).bind(5, metric);
                const Json before = ask.step() ? ask.value(0) : Json(nullptr);
                ask.reset();
                if (before.is_number() && before.get<double>() == value.get<double>()) return;
                differing.push_back(
                    fmt::format("{} of {} {}, {}: {}, now {}", metric, kind, subject, phase,
                                before.is_null() ? "nothing" : before.dump(), value.dump()));
              });
  return differing;
}

const char* base_unit(Unit unit) {
  switch (unit) {
    case Unit::duration:
      return "s";
    case Unit::size:
      return "B";
    case Unit::bandwidth:
      return "B/s";
    case Unit::rate:
      return "1/s";
    case Unit::fraction:
      return "1";
    case Unit::none:
      break;
  }
  return nullptr;
}

Json number_of_value(const Json& value) {
  if (value.is_number()) return value;
  if (!value.is_string()) return nullptr;
  const auto text = value.get<std::string>();
  const Unit unit = common_unit({text});
  return unit == Unit::none ? Json(nullptr) : Json(parse_quantity(text, unit));
}

SweepTables::SweepTables(Database database, const SweepPlan& plan)
    : database_(std::move(database)), plan_(&plan) {}

SweepTables SweepTables::create(const std::string& path, const SweepPlan& plan) {
  SweepTables tables(Database(path, Database::Access::create), plan);
  DatabaseTransaction transaction(tables.database_);
  tables.database_.execute(schema);
  Statement insert = tables.database_.prepare("INSERT INTO sweep VALUES (?, ?)");
  const auto put = [&](const char* name, const std::string& value) {
    insert.bind(1, std::string(name)).bind(2, value).run();
  };
  put("faultline", version);
  put("plan", plan.json().dump());
  put("scenario", plan.base().name);
  put("points", fmt::format("{}", plan.points()));
  put("trials", fmt::format("{}", plan.trials()));
  transaction.commit();
  return tables;
}

SweepTables SweepTables::resume(const std::string& path, const SweepPlan& plan) {
  SweepTables tables(Database(path, Database::Access::write), plan);
  Json before;
  try {
    Statement ask = tables.database_.prepare("SELECT value FROM sweep WHERE name = 'plan'");
    if (ask.step()) before = Json::parse(ask.text(0), nullptr, false);
  } catch (const DatabaseError& error) {
    throw not_resumable(path, error.what());
  }
  if (!before.is_object()) throw not_resumable(path, "it holds no plan of a sweep");
  const Json now = plan.json();
  if (before != now) throw not_resumable(path, first_difference(before, now));
  return tables;
}

void SweepTables::open_point(std::uint64_t point, const char* status) {
  Statement insert = database_.prepare("INSERT OR IGNORE INTO points VALUES (?, ?, 0, NULL)");
  insert.bind(1, point).bind(2, std::string(status)).run();
  Statement parameter =
      database_.prepare("INSERT OR IGNORE INTO parameters VALUES (?, ?, ?, ?, ?, ?)");
  const std::vector<Json> values = plan_->values(point);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Json number = number_of_value(values[i]);
    const char* unit =
        values[i].is_string() ? base_unit(common_unit({values[i].get<std::string>()})) : nullptr;
    parameter.bind(1, point)
        .bind(2, plan_->settings().axes[i].pointer())
        .bind(3, plan_->names()[i])
        .bind(4, values[i].dump())
        .bind(5, number);
    if (unit == nullptr) {
      parameter.bind_null(6);
    } else {
      parameter.bind(6, std::string(unit));
    }
    parameter.run();
  }
}

void SweepTables::settle_status(std::uint64_t point) {
  Statement update = database_.prepare(
      "UPDATE points SET status = CASE WHEN EXISTS (SELECT 1 FROM runs WHERE point = ?1 AND "
      "status = 'failed') THEN 'failed' WHEN summary IS NULL THEN 'open' ELSE 'done' END "
      "WHERE point = ?1");
  update.bind(1, point).run();
}

void SweepTables::insert_metrics(std::uint64_t run, const Json& measured) {
  Statement insert = database_.prepare("INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?)");
  each_figure(measured, is_plain_number,
              [&](const std::string& kind, const std::string& subject, const std::string& phase,
                  const std::string& metric, const Json& value) {
                insert.bind(1, run).bind(2, kind).bind(3, subject).bind(4, phase).bind(5, metric);
                insert.bind(6, value).run();
              });
}

void SweepTables::record_run(const SweepTask& task, const Trial& trial) {
  DatabaseTransaction transaction(database_);
  open_point(task.point, "open");
  forget_run(task.number);
  bool met = true;
  Statement expectation = database_.prepare("INSERT INTO expectations VALUES (?, ?, ?, ?)");
  for (std::size_t i = 0; i < trial.expectations.size(); ++i) {
    const bool this_one = trial.expectations[i]["met"].get<bool>();
    met = met && this_one;
    expectation.bind(1, task.number)
        .bind(2, static_cast<std::uint64_t>(i))
        .bind(3, trial.expectations[i]["text"])
        .bind(4, std::int64_t{this_one ? 1 : 0})
        .run();
  }
  database_.prepare("INSERT INTO runs VALUES (?, ?, ?, ?, 'done', NULL, ?, ?)")
      .bind(1, task.number)
      .bind(2, task.point)
      .bind(3, task.trial)
      .bind(4, trial.seed)
      .bind(5, std::int64_t{met ? 1 : 0})
      .bind(6, trial.digest)
      .run();
  insert_metrics(task.number, trial.measured);
  Statement check = database_.prepare("INSERT INTO checks VALUES (?, ?, ?)");
  for (const auto& [name, verdict] : trial.verdicts.items()) {
    check.bind(1, task.number).bind(2, name).bind(3, verdict).run();
  }
  settle_status(task.point);
  transaction.commit();
}

void SweepTables::record_failure(const SweepTask& task, std::uint64_t seed,
                                 const std::string& error) {
  DatabaseTransaction transaction(database_);
  open_point(task.point, "failed");
  forget_run(task.number);
  database_.prepare("INSERT INTO runs VALUES (?, ?, ?, ?, 'failed', ?, NULL, NULL)")
      .bind(1, task.number)
      .bind(2, task.point)
      .bind(3, task.trial)
      .bind(4, seed)
      .bind(5, error)
      .run();
  settle_status(task.point);
  transaction.commit();
}

void SweepTables::record_summary(std::uint64_t point, std::uint64_t trials, const Json& summary) {
  DatabaseTransaction transaction(database_);
  database_.prepare("DELETE FROM estimates WHERE point = ?").bind(1, point).run();
  Statement insert = database_.prepare("INSERT INTO estimates VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  each_figure(summary, is_estimate,
              [&](const std::string& kind, const std::string& subject, const std::string& phase,
                  const std::string& metric, const Json& estimate) {
                insert.bind(1, point).bind(2, kind).bind(3, subject).bind(4, phase);
                insert.bind(5, metric).bind(6, estimate["value"]).bind(7, estimate["low"]);
                insert.bind(8, estimate["high"]);
                insert.bind(9, estimate["trials"].get<std::int64_t>()).run();
              });
  database_.prepare("UPDATE points SET trials = ?2, summary = ?3 WHERE point = ?1")
      .bind(1, point)
      .bind(2, trials)
      .bind(3, summary.dump())
      .run();
  settle_status(point);
  transaction.commit();
}

void SweepTables::record_left_out(const std::set<std::uint64_t>& points) {
  DatabaseTransaction transaction(database_);
  for (const std::uint64_t point : points) open_point(point, "left out");
  transaction.commit();
}

void SweepTables::forget_run(std::uint64_t run) {
  for (const char* table : {"runs", "metrics", "checks", "expectations"}) {
    database_.prepare(fmt::format("DELETE FROM {} WHERE run = ?", table)).bind(1, run).run();
  }
}

void SweepTables::forget_failures() {
  DatabaseTransaction transaction(database_);
  database_.execute("DELETE FROM runs WHERE status = 'failed'");
  database_.execute(
      "UPDATE points SET status = CASE WHEN summary IS NULL THEN 'open' ELSE 'done' END WHERE "
      "status = 'failed'");
  transaction.commit();
}

bool SweepTables::is_done(std::uint64_t run) const {
  Statement ask = database_.prepare("SELECT 1 FROM runs WHERE run = ? AND status = 'done'");
  return ask.bind(1, run).step();
}

std::string SweepTables::status_of_point(std::uint64_t point) const {
  Statement ask = database_.prepare("SELECT status FROM points WHERE point = ?");
  return ask.bind(1, point).step() ? ask.text(0) : "";
}

std::uint64_t SweepTables::count_done() const {
  Statement ask = database_.prepare("SELECT count(*) FROM runs WHERE status = 'done'");
  ask.step();
  return ask.whole(0);
}

std::vector<std::uint64_t> SweepTables::unsummarised_runs() const {
  Statement ask = database_.prepare(
      "SELECT run FROM runs JOIN points USING (point) WHERE runs.status = 'done' AND summary IS "
      "NULL ORDER BY run");
  std::vector<std::uint64_t> runs;
  while (ask.step()) runs.push_back(ask.whole(0));
  return runs;
}

void SweepTables::each_point(const std::function<void(const SweepPoint&)>& hear) const {
  Statement ask = database_.prepare("SELECT point, status, summary FROM points ORDER BY point");
  while (ask.step()) {
    SweepPoint point{ask.whole(0), ask.text(1), nullptr};
    if (const std::string text = ask.text(2); !text.empty()) point.summary = Json::parse(text);
    hear(point);
  }
}

}  // namespace faultline
