#include <algorithm>
#include <cmath>
#include <numeric>

#include <faultline/workload/sessions.hpp>

namespace faultline {
namespace {

/// How many of `count` each share gets: the whole part of its quota, and one more for the largest
/// remainders until all are dealt.
std::vector<std::uint32_t> by_largest_remainder(
    std::uint32_t count, std::span<const std::pair<std::uint32_t, double>> shares) {
  double sum = 0;
  for (const auto& [region, share] : shares) sum += share;
  std::vector<std::uint32_t> dealt;
  std::vector<double> remainders;
  for (const auto& [region, share] : shares) {
    const double quota = sum > 0 ? share / sum * count : 0;
    dealt.push_back(static_cast<std::uint32_t>(quota));
    remainders.push_back(quota - std::floor(quota));
  }
  std::uint32_t left = count - std::min(count, std::accumulate(dealt.begin(), dealt.end(), 0U));
  for (; left > 0; --left) {
    const auto largest = std::max_element(remainders.begin(), remainders.end());
    ++dealt[static_cast<std::size_t>(largest - remainders.begin())];
    *largest -= 1;
  }
  return dealt;
}

}  // namespace

std::vector<std::uint32_t> deal_sessions(std::uint32_t count,
                                         std::span<const std::pair<std::uint32_t, double>> shares) {
  if (shares.empty()) return std::vector<std::uint32_t>(count, 0);
  const std::vector<std::uint32_t> quotas = by_largest_remainder(count, shares);
  std::vector<std::uint32_t> given(shares.size(), 0);
  std::vector<std::uint32_t> regions;
  for (std::uint32_t session = 0; session < count; ++session) {
    // To whom lags most behind its quota of the sessions dealt so far.
    std::size_t chosen = 0;
    double most_behind = -1;
    for (std::size_t i = 0; i < shares.size(); ++i) {
      const double due = static_cast<double>(quotas[i]) * (session + 1) / count;
      if (given[i] < quotas[i] && due - given[i] > most_behind) {
        most_behind = due - given[i];
        chosen = i;
      }
    }
    ++given[chosen];
    regions.push_back(shares[chosen].first);
  }
  return regions;
}

SessionPool::SessionPool(std::span<const std::uint32_t> clients, std::uint32_t client_count,
                         std::uint32_t most, SessionNumbers& numbers)
    : idle_(client_count),
      own_(clients.size()),
      most_(std::max<std::size_t>(most, clients.size())),
      numbers_(numbers) {
  sessions_.reserve(own_);
  for (const std::uint32_t client : clients) {
    sessions_.push_back({numbers_.next++, client, 0, false, true});
  }
}

std::size_t SessionPool::next_turn() {
  const std::size_t session = turn_;
  turn_ = turn_ + 1 == own_ ? 0 : turn_ + 1;
  return session;
}

std::optional<std::size_t> SessionPool::occupy(std::size_t home) {
  const std::uint32_t client = sessions_[home].client;
  std::size_t session = home;
  if (sessions_[home].busy) {
    auto& idle = idle_[client];
    if (!idle.empty()) {
      session = idle.back();
      idle.pop_back();
    } else if (sessions_.size() < most_) {
      session = sessions_.size();
      sessions_.push_back({numbers_.next++, client, 0, false, false});
    } else {
      return std::nullopt;
    }
  }
  sessions_[session].busy = true;
  return session;
}

void SessionPool::release(std::size_t session) {
  sessions_[session].busy = false;
  if (!sessions_[session].own) idle_[sessions_[session].client].push_back(session);
}

}  // namespace faultline
