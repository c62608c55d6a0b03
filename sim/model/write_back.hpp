// Write-back: how changes of durable state get to the disk. One write and one fsync serve all
// changes that came during the one before (group commit, as DeWitt et al., "Implementation
// techniques for main memory database systems", SIGMOD 1984, section 5.2), so a busy disk costs
// each of them less.
//
//   WriteBack write_back(context, durable, Durability::fsync);
//   durable.promised.set(ballot);
//   const std::uint64_t change = write_back.changed(sizeof ballot);     // goes to the disk
//   if (!co_await write_back.until(change, timeout)) ...                // not there in time
#pragma once

#include <cstdint>

#include <faultline/model/context.hpp>
#include <faultline/model/waiting.hpp>

namespace faultline {

class WriteBack {
 public:
  /// All three must outlive this, and what waits for it must not (a node's tasks do not).
  WriteBack(Context& context, DurableState& state, Durability durability)
      : context_(context), state_(state), durability_(durability) {}
  WriteBack(const WriteBack&) = delete;
  WriteBack& operator=(const WriteBack&) = delete;

  /// Has a change of `size` bytes written, which was just made; returns its number, from 1.
  std::uint64_t changed(Bytes size) {
    waiting_bytes_ += size;
    const std::uint64_t number = ++latest_;
    if (durability_ == Durability::memory) {
      safe_ = latest_;
    } else if (!writing_) {
      context_.spawn(write());
    }
    return number;
  }

  /// Whether the change of this number, and all before it, survive what they have to.
  bool safe(std::uint64_t number) const { return safe_ >= number; }
  /// Waits until they do; false if that took longer.
  Task<bool> until(std::uint64_t number, Duration timeout) {
    if (safe(number)) co_return true;
    co_return co_await line_.until(context_.endpoint(), number, timeout);
  }

 private:
  Task<> write() {
    writing_ = true;
    while (safe_ < latest_) {
      const std::uint64_t target = latest_;
      const Bytes size = std::exchange(waiting_bytes_, 0);
      co_await context_.disk_write(size);
      if (durability_ == Durability::fsync) co_await context_.sync(state_);
      safe_ = target;
      line_.reached(safe_);
    }
    writing_ = false;
  }

  Context& context_;
  DurableState& state_;
  Durability durability_;
  std::uint64_t latest_ = 0;
  std::uint64_t safe_ = 0;
  Bytes waiting_bytes_ = 0;
  bool writing_ = false;
  WaitingLine<std::uint64_t> line_;
};

}  // namespace faultline
