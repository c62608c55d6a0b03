#include "sweep/worker.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <faultline/experiment/write.hpp>

#include "jobs.hpp"
#include "refuse.hpp"
#include "run_options.hpp"
#include "sweep/runner.hpp"

namespace faultline {
namespace {

struct Share {
  std::uint64_t number = 1;  ///< from 1
  std::uint64_t of = 1;
};

std::string pending_file(const SweepFolder& folder) { return folder.tasks_folder() + "/pending"; }

Share read_share(const std::string& text) {
  Share share;
  char behind = 0;
  const int read = std::sscanf(text.c_str(), "%lu/%lu%c", &share.number, &share.of, &behind);
  if (read != 2 || share.number < 1 || share.number > share.of) {
    refuse("--share " + text, "is no share (as in --share 3/16, from 1 to 16)");
  }
  return share;
}

/// As Open MPI tells its ranks.
std::string share_of_rank() {
  const char* rank = std::getenv("OMPI_COMM_WORLD_RANK");
  const char* size = std::getenv("OMPI_COMM_WORLD_SIZE");
  if (rank == nullptr || size == nullptr) {
    refuse("--share", "is missing (as in --share 3/16; only a rank of Open MPI has one unasked)");
  }
  return fmt::format("{}/{}", std::strtoull(rank, nullptr, 10) + 1, size);
}

/// Every n-th: points differ in what they cost, and this way everybody gets some of each.
std::vector<std::uint64_t> tasks_of(const Share& share, const SweepFolder& folder,
                                    const SweepPlan& plan) {
  std::ifstream in(pending_file(folder));
  if (!in) refuse(pending_file(folder), "cannot be read (sweep --executor slurm or mpi writes it)");
  std::vector<std::uint64_t> mine;
  std::uint64_t line = 0;
  for (std::uint64_t number = 0; in >> number; ++line) {
    if (number < 1 || number > plan.tasks()) {
      refuse(pending_file(folder), fmt::format("{} is no task of the plan", number));
    }
    if (line % share.of == share.number - 1) mine.push_back(number);
  }
  if (!in.eof()) refuse(pending_file(folder), fmt::format("line {} is no number", line + 1));
  return mine;
}

}  // namespace

CLI::App* add_sweep_worker_command(CLI::App& app, SweepWorkerOptions& options) {
  CLI::App* command = app.add_subcommand(
      "sweep-worker", "runs a share of a sweep's pending tasks (what --executor starts)");
  command->add_option("DIR", options.folder, "the folder of a sweep")->required();
  command->add_option("--share", options.share, "which, of how many; a rank of Open MPI knows it")
      ->type_name("I/N");
  command->add_option("-j,--jobs", options.jobs, "runs at the same time")->capture_default_str();
  command->footer("example: faultline sweep-worker sweep --share 3/16");
  return command;
}

int sweep_worker_command(const SweepWorkerOptions& options) {
  check_jobs(options.jobs);
  const bool is_rank = options.share.empty();
  const Share share = read_share(is_rank ? share_of_rank() : options.share);
  const SweepPlan plan = load_plan(options.folder);
  const SweepFolder folder(options.folder);
  const std::vector<std::uint64_t> mine = tasks_of(share, folder, plan);
  auto next = mine.begin();
  int worst = exit_ok;
  run_in_processes({static_cast<std::size_t>(options.jobs),
                    [&]() -> std::optional<std::uint64_t> {
                      const auto is_there = [&](std::uint64_t number) {
                        return std::filesystem::exists(folder.task_file(number));
                      };
                      next = std::find_if_not(next, mine.end(), is_there);
                      if (next == mine.end()) return std::nullopt;
                      return *next++;
                    },
                    [&](std::uint64_t number) {
                      carry_out(plan, plan.task(number), folder);
                      return exit_ok;
                    },
                    [&](std::uint64_t number, const ProcessEnd& end) {
                      worst = std::max(worst, end.status);
                      if (end.status == exit_bad_input) return false;  // a full disk: was said
                      if (end.status != exit_ok) {
                        fmt::print(stderr, "run {}: {}\n", number, words_of(end));
                      }
                      return true;
                    }});
  return is_rank ? exit_ok : worst;  // mpirun ends the other ranks of one that fails
}

void write_pending(const SweepFolder& folder, const std::vector<std::uint64_t>& numbers) {
  write_file(pending_file(folder), [&](std::ostream& out) {
    for (const std::uint64_t number : numbers) out << number << "\n";
  });
}

}  // namespace faultline
