// In what order committed commands are executed (SOSP 2013, section 4.3.2).
//
// Dependencies make a graph, and it may have circles: two commands that meet at two replicas in
// different orders depend on each other. A command is executed when all that can be reached from it
// is committed. Then the graph is cut into its strongly connected components; a component comes
// after those that it points to, and within one the lower sequence number comes first. All replicas
// cut the same graph and so execute commands that interfere in the same order.
//
// Circles grow as long as somebody begins commands that depend on what is under way. Replicas bound
// how many each has under way on a key; then all that can be reached is finite, and is executed.
//
// Plain data structure without a Context.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include <faultline/epaxos/instance_set.hpp>

namespace faultline::epaxos {

class Execution {
 public:
  /// For tests of tests: with `patient` false it does not wait for what is not committed.
  explicit Execution(bool patient = true) : patient_(patient) {}

  /// What the instance is about is known; it is not committed yet. It may become a no-op, but no
  /// other command.
  void learn(InstanceId id, const Action& action);
  /// It depends on all that interferes in its own row before it. Changes nothing if it was
  /// committed before, or executed elsewhere (take_over).
  void commit(InstanceId id, const Action& action, const Attributes& attributes);

  struct Executed {
    InstanceId id;
    Action action;
  };
  /// All that has become executable, in order; each instance once.
  std::vector<Executed> take_executable();

  /// These were executed elsewhere, and what they did is done here, too.
  void take_over(const InstanceSet& executed);

  /// All that was executed, or is a no-op.
  const InstanceSet& executed() const { return executed_; }
  /// Instances of `replica` on `key` that are known and not executed.
  std::size_t under_way(Replica replica, Key key) const;

 private:
  /// An instance that is known and not executed.
  struct Node {
    Action action;
    Attributes attributes;
    bool committed = false;
    std::uint64_t visit = 0;  ///< by which search,
    std::size_t order = 0;    ///< as how manieth,
    std::size_t lowest = 0;   ///< and what it reaches that was visited first
    bool open = false;        ///< on the search's stack: its component is not complete
  };
  struct Frame {
    std::uint64_t id;
    std::vector<std::uint64_t> next;  ///< dependencies that are not looked at yet
  };

  void retry_those_waiting_for(std::uint64_t blocker);
  void leave(std::uint64_t id);
  bool dependencies_of(const Node& node, std::vector<std::uint64_t>& found,
                       std::uint64_t& blocker) const;
  bool search(std::uint64_t root, std::vector<Executed>& out, std::uint64_t& blocker);
  bool enter(std::uint64_t id, std::uint64_t& blocker);
  void complete_component(std::uint64_t root, std::vector<Executed>& out);

  bool patient_;
  InstanceSet known_;     ///< what these are about, or that they are no-ops
  InstanceSet executed_;  ///< of them
  std::unordered_map<std::uint64_t, Node> waiting_nodes_;
  /// By key and row, the numbers of those waiting, ascending.
  std::unordered_map<Key, std::array<std::vector<Number>, most_replicas>> by_key_;
  std::unordered_map<std::uint64_t, std::vector<std::uint64_t>> waiting_for_;  ///< by blocker
  std::deque<std::uint64_t> candidates_;

  // Of the search under way (Tarjan 1972).
  std::uint64_t searches_ = 0;
  std::size_t visited_ = 0;
  std::vector<std::uint64_t> open_;
  std::vector<Frame> path_;
};

}  // namespace faultline::epaxos
