// What the readers of a scenario's parts share: the document, the problems found so far, the
// scenario as far as it is read. Private to sim/scenario.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
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

Json to_json(const ParameterValue& value);
/// "an object", "a list", or the value itself, cut short: what stands there, for messages.
std::string describe(const Json& json);

class Reading {
 public:
  Reading(const Document& document, const Catalog& catalog, std::string folder, Scenario& scenario);

  const Document& document;
  const Catalog& catalog;
  std::string folder;
  Scenario& scenario;

  void problem(const std::string& pointer, std::string message,
               std::optional<std::size_t> offset = std::nullopt);
  void problem_at_key(const std::string& object, const std::string& key, std::string message);
  /// The problems in order of place; the last says how many more there are than are listed.
  std::vector<Problem> take_problems();
  bool clean() const { return count_ == 0; }
  std::size_t count() const { return count_; }
  /// "did you mean ...", "known: ..." for a message.
  std::string hint(std::string_view word, std::span<const std::string> candidates) const;

  /// Notes a value that the file leaves out, for the scenario as run. A pointer that ends in "/-"
  /// adds to a list.
  void fill(std::string pointer, Json value) {
    fills_.emplace_back(std::move(pointer), std::move(value));
  }
  /// The scenario as run needs to know where its files are: notes that it has any.
  void note_file() { uses_files_ = true; }
  /// A path of the scenario, as seen from here.
  std::string path_of(const std::string& name);
  /// The pointers of all that stands in the file or has been filled in so far.
  std::vector<std::string> known_pointers() const;
  /// Writes the scenario as run. Precondition: clean().
  void finish();

  /// Runs `read`; what it finds wrong (BadValue) becomes a problem at `pointer`.
  template <class Read>
  bool attempt(const std::string& pointer, Read read) {
    try {
      read();
      return true;
    } catch (const BadValue& error) {
      problem(pointer, error.what(), error.offset());
      return false;
    }
  }

  /// Reads one parameter of `list` into `settings`; false if it cannot be.
  bool assign(const ParameterList& list, void* settings, const ParameterInfo& info,
              const Located& at);

  // Readers of single values; each reports what is wrong and then gives nothing.
  std::optional<std::string> text(const Located& at);
  std::optional<bool> boolean(const Located& at);
  std::optional<Duration> span(const Located& at);
  std::optional<double> number(const Located& at, Unit unit, std::optional<double> minimum = {},
                               std::optional<double> maximum = {});
  std::optional<std::size_t> whole_number(const Located& at, std::size_t minimum,
                                          std::size_t maximum);
  /// A text, or a list of texts, each with its pointer.
  std::vector<std::pair<std::string, std::string>> texts(const Located& at, const char* of_what);
  bool is_object(const Located& at, const char* what);
  bool is_list(const Located& at, const char* what);
  /// A name that may stand in file names, tables and "NAME/number".
  void check_name(const char* whose, const std::string& name, const std::string& object);

  /// Part of the topology could not be read, which has been said: nobody is blamed for naming what
  /// may stand in it.
  bool hosts_in_doubt = false;
  /// Looks up everything by name from now on. Call when the topology is complete.
  void index_places();
  /// The regions that have hosts, clients' apart.
  std::vector<std::string> regions_with_hosts() const;
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
  std::optional<std::vector<HostId>> find_hosts(const std::string& place, bool with_clients) const;

  std::vector<Problem> problems_;
  std::size_t count_;
  std::vector<std::pair<std::string, Json>> fills_;
  bool uses_files_ = false;
  std::size_t named_hosts_ = 0;
  // The index of places; hosts without those of clients.
  std::unordered_map<std::string, std::uint32_t> regions_;
  std::unordered_map<std::string, std::uint32_t> zones_;
  std::unordered_map<std::string, std::uint32_t> hosts_;
  std::vector<std::vector<HostId>> hosts_of_region_;
  std::vector<std::vector<HostId>> hosts_of_zone_;
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
  /// The pointer of a member.
  std::string at(std::string_view key) const { return pointer_to(at_.pointer, key); }
  /// Reads a child object with a table, or fills it in.
  void child(const std::string& key, const ParameterList& list, void* settings);

 private:
  Reading& reading_;
  Located at_;
  const Json& object_;
  std::set<std::string> known_;
};

/// All that `list` has to say of `settings`, as it would be written in a file.
Json written(const ParameterList& list, const void* settings);

// The parts, in the order in which they depend on each other.
void read_topology(Reading& reading, ObjectReader& root);
void read_services(Reading& reading, ObjectReader& root);
void read_workloads(Reading& reading, ObjectReader& root);
void read_faults(Reading& reading, ObjectReader& root);
void read_expectations(Reading& reading, ObjectReader& root);
void read_sweep(Reading& reading, ObjectReader& root);

}  // namespace faultline
