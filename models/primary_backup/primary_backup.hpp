// Primary and backup: one node serves, another one knows all that it knows, and a view service says
// which is which (Alsberg and Day, "A principle for resilient sharing of distributed resources",
// ICSE 1976; Budhiraja, Marzullo, Schneider and Toueg, "The primary-backup approach", in Mullender,
// "Distributed Systems", 1993; as it is taught at MIT, 6.824, laboratory 2).
//
//      request            update
//     -------->  primary  ------->  backup
//     <--------           <-------
//      response           committed
//
// The primary does nothing alone. A write is done when the backup has it as well. A read changes
// nothing, and yet the primary asks its backup before it answers: "am I still the primary?" Another
// view may have begun of which it has not heard. If so, its former backup has heard of it, for it
// is the new primary; it refuses, and an old primary's clients get no answer rather than an old
// one. With two nodes, one of them is enough to stop the other: no majority is needed, no clock,
// and no lease. (With a `lease` from the view service the primary need not ask, as long as clocks
// are as good as the bound that they are given.)
//
// What the view service must not do is to name a primary without the data. So
//
// 1. the next primary is the backup of the last view that was acknowledged, or the primary itself;
// 2. a primary acknowledges a view when its backup has all the data; before that the view service
//    does not replace it, even if it seems to be dead;
// 3. a new backup gets all the data first. Until it has, the primary answers alone: nobody can
//    follow it in that time (rule 2).
//
// The price is in rule 2: a primary that dies while its new backup is being filled stops the
// service until it returns. Nothing else is safe, for nobody else has the data.
//
// A third node may be idle, and becomes the backup when one is missing. The view service is a node
// of its own; when it dies, primary and backup go on, and the next failure stops the service. Chain
// replication is this with more than one backup, one behind the other, and reads moved to the last.
//
// Where to find it: ../view_service/view_service.hpp who belongs, replica.hpp and line.hpp there
// how updates reach the backup and how a new one gets the data; here the reads.
#pragma once

#include <string_view>
#include <vector>

#include <faultline/view_service/replica.hpp>

namespace faultline::primary_backup {

using view_service::ViewNumber;

/// Broken on purpose, for tests: see flaws_test.cpp. Not a parameter.
enum class Flaw : std::uint8_t {
  none,
  reads_alone,         ///< the primary does not ask its backup about reads
  acknowledges_early,  ///< a write is "done" when the primary has it
  impatient_views,     ///< the view changes before the primary has acknowledged it
  joins_empty,         ///< a new backup does not get the data
};

/// See parameters() for meanings, ranges and defaults in words.
struct Parameters : view_service::Terms {
  Flaw flaw = Flaw::none;
};

/// The primary asks its backup whether it is the primary.
struct Confirmed {
  static constexpr std::string_view name = "confirmed";
  bool so = false;
  bool accepted() const { return so; }
};
struct Confirm {
  static constexpr std::string_view name = "confirm";
  using Reply = Confirmed;
  ViewNumber view = 0;
};

class PrimaryBackup : public view_service::Replica<PrimaryBackup> {
 public:
  using Base = view_service::Replica<PrimaryBackup>;
  using Parameters = primary_backup::Parameters;
  using Durable = view_service::Durable;
  static constexpr std::string_view name = "primary_backup";
  static constexpr std::string_view summary =
      "A primary does nothing without its backup, and a view service says who they are.";

  static const ParameterTable<Parameters>& parameters();
  static void settle(Parameters& parameters, const ServiceView& service, Settlement& out);
  static Claims claims(const Parameters&, const ServiceView&) { return Claims{}; }
  static Contact contact(const Parameters&) { return Contact::nearest; }
  static std::vector<EndpointId> replica_nodes(const Parameters& parameters,
                                               const ServiceView& service, Key) {
    return view_service::replicas_of(parameters, service);
  }

  /// `parameters` must be settled.
  PrimaryBackup(Context& context, const Parameters& parameters, Durable& durable);

  using Base::on;
  Task<Response> on(EndpointId from, view_service::Query query);
  Confirmed on(EndpointId from, const Confirm& confirm);

 protected:
  Task<Response> read(Request request) override;

 private:
  Task<Response> read_as_primary(Request request);
  Task<bool> sure_to_be_primary();

  const Parameters& parameters_;
};

}  // namespace faultline::primary_backup
