#include <fmt/format.h>

#include <faultline/scenario/schema.hpp>
#include <faultline/scenario/tables.hpp>

namespace faultline {
namespace {

Json reference(const char* definition) { return {{"$ref", fmt::format("#/$defs/{}", definition)}}; }

Json described(Json schema, const std::string& sentence) {
  schema["description"] = sentence;
  return schema;
}

/// A text that is a quantity of this unit.
Json quantity(Unit unit) {
  std::string units;
  for (const std::string_view name : unit_names(unit)) {
    units += units.empty() ? "" : "|";
    units += name == "/s" || name == "/min" || name == "/h" ? "\\" + std::string(name) : name;
  }
  constexpr const char* number = R"([+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?)";
  return {{"type", "string"}, {"pattern", fmt::format("^ *{} *({}) *$", number, units)}};
}

void add_bounds(Json& schema, const ParameterInfo& info) {
  if (info.minimum) schema[info.above_minimum ? "exclusiveMinimum" : "minimum"] = *info.minimum;
  if (info.maximum) schema["maximum"] = *info.maximum;
}

Json number_of(const ParameterInfo& info) {
  if (info.unit != Unit::none && info.unit != Unit::fraction) return quantity(info.unit);
  Json number = {{"type", "number"}};
  add_bounds(number, info);
  if (info.unit == Unit::none) return number;
  return {{"anyOf", {number, quantity(info.unit)}}};
}

Json choice_of(const ParameterInfo& info, std::string& sentence) {
  Json names = Json::array();
  for (const auto& choice : info.choices) {
    names.push_back(choice.name);
    sentence += fmt::format("\n{}: {}", choice.name, choice.sentence);
  }
  return {{"enum", names}};
}

Json schema_of_parameter(const ParameterInfo& info) {
  Json schema;
  std::string sentence = info.sentence;
  switch (info.kind) {
    case ParameterKind::integer:
      schema = {{"type", "integer"}};
      add_bounds(schema, info);
      break;
    case ParameterKind::number:
      schema = number_of(info);
      break;
    case ParameterKind::duration:
      schema = reference("duration");
      break;
    case ParameterKind::boolean:
      schema = {{"type", "boolean"}};
      break;
    case ParameterKind::text:
      schema = {{"type", "string"}};
      break;
    case ParameterKind::choice:
      schema = choice_of(info, sentence);
      break;
    case ParameterKind::distribution:
      schema = reference(info.unit == Unit::none ? "plain_distribution" : "distribution");
      break;
  }
  schema = described(std::move(schema), sentence);
  std::visit(
      [&](const auto& value) {
        if constexpr (!std::is_same_v<std::decay_t<decltype(value)>, std::monostate>) {
          schema["default"] = value;
        }
      },
      info.default_value);
  return schema;
}

Json properties_of(const ParameterList& list) {
  Json properties = Json::object();
  for (const ParameterInfo& info : list.info()) properties[info.name] = schema_of_parameter(info);
  return properties;
}

/// An object with the parameters of `list` and further properties, and no others.
Json object_of(const ParameterList& list, Json more = Json::object(),
               Json required = Json::array()) {
  Json properties = properties_of(list);
  properties.update(more);
  Json schema = {{"type", "object"}, {"properties", properties}, {"additionalProperties", false}};
  if (!required.empty()) schema["required"] = required;
  return schema;
}

/// An object of named things.
Json by_name(Json thing, const std::string& sentence) {
  return {{"description", sentence},
          {"type", "object"},
          {"minProperties", 1},
          {"propertyNames", reference("name")},
          {"additionalProperties", std::move(thing)}};
}

Json distribution_object() {
  Json properties = Json::object();
  for (const DistributionFamily& family : distribution_families()) {
    Json arguments = Json::object();
    for (const std::string& name : family.arguments) arguments[name] = reference("amount");
    properties[family.name] = {{"type", "object"},
                               {"properties", arguments},
                               {"required", family.arguments},
                               {"additionalProperties", false}};
  }
  const Json text = {{"type", "string"}};
  properties["empirical"] = {{"type", "object"},
                             {"properties", {{"file", text}, {"column", text}}},
                             {"required", {"file"}},
                             {"additionalProperties", false}};
  const Json any = reference("plain_distribution");
  const Json part = {{"type", "object"},
                     {"properties", {{"weight", reference("amount")}, {"of", any}}},
                     {"required", {"weight", "of"}},
                     {"additionalProperties", false}};
  properties["mixture"] = {{"type", "array"}, {"minItems", 1}, {"items", part}};
  properties["sum"] = {{"type", "array"}, {"minItems", 1}, {"items", any}};
  return {{"type", "object"},
          {"properties", properties},
          {"additionalProperties", false},
          {"minProperties", 1},
          {"maxProperties", 1}};
}

Json definitions() {
  const Json name = {{"type", "string"},
                     {"minLength", 1},
                     {"maxLength", 100},
                     {"pattern", R"(^[^/@,"\\\u0000-\u001f]*$)"}};
  const Json texts = {{"type", "array"}, {"minItems", 1}, {"items", {{"type", "string"}}}};
  const Json text = {{"type", "string"}};
  const Json distribution = {{"anyOf", {text, reference("distribution_object"), {{"const", 0}}}},
                             {"examples", {"lognormal(0.25ms, 0.3)", "40ms + exponential(2ms)"}}};
  const Json plain = {{"anyOf", {{{"type", "number"}}, text, reference("distribution_object")}},
                      {"examples", {"uniform(1, 100)"}}};
  Json duration = {{"anyOf", {quantity(Unit::duration), {{"const", 0}}}}};
  duration["examples"] = {"200ms", "1.5s", "2min"};
  return {{"name", name},
          {"names", {{"anyOf", {text, texts}}}},
          {"duration", duration},
          {"amount", {{"type", {"number", "string"}}}},
          {"distribution", distribution},
          {"plain_distribution", plain},
          {"distribution_object", distribution_object()}};
}

Json host_schema() {
  return object_of(tables::host(),
                   {{"disk", object_of(tables::disk())}, {"clock", object_of(tables::clock())}});
}

Json topology_schema() {
  const Json count = {{"type", "integer"}, {"minimum", 0}};
  const Json host = described(host_schema(), "what the hosts are like");
  const Json region = {{"type", "object"},
                       {"properties",
                        {{"hosts", described(count, "how many hosts the region has")},
                         {"zones", by_name(count, "how many hosts each zone of the region has")},
                         {"host", host}}},
                       {"additionalProperties", false},
                       {"oneOf", {{{"required", {"hosts"}}}, {{"required", {"zones"}}}}}};
  const Json two_names = {
      {"type", "array"}, {"minItems", 2}, {"maxItems", 2}, {"items", {{"type", "string"}}}};
  const Json link = object_of(tables::path(), {{"between", two_names}}, {"between", "latency"});
  Json jitter = number_of({.name = "jitter",
                           .unit = Unit::fraction,
                           .sentence = "",
                           .default_value = 0.0,
                           .minimum = 0,
                           .maximum = 1,
                           .choices = {}});
  return {{"description", "where hosts stand and what lies between them"},
          {"type", "object"},
          {"properties",
           {{"regions", by_name({{"anyOf", {count, region}}},
                                "regions by name, each a number of hosts or an object")},
            {"links",
             {{"description", "between regions; those of public clouds need none"},
              {"type", "array"},
              {"items", link}}},
            {"host", host},
            {"within", described(object_of(tables::path()), "between hosts of one zone")},
            {"between_zones", described(object_of(tables::path()), "between zones of one region")},
            {"jitter", described(jitter, "sigma of the lognormal that measured latencies vary by")},
            {"platform",
             {{"type", "string"},
              {"description", "a SimGrid platform file, instead of regions and links"}}}}},
          {"additionalProperties", false},
          {"oneOf", {{{"required", {"regions"}}}, {{"required", {"platform"}}}}}};
}

/// A service: what all have, and by its model what that has declared.
Json service_schema(const Catalog& catalog) {
  Json models = Json::array();
  Json cases = Json::array();
  std::string sentences = "how the service behaves";
  for (const Model* model : catalog) {
    models.push_back(model->name());
    sentences += fmt::format("\n{}: {}", model->name(), model->summary());
    const Json is_this = {{"properties", {{"model", {{"const", model->name()}}}}},
                          {"required", {"model"}}};
    cases.push_back(
        {{"if", is_this}, {"then", {{"properties", properties_of(model->parameters())}}}});
  }
  Json schema = {
      {"type", "object"},
      {"required", {"model"}},
      {"properties",
       {{"model", {{"enum", models}, {"description", sentences}}},
        {"on", described(reference("names"),
                         "the regions, zones and hosts that the service is on; "
                         "all regions, if it does not say")},
        {"nodes",
         {{"type", "integer"}, {"minimum", 1}, {"description", "at most so many of these hosts"}}},
        {"upstream",
         {{"type", "string"}, {"description", "the service that this one stands in front of"}}}}}};
  if (!cases.empty()) schema["allOf"] = cases;
  schema["unevaluatedProperties"] = false;
  return schema;
}

Json arrivals_schema() {
  const Json rate = quantity(Unit::rate);
  return {{"description", "when clients ask"},
          {"type", "object"},
          {"properties",
           {{"poisson", described(rate, "independent arrivals at this rate")},
            {"constant", described(rate, "one arrival after the other, evenly")},
            {"bursts", object_of(tables::bursts())},
            {"diurnal", object_of(tables::diurnal())},
            {"trace", {{"type", "string"}, {"description", "a CSV file of recorded arrivals"}}},
            {"closed", object_of(tables::closed_loop())}}},
          {"additionalProperties", false},
          {"minProperties", 1},
          {"maxProperties", 1}};
}

Json keys_schema() {
  const Json exponent = {
      {"anyOf", {{{"type", "number"}, {"minimum", 0}, {"maximum", 10}}, {{"const", true}}}}};
  return object_of(tables::key_count(),
                   {{"uniform", {{"const", true}}},
                    {"zipfian", described(exponent, "few keys are asked for often")},
                    {"latest", described(exponent, "the newest keys are asked for most")},
                    {"hotspot", object_of(tables::hotspot())}});
}

Json workload_schema() {
  Json shares =
      by_name({{"anyOf", {{{"type", "number"}, {"minimum", 0}}, quantity(Unit::fraction)}}},
              "shares of the clients by region");
  const Json presets = {"ycsb-a", "ycsb-b", "ycsb-c", "ycsb-d", "ycsb-e", "ycsb-f",
                        "ycsb-A", "ycsb-B", "ycsb-C", "ycsb-D", "ycsb-E", "ycsb-F"};
  return object_of(
      tables::workload(),
      {{"preset", {{"enum", presets}, {"description", "mix, keys and sizes of a YCSB workload"}}},
       {"from",
        {{"description", "where the clients are: all regions, if it does not say"},
         {"anyOf", {reference("names"), shares}}}},
       {"arrivals", arrivals_schema()},
       {"keys", described(keys_schema(), "which keys are asked for")},
       {"mix", described(object_of(tables::mix()), "weights of the kinds of operations")},
       {"retry", described(object_of(tables::retry()), "what clients do when it fails")},
       {"start", described(reference("duration"), "when the clients begin")},
       {"stop", described(reference("duration"), "when they end; by default with the run")}});
}

/// A fault on hosts: names, or an object with the target and more.
Json strike(const ParameterList& list, bool bare_names) {
  Json object = object_of(list, {{"target", reference("names")}}, {"target"});
  return bare_names ? Json{{"anyOf", {reference("names"), object}}} : object;
}

Json fault_schema() {
  const ParameterTable<PauseFault> no_parameters{};
  const Json names = reference("names");
  const Json groups = {{"type", "array"}, {"minItems", 2}, {"items", names}};
  const Json between = {{"type", "array"}, {"minItems", 2}, {"maxItems", 2}, {"items", names}};
  const Json kinds = {
      {"crash", described(strike(tables::crash(), true), "processes or hosts die")},
      {"pause", described(strike(no_parameters, true), "processes stand still, then go on")},
      {"slow", described(strike(tables::slow(), false), "hosts compute more slowly")},
      {"partition", described(groups, "groups of places that cannot reach each other")},
      {"region_outage", described(names, "all hosts of regions die")},
      {"link", described(object_of(tables::link(), {{"between", between}}, {"between"}),
                         "paths between two places get worse")},
      {"clock", described(strike(tables::clock_fault(), false), "clocks jump or drift")},
      {"disk", described(strike(tables::disk_fault(), false), "disks get slow or lie")}};
  Json more = {{"at", described(reference("duration"), "when it begins")},
               {"until", described(reference("duration"), "when it stops coming back")},
               {"one_way",
                {{"type", "boolean"},
                 {"description",
                  "of a partition: the first group hears, but cannot "
                  "send"}}}};
  more.update(kinds);
  Json schema = object_of(tables::fault(), more);
  schema["oneOf"] = Json::array();
  for (const auto& [kind, of_kind] : kinds.items()) {
    schema["oneOf"].push_back({{"required", {kind}}});
  }
  return schema;
}

Json expectation_schema() {
  const Json text = {{"type", "string"}};
  const Json bound = {{"type", {"number", "string"}}};
  return {{"type", "object"},
          {"properties",
           {{"metric", described(text, "a path into result.json, such as latency.p99")},
            {"check", described(text, "a check of the history, such as linearizable")},
            {"of", described(text, "the workload or service")},
            {"phase", described(text, "the phase of the run; all, if it does not say")},
            {"below", described(bound, "what the metric must stay below")},
            {"above", described(bound, "what the metric must exceed")},
            {"versions", described({{"type", "integer"}, {"minimum", 0}},
                                   "of bounded_staleness: how many versions a read may miss")},
            {"within", described(text, "of bounded_staleness: for how long it may miss one")},
            {"verdict", {{"enum", {"valid", "invalid", "unknown"}}, {"default", "valid"}}}}},
          {"additionalProperties", false},
          {"oneOf", {{{"required", {"metric"}}}, {{"required", {"check"}}}}}};
}

Json sweep_schema() {
  const Json values = {{"anyOf",
                        {{{"type", "array"}, {"minItems", 1}, {"uniqueItems", true}},
                         {{"type", "string"}, {"pattern", "[.][.]"}}}}};
  const Json axes = {{"type", "object"},
                     {"minProperties", 1},
                     {"propertyNames", {{"pattern", "^/"}}},
                     {"additionalProperties",
                      described(values, "a list, or a range such as \"10ms..100ms step 10ms\"")}};
  return described(
      object_of(tables::sweep(),
                {{"vary", described(axes, "the values of each parameter, by JSON pointer")}},
                {"vary"}),
      "what `faultline sweep` varies; one run heeds it not");
}

Json warmup_schema() {
  return {{"description", "metrics begin only after this span; \"detect\" finds it (MSER-5)"},
          {"anyOf", {reference("duration"), {{"const", "detect"}}}},
          {"default", "0s"}};
}

Json list_of(Json item, const char* sentence) {
  return {{"description", sentence}, {"type", "array"}, {"items", std::move(item)}};
}

}  // namespace

Json schema_of(const Catalog& catalog) {
  const Json text = {{"type", "string"}};
  Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                 {"title", "faultline scenario"}};
  schema.update(object_of(
      tables::scenario(),
      {{"$schema", described(text, "where editors find this schema")},
       {"folder", described(text, "what paths in this file are relative to, if not to its folder")},
       {"warmup", warmup_schema()},
       {"network", described(object_of(tables::network()), "how messages are simulated")},
       {"topology", topology_schema()},
       {"services", by_name(service_schema(catalog), "models deployed on hosts, by name")},
       {"workloads", by_name(workload_schema(), "populations of clients, by name")},
       {"faults", list_of(fault_schema(), "dated changes for the worse")},
       {"expect", list_of(expectation_schema(), "what a run must show")},
       {"sweep", sweep_schema()}},
      {"topology", "services", "workloads"}));
  schema["$defs"] = definitions();
  return schema;
}

}  // namespace faultline
