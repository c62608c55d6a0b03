// What the readers of a scenario's parts share: the document, the problems found so far, the
// scenario as far as it is read. Private to sim/scenario.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <faultline/core/parameters.hpp>
#include <faultline/scenario/document.hpp>
#include <faultline/scenario/scenario.hpp>

namespace faultline {

/// A value and where it stands.
struct Located {
  const Json* value;
  std::string pointer;
};

ParameterValue to_parameter_value(const Json& json);
Json to_json(const ParameterValue& value);
/// "a list", "the text "abc"": what stands there, for messages.
std::string describe(const Json& json);

class Reading {
 public:
  Reading(const Document& document, const Catalog& catalog, std::string folder, Scenario& scenario);

  const Document& document;
  const Catalog& catalog;
  const std::string folder;
  Scenario& scenario;

  void problem(const std::string& pointer, std::string message);
  void problem_at_key(const std::string& object, const std::string& key, std::string message);
  std::vector<Problem> take_problems() { return std::move(problems_); }
  bool clean() const { return problems_.empty(); }
  std::size_t count() const { return problems_.size(); }

  /// Notes a value that the file leaves out, for the scenario as run.
  void fill(const std::string& pointer, const Json& value);

  /// Runs `read`; what it finds wrong (BadValue) becomes a problem at `pointer`.
  template <class Read>
  bool attempt(const std::string& pointer, Read read) {
    try {
      read();
      return true;
    } catch (const BadValue& error) {
      problem(pointer, error.what());
      return false;
    }
  }

  // Readers of single values; each reports what is wrong and then gives nothing.
  std::optional<std::string> text(const Located& at);
  std::optional<Duration> span(const Located& at);
  std::optional<double> quantity(const Located& at, Unit unit);
  /// A text, or a list of texts.
  std::vector<std::pair<std::string, std::string>> texts(const Located& at, const char* of_what);
  bool is_object(const Located& at, const char* what);

  /// Position of a region; reports an unknown one.
  std::optional<std::uint32_t> region(const std::string& name, const std::string& pointer);
  std::optional<std::uint32_t> service(const std::string& name, const std::string& pointer);
  /// The hosts that a place means: a region ("eu-west-1"), a zone ("eu-west-1/a"), a host
  /// ("eu-west-1/0") or a node's host ("store/2"). A region includes its clients' host if asked.
  std::vector<HostId> hosts(const std::string& place, const std::string& pointer,
                            bool with_clients);
  /// A node by name ("store/2"); nothing, and no problem, if no service is named so.
  std::optional<NodeRef> node(const std::string& name, const std::string& pointer);

 private:
  std::vector<Problem> problems_;
};

/// Reads an object key by key; what nobody asked for is an unknown key.
class ObjectReader {
 public:
  ObjectReader(Reading& reading, Located at);
  /// Reports the keys that were not taken.
  ~ObjectReader();
  ObjectReader(const ObjectReader&) = delete;
  ObjectReader& operator=(const ObjectReader&) = delete;

  /// Reads all parameters of `list` that are there into `settings`, and fills in the others.
  void table(const ParameterList& list, void* settings);
  /// The value of `key`, or nothing.
  std::optional<Located> take(const std::string& key);
  bool has(const std::string& key) const { return object_.contains(key); }
  const std::string& pointer() const { return at_.pointer; }
  /// Reads a child object with a table.
  template <class T>
  void child(const std::string& key, const ParameterTable<T>& list, T& settings) {
    known_.insert(key);
    if (const auto at = take(key)) {
      if (reading_.is_object(*at, "an object")) ObjectReader(reading_, *at).table(list, &settings);
    }
  }

 private:
  Reading& reading_;
  Located at_;
  const Json& object_;
  std::set<std::string> known_;
};

// The parts, in the order in which they depend on each other.
void read_topology(Reading& reading, ObjectReader& root);
void read_services(Reading& reading, ObjectReader& root);
void read_workloads(Reading& reading, ObjectReader& root);
void read_faults(Reading& reading, ObjectReader& root);
void read_expectations(Reading& reading, ObjectReader& root);

}  // namespace faultline
