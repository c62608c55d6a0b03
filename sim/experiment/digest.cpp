#include <fmt/format.h>

// Inlined: no library is needed at run time.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <faultline/experiment/digest.hpp>

namespace faultline {

std::string digest_of(std::string_view content) {
  const XXH128_hash_t hash = XXH3_128bits(content.data(), content.size());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

std::string digest_of(const StreamDigests& streams) {
  std::string content;
  for (const auto& [name, state] : streams) content += fmt::format("{} {:016x}\n", name, state);
  return digest_of(content);
}

}  // namespace faultline
