// Small conversations with the policies of several queues, worked by hand from the pseudocode of
// their papers. A line: the key, what came of it (a hit, a miss, or what had to go), and the queues
// then, each from its oldest.
#include <doctest/doctest.h>

#include "eviction/replay.hpp"

namespace faultline {
namespace {

using testing::conversation;
using testing::empty_policy;

// kin 1, kout 2.
TEST_CASE("2Q: only what was dropped and is asked for again comes into am") {
  const auto policy = empty_policy(Eviction::two_q, 4);
  CHECK(conversation(*policy, {1, 2, 3, 4, 1, 5, 6, 1, 2, 1, 7, 3, 5, 6, 2}) == R"(
1  miss  a1in: 1 | am: | a1out:
2  miss  a1in: 1 2 | am: | a1out:
3  miss  a1in: 1 2 3 | am: | a1out:
4  miss  a1in: 1 2 3 4 | am: | a1out:
1  hit   a1in: 1 2 3 4 | am: | a1out:
5  -1    a1in: 2 3 4 5 | am: | a1out: 1
6  -2    a1in: 3 4 5 6 | am: | a1out: 1 2
1  -3    a1in: 4 5 6 | am: 1 | a1out: 2 3
2  -4    a1in: 5 6 | am: 1 2 | a1out: 3 4
1  hit   a1in: 5 6 | am: 2 1 | a1out: 3 4
7  -5    a1in: 6 7 | am: 2 1 | a1out: 4 5
3  -6    a1in: 7 3 | am: 2 1 | a1out: 5 6
5  -7    a1in: 3 | am: 2 1 5 | a1out: 6 7
6  -2    a1in: 3 | am: 1 5 6 | a1out: 7
2  -1    a1in: 3 2 | am: 5 6 | a1out: 7)");
}

TEST_CASE("ARC: what is missed moves the border between the two halves") {
  const auto policy = empty_policy(Eviction::arc, 4);
  CHECK(conversation(*policy, {1, 2, 1, 3, 4, 5, 6, 3, 5, 7, 1, 8, 9, 6, 7, 8}) == R"(
1  miss  t1: 1 | t2: | b1: | b2: | p: 0
2  miss  t1: 1 2 | t2: | b1: | b2: | p: 0
1  hit   t1: 2 | t2: 1 | b1: | b2: | p: 0
3  miss  t1: 2 3 | t2: 1 | b1: | b2: | p: 0
4  miss  t1: 2 3 4 | t2: 1 | b1: | b2: | p: 0
5  -2    t1: 3 4 5 | t2: 1 | b1: 2 | b2: | p: 0
6  -3    t1: 4 5 6 | t2: 1 | b1: 3 | b2: | p: 0
3  -4    t1: 5 6 | t2: 1 3 | b1: 4 | b2: | p: 1
5  hit   t1: 6 | t2: 1 3 5 | b1: 4 | b2: | p: 1
7  -1    t1: 6 7 | t2: 3 5 | b1: 4 | b2: 1 | p: 1
1  -6    t1: 7 | t2: 3 5 1 | b1: 4 6 | b2: | p: 0
8  -7    t1: 8 | t2: 3 5 1 | b1: 4 6 7 | b2: | p: 0
9  -8    t1: 9 | t2: 3 5 1 | b1: 6 7 8 | b2: | p: 0
6  -3    t1: 9 | t2: 5 1 6 | b1: 7 8 | b2: 3 | p: 1
7  -5    t1: 9 | t2: 1 6 7 | b1: 8 | b2: 3 5 | p: 2
8  -1    t1: 9 | t2: 6 7 8 | b1: | b2: 3 5 1 | p: 4)");
  // Both together remember no more than 2c; and at |t1| = p, t1 gives if b2 remembers what comes.
  CHECK(conversation(*policy, {5, 10, 11, 6, 7, 9, 1, 8, 12}) == R"(
5  -6    t1: 9 | t2: 7 8 5 | b1: | b2: 3 1 6 | p: 3
10 -7    t1: 9 10 | t2: 8 5 | b1: | b2: 3 1 6 7 | p: 3
11 -8    t1: 9 10 11 | t2: 5 | b1: | b2: 1 6 7 8 | p: 3
6  -9    t1: 10 11 | t2: 5 6 | b1: 9 | b2: 1 7 8 | p: 2
7  -10   t1: 11 | t2: 5 6 7 | b1: 9 10 | b2: 1 8 | p: 1
9  -5    t1: 11 | t2: 6 7 9 | b1: 10 | b2: 1 8 5 | p: 2
1  -11   t1: | t2: 6 7 9 1 | b1: 10 11 | b2: 8 5 | p: 1
8  -6    t1: | t2: 7 9 1 8 | b1: 10 11 | b2: 5 6 | p: 0
12 -7    t1: 12 | t2: 9 1 8 | b1: 10 11 | b2: 6 7 | p: 0)");
}

TEST_CASE("ARC: a step down is as large as b1 is longer than b2") {
  const auto policy = empty_policy(Eviction::arc, 6);
  conversation(*policy, {1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  CHECK(conversation(*policy, {6, 7, 1}) == R"(
6  -1    t1: 11 | t2: 2 3 4 5 6 | b1: 7 8 9 10 | b2: 1 | p: 1
7  -2    t1: 11 | t2: 3 4 5 6 7 | b1: 8 9 10 | b2: 1 2 | p: 2
1  -11   t1: | t2: 3 4 5 6 7 1 | b1: 8 9 10 11 | b2: 2 | p: 0.5)");
}

TEST_CASE("ARC: where all of the cache was used once, what leaves is forgotten") {
  const auto policy = empty_policy(Eviction::arc, 2);
  CHECK(conversation(*policy, {1, 2, 3, 1}) == R"(
1  miss  t1: 1 | t2: | b1: | b2: | p: 0
2  miss  t1: 1 2 | t2: | b1: | b2: | p: 0
3  -1    t1: 2 3 | t2: | b1: | b2: | p: 0
1  -2    t1: 3 1 | t2: | b1: | b2: | p: 0)");
}

// "+": was used; "<": the hand, if it is not at the oldest.
TEST_CASE("SIEVE: the hand leaves in place what was used") {
  const auto policy = empty_policy(Eviction::sieve, 3);
  CHECK(conversation(*policy, {1, 2, 3, 1, 4, 3, 5, 1, 5, 6, 7, 5, 7, 1, 8}) == R"(
1  miss  sieve: 1
2  miss  sieve: 1 2
3  miss  sieve: 1 2 3
1  hit   sieve: 1+ 2 3
4  -2    sieve: 1 3< 4
3  hit   sieve: 1 3+< 4
5  -4    sieve: 1 3 5
1  hit   sieve: 1+ 3 5
5  hit   sieve: 1+ 3 5+
6  -3    sieve: 1 5+< 6
7  -6    sieve: 1 5 7
5  hit   sieve: 1 5+ 7
7  hit   sieve: 1 5+ 7+
1  hit   sieve: 1+ 5+ 7+
8  -1    sieve: 5< 7 8)");
}

TEST_CASE("SIEVE: the hand goes on behind an entry that is invalidated") {
  const auto policy = empty_policy(Eviction::sieve, 3);
  conversation(*policy, {1, 2, 3, 1, 4});
  REQUIRE(policy->layout() == "sieve: 1 3< 4");
  CHECK(policy->erase(3));
  CHECK(policy->layout() == "sieve: 1 4<");
}

// s has 1 place, m 3, and g remembers 3.
TEST_CASE("S3-FIFO: what proves itself in s gets into m, or comes back through g") {
  const auto policy = empty_policy(Eviction::s3_fifo, 4);
  CHECK(conversation(*policy, {1, 2, 3, 4, 1, 1, 2, 5, 6, 2, 3, 1, 6, 6, 4, 7}) == R"(
1  miss  s: 1 | m: | g:
2  miss  s: 1 2 | m: | g:
3  miss  s: 1 2 3 | m: | g:
4  miss  s: 1 2 3 4 | m: | g:
1  hit   s: 1*1 2 3 4 | m: | g:
1  hit   s: 1*2 2 3 4 | m: | g:
2  hit   s: 1*2 2*1 3 4 | m: | g:
5  -2    s: 3 4 5 | m: 1 | g: 2
6  -3    s: 4 5 6 | m: 1 | g: 2 3
2  -4    s: 5 6 | m: 1 2 | g: 3 4
3  -5    s: 6 | m: 1 2 3 | g: 4 5
1  hit   s: 6 | m: 1*1 2 3 | g: 4 5
6  hit   s: 6*1 | m: 1*1 2 3 | g: 4 5
6  hit   s: 6*2 | m: 1*1 2 3 | g: 4 5
4  -2    s: | m: 3 6 1 4 | g: 5
7  -3    s: 7 | m: 6 1 4 | g: 5)");
  CHECK(conversation(*policy, {6, 6, 6, 6, 8, 9, 10}) == R"(
6  hit   s: 7 | m: 6*1 1 4 | g: 5
6  hit   s: 7 | m: 6*2 1 4 | g: 5
6  hit   s: 7 | m: 6*3 1 4 | g: 5
6  hit   s: 7 | m: 6*3 1 4 | g: 5
8  -7    s: 8 | m: 6*3 1 4 | g: 5 7
9  -8    s: 9 | m: 6*3 1 4 | g: 5 7 8
10 -9    s: 10 | m: 6*3 1 4 | g: 7 8 9)");
}

// The window has 1 place, the main part 3, of which 2 are protected.
TEST_CASE("W-TinyLFU: a candidate must have been asked for more often than its opponent") {
  const auto policy = empty_policy(Eviction::w_tiny_lfu, 4);
  CHECK(conversation(*policy, {1, 2, 3, 4, 5, 1, 5, 6, 3, 5, 4, 4, 7}) == R"(
1  miss  window: 1 | probation: | protected:
2  miss  window: 2 | probation: 1 | protected:
3  miss  window: 3 | probation: 1 2 | protected:
4  miss  window: 4 | probation: 1 2 3 | protected:
5  -4    window: 5 | probation: 1 2 3 | protected:
1  hit   window: 5 | probation: 2 3 | protected: 1
5  hit   window: 5 | probation: 2 3 | protected: 1
6  -2    window: 6 | probation: 3 5 | protected: 1
3  hit   window: 6 | probation: 5 | protected: 1 3
5  hit   window: 6 | probation: 1 | protected: 3 5
4  -6    window: 4 | probation: 1 | protected: 3 5
4  hit   window: 4 | probation: 1 | protected: 3 5
7  -1    window: 7 | probation: 4 | protected: 3 5)");
}

}  // namespace
}  // namespace faultline
