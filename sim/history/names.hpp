// Numbers for what has a name elsewhere: the keys and values of a history that was not made here.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace faultline {

/// Numbers texts from 0 in order of their first appearance.
class Names {
 public:
  std::uint64_t number_of(const std::string& text) {
    const auto [place, fresh] = numbers_.try_emplace(text, names_.size());
    if (fresh) names_.push_back(text);
    return place->second;
  }
  const std::vector<std::string>& all() const { return names_; }

 private:
  std::unordered_map<std::string, std::uint64_t> numbers_;
  std::vector<std::string> names_;
};

}  // namespace faultline
