// What the nodes of a quorum service say to each other.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include <faultline/model/node.hpp>
#include <faultline/quorum/merkle_tree.hpp>
#include <faultline/quorum/record.hpp>

namespace faultline::quorum {

/// Why a record is on its way to a replica.
enum class Why : std::uint8_t { put, read_repair, handoff, anti_entropy };

/// A set of places on a preference list, as bits.
using Places = std::uint16_t;

struct Stored {
  static constexpr std::string_view name = "stored";
  bool taken = true;        ///< it is in the replica's table, or kept as a hint
  bool superseded = false;  ///< the replica has a newer version
  bool accepted() const { return taken; }
  Bytes bytes() const { return 16; }
};

struct Store {
  static constexpr std::string_view name = "store";
  using Reply = Stored;
  Store(Key at, Record content, Why reason, Places unreachable = 0)
      : key(at), record(std::move(content)), why(reason), missing(unreachable) {}
  Bytes bytes() const { return 32 + record.bytes(); }

  Key key;
  Record record;
  Why why;
  Places missing;  ///< replicas for which a stand-in is to keep it
};

struct Fetched {
  static constexpr std::string_view name = "fetched";
  Fetched(Record content, bool stable, bool whole)
      : record(std::move(content)), firm(stable), with_value(whole) {}
  Bytes bytes() const { return 16 + (with_value ? record.bytes() : record.version_bytes()); }

  Record record;
  bool firm;        ///< as durable as the replica's answers to writes are
  bool with_value;  ///< else the reply weighs only as much as the version
};

struct Fetch {
  static constexpr std::string_view name = "fetch";
  using Reply = Fetched;
  Key key = 0;
  bool with_value = true;
  Bytes bytes() const { return 24; }
};

struct Pong {
  static constexpr std::string_view name = "pong";
  Bytes bytes() const { return 16; }
};

struct Ping {
  static constexpr std::string_view name = "ping";
  using Reply = Pong;
  Bytes bytes() const { return 16; }
};

/// Several records at once.
struct KeyedRecord {
  Key key;
  Record record;
};
using Batch = std::vector<KeyedRecord>;
inline Bytes bytes_of(const Batch& batch) {
  Bytes size = 16;
  for (const KeyedRecord& item : batch) size += 8 + item.record.bytes();
  return size;
}

struct Delivered {
  static constexpr std::string_view name = "delivered";
  Bytes bytes() const { return 16; }
};

struct Deliver {
  static constexpr std::string_view name = "deliver";
  using Reply = Delivered;
  static constexpr std::size_t most = 128;  ///< records in one message
  Deliver(Batch records, Why reason)
      : batch(std::make_shared<const Batch>(std::move(records))), why(reason) {}
  Bytes bytes() const { return bytes_of(*batch); }

  std::shared_ptr<const Batch> batch;
  Why why;
};

struct TreeCompared {
  static constexpr std::string_view name = "tree compared";
  std::uint32_t differ = 0;  ///< bit i: hash i
  Bytes bytes() const { return 16; }
};

/// Do our hash trees of a partition agree here?
struct CompareTree {
  static constexpr std::string_view name = "compare tree";
  using Reply = TreeCompared;
  enum class Level : std::uint8_t { root, inner, leaves };
  std::uint32_t partition = 0;
  Level level = Level::root;
  std::uint32_t node = 0;       ///< the inner node above the leaves
  MerkleTree::Hashes hashes{};  ///< of the root, only the first
  Bytes bytes() const { return 16 + (level == Level::root ? 8 : sizeof(hashes)); }
};

struct LeafCompared {
  static constexpr std::string_view name = "leaf compared";
  explicit LeafCompared(Batch records) : batch(std::make_shared<const Batch>(std::move(records))) {}
  Bytes bytes() const { return bytes_of(*batch); }

  /// What the answerer has, where it has something else; empty records where it has nothing.
  std::shared_ptr<const Batch> batch;
};

/// These are my keys of a leaf, from `first` to `last`; where do yours differ?
struct CompareLeaf {
  static constexpr std::string_view name = "compare leaf";
  using Reply = LeafCompared;
  static constexpr std::size_t most = 128;  ///< keys in one message, and records in one reply
  struct Line {
    Key key;
    Digest digest;
  };
  CompareLeaf(std::uint32_t of, std::uint32_t at, Key from, Key to, std::vector<Line> content)
      : partition(of),
        leaf(at),
        first(from),
        last(to),
        lines(std::make_shared<const std::vector<Line>>(std::move(content))) {}
  Bytes bytes() const { return 32 + lines->size() * sizeof(Line); }

  std::uint32_t partition;
  std::uint32_t leaf;
  Key first;
  Key last;
  std::shared_ptr<const std::vector<Line>> lines;
};

}  // namespace faultline::quorum
