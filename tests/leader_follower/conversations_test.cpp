// Conversations between nodes, word for word, against the text files in conversations/. Each is
// meant to be read: it tells what happens and why. After a change of the protocol, run the tests
// with FAULTLINE_REWRITE_GOLDENS=1, then read the difference.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "cluster.hpp"

namespace faultline::leader_follower {
namespace {

/// A cluster that writes down what it does, between the sentences of a narrator.
class Story {
 public:
  Story(std::string file, std::size_t nodes, const Parameters& parameters)
      : file_(std::move(file)), cluster(nodes, parameters, 7, 2) {
    cluster.quiet_heartbeats = true;
    cluster.record(lines_);
    for (const std::string& note : cluster.settlement.notes) lines_.push_back("# note: " + note);
  }
  void say(const std::string& sentence) {
    if (!lines_.empty()) lines_.emplace_back();
    lines_.push_back("# " + sentence);
  }
  /// Writes down what a client was told.
  void tell(const std::string& what, const Cluster::Asked& asked) {
    std::string answer = "nothing yet";
    if (asked.response) {
      answer = std::string(faultline::name_of(asked.response->outcome));
      if (asked.response->error != Error::none) {
        answer += " (" + std::string(faultline::name_of(asked.response->error)) + ")";
      }
      if (asked.response->count > 0) answer += ", " + std::to_string(asked.response->values[0]);
    }
    lines_.push_back("=> " + what + ": " + answer);
  }
  void end() {
    std::string text;
    for (const std::string& line : lines_) text += line + "\n";
    const auto path = std::filesystem::path(FAULTLINE_TEST_DIR) / "conversations" / file_;
    if (std::getenv("FAULTLINE_REWRITE_GOLDENS") != nullptr) {
      std::filesystem::create_directories(path.parent_path());
      std::ofstream(path) << text;
      return;
    }
    std::ifstream stream(path);
    REQUIRE_MESSAGE(stream.good(), "cannot read " << path.string());
    std::stringstream golden;
    golden << stream.rdbuf();
    CHECK(text == golden.str());
  }

 private:
  std::string file_;
  std::vector<std::string> lines_;

