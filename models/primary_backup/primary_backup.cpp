// Reads, and what lets the primary be sure of its answer; then the parameters.
#include <string>

#include <faultline/primary_backup/primary_backup.hpp>

namespace faultline::primary_backup {

using view_service::Query;

namespace {

view_service::Style style_of(const Parameters& parameters) {
  view_service::Style style;
  style.most_members = 2;
  style.acknowledges = view_service::End::first;
  style.answers = view_service::End::first;
  style.answers_at_once = parameters.flaw == Flaw::acknowledges_early;
  style.impatient = parameters.flaw == Flaw::impatient_views;
  style.joins_empty = parameters.flaw == Flaw::joins_empty;
  return style;
}

}  // namespace

PrimaryBackup::PrimaryBackup(Context& context, const Parameters& parameters, Durable& durable)
    : Replica(context, parameters, style_of(parameters), durable), parameters_(parameters) {}

/// At the node that the client asked.
Task<Response> PrimaryBackup::read(Request request) {
  if (view().empty()) co_return refuse(request, Error::unavailable);
  if (is_first()) co_return co_await read_as_primary(request);
  const auto answer = co_await call(endpoint_of(view().first()), Query(request), terms().timeout);
  co_return answer ? *answer : undecided(Error::timeout);
}

Task<Response> PrimaryBackup::on(EndpointId, Query query) {
  co_return co_await read_as_primary(query.request);
}

Task<Response> PrimaryBackup::read_as_primary(Request request) {
  co_await compute(terms().work);
  const bool sure = co_await sure_to_be_primary();
  co_return sure ? look_up(request, store().clean(request.key))
                 : refuse(request, Error::unavailable);
}

/// A primary that was replaced does not know it; its backup does.
Task<bool> PrimaryBackup::sure_to_be_primary() {
  if (!is_first() || !holds_data()) co_return false;
  if (acts_as_last() || lease_holds()) co_return true;
  if (parameters_.flaw == Flaw::reads_alone) co_return true;  // the flaw: whoever was, is
  const ViewNumber asked_in = view().number;
  const auto answer = co_await call(*successor(), Confirm{asked_in}, terms().timeout);
  co_return answer && answer->so&& asked_in == view().number;
}

Confirmed PrimaryBackup::on(EndpointId from, const Confirm& confirm) {
  return {confirm.view == view().number && predecessor() == from};
}

// ---- parameters ---------------------------------------------------------------------------------

const ParameterTable<Parameters>& PrimaryBackup::parameters() {
  using Lines = view_service::TermLines<Parameters>;
  static const ParameterTable<Parameters> table{
      Lines::view_service(),
      Lines::heartbeat(),
      Lines::dead_after(),
      Lines::lease("how long the primary may answer reads after the view service has answered it, "
                   "without asking its backup; by default 0s: every read asks"),
      Lines::clock_drift(),
      Lines::timeout(),
      Lines::work(),
      Lines::update_work(),
      Lines::durability(),
      Lines::catch_up_batch(),
  };
  return table;
}

void PrimaryBackup::settle(Parameters& parameters, const ServiceView& service, Settlement& out) {
  view_service::settle_terms(parameters, service, 2, out);
  if (!parameters.lease) parameters.lease = Duration{0};
  const std::size_t replicas = service.nodes.size() - 1;
  if (replicas > 2) {
    out.notes.push_back(std::to_string(replicas - 2) +
                        (replicas == 3 ? " node is idle" : " nodes are idle") +
                        " until the primary or the backup fails");
  }
}

}  // namespace faultline::primary_backup
