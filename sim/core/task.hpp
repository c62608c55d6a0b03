// Tasks: coroutines in which models are written.
//
//   Task<Response> serve(Request request);     // lazy: runs when awaited or spawned
//   Response response = co_await serve(request);
//   scope.spawn(keep_sending_heartbeats());     // runs on its own until it ends or the scope does
//
// A task that is awaited belongs to the task that awaits it; a spawned one to its TaskScope.
// Destroying a scope destroys every task in it wherever it waits, which is how a crash kills a
// node: what waits in a co_await is an object in the coroutine's frame, and its destructor takes
// back timers and replies.
//
// Compiler trap (g++ 12): an aggregate temporary with a non-trivial member inside a co_await
// expression is destroyed twice. `survives_await` names what is safe, which includes what does
// nothing when it is destroyed; every function of the simulator that is meant to stand in a
// co_await asserts it of what it is given.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include <faultline/core/pool.hpp>

namespace faultline {

/// Types whose temporaries may stand in a co_await expression under every supported compiler.
template <class T>
concept survives_await = std::is_trivially_destructible_v<T> || !std::is_aggregate_v<T>;

class TaskScope;

/// Hears how a spawned task ended. Exactly one of the two is called, once.
template <class T>
class Completion {
 public:
  /// `result` is null for a task that returns nothing.
  virtual void completed(T* result) = 0;
  /// The task was destroyed before it ended.
  virtual void abandoned() = 0;

 protected:
  ~Completion() = default;
};

namespace detail {

/// A spawned task's place in its scope: a doubly linked list through the coroutine frames.
struct ScopeLink {
  ScopeLink* previous = nullptr;
  ScopeLink* next = nullptr;
  std::coroutine_handle<> task;

  bool linked() const { return previous != nullptr; }
  void unlink() {
    previous->next = next;
    next->previous = previous;
    previous = next = nullptr;
  }
};

struct PromiseBase {
  std::coroutine_handle<> continuation;
  ScopeLink in_scope;
  std::exception_ptr failure;

  static void* operator new(std::size_t size) { return Pool::allocate(size); }
  static void operator delete(void* memory, std::size_t size) noexcept {
    Pool::release(memory, size);
  }

  std::suspend_always initial_suspend() noexcept { return {}; }

  struct FinalAwaiter {
    bool await_ready() noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> finished) noexcept {
      Promise& promise = finished.promise();
      if (promise.continuation) return promise.continuation;
      if (promise.in_scope.linked()) {
        promise.in_scope.unlink();
        if (promise.failure) std::terminate();  // nobody is left to hear of it
        promise.report();
        finished.destroy();
      }
      return std::noop_coroutine();
    }
    void await_resume() noexcept {}
  };
  FinalAwaiter final_suspend() noexcept { return {}; }
  void unhandled_exception() { failure = std::current_exception(); }
};

template <class T>
struct ReportingPromise : PromiseBase {
  ReportingPromise() = default;
  ReportingPromise(const ReportingPromise&) = delete;
  ReportingPromise& operator=(const ReportingPromise&) = delete;
  ~ReportingPromise() {
    if (completion != nullptr) completion->abandoned();
  }
  void report_result(T* result) {
    Completion<T>* const listener = std::exchange(completion, nullptr);
    if (listener != nullptr) listener->completed(result);
  }
  Completion<T>* completion = nullptr;
};

template <class T>
struct Promise : ReportingPromise<T> {
  std::optional<T> value;
  template <class U>
  void return_value(U&& result) {
    value.emplace(std::forward<U>(result));
  }
  void report() { this->report_result(&*value); }
  T take() {
    if (this->failure) std::rethrow_exception(this->failure);
    return std::move(*value);
  }
};

template <>
struct Promise<void> : ReportingPromise<void> {
  void return_void() {}
  void report() { report_result(nullptr); }
  void take() {
    if (failure) std::rethrow_exception(failure);
  }
};

}  // namespace detail

template <class T = void>
class [[nodiscard]] Task {
 public:
  struct promise_type : detail::Promise<T> {
    Task get_return_object() {
      return Task(std::coroutine_handle<promise_type>::from_promise(*this));
    }
  };

  Task(Task&& other) noexcept : task_(std::exchange(other.task_, nullptr)) {}
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  Task& operator=(Task&&) = delete;
  ~Task() {
    if (task_) task_.destroy();
  }

  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting) noexcept {
    task_.promise().continuation = awaiting;
    return task_;
  }
  T await_resume() { return task_.promise().take(); }

 private:
  friend class TaskScope;
  explicit Task(std::coroutine_handle<promise_type> task) : task_(task) {}
  std::coroutine_handle<promise_type> task_;
};

class TaskScope {
 public:
  TaskScope() { ends_.previous = ends_.next = &ends_; }
  TaskScope(const TaskScope&) = delete;
  TaskScope& operator=(const TaskScope&) = delete;
  ~TaskScope() { destroy_all(); }

  /// Starts `task` at once; it runs until its first wait before spawn() returns.
  void spawn(Task<void>&& task) { adopt(std::exchange(task.task_, nullptr)); }
  /// The same; `completion` hears of its end, and must live until then.
  template <class T>
  void spawn(Task<T>&& task, Completion<T>& completion) {
    task.task_.promise().completion = &completion;
    adopt(std::exchange(task.task_, nullptr));
  }

  /// Destroys all tasks, the oldest first. Must not be called from inside one of them.
  void destroy_all() {
    while (ends_.next != &ends_) {
      detail::ScopeLink& first = *ends_.next;
      first.unlink();
      first.task.destroy();
    }
  }

  bool empty() const { return ends_.next == &ends_; }

 private:
  template <class Promise>
  void adopt(std::coroutine_handle<Promise> handle) {
    detail::ScopeLink& link = handle.promise().in_scope;
    link.task = handle;
    link.previous = ends_.previous;
    link.next = &ends_;
    ends_.previous->next = &link;
    ends_.previous = &link;
    handle.resume();
  }

  detail::ScopeLink ends_;
};

}  // namespace faultline
