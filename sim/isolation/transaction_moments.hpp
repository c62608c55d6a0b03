// Transactions in the order of all calls and answers; see real_time.hpp.
#pragma once

#include <faultline/history/real_time.hpp>
#include <faultline/history/transaction.hpp>

namespace faultline {

inline Moment called(const Transaction& transaction) { return {transaction.invoked, 1}; }

/// `endless` unless the outcome is ok.
inline Moment answered(const Transaction& transaction) {
  if (transaction.outcome != Outcome::ok || transaction.completed == never) return endless;
  return {transaction.completed,
          static_cast<std::uint8_t>(transaction.completed > transaction.invoked ? 0 : 2)};
}

}  // namespace faultline
