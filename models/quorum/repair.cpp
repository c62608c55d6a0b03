// What brings replicas together again: suspicion and its end, hinted handoff, anti-entropy.
#include <algorithm>
#include <limits>

#include <faultline/quorum/quorum.hpp>

namespace faultline::quorum {

// ---- who is alive -------------------------------------------------------------------------------

bool Quorum::suspects(NodeNumber node) const {
  return !suspects_.empty() && std::binary_search(suspects_.begin(), suspects_.end(), node);
}

void Quorum::suspect(NodeNumber node) {
  if (node == context_.number()) return;
  const auto place = std::lower_bound(suspects_.begin(), suspects_.end(), node);
  if (place == suspects_.end() || *place != node) suspects_.insert(place, node);
  if (!looking_after_) spawn(look_after_missing());
}

/// Any message shows that its sender is alive.
void Quorum::trust(EndpointId node) {
  if (!suspects_.empty()) std::erase(suspects_, context_.number_of(node));
}

/// Tries, now and then, those that are suspected and those for whom there are hints.
Task<> Quorum::look_after_missing() {
  looking_after_ = true;
  co_await sleep(Duration::zero());  // who is found silent at this instant is asked together
  while (!suspects_.empty() || !durable_.hints.empty()) {
    std::vector<NodeNumber> missing = durable_.hints.targets();
    missing.insert(missing.end(), suspects_.begin(), suspects_.end());
    std::sort(missing.begin(), missing.end());
    missing.erase(std::unique(missing.begin(), missing.end()), missing.end());
    std::vector<EndpointId> asked;
    for (const NodeNumber node : missing) asked.push_back(nodes()[node]);
    Replies<Pong> pongs = ask(asked, Ping{});
    const Time next = now() + parameters_.hint_retry;
    co_await pongs.all(std::min(parameters_.timeout, parameters_.hint_retry));
    std::vector<EndpointId> alive;
    for (const auto& [from, pong] : pongs) alive.push_back(from);
    for (const EndpointId node : alive) {
      trust(node);
      co_await deliver_hints(node);
    }
    co_await sleep(std::max(next - now(), Duration::zero()));
  }
  looking_after_ = false;
}

Pong Quorum::on(EndpointId from, Ping) {
  trust(from);
  return {};
}

// ---- hinted handoff -----------------------------------------------------------------------------

bool Quorum::keep_hint(Key key, const Record& record, Places missing) {
  std::vector<NodeNumber> targets;
  for (std::uint32_t place = 0; place < replicas_; ++place) {
    const NodeNumber node = placement().node_at(placement().partition_of(key), place);
    if ((missing >> place & 1U) != 0 && node != context_.number()) targets.push_back(node);
  }
  if (targets.empty()) return false;
  if (flawed(Flaw::drops_hints)) return true;  // the flaw: says so, and does not
  const auto most = static_cast<std::size_t>(parameters_.most_hints);
  const bool kept = durable_.hints.keep(key, record, targets, most);
  emit(kept ? EventKind::hint_stored : EventKind::hint_dropped, key);
  if (kept && !looking_after_) spawn(look_after_missing());
  return kept;
}

Task<> Quorum::deliver_hints(EndpointId target) {
  const NodeNumber number = context_.number_of(target);
  const std::vector<Key> keys = durable_.hints.keys_for(number);
  for (std::size_t begin = 0; begin < keys.size(); begin += Deliver::most) {
    const std::size_t end = std::min(begin + Deliver::most, keys.size());
    Batch batch;
    for (std::size_t i = begin; i < end; ++i) {
      const Record* record = durable_.hints.find(keys[i]);
      if (record != nullptr) batch.push_back({keys[i], *record});
    }
    const Deliver deliver(std::move(batch), Why::handoff);
    const auto delivered = co_await call(target, deliver, parameters_.timeout);
    if (!delivered) co_return;
    for (const KeyedRecord& item : *deliver.batch) {
      durable_.hints.delivered(number, item.key, item.record);
      emit(EventKind::hint_delivered, item.key);
    }
  }
}

Task<Delivered> Quorum::on(EndpointId from, Deliver deliver) {
  trust(from);
  co_await compute(parameters_.work);
  for (const KeyedRecord& item : *deliver.batch) apply(item.key, item.record, deliver.why);
  if (has_disk()) co_await persist(deliver.batch->front().key, deliver.bytes());
  co_return Delivered{};
}

// ---- anti-entropy -------------------------------------------------------------------------------

Task<> Quorum::compare_now_and_then() {
  const std::vector<EndpointId> fellows = fellow_replicas();
  if (fellows.empty()) co_return;
  for (;;) {
    co_await sleep(from_seconds(seconds(parameters_.anti_entropy) * random().uniform(0.5, 1.5)));
    co_await reconcile(fellows[random().below(fellows.size())]);
  }
}

/// After a restart: fetches what was missed from everyone who shares a partition.
Task<> Quorum::catch_up() {
  const std::vector<EndpointId> fellows = fellow_replicas();
  std::size_t missed = 0;
  for (const EndpointId fellow : fellows) missed += co_await reconcile(fellow);
  if (missed > 0) emit(EventKind::caught_up, missed);
}

/// The nodes that share a partition with this one: its neighbours on the ring.
std::vector<EndpointId> Quorum::fellow_replicas() const {
  std::vector<EndpointId> fellows;
  const std::uint32_t own = placement().partition_at(context_.number(), 0);
  for (std::uint32_t distance = 1; distance < placement().size(); ++distance) {
    const bool ahead = distance < replicas_;
    const bool behind = placement().size() - distance < replicas_;
    if (ahead || behind) fellows.push_back(nodes()[placement().node_at(own, distance)]);
  }
  return fellows;
}

MerkleTree* Quorum::tree_of(std::uint32_t partition) {
  if (partition >= placement().size()) return nullptr;
  const std::uint32_t place = placement().place_of(context_.number(), partition);
  return place < trees_.size() ? &trees_[place] : nullptr;
}

/// Exchanges with `peer` what differs. Returns how many records were news here.
Task<std::size_t> Quorum::reconcile(EndpointId peer) {
  const NodeNumber number = context_.number_of(peer);
  std::size_t news = 0;
  for (std::uint32_t place = 0; place < replicas_; ++place) {
    const std::uint32_t partition = placement().partition_at(context_.number(), place);
    if (placement().place_of(number, partition) >= replicas_) continue;
    news += co_await reconcile_partition(peer, partition);
  }
  co_return news;
}

/// From the root down, only where hashes differ.
Task<std::size_t> Quorum::reconcile_partition(EndpointId peer, std::uint32_t partition) {
  MerkleTree& tree = *tree_of(partition);
  CompareTree compare;
  compare.partition = partition;
  compare.hashes[0] = tree.root();
  const auto root = co_await call(peer, compare, parameters_.timeout);
  if (!root || root->differ == 0) co_return 0;
  compare.level = CompareTree::Level::inner;
  compare.hashes = tree.inner();
  const auto inner = co_await call(peer, compare, parameters_.timeout);
  if (!inner) co_return 0;
  std::size_t news = 0;
  compare.level = CompareTree::Level::leaves;
  for (std::uint32_t node = 0; node < MerkleTree::branches; ++node) {
    if ((inner->differ >> node & 1U) == 0) continue;
    compare.node = node;
    compare.hashes = tree.leaves_under(node);
    const auto leaves = co_await call(peer, compare, parameters_.timeout);
    if (!leaves) co_return news;
    for (std::uint32_t leaf = 0; leaf < MerkleTree::branches; ++leaf) {
      if ((leaves->differ >> leaf & 1U) == 0) continue;
      news += co_await reconcile_leaf(peer, partition, MerkleTree::leaf_under(node, leaf));
    }
  }
  co_return news;
}

TreeCompared Quorum::on(EndpointId from, const CompareTree& compare) {
  trust(from);
  MerkleTree* tree = tree_of(compare.partition);
  TreeCompared compared;
  if (tree == nullptr) return compared;
  switch (compare.level) {
    case CompareTree::Level::root:
      compared.differ = tree->root() != compare.hashes[0] ? 1 : 0;
      break;
    case CompareTree::Level::inner:
      compared.differ = differences(tree->inner(), compare.hashes);
      break;
    case CompareTree::Level::leaves:
      compared.differ = differences(tree->leaves_under(compare.node), compare.hashes);
      break;
  }
  return compared;
}

/// Shows the peer the versions here, a bounded stretch of keys at a time; takes what it has and
/// this node has not, and sends what it has not.
Task<std::size_t> Quorum::reconcile_leaf(EndpointId peer, std::uint32_t partition,
                                         std::uint32_t leaf) {
  const std::span<const Key> in_leaf = tree_of(partition)->keys(leaf);
  const std::vector<Key> keys(in_leaf.begin(), in_leaf.end());
  std::size_t news = 0;
  Key first = 0;
  for (std::size_t begin = 0; begin <= keys.size(); begin += CompareLeaf::most) {
    const std::size_t end = std::min(begin + CompareLeaf::most, keys.size());
    const Key last = end == keys.size() ? std::numeric_limits<Key>::max() : keys[end - 1];
    std::vector<CompareLeaf::Line> lines;
    for (std::size_t i = begin; i < end; ++i) {
      lines.push_back({keys[i], durable_.records.find(keys[i])->digest()});
    }
    const CompareLeaf compare(partition, leaf, first, last, std::move(lines));
    const auto compared = co_await call(peer, compare, parameters_.timeout);
    if (!compared) co_return news;
    Batch back;
    for (const KeyedRecord& item : *compared->batch) {
      if (apply(item.key, item.record, Why::anti_entropy)) ++news;
      const Record* mine = durable_.records.find(item.key);
      if (mine != nullptr && !mine->same(item.record)) back.push_back({item.key, *mine});
    }
    if (!back.empty()) {
      const Deliver deliver(std::move(back), Why::anti_entropy);
      if (!co_await call(peer, deliver, parameters_.timeout)) co_return news;
    }
    if (end == keys.size()) break;
    first = last + 1;
  }
  co_return news;
}

LeafCompared Quorum::on(EndpointId from, const CompareLeaf& compare) {
  trust(from);
  Batch batch;
  MerkleTree* tree = tree_of(compare.partition);
  if (tree == nullptr) return LeafCompared(std::move(batch));
  const std::span<const Key> keys = tree->keys(compare.leaf);
  auto mine = std::lower_bound(keys.begin(), keys.end(), compare.first);
  auto theirs = compare.lines->begin();
  const auto have = [&] { return mine != keys.end() && *mine <= compare.last; };
  while (batch.size() < CompareLeaf::most && (have() || theirs != compare.lines->end())) {
    if (theirs == compare.lines->end() || (have() && *mine < theirs->key)) {
      batch.push_back({*mine, *durable_.records.find(*mine)});
      ++mine;
    } else if (!have() || theirs->key < *mine) {
      batch.push_back({theirs->key, Record()});
      ++theirs;
    } else {
      const Record& record = *durable_.records.find(*mine);
      if (record.digest() != theirs->digest) batch.push_back({*mine, record});
      ++mine;
      ++theirs;
    }
  }
  return LeafCompared(std::move(batch));
}

}  // namespace faultline::quorum
