// A replica's data: versions that are done and versions that are not, images, and repeated writes.
#include <doctest/doctest.h>

#include <faultline/view_service/store.hpp>

namespace faultline::view_service {
namespace {

struct Disk : DurableState {
  Store store{*this};
};

Update write_of(Key key, Value value, std::uint32_t session = 0) {
  Update update;
  update.key = key;
  update.value = value;
  update.size = 100;
  update.session = session;
  return update;
}

/// Key 1 has value 11 committed, and 12 and 13 on top of it; key 2 has 21, not yet committed.
void fill(Store& store) {
  store.append(write_of(1, 11));
  store.append(write_of(1, 12, 1));
  store.append(write_of(2, 21, 2));
  store.append(write_of(1, 13));
  store.commit_next();
}

TEST_CASE("a key has a clean version, and dirty ones on top of it") {
  Disk disk;
  Store& store = disk.store;
  fill(store);
  CHECK(store.last() == 4);
  CHECK(store.committed() == 1);
  CHECK(store.clean(1).value == 11);
  CHECK(store.newest(1).value == 13);
  CHECK(store.dirty(1));
  CHECK(store.clean(2).value == nil);
  CHECK(store.newest(2).value == 21);
  CHECK(store.newest(3).value == nil);
  CHECK_FALSE(store.dirty(3));
  CHECK(store.version(1, 2)->value == 12);
  CHECK(store.version(1, 1)->value == 11);
  CHECK_FALSE(store.version(1, 3));  // that update is of another key
  CHECK_FALSE(store.version(1, 9));
  CHECK(store.version(3, 0)->value == nil);

  while (store.committed() < 4) store.commit_next();
  CHECK(store.clean(1).value == 13);
  CHECK_FALSE(store.dirty(1));
  CHECK(store.version(1, 2)->value == 13);  // newer, and committed
}

TEST_CASE("updates are kept until they are forgotten") {
  Disk disk;
  fill(disk.store);
  CHECK(disk.store.forgotten() == 0);
  CHECK(disk.store.at(1).value == 11);
  disk.store.forget(1);
  CHECK(disk.store.forgotten() == 1);
  CHECK(disk.store.at(2).value == 12);
  CHECK(disk.store.clean(1).value == 11);
}

TEST_CASE("a repeated update changes nothing") {
  Disk disk;
  Store& store = disk.store;
  store.append(write_of(1, 11, 5));
  store.append(write_of(1, 12, 6));
  CHECK(store.wrote(5, 11));
  CHECK_FALSE(store.wrote(5, 12));
  Update again = write_of(1, 11, 5);
  again.repeats = true;
  store.append(again);
  CHECK(store.newest(1).value == 12);
  while (store.committed() < 3) store.commit_next();
  CHECK(store.clean(1).value == 12);
}

TEST_CASE("an image is what is committed, what is pending follows it") {
  Disk from;
  fill(from.store);
  from.store.append(write_of(7, 71));
  Disk to;
  to.store.append(write_of(9, 91));
  to.store.commit_next();
  to.store.append(write_of(8, 81));
  const Image image = from.store.image();
  CHECK(to.store.replace(image) == std::vector<Key>{9});
  CHECK(to.store.committed() == 1);
  CHECK(to.store.last() == 1);
  CHECK(to.store.clean(1).value == 11);
  CHECK(to.store.clean(9).value == nil);
  CHECK_FALSE(to.store.dirty(8));
  CHECK(to.store.wrote(0, 11));
  CHECK_FALSE(to.store.wrote(0, 13));  // not yet
  for (Index index = 2; index <= 5; ++index) to.store.append(from.store.at(index));
  CHECK(to.store.wrote(0, 13));
  CHECK(to.store.newest(1).value == 13);
}

TEST_CASE("what a power loss takes back is not dirty any more") {
  Disk disk;
  disk.set_journaled(true);
  fill(disk.store);
  disk.made_stable(disk.position());
  disk.store.append(write_of(2, 22));
  disk.store.commit_next();
  disk.lose_unstable();
  disk.store.index_pending();
  CHECK(disk.store.last() == 4);
  CHECK(disk.store.committed() == 1);
  CHECK(disk.store.newest(2).value == 21);
  CHECK(disk.store.newest(1).value == 13);
}

}  // namespace
}  // namespace faultline::view_service
