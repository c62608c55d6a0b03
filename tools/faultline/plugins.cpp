#include "plugins.hpp"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <typeinfo>

#include <dlfcn.h>
#include <fmt/format.h>
#include <link.h>

#include <faultline/models/catalog.hpp>
#include <faultline/plugin/plugin.hpp>

#include "refuse.hpp"

namespace faultline {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t most_bytes = std::uintmax_t{1} << 30U;

std::string read_file(const std::string& path) {
  std::error_code error;
  if (!fs::exists(path, error)) refuse(path, "there is no such plug-in");
  if (!fs::is_regular_file(path, error)) refuse(path, "is no file (name a plug-in's .so)");
  if (fs::file_size(path, error) > most_bytes) refuse(path, "is no plug-in (more than 1 GiB)");
  std::ifstream in(path, std::ios::binary);
  std::string content(fs::file_size(path, error), '\0');
  if (error || !in.read(content.data(), static_cast<std::streamsize>(content.size()))) {
    refuse(path, "cannot be read (may you read it?)");
  }
  return content;
}

/// The stamp in a file's content; empty if there is none.
std::string find_stamp(const std::string& content) {
  const std::size_t begin = content.find(FAULTLINE_STAMP_MARK);
  if (begin == std::string::npos) return "";
  return content.substr(begin, content.find('\0', begin) - begin);
}

std::map<std::string, std::string> parts_of(const std::string& stamp) {
  std::map<std::string, std::string> parts;
  std::istringstream lines(stamp);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t colon = line.find(": ");
    if (colon != std::string::npos) parts[line.substr(0, colon)] = line.substr(colon + 2);
  }
  return parts;
}

/// In what a stamp is another than the program's: "interface 2 (here 1), headers ...".
std::string difference(const std::string& stamp) {
  const auto theirs = parts_of(stamp);
  std::string text;
  for (const auto& [name, here] : parts_of(FAULTLINE_PLUGIN_STAMP)) {
    const auto there = theirs.find(name);
    const std::string value = there == theirs.end() ? "unknown" : there->second;
    if (value == here) continue;
    text += fmt::format("{}{} {} (here {})", text.empty() ? "" : ", ", name, value, here);
  }
  return text.empty() ? "more is said of how it was made than is known here" : text;
}

/// Whether a library's content ends before its last part, the table of its sections, does. To load
/// one that was cut short (a copy that broke off) may end by a signal.
bool cut_short(const std::string& content) {
  ElfW(Ehdr) head{};
  if (content.size() < sizeof head) return true;
  std::memcpy(&head, content.data(), sizeof head);
  return head.e_shoff + std::uint64_t{head.e_shentsize} * head.e_shnum > content.size();
}

void check_stamp(const std::string& path) {
  const std::string content = read_file(path);
  const std::string stamp = find_stamp(content);
  if (stamp.empty()) {
    refuse(path, "is no plug-in of faultline (it has no FAULTLINE_PLUGIN in it)");
  }
  if (stamp != FAULTLINE_PLUGIN_STAMP) {
    refuse(path, fmt::format("was built for another faultline: {} (build it again with the package "
                             "of this one)",
                             difference(stamp)));
  }
  if (cut_short(content)) refuse(path, "is cut short (copy or build it again)");
}

/// Where the library or program begins that an address belongs to.
const void* home_of(const void* address) {
  Dl_info info{};
  return dladdr(address, &info) != 0 ? info.dli_fbase : nullptr;
}

void check_model(const std::string& path, const Model& added, const void* home) {
  const std::string name(added.name());
  const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto may_follow = [&](char c) { return is_lower(c) || (c >= '0' && c <= '9') || c == '_'; };
  if (name.empty() || !is_lower(name[0]) || !std::all_of(name.begin(), name.end(), may_follow)) {
    refuse(path, fmt::format("brings a model \"{}\" (a name is a small letter, then small letters, "
                             "digits and _)",
                             name));
  }
  // First the class: of one that the program has, the name would be the program's, too.
  if (home_of(&typeid(added)) != home) {
    refuse(path, fmt::format("brings a model \"{}\" whose class is there already, by namespace and "
                             "name (give it a namespace of its own)",
                             name));
  }
  const Catalog& known = catalog();
  if (std::any_of(known.begin(), known.end(), [&](auto* each) { return each->name() == name; })) {
    refuse(path,
           fmt::format("brings a model \"{}\", which there is already (name it otherwise)", name));
  }
}

std::set<fs::path>& loaded_files() {
  static std::set<fs::path> files;
  return files;
}

void load(const std::string& path) {
  check_stamp(path);
  const fs::path file = fs::canonical(path);
  if (!loaded_files().insert(file).second) return;
  // For as long as the program lives: its models are in use until the end.
  void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) refuse(path, fmt::format("cannot be loaded: {}", dlerror()));
  using Entry = const Plugin* (*)();
  const auto entry = reinterpret_cast<Entry>(dlsym(library, "faultline_plugin"));
  if (entry == nullptr) {
    refuse(path, "is no plug-in of faultline (FAULTLINE_PLUGIN in it is hidden)");
  }
  const void* home = home_of(reinterpret_cast<const void*>(entry));
  for (const Model* added : entry()->models) {
    check_model(path, *added, home);
    add_to_catalog(*added);
  }
}

}  // namespace

void add_plugin_option(CLI::App& command, std::vector<std::string>& plugins) {
  command
      .add_option("--plugin", plugins,
                  "adds the models of a shared library (as often as there are some)")
      ->type_name("FILE")
      ->allow_extra_args(false);
}

void load_plugins(const std::vector<std::string>& paths) {
  std::vector<Problem> problems;
  for (const std::string& path : paths) {
    try {
      load(path);
    } catch (const BadInput& error) {
      problems.insert(problems.end(), error.problems().begin(), error.problems().end());
    }
  }
  if (!problems.empty()) throw BadInput(std::move(problems));
}

std::vector<std::string> loaded_plugins() { return {loaded_files().begin(), loaded_files().end()}; }

}  // namespace faultline
