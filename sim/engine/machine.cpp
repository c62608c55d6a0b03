#include <algorithm>
#include <deque>
#include <vector>

#include <faultline/engine/machine.hpp>

namespace faultline {

/// Jobs wait in one line for the first free of several servers. What remains of a running job is
/// known in units of work, so that a change of speed stretches it and a pause stops it.
class Machine::Station {
 public:
  Station(EventQueue& queue, int servers) : queue_(queue), servers_(servers) {}

  void submit(std::uint64_t number, Duration work, EventHandler done, void* target,
              std::uint64_t argument) {
    waiting_.push_back({number, std::max(work, Duration::zero()), done, target, argument});
    start_next();
  }

  bool cancel(std::uint64_t number) {
    const auto same = [number](const auto& job) { return job.number == number; };
    if (const auto job = std::find_if(running_.begin(), running_.end(), same);
        job != running_.end()) {
      stop(*job);
      running_.erase(job);
      start_next();
      return true;
    }
    const auto job = std::find_if(waiting_.begin(), waiting_.end(), same);
    if (job == waiting_.end()) return false;
    waiting_.erase(job);
    return true;
  }

  void set_speed(double speed) {
    halt();
    speed_ = speed;
    if (!paused_) go_on();
  }
  void pause() {
    if (!paused_) halt();
    paused_ = true;
  }
  void resume() {
    if (!paused_) return;
    paused_ = false;
    go_on();
    start_next();
  }
  void reset() {
    halt();
    running_.clear();
    waiting_.clear();
  }

  Duration busy() const {
    Duration total = busy_;
    if (!paused_) {
      for (const Running& job : running_) total += queue_.now() - job.since;
    }
    return total;
  }

 private:
  struct Job {
    std::uint64_t number;
    Duration work;  ///< what remains, at speed 1
    EventHandler done;
    void* target;
    std::uint64_t argument;
  };
  struct Running : Job {
    Time since;
    TimerId timer;
  };

  void start_next() {
    while (!paused_ && !waiting_.empty() && running_.size() < static_cast<std::size_t>(servers_)) {
      running_.push_back({waiting_.front(), Time{}, TimerId{}});
      waiting_.pop_front();
      go_on(running_.back());
    }
  }
  void go_on(Running& job) {
    job.since = queue_.now();
    const Duration lasts = speed_ == 1 ? job.work : from_seconds(seconds(job.work) / speed_);
    job.timer = queue_.timer(lasts, on_done, this, job.number);
  }
  void go_on() {
    for (Running& job : running_) go_on(job);
  }
  /// Takes a running job's timer back and notes what remains of it.
  void stop(Running& job) {
    queue_.cancel(job.timer);
    if (paused_) return;  // stopped already
    const Duration ran = queue_.now() - job.since;
    busy_ += ran;
    const Duration did = speed_ == 1 ? ran : from_seconds(seconds(ran) * speed_);
    job.work = std::max(Duration::zero(), job.work - did);
  }
  void halt() {
    for (Running& job : running_) stop(job);
  }

  static void on_done(void* station, std::uint64_t number) {
    static_cast<Station*>(station)->finish(number);
  }
  void finish(std::uint64_t number) {
    const auto job = std::find_if(running_.begin(), running_.end(),
                                  [number](const Running& r) { return r.number == number; });
    const Job finished = *job;
    busy_ += queue_.now() - job->since;
    running_.erase(job);
    start_next();
    finished.done(finished.target, finished.argument);
  }

  EventQueue& queue_;
  int servers_;
  double speed_ = 1;
  bool paused_ = false;
  std::deque<Job> waiting_;
  std::vector<Running> running_;
  Duration busy_{0};
};

Machine::Machine(EventQueue& queue, RandomStream disk_random, const HostSettings& settings)
    : random_(disk_random),
      settings_(settings),
      cores_(std::make_unique<Station>(queue, settings.cores)),
      disk_(std::make_unique<Station>(queue, 1)) {
  cores_->set_speed(settings.speed);
  set_clock(Time{}, settings.clock);
}

Machine::~Machine() = default;

// A job's number is even for the cores and odd for the disk.

JobId Machine::compute(Duration work, EventHandler done, void* target, std::uint64_t argument) {
  const std::uint64_t number = 2 * ++jobs_;
  cores_->submit(number, work, done, target, argument);
  return {number};
}

JobId Machine::disk_write(Bytes size, EventHandler done, void* target, std::uint64_t argument) {
  const DiskSettings& disk = settings_.disk;
  const Duration transfer = from_seconds(static_cast<double>(size) / disk.bandwidth);
  const std::uint64_t number = 2 * ++jobs_ + 1;
  disk_->submit(number, disk.write.sample_duration(random_) + transfer, done, target, argument);
  return {number};
}

JobId Machine::disk_sync(EventHandler done, void* target, std::uint64_t argument) {
  const std::uint64_t number = 2 * ++jobs_ + 1;
  disk_->submit(number, settings_.disk.fsync.sample_duration(random_), done, target, argument);
  return {number};
}

void Machine::cancel(JobId job) {
  if (!job) return;
  Station& station = job.number % 2 == 0 ? *cores_ : *disk_;
  station.cancel(job.number);
}

void Machine::set_speed(double factor) { cores_->set_speed(settings_.speed * factor); }
void Machine::set_disk_speed(double factor) { disk_->set_speed(factor); }

void Machine::pause() {
  cores_->pause();
  disk_->pause();
}
void Machine::resume() {
  cores_->resume();
  disk_->resume();
}
void Machine::reset() {
  cores_->reset();
  disk_->reset();
}

Time Machine::clock(Time instant) const {
  const Duration since = instant - clock_set_at_;
  if (clock_rate_ == 1) return clock_shown_then_ + since;
  return clock_shown_then_ + since + from_seconds(seconds(since) * (clock_rate_ - 1));
}

Duration Machine::real(Duration span) const {
  return clock_rate_ == 1 ? span : from_seconds(seconds(span) / clock_rate_);
}

void Machine::set_clock(Time instant, ClockSettings settings) {
  clock_set_at_ = instant;
  clock_shown_then_ = instant + settings.skew;
  clock_rate_ = 1 + settings.drift;
}

void Machine::step_clock(Time instant, Duration step) {
  clock_shown_then_ = clock(instant) + step;
  clock_set_at_ = instant;
}

Duration Machine::core_busy() const { return cores_->busy(); }
Duration Machine::disk_busy() const { return disk_->busy(); }
int Machine::cores() const { return settings_.cores; }

}  // namespace faultline
