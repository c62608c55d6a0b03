#include <faultline/gossip/table.hpp>

namespace faultline::gossip {

Comparison compare(const Records& here, const Records& there, bool versions) {
  Comparison comparison;
  auto mine = here.begin();
  auto theirs = there.begin();
  while (mine != here.end() || theirs != there.end()) {
    if (theirs == there.end() || (mine != here.end() && mine->key < theirs->key)) {
      comparison.newer_here.push_back(*mine++);
    } else if (mine == here.end() || theirs->key < mine->key) {
      comparison.newer_there.push_back(theirs++->key);
    } else {
      if (versions && theirs->version < mine->version) comparison.newer_here.push_back(*mine);
      if (versions && mine->version < theirs->version) comparison.newer_there.push_back(mine->key);
      ++mine;
      ++theirs;
    }
  }
  return comparison;
}

}  // namespace faultline::gossip
