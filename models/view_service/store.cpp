#include <algorithm>

#include <faultline/view_service/store.hpp>

namespace faultline::view_service {

bool Store::wrote(std::uint32_t session, Value value) const {
  const RecentWrites* recent = sessions_.find(session);
  return recent != nullptr && recent->has(value);
}

void Store::remember(std::uint32_t session, Value value) {
  const RecentWrites* known = sessions_.find(session);
  RecentWrites recent = known != nullptr ? *known : RecentWrites{};
  recent.remember(value);
  sessions_.put(session, recent);
}

void Store::append(const Update& update) {
  updates_.append(update);
  if (update.repeats) return;
  remember(update.session, update.value);
  dirty_[update.key].push_back(last());
}

Update Store::commit_next() {
  const Index index = committed() + 1;
  const Update update = at(index);
  committed_.set(index);
  if (update.repeats) return update;
  table_.put(update.key, version_of(update, index));
  const auto versions = dirty_.find(update.key);
  versions->second.pop_front();
  if (versions->second.empty()) dirty_.erase(versions);
  return update;
}

Version Store::clean(Key key) const {
  const Version* version = table_.find(key);
  return version != nullptr ? *version : Version{};
}

Version Store::newest(Key key) const {
  const auto versions = dirty_.find(key);
  if (versions == dirty_.end()) return clean(key);
  const Index index = versions->second.back();
  return version_of(at(index), index);
}

std::optional<Version> Store::version(Key key, Index index) const {
  const Version committed = clean(key);
  if (committed.index >= index) return committed;
  if (!updates_.has(index) || at(index).key != key) return std::nullopt;
  return version_of(at(index), index);
}

Image Store::image() const {
  Image image;
  image.committed = committed();
  for (const Key key : table_.keys()) {
    const Version& version = *table_.find(key);
    image.table.emplace_back(key, version);
    image.size += 24 + version.size;
  }
  for (const std::uint32_t session : sessions_.keys()) {
    image.sessions.emplace_back(session, *sessions_.find(session));
    image.size += sizeof(RecentWrites);
  }
  // What is pending will be remembered when it arrives.
  for (Index index = committed() + 1; index <= last(); ++index) {
    const Update& update = at(index);
    if (update.repeats) continue;
    const auto place = std::lower_bound(
        image.sessions.begin(), image.sessions.end(), update.session,
        [](const auto& entry, std::uint32_t session) { return entry.first < session; });
    place->second.forget(update.value);
  }
  return image;
}

std::vector<Key> Store::replace(const Image& image) {
  std::vector<Key> gone = table_.keys();
  for (const auto& [key, version] : image.table) {
    const auto place = std::lower_bound(gone.begin(), gone.end(), key);
    if (place != gone.end() && *place == key) gone.erase(place);
    table_.put(key, version);
  }
  for (const Key key : gone) table_.erase(key);
  for (const std::uint32_t session : sessions_.keys()) sessions_.erase(session);
  for (const auto& [session, recent] : image.sessions) sessions_.put(session, recent);
  skip_until(image.committed);
  return gone;
}

void Store::skip_until(Index index) {
  updates_.restart(index);
  committed_.set(index);
  dirty_.clear();
}

void Store::index_pending() {
  dirty_.clear();
  for (Index index = committed() + 1; index <= last(); ++index) {
    const Update& update = at(index);
    if (!update.repeats) dirty_[update.key].push_back(index);
  }
}

}  // namespace faultline::view_service
