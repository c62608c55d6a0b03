#include <algorithm>

#include <faultline/leader_follower/table.hpp>

namespace faultline::leader_follower {

std::optional<Change> Table::apply(const Entry& entry) {
  const Index index = applied() + 1;
  Undo undo;
  if (entry.value != nil && remember(entry.session, entry.value)) {
    undo.remembered = true;
    if (const Stored* stored = stored_.find(entry.key)) undo.before = *stored;
    undo.wrote = undo.before.value == nil || undo.before.stamp <= entry.stamp;
  }
  undo_.append(undo);
  if (!undo.wrote) return std::nullopt;
  stored_.put(entry.key, {entry.value, entry.size, entry.stamp, index});
  if (undo.before.value == entry.value) return std::nullopt;  // only its place in the log is new
  return Change{entry.key, entry.value};
}

std::optional<Change> Table::take_back(const Entry& entry) {
  const Undo undo = undo_.at(undo_.last());
  undo_.truncate(undo_.last() - 1);
  if (undo.remembered) unremember(entry.session, entry.value);
  if (!undo.wrote) return std::nullopt;
  if (undo.before.value == nil) {
    stored_.erase(entry.key);
  } else {
    stored_.put(entry.key, undo.before);
  }
  return Change{entry.key, undo.before.value};
}

bool Table::remember(std::uint32_t session, Value value) {
  const RecentWrites* known = sessions_.find(session);
  RecentWrites recent = known != nullptr ? *known : RecentWrites{};
  if (recent.has(value)) return false;
  recent.remember(value);
  sessions_.put(session, recent);
  return true;
}

void Table::unremember(std::uint32_t session, Value value) {
  const RecentWrites* known = sessions_.find(session);
  if (known == nullptr) return;
  RecentWrites recent = *known;
  recent.forget(value);
  sessions_.put(session, recent);
}

Image Table::image() const {
  Image image;
  for (const Key key : stored_.keys()) {
    const Stored& stored = *stored_.find(key);
    image.table.emplace_back(key, stored);
    image.size += 40 + stored.size;
  }
  for (const std::uint32_t session : sessions_.keys()) {
    image.sessions.emplace_back(session, *sessions_.find(session));
    image.size += sizeof(RecentWrites);
  }
  return image;
}

std::vector<Change> Table::replace(const Image& image) {
  std::vector<Change> changes;
  auto next = image.table.begin();
  for (const Key key : stored_.keys()) {
    while (next != image.table.end() && next->first < key) ++next;
    if (next != image.table.end() && next->first == key) continue;
    stored_.erase(key);
    changes.push_back({key, nil});
  }
  for (const auto& [key, stored] : image.table) {
    const Stored* known = stored_.find(key);
    if (known == nullptr || known->value != stored.value) changes.push_back({key, stored.value});
    stored_.put(key, stored);
  }
  for (const std::uint32_t session : sessions_.keys()) sessions_.erase(session);
  for (const auto& [session, recent] : image.sessions) sessions_.put(session, recent);
  undo_.restart(image.end.index);
  return changes;
}

std::vector<Change> Table::merge(const Image& image) {
  std::vector<Change> changes;
  for (const auto& [key, stored] : image.table) {
    const Stored* known = stored_.find(key);
    if (known != nullptr && stored.stamp < known->stamp) continue;
    if (known == nullptr || known->value != stored.value) changes.push_back({key, stored.value});
    stored_.put(key, stored);
  }
  for (const auto& [session, recent] : image.sessions) sessions_.put(session, recent);
  undo_.restart(image.end.index);
  return changes;
}

}  // namespace faultline::leader_follower
