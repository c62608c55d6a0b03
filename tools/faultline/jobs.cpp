#include "jobs.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <new>
#include <thread>

#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <faultline/experiment/spacetime.hpp>
#include <faultline/experiment/write.hpp>

#include "terminal.hpp"

namespace faultline {
namespace {

/// Starts `work` in a child process. -1 if that cannot be done, with a line on standard error.
pid_t start_child(const std::function<int()>& work) {
  std::cout.flush();
  std::cerr.flush();
  const pid_t child = fork();
  if (child < 0) fmt::print(stderr, "faultline: cannot start a process for the run\n");
  if (child != 0) return child;
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // nobody waits for the result of who is gone
  int status = exit_internal;
  try {
    status = work();
  } catch (const CannotWrite& error) {
    fmt::print(stderr, "{}\n", error.what());
    status = exit_bad_input;
  } catch (const std::exception& error) {
    fmt::print(stderr, "faultline: internal fault: {}\n", error.what());
  }
  std::cout.flush();
  std::fflush(nullptr);
  _exit(status);  // the parent's files and handlers are not this process's to close
}

void say_signal(int signal) {
  fmt::print(stderr, "faultline: internal fault: the run ended by signal {}\n", signal);
}

/// Calls `waiting` now and then until a child has ended.
void wait_for_end(pid_t child, const std::function<void()>& waiting) {
  constexpr int between_calls = 30;  // milliseconds
  // glibc 2.36 declares pidfd_open() in a way that C++ cannot link.
  const int watched = static_cast<int>(syscall(SYS_pidfd_open, child, 0));
  if (watched < 0) return;  // a kernel without it: waitpid waits, nothing is shown meanwhile
  pollfd ended{watched, POLLIN, 0};
  do {
    waiting();
  } while (poll(&ended, 1, between_calls) <= 0);
  close(watched);
}

/// Waits for a child and returns its exit status; one that dies of a signal counts as an internal
/// fault, with a line on standard error. `waiting`, if given, is called now and then until then.
int status_of_child(pid_t child, const std::function<void()>& waiting) {
  if (child < 0) return exit_internal;
  if (waiting) wait_for_end(child, waiting);
  int status = 0;
  pid_t ended = 0;
  while ((ended = waitpid(child, &status, 0)) < 0 && errno == EINTR) {
  }
  if (ended < 0) return exit_internal;
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  say_signal(WTERMSIG(status));
  return exit_internal;
}

}  // namespace

int in_child(const std::function<int()>& work, const std::function<void()>& waiting) {
  return status_of_child(start_child(work), waiting);
}

namespace {

/// A number that parent and child share.
class SharedShare {
 public:
  SharedShare() {
    void* memory = mmap(nullptr, sizeof(std::atomic<double>), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    share_ = new (memory) std::atomic<double>(0);
  }
  ~SharedShare() { munmap(share_, sizeof(*share_)); }
  SharedShare(const SharedShare&) = delete;
  SharedShare& operator=(const SharedShare&) = delete;
  std::atomic<double>& operator*() const { return *share_; }

 private:
  std::atomic<double>* share_;
};

/// What there is to film after a run, from its result.
std::optional<Violation> violation_in(const std::string& folder) {
  std::ifstream in(folder + "/result.json");
  return first_violation(Json::parse(in));
}

/// The program of the report, beside the folder of this one: PREFIX/bin and PREFIX/share when
/// installed, and the same two in a build tree.
std::string report_program() {
  if (const char* named = std::getenv("FAULTLINE_REPORT")) return named;
  const auto self = std::filesystem::read_symlink("/proc/self/exe");
  return self.parent_path().parent_path() / "share/faultline/report/report.mjs";
}

int call_report(const std::vector<std::string>& arguments) {
  const std::string program = report_program();
  if (!std::filesystem::exists(program)) {
    fmt::print(stderr, "the report was not drawn: there is no {} (install faultline again)\n",
               program);
    return exit_internal;
  }
  std::vector<std::string> words{"node", program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return in_child(
      [&] {
        std::vector<char*> argv;
        for (std::string& word : words) argv.push_back(word.data());
        argv.push_back(nullptr);
        execvp("node", argv.data());
        fmt::print(stderr,
                   "the report was not drawn: node cannot be started (tools/setup installs it)\n");
        return exit_internal;
      },
      {});
}

}  // namespace

namespace {

/// Films the first violation in a result directory, if there is one, in a second run.
int film_into(const Scenario& scenario, const std::string& folder) {
  std::filesystem::remove(folder + "/spacetime.json");  // of an earlier run in the same folder
  const auto violation = violation_in(folder);
  if (!violation) return exit_ok;
  return in_child(
      [&] {
        Run run(scenario, violation->film);
        run.simulate();
        write_spacetime(run, *violation, folder);
        return exit_ok;
      },
      {});
}

}  // namespace

int run_into(const Scenario& scenario, const std::string& folder, bool trace) {
  prepare_folder(folder);
  const SharedShare share;
  terminal::Progress bar(scenario.name);
  const int status = in_child(
      [&] {
        Run run(scenario, trace ? std::optional(FilmSettings{}) : std::nullopt);
        run.simulate([&](double done) { *share = done; });
        const Analysis analysis = analyse(run);
        write_result(run, analysis, folder);
        return analysis.expectations_met ? exit_ok : exit_unmet;
      },
      [&] { bar.show(*share); });
  if (status > exit_unmet) return status;
  std::filesystem::remove(folder + "/trials.json");  // of an earlier run in the same folder
  const int filmed = film_into(scenario, folder);
  return filmed == exit_ok ? status : filmed;
}

void run_in_processes(const ProcessPool& pool) {
  std::map<pid_t, std::uint64_t> running;
  bool going = true;
  while (true) {
    while (going && running.size() < pool.at_once) {
      const auto next = pool.next();
      if (!next) break;
      const pid_t child = start_child([&] { return pool.work(*next); });
      if (child > 0) running[child] = *next;
      if (child < 0) going = pool.ended(*next, {exit_internal, 0});
    }
    if (running.empty()) return;
    int status = 0;
    const pid_t child = waitpid(-1, &status, 0);  // whichever ends first
    if (child < 0 && errno == EINTR) continue;
    if (child < 0) throw std::runtime_error("cannot wait for the runs");
    const auto found = running.find(child);
    if (found == running.end()) continue;  // was there before this program was
    const std::uint64_t number = found->second;
    running.erase(found);
    const bool killed = WIFSIGNALED(status);
    going &= pool.ended(number, killed ? ProcessEnd{exit_internal, WTERMSIG(status)}
                                       : ProcessEnd{WEXITSTATUS(status), 0});
  }
}

std::optional<double> seconds_of_run(const Scenario& scenario) {
  constexpr auto patience = std::chrono::seconds(2);
  const SharedShare share;
  const auto begun = std::chrono::steady_clock::now();
  const auto passed = [&] { return std::chrono::steady_clock::now() - begun; };
  const pid_t child = start_child([&] {
    Run run(scenario);
    run.simulate([&](double done) { *share = done; });
    analyse(run);
    *share = 1;
    return exit_ok;
  });
  if (child < 0) return std::nullopt;
  int status = 0;
  while (waitpid(child, &status, WNOHANG) == 0) {
    if (passed() > patience) {
      kill(child, SIGKILL);
      while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
      }
      break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  const double done = *share;
  if (done <= 0) return std::nullopt;
  return std::chrono::duration<double>(passed()).count() / done;
}

int run_trials(const std::vector<TrialJob>& jobs, std::size_t at_once,
               const std::function<void(std::size_t)>& finished) {
  std::size_t next = 0;
  std::size_t done = 0;
  int worst = exit_ok;
  run_in_processes(
      {at_once,
       [&]() -> std::optional<std::uint64_t> {
         if (next == jobs.size()) return std::nullopt;
         return next++;
       },
       [&](std::uint64_t number) { return simulate_trial(jobs[number]) ? exit_ok : exit_unmet; },
       [&](std::uint64_t, const ProcessEnd& end) {
         if (end.signal != 0) say_signal(end.signal);
         worst = std::max(worst, end.status);
         if (end.status > exit_unmet) return false;
         finished(++done);
         return true;
       }});
  for (const TrialJob& job : jobs) {
    if (worst > exit_unmet) break;
    if (job.folder.empty()) continue;
    const int filmed = film_into(with_seed(*job.scenario, job.seed), job.folder);
    if (filmed != exit_ok) return filmed;
  }
  return worst;
}

namespace {

/// The exit status that a result deserves by a check, of whichever service.
int status_by(const std::string& claim, const Json& checks) {
  int status = exit_bad_input;
  for (const auto& [name, check] : checks.items()) {
    if (name != claim && !name.starts_with(claim + " ")) continue;
    const auto& verdict = check["verdict"].get_ref<const std::string&>();
    if (verdict == "invalid") return exit_unmet;
    if (verdict == "unknown") status = exit_undecided;
    if (verdict == "valid" && status == exit_bad_input) status = exit_ok;
  }
  return status;
}

}  // namespace

std::vector<int> judge_runs(const std::vector<const Scenario*>& scenarios,
                            const std::string& claim) {
  std::vector<pid_t> children;
  for (const Scenario* scenario : scenarios) {
    children.push_back(start_child([&] {
      Run run(*scenario, std::nullopt);
      run.simulate();
      return status_by(claim, analyse(run).result["checks"]);
    }));
  }
  std::vector<int> statuses;
  for (const pid_t child : children) statuses.push_back(status_of_child(child, {}));
  return statuses;
}

int draw_report(const std::vector<std::string>& folders) { return call_report(folders); }

int draw_verdict(const std::string& folder) { return call_report({"--verdict", folder}); }

int draw_sweep(const std::string& folder) { return call_report({"--sweep", folder}); }

int draw_comparison(const std::string& out, const std::vector<std::string>& folders) {
  std::vector<std::string> arguments{"--compare", out};
  arguments.insert(arguments.end(), folders.begin(), folders.end());
  return call_report(arguments);
}

}  // namespace faultline
