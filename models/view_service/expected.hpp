// Answers that come from somebody else than was asked: a write goes in at one end of a chain, and
// its answer comes from the other.
//
//   Expected<Answered> answers;
//   auto answer = answers.expect(number);                  // from now on it can come
//   if (!co_await answer.within(endpoint, timeout)) ...    // it did not come in time
//   use(answer.value());
//   answers.arrived(number, answered);                     // elsewhere; ignored if nobody waits
#pragma once

#include <coroutine>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>

#include <faultline/model/endpoint.hpp>

namespace faultline::view_service {

template <class T>
class Expected {
 public:
  class Answer {
   public:
    Answer(Expected& among, std::uint64_t number) : among_(among), number_(number) {
      among_.waiting_[number_] = this;
    }
    Answer(const Answer&) = delete;
    Answer& operator=(const Answer&) = delete;
    ~Answer() { among_.waiting_.erase(number_); }

    auto within(Endpoint& endpoint, Duration timeout) { return Within(*this, endpoint, timeout); }
    /// Precondition: it came.
    const T& value() const { return *value_; }

   private:
    friend class Expected;
    class Within {
     public:
      Within(Answer& answer, Endpoint& endpoint, Duration timeout)
          : answer_(answer), waiter_(endpoint), timeout_(timeout) {}
      Within(const Within&) = delete;
      Within& operator=(const Within&) = delete;
      ~Within() { answer_.waiter_ = nullptr; }
      bool await_ready() const { return answer_.value_.has_value(); }
      void await_suspend(std::coroutine_handle<> waiting) {
        waiter_.waiting = waiting;
        answer_.waiter_ = &waiter_;
        waiter_.arm_timeout(timeout_);
      }
      bool await_resume() const { return answer_.value_.has_value(); }

     private:
      Answer& answer_;
      Waiter waiter_;
      Duration timeout_;
    };

    Expected& among_;
    std::uint64_t number_;
    std::optional<T> value_;
    Waiter* waiter_ = nullptr;
  };

  Answer expect(std::uint64_t number) { return Answer(*this, number); }

  void arrived(std::uint64_t number, const T& value) {
    const auto place = waiting_.find(number);
    if (place == waiting_.end() || place->second->value_) return;
    Answer& answer = *place->second;
    answer.value_ = value;
    if (answer.waiter_ == nullptr) return;
    Waiter& woken = *std::exchange(answer.waiter_, nullptr);
    woken.disarm();
    woken.wake();
  }

 private:
  std::unordered_map<std::uint64_t, Answer*> waiting_;
};

}  // namespace faultline::view_service
