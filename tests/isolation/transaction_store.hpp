// A store of transactions in memory that keeps exactly the isolation it is asked for: steps of
// concurrent transactions interleave at random, and what may happen at a level does happen sooner
// or later. Written to be obvious, and sharing no code with the judge of isolation.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <faultline/history/transaction.hpp>

#include "check/history_builder.hpp"

namespace faultline::testing {

enum class StoreLevel { read_uncommitted, read_committed, snapshot, serializable };

struct StoreSettings {
  StoreLevel level = StoreLevel::serializable;
  bool lists = true;
  std::uint32_t processes = 4;
  std::size_t transactions = 40;
  Key keys = 3;
  std::uint64_t most_steps = 4;
  std::uint64_t abort_one_in = 12;        ///< client aborts
  std::uint64_t lose_answer_one_in = 12;  ///< the outcome is then unknown to the client
  /// One transaction in so many only reads, from a snapshot that may be old; 0 = none does.
  std::uint64_t stale_one_in = 0;
  /// Registers are written only by who has read them, so that reads show the order of versions.
  bool read_before_write = false;
};

class TransactionStore {
 public:
  TransactionStore(Dice& dice, const StoreSettings& settings)
      : dice_(dice), settings_(settings), clients_(settings.processes) {}

  TransactionHistory run() {
    std::size_t left = settings_.transactions;
    while (left > 0 || std::any_of(clients_.begin(), clients_.end(), is_active)) {
      const std::size_t number = dice_.roll(clients_.size());
      Client& client = clients_[number];
      ++now_;
      if (client.active) {
        advance(client);
      } else if (left > 0) {
        --left;
        begin(client, static_cast<std::uint32_t>(number));
      }
    }
    return to_history();
  }

 private:
  using Values = std::vector<Value>;  ///< a list, or a register's value, or nothing
  struct Version {
    std::size_t commit;
    Values values;
  };
  struct Done {
    Step step;
    Values observed;
  };
  struct Client {
    bool active = false;
    bool only_reads = false;
    std::uint32_t process = 0;
    std::int64_t invoked = 0;
    std::size_t snapshot = 0;  ///< the last commit it sees
    std::uint64_t steps_left = 0;
    std::map<Key, Values> workspace;  ///< what it would write
    std::map<Key, Values> undo;       ///< read uncommitted: what was there before
    std::set<Key> reads;
    std::optional<Key> to_write;
    std::vector<Done> done;
  };
  struct Record {
    Client client;
    std::int64_t completed;
    Outcome outcome;
  };

  static bool is_active(const Client& client) { return client.active; }
  bool in_place() const { return settings_.level == StoreLevel::read_uncommitted; }
  bool from_snapshot() const {
    return settings_.level == StoreLevel::snapshot || settings_.level == StoreLevel::serializable;
  }

  void begin(Client& client, std::uint32_t process) {
    client = Client{};
    client.active = true;
    client.process = process;
    client.invoked = now_;
    client.snapshot = commits_;
    client.steps_left = 1 + dice_.roll(settings_.most_steps);
    if (settings_.stale_one_in == 0 || !dice_.one_in(settings_.stale_one_in)) return;
    client.only_reads = true;
    client.snapshot = dice_.roll(commits_ + 1);
  }

  void advance(Client& client) {
    if (client.steps_left-- > 0) {
      take_step(client);
    } else if (dice_.one_in(settings_.abort_one_in)) {
      end(client, false);
    } else {
      end(client, may_commit(client));
    }
  }

  void take_step(Client& client) {
    const Key key = client.to_write ? *client.to_write : dice_.roll(settings_.keys);
    const bool writes = client.to_write || (!client.only_reads && dice_.one_in(2));
    if (writes && !settings_.lists && settings_.read_before_write && !client.reads.contains(key)) {
      client.to_write = key;
      ++client.steps_left;
      read(client, key);
      return;
    }
    client.to_write.reset();
    if (!writes) {
      read(client, key);
    } else if (!from_snapshot() && locked_by_other(client, key)) {
      read(client, key);  // to write would be a dirty write, to read is allowed
    } else {
      write(client, key);
    }
  }

