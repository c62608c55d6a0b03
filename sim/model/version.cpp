#include <algorithm>

#include <faultline/core/random.hpp>
#include <faultline/model/version.hpp>

namespace faultline {

std::uint64_t Dot::counter_after(std::uint64_t last, Time clock) {
  const auto since =
      std::chrono::duration_cast<std::chrono::milliseconds>(clock.time_since_epoch());
  const auto counter = static_cast<std::uint64_t>(std::max<std::int64_t>(since.count(), 0));
  return std::min(std::max(counter, last + 1), most);
}

void VersionVector::add(Dot dot) {
  std::size_t place = 0;
  while (place < count_ && entries_[place].actor() < dot.actor()) ++place;
  if (place < count_ && entries_[place].actor() == dot.actor()) {
    entries_[place] = std::max(entries_[place], dot);
    return;
  }
  for (std::size_t moved = count_; moved > place; --moved) entries_[moved] = entries_[moved - 1];
  entries_[place] = dot;
  if (++count_ > capacity) forget_oldest();
}

void VersionVector::forget_oldest() {
  std::size_t oldest = 0;
  for (std::size_t i = 1; i < count_; ++i) {
    if (entries_[i].counter() < entries_[oldest].counter()) oldest = i;
  }
  for (std::size_t i = oldest; i + 1 < count_; ++i) entries_[i] = entries_[i + 1];
  entries_[--count_] = Dot{};
}

Causality VersionVector::compare(const VersionVector& other) const {
  const auto covered = [](const VersionVector& one, const VersionVector& by) {
    return std::all_of(one.entries().begin(), one.entries().end(),
                       [&](Dot dot) { return by.covers(dot); });
  };
  const bool known = covered(*this, other);
  const bool knows = covered(other, *this);
  if (known && knows) return Causality::equal;
  return known ? Causality::before : knows ? Causality::after : Causality::concurrent;
}

VersionVector VersionVector::from(const Token& token) {
  VersionVector vector;
  for (std::size_t i = 0; i < token.count; ++i) vector.add(Dot::from_word(token.words[i]));
  return vector;
}

Token VersionVector::token() const {
  Token token;
  for (const Dot dot : entries()) token.add(dot.word());
  return token;
}

bool Siblings::has(Dot dot) const {
  return std::any_of(versions().begin(), versions().end(),
                     [dot](const Sibling& sibling) { return sibling.dot == dot; });
}

Value Siblings::insert(const Sibling& sibling) {
  const auto before = [](Dot a, Dot b) {
    return a.counter() != b.counter() ? a.counter() < b.counter() : a.actor() < b.actor();
  };
  std::size_t place = count_;
  for (; place > 0 && before(sibling.dot, versions_[place - 1].dot); --place) {
    versions_[place] = versions_[place - 1];
  }
  versions_[place] = sibling;
  if (++count_ <= capacity) return nil;
  const Value dropped = versions_[0].value;
  for (std::size_t i = 0; i + 1 < count_; ++i) versions_[i] = versions_[i + 1];
  --count_;
  return dropped;
}

Value Siblings::write(const VersionVector& read, Dot dot, Value value, Bytes size) {
  Siblings kept;
  kept.seen_ = seen_;
  for (const Sibling& sibling : versions()) {
    if (!read.covers(sibling.dot)) kept.insert(sibling);
  }
  kept.seen_.merge(read);
  kept.seen_.add(dot);
  const Value dropped = kept.insert({dot, value, size});
  *this = kept;
  return dropped;
}

VersionVector Siblings::seen_by_writer(const VersionVector& read, Value value) const {
  const auto all = versions();
  const auto own = std::find_if(all.begin(), all.end(),
                                [value](const Sibling& sibling) { return sibling.value == value; });
  if (own == all.end()) return read;
  for (const Sibling& sibling : all) {
    const bool same_actor = sibling.dot.actor() == own->dot.actor() && sibling.dot < own->dot;
    if (same_actor && !read.covers(sibling.dot)) return read;
  }
  VersionVector seen = read;
  seen.add(own->dot);
  return seen;
}

Value Siblings::merge(const Siblings& other) {
  Siblings merged;
  Value dropped = nil;
  for (const Sibling& sibling : versions()) {
    if (other.has(sibling.dot) || !other.seen_.covers(sibling.dot)) merged.insert(sibling);
  }
  for (const Sibling& sibling : other.versions()) {
    if (has(sibling.dot) || seen_.covers(sibling.dot)) continue;
    const Value excess = merged.insert(sibling);
    if (excess != nil) dropped = excess;
  }
  merged.seen_ = seen_;
  merged.seen_.merge(other.seen_);
  *this = merged;
  return dropped;
}

Bytes Siblings::bytes() const {
  Bytes size = 8 * seen_.entries().size();
  for (const Sibling& sibling : versions()) size += 8 + sibling.size;
  return size;
}

std::uint64_t Siblings::digest() const {
  std::uint64_t digest = 0;
  for (const Sibling& sibling : versions()) digest += scatter(sibling.dot.word());
  return digest;
}

bool Siblings::same_versions(const Siblings& other) const {
  return std::equal(versions().begin(), versions().end(), other.versions().begin(),
                    other.versions().end());
}

Merged merge_into(SharedSiblings& held, const SharedSiblings& come) {
  Merged outcome;
  if (held == come) return outcome;
  if (held == nullptr) {
    held = come;
    outcome.changed = true;
    return outcome;
  }
  Siblings merged = *held;
  outcome.lost = merged.merge(*come);
  outcome.conflict = merged.versions().size() > held->versions().size() &&
                     merged.versions().size() > come->versions().size();
  if (merged.same_versions(*held) && merged.seen() == held->seen()) return outcome;
  outcome.changed = true;
  held = std::make_shared<const Siblings>(merged);
  return outcome;
}

Value shown_of(const Siblings& siblings) {
  return siblings.versions().size() == 1 ? siblings.versions()[0].value : siblings.digest();
}

Response response_of(const Siblings& siblings) {
  Response response;
  for (const Sibling& sibling : siblings.versions()) {
    response.values[response.count++] = sibling.value;
    response.size += sibling.size;
  }
  response.token = siblings.seen().token();
  return response;
}

}  // namespace faultline
