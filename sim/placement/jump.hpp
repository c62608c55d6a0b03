// Jump consistent hash (Lamping and Veach, "A fast, minimal memory, consistent hash algorithm",
// arXiv:1406.2294, 2014). When a bucket b is added to b others, each key must move to it with
// probability 1/(b+1), else stay. The hash decides so by a sequence of random numbers that the key
// itself begins, and jumps from each bucket that the key would move to straight to the next one;
// that takes about ln n jumps and no memory.
//
// Its buckets are numbered 0 .. n-1, and only the last can leave: if another one does, the last
// takes its number, so that nearly two buckets' keys move where one's would suffice.
#pragma once

#include <faultline/placement/partitioner.hpp>

namespace faultline {

/// The paper's function, and the jumps it took. Precondition: buckets > 0.
Lookup jump_hash(std::uint64_t key, std::uint32_t buckets);

class Jump final : public Partitioner {
 public:
  explicit Jump(std::vector<Bucket> buckets)
      : Partitioner(std::move(buckets)),
        numbered_(this->buckets().begin(), this->buckets().end()) {}
  std::unique_ptr<Partitioner> clone() const override { return std::make_unique<Jump>(*this); }

  Lookup find(std::uint64_t key) const override;
  std::size_t bytes() const override { return numbered_.size() * sizeof(Bucket); }

 private:
  void joined(Bucket bucket) override { numbered_.push_back(bucket); }
  void left(Bucket bucket) override;

  std::vector<Bucket> numbered_;  ///< as the hash numbers them
};

}  // namespace faultline
