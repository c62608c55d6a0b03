#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <faultline/core/task.hpp>

namespace faultline {
namespace {

/// Lets a test resume a waiting coroutine by hand, and sees when what waits is destroyed.
struct Gate {
  std::coroutine_handle<> waiting;
  int destroyed = 0;

  struct Awaiter {
    Gate& gate;
    explicit Awaiter(Gate& g) : gate(g) {}
    Awaiter(const Awaiter&) = delete;
    Awaiter& operator=(const Awaiter&) = delete;
    ~Awaiter() { ++gate.destroyed; }
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> handle) { gate.waiting = handle; }
    void await_resume() const {}
  };
  Awaiter wait() { return Awaiter(*this); }
};

Task<int> add(int a, int b) { co_return a + b; }
Task<std::string> slowly(Gate& gate, std::string text) {
  co_await gate.wait();
  co_return text + "!";
}

TEST_CASE("a task runs when it is awaited and hands its value on") {
  TaskScope scope;
  int sum = 0;
  auto body = [](int& out) -> Task<> { out = co_await add(1, 2) + co_await add(3, 4); };
  auto task = body(sum);
  CHECK(sum == 0);
  scope.spawn(std::move(task));
  CHECK(sum == 10);
  CHECK(scope.empty());
}

TEST_CASE("a scope destroys waiting tasks with all they own, nested ones too") {
  Gate gate;
  struct Witness {
    int& count;
    explicit Witness(int& c) : count(c) {}
    Witness(const Witness&) = delete;
    Witness& operator=(const Witness&) = delete;
    ~Witness() { ++count; }
  };
  int witnesses = 0;
  std::string result = "none";
  auto body = [](Gate& g, int& count, std::string& out) -> Task<> {
    const Witness witness(count);
    out = co_await slowly(g, "done");
  };
  {
    TaskScope scope;
    scope.spawn(body(gate, witnesses, result));
    CHECK(witnesses == 0);
    CHECK_FALSE(scope.empty());
  }
  CHECK(witnesses == 1);
  CHECK(gate.destroyed == 1);
  CHECK(result == "none");
}

TEST_CASE("a task that ends leaves its scope, wherever it stands in it") {
  TaskScope scope;
  std::vector<Gate> gates(3);
  std::string results;
  auto body = [](Gate& gate, std::string& out, std::string name) -> Task<> {
    out += co_await slowly(gate, name);
  };
  for (int i = 0; i < 3; ++i) {
    scope.spawn(body(gates[static_cast<std::size_t>(i)], results, std::string(1, char('a' + i))));
  }
  gates[1].waiting.resume();
  gates[0].waiting.resume();
  CHECK_FALSE(scope.empty());
  gates[2].waiting.resume();
  CHECK(results == "b!a!c!");
  CHECK(scope.empty());
}

TEST_CASE("an exception travels to the task that awaits") {
  TaskScope scope;
  std::string caught;
  auto fails = []() -> Task<int> {
    throw std::runtime_error("broken");
    co_return 0;
  };
  auto body = [](auto& failing, std::string& out) -> Task<> {
    try {
      co_await failing();
    } catch (const std::runtime_error& error) {
      out = error.what();
    }
  };
  scope.spawn(body(fails, caught));
  CHECK(caught == "broken");
}

/// Notes how tasks end.
struct Ends final : Completion<std::string> {
  std::vector<std::string> all;
  void completed(std::string* result) override { all.push_back(*result); }
  void abandoned() override { all.emplace_back("abandoned"); }
};

TEST_CASE("who spawns a task can hear of its end, or that it came to none") {
  Ends ends;
  Gate first;
  Gate second;
  {
    TaskScope scope;
    scope.spawn(slowly(first, "done"), ends);
    scope.spawn(slowly(second, "never"), ends);
    CHECK(ends.all.empty());
    first.waiting.resume();
    CHECK(ends.all == std::vector<std::string>{"done!"});
  }
  CHECK(ends.all == std::vector<std::string>{"done!", "abandoned"});
}

// What the compiler trap of core/task.hpp would let through, and what it stops.
struct Aggregate {
  std::string text;
  int number;
};
struct WithConstructor {
  explicit WithConstructor(std::string t) : text(std::move(t)) {}
  std::string text;
};
struct Trivial {
  int numbers[4];
};
struct OwnCopies {
  OwnCopies() = default;
  OwnCopies(const OwnCopies& other) : number(other.number) {}
  int number = 0;
};
struct HoldsOwnCopies {
  OwnCopies inside;
  int number;
};
static_assert(survives_await<HoldsOwnCopies>);
static_assert(!survives_await<Aggregate>);
static_assert(survives_await<WithConstructor>);
static_assert(survives_await<Trivial>);

}  // namespace
}  // namespace faultline
