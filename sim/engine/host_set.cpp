#include <faultline/engine/network.hpp>

namespace faultline {

HostSet::HostSet(std::size_t hosts, std::span<const HostId> members) : bits_((hosts + 63) / 64) {
  for (const HostId host : members) {
    bits_[index_of(host) / 64] |= std::uint64_t{1} << (index_of(host) % 64);
  }
}

}  // namespace faultline
