// Operations that wait for a number to be reached: writes for the commit index, reads for a proof
// that the leader still leads, entries for those before them.
//
//   WaitingLine<Index> commits;
//   if (!co_await commits.until(endpoint, index, timeout)) ...   // not in time, or given up
//   commits.reached(index);      // wakes those who waited for it or for less, in that order
//   commits.give_up();           // wakes all with false
#pragma once

#include <coroutine>

#include <faultline/model/endpoint.hpp>

namespace faultline {

template <class Number>
class WaitingLine {
 public:
  WaitingLine() { ends_.previous = ends_.next = &ends_; }
  WaitingLine(const WaitingLine&) = delete;
  WaitingLine& operator=(const WaitingLine&) = delete;

  auto until(Endpoint& endpoint, Number number, Duration timeout) {
    return Place(*this, endpoint, number, timeout);
  }

  bool empty() const { return ends_.next == &ends_; }

  /// Wakes whoever waits for `number` or less.
  void reached(Number number) {
    while (ends_.next != &ends_ && static_cast<Place*>(ends_.next)->number_ <= number) wake(true);
  }
  void give_up() {
    while (ends_.next != &ends_) wake(false);
  }

 private:
  struct Link {
    Link* previous = nullptr;
    Link* next = nullptr;
  };

  class Place : public Link {
   public:
    Place(WaitingLine& line, Endpoint& endpoint, Number number, Duration timeout)
        : number_(number), line_(line), waiter_(endpoint), timeout_(timeout) {}
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() { leave(); }

    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> waiting) {
      waiter_.waiting = waiting;
      waiter_.arm_timeout(timeout_);
      // In order of numbers, and among equals of arrival; most join at the end.
      Link* before = line_.ends_.previous;
      while (before != &line_.ends_ && number_ < static_cast<Place*>(before)->number_) {
        before = before->previous;
      }
      this->previous = before;
      this->next = before->next;
      this->previous->next = this->next->previous = this;
    }
    bool await_resume() const { return reached_; }

   private:
    friend class WaitingLine;
    void leave() {
      if (this->next == nullptr) return;
      this->previous->next = this->next;
      this->next->previous = this->previous;
      this->next = this->previous = nullptr;
    }

    Number number_;
    WaitingLine& line_;
    Waiter waiter_;
    Duration timeout_;
    bool reached_ = false;
  };

  void wake(bool reached) {
    auto& place = static_cast<Place&>(*ends_.next);
    place.leave();
    place.reached_ = reached;
    place.waiter_.disarm();
    place.waiter_.wake();
  }

  Link ends_;
};

}  // namespace faultline
