// What the nodes of a gossip service say to each other.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include <faultline/gossip/members.hpp>
#include <faultline/gossip/table.hpp>
#include <faultline/model/node.hpp>

namespace faultline::gossip {

inline Bytes bytes_of(const Records& records) {
  Bytes size = 16;
  for (const Record& record : records) size += record.bytes();
  return size;
}

// ---- anti-entropy -------------------------------------------------------------------------------

enum class Exchange : std::uint8_t { none, push, pull, push_pull };
constexpr bool pushes(Exchange exchange) {
  return exchange == Exchange::push || exchange == Exchange::push_pull;
}
constexpr bool pulls(Exchange exchange) {
  return exchange == Exchange::pull || exchange == Exchange::push_pull;
}

/// Here are records that you may not have.
struct Updates {
  static constexpr std::string_view name = "updates";
  using Reply = void;
  explicit Updates(Records records) : batch(std::make_shared<const Records>(std::move(records))) {}
  explicit Updates(std::shared_ptr<const Records> records) : batch(std::move(records)) {}
  Bytes bytes() const { return bytes_of(*batch); }

  std::shared_ptr<const Records> batch;
};

struct Difference {
  static constexpr std::string_view name = "difference";
  Difference(Records records, std::vector<Key> keys)
      : newer(std::make_shared<const Records>(std::move(records))),
        wanted(std::make_shared<const std::vector<Key>>(std::move(keys))) {}
  explicit Difference(std::shared_ptr<const Records> records)
      : newer(std::move(records)), wanted(std::make_shared<const std::vector<Key>>()) {}
  Bytes bytes() const { return bytes_of(*newer) + sizeof(Key) * wanted->size(); }

  std::shared_ptr<const Records> newer;            ///< on the answering side
  std::shared_ptr<const std::vector<Key>> wanted;  ///< newer on the asking side
};

/// These are my keys and their versions; where do yours differ?
struct Digest {
  static constexpr std::string_view name = "digest";
  using Reply = Difference;
  static constexpr Bytes line = sizeof(Key) + 12;  ///< a key and its version
  Digest(Exchange kind, std::shared_ptr<const Records> table, std::uint64_t sum)
      : exchange(kind), lines(std::move(table)), checksum(sum) {}
  Bytes bytes() const { return 16 + line * lines->size(); }

  Exchange exchange;
  std::shared_ptr<const Records> lines;  ///< whose values stay at home
  std::uint64_t checksum;
};

/// This is my whole table; send me yours if the exchange goes both ways.
struct WholeTable {
  static constexpr std::string_view name = "whole table";
  using Reply = Difference;
  WholeTable(Exchange kind, std::shared_ptr<const Records> table)
      : exchange(kind), records(std::move(table)) {}
  Bytes bytes() const { return pushes(exchange) ? bytes_of(*records) : 16; }

  Exchange exchange;
  std::shared_ptr<const Records> records;  ///< stays at home if the exchange only pulls
};

struct ChecksumCompared {
  static constexpr std::string_view name = "checksum compared";
  bool equal = false;
  Bytes bytes() const { return 16; }
};
struct Checksum {
  static constexpr std::string_view name = "checksum";
  using Reply = ChecksumCompared;
  std::uint64_t sum = 0;
  Bytes bytes() const { return 24; }
};

// ---- rumors -------------------------------------------------------------------------------------

struct Heard {
  static constexpr std::string_view name = "heard";
  explicit Heard(std::vector<Key> keys)
      : known(std::make_shared<const std::vector<Key>>(std::move(keys))) {}
  Bytes bytes() const { return 16 + sizeof(Key) * known->size(); }

  std::shared_ptr<const std::vector<Key>> known;  ///< what was no news
};
/// Have you heard?
struct Rumors {
  static constexpr std::string_view name = "rumors";
  using Reply = Heard;
  explicit Rumors(Records records) : batch(std::make_shared<const Records>(std::move(records))) {}
  Bytes bytes() const { return bytes_of(*batch); }

  std::shared_ptr<const Records> batch;
};

// ---- membership ---------------------------------------------------------------------------------

/// Bytes of a piece of news: a member, an incarnation, a status.
constexpr Bytes news_bytes = 9;

struct Ping {
  static constexpr std::string_view name = "ping";
  using Reply = void;
  std::uint64_t probe = 0;  ///< its number on the node that wants to know
  Number prober = 0;        ///< that node
  NewsBatch news{};
  Bytes bytes() const { return 24 + news_bytes * news.size(); }
};
struct Ack {
  static constexpr std::string_view name = "ack";
  using Reply = void;
  std::uint64_t probe = 0;
  Number prober = 0;
  NewsBatch news{};
  Bytes bytes() const { return 24 + news_bytes * news.size(); }
};
/// Ping `member` for me, and pass its ack on.
struct PingRequest {
  static constexpr std::string_view name = "ping request";
  using Reply = void;
  std::uint64_t probe = 0;
  Number member = 0;
  NewsBatch news{};
  Bytes bytes() const { return 24 + news_bytes * news.size(); }
};

struct MemberList {
  static constexpr std::string_view name = "member list";
  explicit MemberList(const std::vector<Standing>& list)
      : standings(std::make_shared<const std::vector<Standing>>(list)) {}
  Bytes bytes() const { return 16 + news_bytes * standings->size(); }

  std::shared_ptr<const std::vector<Standing>> standings;  ///< by number
};
/// I am here (again). This is whom I know; whom do you know?
struct Join {
  static constexpr std::string_view name = "join";
  using Reply = MemberList;
  explicit Join(const std::vector<Standing>& list) : members(list) {}
  Bytes bytes() const { return members.bytes(); }

  MemberList members;
};

}  // namespace faultline::gossip
