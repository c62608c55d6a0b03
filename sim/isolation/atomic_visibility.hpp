// Transactions that saw part of another transaction and missed the rest.
#pragma once

#include <cstdint>

#include <faultline/isolation/cycles.hpp>
#include <faultline/isolation/isolation_findings.hpp>
#include <faultline/isolation/transaction_versions.hpp>

namespace faultline::isolation {

/// Reports fractured reads: a transaction read what another wrote to one key, and of another key a
/// version older than what the same one wrote there; and among them transactions that vanish: the
/// older version was read after the other. Only within `components` can there be any, since the two
/// form a cycle. Returns false if `bound` steps through versions did not suffice.
bool find_fractured_reads(const TransactionHistory& history, const Observations& observations,
                          const std::vector<std::uint32_t>& components, std::uint64_t bound,
                          Findings& findings);

}  // namespace faultline::isolation
