// What the nodes of a leader_follower service say to each other.
#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <faultline/leader_follower/rules.hpp>
#include <faultline/leader_follower/table.hpp>
#include <faultline/model/node.hpp>

namespace faultline::leader_follower {

/// The head of all that a leader sends: who it is, and where in the log this belongs.
struct Reign {
  Term term = 0;
  Position previous;  ///< the entry before those that follow
  Index commit = 0;   ///< acknowledged entries
  Index last = 0;     ///< the end of the leader's log
  Time sent{};        ///< the leader's clock
  Standing standing;
};

struct Heartbeat {
  static constexpr std::string_view name = "heartbeat";
  using Reply = void;
  Reign reign;
};

struct Append {
  static constexpr std::string_view name = "append";
  using Reply = void;
  using Batch = std::vector<Entry>;

  Append(const Reign& leader, const Entry& entry) : reign(leader), key(entry.key), single(entry) {}
  Append(const Reign& leader, std::shared_ptr<const Batch> entries)
      : reign(leader), key(entries->front().key), batch(std::move(entries)) {}

  std::size_t count() const { return batch ? batch->size() : 1; }
  const Entry& entry(std::size_t place) const { return batch ? (*batch)[place] : single; }
  Bytes bytes() const {
    Bytes size = sizeof(Reign);
    for (std::size_t place = 0; place < count(); ++place) size += entry(place).bytes();
    return size;
  }

  Reign reign;
  Key key;
  Entry single;
  std::shared_ptr<const Batch> batch;  ///< when following up; else just `single`
};

/// A follower's answer to both.
struct Followed {
  static constexpr std::string_view name = "followed";
  using Reply = void;
  enum class Kind : std::uint8_t { has_it, lacks_previous, needs_snapshot, follows_another };
  Term term = 0;
  Kind kind = Kind::has_it;
  Index match = 0;    ///< equal to the leader's log, and durable, up to here
  Position hint;      ///< lacks_previous: where the logs may still be equal
  Index refused = 0;  ///< and which `previous` did not fit
  Time sent{};        ///< of the leader's message: proof that it led then
  Standing standing;  ///< of the leader whom the refuser follows
};

struct Vote {
  static constexpr std::string_view name = "vote";
  Term term = 0;
  bool granted = false;
  bool accepted() const { return granted; }
};

struct VoteRequest {
  static constexpr std::string_view name = "vote request";
  using Reply = Vote;
  Term term = 0;
  Position end;        ///< of the candidate's log
  bool trial = false;  ///< would you vote for me? (Ongaro 2014, section 9.6)
};

struct Installed {
  static constexpr std::string_view name = "installed";
  Term term = 0;
  Index match = 0;
};

struct Snapshot {
  static constexpr std::string_view name = "snapshot";
  using Reply = Installed;
  Snapshot(const Reign& leader, std::shared_ptr<const Image> what)
      : reign(leader), image(std::move(what)) {}
  Bytes bytes() const { return sizeof(Reign) + image->size; }
  Reign reign;
  std::shared_ptr<const Image> image;
};

/// A node whose disk is empty asks what it may have promised before.
struct Recalled {
  static constexpr std::string_view name = "recalled";
  Term term = 0;
  bool knows = false;  ///< false if this node has lost its own memory
};
struct Recall {
  static constexpr std::string_view name = "recall";
  using Reply = Recalled;
};

/// A value of the losing side of a partition, handed to the leader that stays.
struct Orphan {
  Key key = 0;
  Stored stored;
  bool acknowledged = false;
};
struct HandedOver {
  static constexpr std::string_view name = "handed over";
  bool taken = false;
};
struct HandOver {
  static constexpr std::string_view name = "hand over";
  using Reply = HandedOver;
  HandOver(Index fork, std::shared_ptr<const std::vector<Orphan>> values)
      : common(fork), orphans(std::move(values)) {}
  Bytes bytes() const {
    Bytes size = 16;
    for (const Orphan& orphan : *orphans) size += 48 + orphan.stored.size;
    return size;
  }
  Index common;  ///< both sides shared the log up to here
  std::shared_ptr<const std::vector<Orphan>> orphans;
};

}  // namespace faultline::leader_follower
