#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <faultline/experiment/digest.hpp>
#include <faultline/experiment/trial_file.hpp>
#include <faultline/experiment/write.hpp>
#include <faultline/sweep/folder.hpp>

namespace faultline {
namespace fs = std::filesystem;

std::string SweepFolder::task_file(std::uint64_t number) const {
  return fmt::format("{}/{}", tasks_folder(), number);
}

bool SweepFolder::holds_sweep() const {
  std::error_code error;
  return fs::exists(plan_file(), error);
}

SweepLock::SweepLock(const SweepFolder& folder) {
  const std::string path = folder.path() + "/lock";
  file_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (file_ < 0) {
    throw CannotWrite(fmt::format("{}: cannot be written: {}", path, std::strerror(errno)));
  }
  // Not flock(): children would inherit it, and hold it after their parent has been killed.
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  if (fcntl(file_, F_SETLK, &whole) == 0) return;
  const int why = errno;
  close(file_);
  if (why != EACCES && why != EAGAIN) {
    throw CannotWrite(
        fmt::format("{}: cannot be locked: {} (use a folder on a file system with "
                    "locks)",
                    path, std::strerror(why)));
  }
  throw BadInput({Problem{folder.path(), 0, 0, "",
                          "another process is running a sweep here (wait for it, or name another "
                          "--out)"}});
}

SweepLock::~SweepLock() { close(file_); }

void carry_out(const SweepPlan& plan, const SweepTask& task, const SweepFolder& folder) {
  const Scenario scenario = plan.scenario(task.point);
  // The same task may be running on another machine, too.
  char host[256] = "";
  gethostname(host, sizeof host - 1);
  const std::string place = folder.task_file(task.number);
  const std::string beside = fmt::format("{}.{}.{}", place, host, getpid());
  TrialJob job;
  job.scenario = &scenario;
  job.seed = seed_of_trial(scenario.seed, task.trial);
  job.file = beside;
  job.label = digest_of(plan.json().dump());
  simulate_trial(job);
  std::error_code error;
  fs::rename(beside, place, error);
  if (error) throw CannotWrite(fmt::format("{}: cannot be written: {}", place, error.message()));
}

std::optional<Trial> SweepCollector::left_by(std::uint64_t number) const {
  const std::string path = folder_.task_file(number);
  errno = 0;
  if (!std::ifstream(path)) {
    if (errno == ENOENT) return std::nullopt;
    throw BadInput({Problem{path, 0, 0, "",
                            fmt::format("cannot be read: {} (a finished run is in it: let it be "
                                        "read, and go on with --resume)",
                                        std::strerror(errno))}});
  }
  try {
    Trial trial = read_trial(path);
    if (trial.label == plan_digest_) return trial;
  } catch (const std::runtime_error&) {
    // cut short
  }
  return std::nullopt;
}

void SweepCollector::recover() {
  recover_runs();
  std::uint64_t last = 0;
  for (const std::uint64_t run : tables_.unsummarised_runs()) {
    const std::uint64_t point = plan_.task(run).point;
    if (point != last) summarise_if_complete(point);
    last = point;
  }
}

void SweepCollector::recover_runs() {
  tables_.forget_failures();
  {
    DatabaseTransaction transaction(tables_.database());
    for (const std::uint64_t run : tables_.unsummarised_runs()) {
      if (!left_by(run)) tables_.forget_run(run);
    }
    transaction.commit();
  }
  take_in_all([](const SweepTask&) {});
}

void SweepCollector::take_in_all(const std::function<void(const SweepTask&)>& hear) {
  std::error_code error;
  std::vector<std::uint64_t> left;
  for (const auto& entry : fs::directory_iterator(folder_.tasks_folder(), error)) {
    const auto number = list_position(entry.path().filename().string());
    if (number && *number >= 1 && *number <= plan_.tasks()) left.push_back(*number);
  }
  std::sort(left.begin(), left.end());
  for (const std::uint64_t number : left) {
    const SweepTask task = plan_.task(number);
    const bool is_summarised = tables_.status_of_point(task.point) == "done";
    if (!is_summarised && tables_.is_done(number)) continue;
    if (!is_summarised && take_in(task)) {
      hear(task);
    } else {
      fs::remove(folder_.task_file(number), error);
    }
  }
}

bool SweepCollector::take_in(const SweepTask& task) {
  const auto trial = left_by(task.number);
  if (trial) tables_.record_run(task, *trial);
  return trial.has_value();
}

void SweepCollector::summarise_if_complete(std::uint64_t point) {
  if (tables_.status_of_point(point) != "open") return;
  for (std::uint64_t trial = 1; trial <= plan_.trials(); ++trial) {
    if (!tables_.is_done(plan_.number_of(point, trial))) return;
  }
  summarise(point, plan_.trials());
}

void SweepCollector::summarise(std::uint64_t point, std::uint64_t number) {
  const std::vector<Trial> all = trials(point, number);
  tables_.record_summary(point, number, summarise_trials(plan_.base(), all));
  std::error_code error;
  for (std::uint64_t trial = 1; trial <= plan_.trials(); ++trial) {
    fs::remove(folder_.task_file(plan_.number_of(point, trial)), error);
  }
}

std::vector<Trial> SweepCollector::trials(std::uint64_t point, std::uint64_t number) const {
  std::vector<Trial> all;
  for (std::uint64_t trial = 1; trial <= number; ++trial) {
    all.push_back(read_trial(folder_.task_file(plan_.number_of(point, trial))));
  }
  return all;
}

void SweepCollector::remove_tasks() {
  std::error_code error;
  fs::remove_all(folder_.tasks_folder(), error);
}

}  // namespace faultline