 public:
  Cluster cluster;
};

TEST_CASE("a write, entry by entry") {
  Parameters parameters = quick();
  parameters.failover = Failover::none;
  parameters.heartbeat = 1000s;
  parameters.replication = Replication::semi_synchronous;
  parameters.acks = 1;
  Story story("write.txt", 3, parameters);
  Cluster& cluster = story.cluster;
  cluster.quiet_heartbeats = false;
  cluster.network.latency = [](HostId from, HostId to, std::string_view) {
    return Duration(index_of(from) == 2 || index_of(to) == 2 ? 30ms : 10ms);
  };
  story.say("store/0 leads for life. Its term begins with an empty entry.");
  cluster.start();
  cluster.run_for(100ms);
  story.say("A write: done when the faster follower, store/1, has it; store/2 is far away.");
  const auto put = cluster.put(0, 5, 501);
  cluster.run_for(100ms);
  story.tell("write of 501", *put);
  story.say("A follower hands a write to the leader.");
  const auto forwarded = cluster.put(2, 5, 502);
  cluster.run_for(200ms);
  story.tell("write of 502", *forwarded);
  story.end();
}

TEST_CASE("a failover by majority") {
  Story story("failover.txt", 3, quick());
  Cluster& cluster = story.cluster;
  story.say("store/0 stands first. It asks whether it would win (pre-vote), then for the votes.");
  cluster.start();
  cluster.run_for(200ms);
  story.say("A write reaches a majority and is acknowledged.");
  const auto before = cluster.put(0, 1, 101);
  cluster.run_for(100ms);
  story.tell("write of 101", *before);
  story.say("The leader dies. After its election timeout a follower wins the next term.");
  cluster.crash(0);
  cluster.run_for(300ms);
  story.say("The new leader has the acknowledged write, and takes the next one.");
  const auto read = cluster.get(*cluster.leader(), 1);
  const auto after = cluster.put(*cluster.leader(), 1, 102);
  cluster.run_for(100ms);
  story.tell("read", *read);
  story.tell("write of 102", *after);
  story.say("The old leader returns, follows, and catches up from the log.");
  cluster.boot(0);
  cluster.run_for(200ms);
  story.end();
}

TEST_CASE("a partition with on_partition: consistency") {
  Parameters parameters = quick();
  Story story("partition_consistency.txt", 3, parameters);
  Cluster& cluster = story.cluster;
  story.say("store/0 is elected and takes a write.");
  cluster.start();
  cluster.run_for(200ms);
  const auto before = cluster.put(0, 1, 101);
  cluster.run_for(100ms);
  story.tell("write of 101", *before);
  story.say(
      "The leader is cut off. It does not know, and takes a write that no majority will have.");
  cluster.cut({0}, {1, 2});
  const auto hopeless = cluster.put(0, 1, 102);
  cluster.run_for(60ms);
  story.tell("write of 102", *hopeless);
  story.say("Soon it notices that nobody answers, and steps down: the write's fate is unknown.");
  cluster.run_for(100ms);
  story.tell("write of 102", *hopeless);
  story.say("The majority elects another leader. The minority now refuses for certain.");
  cluster.run_for(200ms);
  const auto refused_write = cluster.put(0, 1, 103);
  const auto refused_read = cluster.get(0, 1);
  const auto accepted = cluster.put(*cluster.leader(), 1, 104);
  cluster.run_for(100ms);
  story.tell("write of 103 to the minority", *refused_write);
  story.tell("read from the minority", *refused_read);
  story.tell("write of 104 to the majority", *accepted);
  story.say("Healed: store/0 takes 102 out of its log and follows.");
  cluster.heal();
  cluster.run_for(200ms);
  const auto after = cluster.get(0, 1);
  cluster.run_for(100ms);
  story.tell("read", *after);
  CHECK(cluster.converged());
  CHECK(cluster.numbers_of(EventKind::lost_write).empty());
  story.end();
}

TEST_CASE("an acknowledged write is lost on failover with asynchronous replication") {
  Parameters parameters = quick();
  parameters.replication = Replication::asynchronous;
  Story story("asynchronous_loss.txt", 3, parameters);
  Cluster& cluster = story.cluster;
  story.say("store/0 is elected and takes a write, which it sends on at once.");
  cluster.start();
  cluster.run_for(200ms);
  const auto kept = cluster.put(0, 1, 101);
  cluster.run_for(100ms);
  story.tell("write of 101", *kept);
  story.say("Its network fails just before a second write, and then it dies.");
  cluster.cut({0}, {1, 2});
  const auto lost = cluster.put(0, 1, 102);
  cluster.run_for(30ms);
  story.tell("write of 102", *lost);
  cluster.crash(0);
  cluster.heal();
  story.say("A follower is elected. It has never heard of 102.");
  cluster.run_for(300ms);
  const auto stale = cluster.get(*cluster.leader(), 1);
  cluster.run_for(100ms);
  story.tell("read", *stale);
  story.say("The old leader returns with 102 in its log. The new leader's log is the truth.");
  cluster.boot(0);
  cluster.run_for(200ms);
  CHECK(cluster.numbers_of(EventKind::lost_write) == std::vector<std::uint64_t>{102});
  CHECK(cluster.converged());
  story.end();
}

TEST_CASE("a partition with on_partition: availability") {
  Parameters parameters = quick();
  parameters.on_partition = OnPartition::availability;
  parameters.otherwise = Else::latency;
  Story story("partition_availability.txt", 3, parameters);
  Cluster& cluster = story.cluster;
  story.say("store/0 is elected.");
  cluster.start();
  cluster.run_for(250ms);
  story.say("store/2 is cut off, and before long elects itself.");
  cluster.cut({2}, {0, 1});
  cluster.run_for(400ms);
  story.say("Both sides take writes of key 1; key 2 is written on the small side alone.");
  const auto one = cluster.put(0, 1, 101);
  cluster.run_for(20ms);
  const auto other = cluster.put(2, 1, 102);
  const auto alone = cluster.put(2, 2, 202);
  cluster.run_for(80ms);
  story.tell("write of 101", *one);
  story.tell("write of 102", *other);
  story.tell("write of 202", *alone);
  story.say(
      "Healed: the leader with more followers stays and outbids the other's term. What the small "
      "side "
      "wrote is handed over; on key 1 the later writer wins, 102, and 101 is lost.");
  cluster.heal();
  cluster.run_for(300ms);
  CHECK(cluster.converged());
  CHECK(cluster.held_by(1, 1) == 102);
  CHECK(cluster.held_by(1, 2) == 202);
  CHECK(cluster.numbers_of(EventKind::conflict) == std::vector<std::uint64_t>{1});
  CHECK(cluster.numbers_of(EventKind::lost_write) == std::vector<std::uint64_t>{101});
  story.end();
}

TEST_CASE("a session reads where its write is not yet") {
  Parameters parameters = quick();
  parameters.read_from = ReadFrom::any;
  parameters.sessions = Sessions::wait;
  Story story("session.txt", 3, parameters);
  Cluster& cluster = story.cluster;
  cluster.network.latency = [](HostId from, HostId to, std::string_view) -> Duration {
    const bool far = std::max(index_of(from), index_of(to)) == 2;
    return far ? 15ms : 1ms;
  };
  story.say("store/0 is elected; store/2 is far from the others.");
  cluster.start();
  cluster.run_for(200ms);
  story.say("A write is done when store/1 has it. Its client gets a token: the entry's position.");
  const auto written = cluster.put(0, 1, 101);
  while (!written->response) cluster.run_for(1ms);
  story.tell("write of 101", *written);
  CHECK(cluster.held_by(2, 1) == nil);
  story.say(
      "With that it goes to store/2, which waits until it has the entry, and then until it hears "
      "that the entry is committed. Another client, who knows nothing, is answered at once.");
  const auto read = cluster.get(2, 1, 0);
  const auto strange = cluster.get(2, 1, 1);
  cluster.run_for(5ms);
  CHECK(strange->response);
  CHECK_FALSE(read->response);
  story.tell("the other's read", *strange);
  cluster.run_for(100ms);
  story.tell("its read", *read);
  REQUIRE(read->response);
  CHECK(read->response->values[0] == 101);
  story.end();
}

TEST_CASE("a node without its disk") {
  Story story("lost_disk.txt", 3, quick());
  Cluster& cluster = story.cluster;
  story.say("store/0 is elected and takes three writes.");
  cluster.start();
  cluster.run_for(200ms);
  for (Value value = 101; value <= 103; ++value) cluster.put(0, value - 100, value);
  cluster.run_for(100ms);
  story.say(
      "store/2 loses its disk. It asks the others what term it is, so as not to break a promise "
      "that it "
      "does not remember, and catches up before it votes again.");
  cluster.crash(2, DiskFate::lost);
  cluster.run_for(50ms);
  cluster.boot(2);
  cluster.run_for(200ms);
  CHECK(cluster.node(2)->taking_part());
  CHECK(cluster.converged());
  story.end();
}

TEST_CASE("a follower too far behind gets a snapshot") {
  Parameters parameters = quick();
  parameters.snapshot_threshold = 3;
  Story story("snapshot.txt", 3, parameters);
  Cluster& cluster = story.cluster;
  story.say("store/2 is away while ten writes are made; the log keeps about three entries.");
  cluster.start();
  cluster.run_for(200ms);
  cluster.crash(2);
  for (Value value = 101; value <= 110; ++value) {
    cluster.put(0, value % 2, value);
    cluster.run_for(20ms);
  }
  cluster.run_for(50ms);
  story.say("It returns.");
  cluster.boot(2);
  cluster.run_for(200ms);
  CHECK(cluster.converged());
  story.end();
}

}  // namespace
}  // namespace faultline::leader_follower