  /// Even read uncommitted must not overwrite what has not been committed.
  bool locked_by_other(const Client& client, Key key) const {
    return std::any_of(clients_.begin(), clients_.end(), [&](const Client& other) {
      return &other != &client && other.active && other.workspace.contains(key);
    });
  }

  void read(Client& client, Key key) {
    client.reads.insert(key);
    Step step;
    step.key = key;
    client.done.push_back({step, visible(client, key)});
  }

  void write(Client& client, Key key) {
    Step step;
    step.key = key;
    step.value = ++last_value_;
    step.kind = settings_.lists ? StepKind::append : StepKind::write;
    Values values = visible(client, key);
    if (!settings_.lists) values.clear();
    values.push_back(step.value);
    if (in_place()) {
      client.undo.try_emplace(key, latest(key));
      dirty_[key] = values;
    }
    client.workspace[key] = std::move(values);
    client.done.push_back({step, {}});
  }

  Values latest(Key key) const {
    const auto found = versions_.find(key);
    return found == versions_.end() ? Values{} : found->second.back().values;
  }

  Values visible(const Client& client, Key key) const {
    if (in_place()) {
      const auto found = dirty_.find(key);
      return found == dirty_.end() ? Values{} : found->second;
    }
    const auto own = client.workspace.find(key);
    if (own != client.workspace.end()) return own->second;
    if (!from_snapshot()) return latest(key);
    const auto found = versions_.find(key);
    if (found == versions_.end()) return {};
    for (auto version = found->second.rbegin(); version != found->second.rend(); ++version) {
      if (version->commit <= client.snapshot) return version->values;
    }
    return {};
  }

  bool changed_since(const Client& client, Key key) const {
    const auto found = versions_.find(key);
    return found != versions_.end() && found->second.back().commit > client.snapshot;
  }

  /// The first committer wins; to be serializable, what was read must not have changed either.
  bool may_commit(const Client& client) const {
    if (!from_snapshot()) return true;
    for (const auto& [key, values] : client.workspace) {
      if (changed_since(client, key)) return false;
    }
    if (settings_.level == StoreLevel::snapshot || client.only_reads) return true;
    return std::none_of(client.reads.begin(), client.reads.end(),
                        [&](Key key) { return changed_since(client, key); });
  }

  void end(Client& client, bool commits) {
    if (commits) {
      ++commits_;
      for (const auto& [key, values] : client.workspace) {
        versions_[key].push_back({commits_, values});
      }
    } else if (in_place()) {
      for (const auto& [key, values] : client.undo) dirty_[key] = values;
    }
    Record record{client, now_, commits ? Outcome::ok : Outcome::failed};
    if (dice_.one_in(settings_.lose_answer_one_in)) record.outcome = Outcome::unknown;
    records_.push_back(std::move(record));
    client.active = false;
    client.undo.clear();
  }

  TransactionHistory to_history() const {
    TransactionHistory history;
    for (const Record& record : records_) {
      history.begin(record.client.process, at(record.client.invoked), at(record.completed),
                    record.outcome);
      for (const Done& each : record.client.done) {
        if (each.step.kind == StepKind::append) {
          history.append(each.step.key, each.step.value);
        } else if (each.step.kind == StepKind::write) {
          history.write(each.step.key, each.step.value);
        } else if (record.outcome != Outcome::ok) {
          history.read_without_result(each.step.key);
        } else if (settings_.lists) {
          history.read_list(each.step.key, each.observed);
        } else {
          history.read_register(each.step.key, each.observed.empty() ? nil : each.observed.back());
        }
      }
    }
    return history;
  }

  Dice& dice_;
  StoreSettings settings_;
  std::vector<Client> clients_;
  std::map<Key, std::vector<Version>> versions_;
  std::map<Key, Values> dirty_;
  std::vector<Record> records_;
  std::size_t commits_ = 0;
  Value last_value_ = 0;
  std::int64_t now_ = 0;
};

}  // namespace faultline::testing
