#include "command.hpp"

#include <array>
#include <cstdio>
#include <stdexcept>

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wordexp.h>

#include "refuse.hpp"

namespace faultline {

CommandResult call_command(const std::vector<std::string>& words, int most_seconds) {
  std::string line = fmt::format("timeout {}", most_seconds);
  for (const std::string& word : words) line += " " + quoted_for_shell(word);
  line += " 2>&1 < /dev/null";
  FILE* pipe = popen(line.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot start " + words.front());
  CommandResult result;
  std::array<char, 4096> part{};
  while (const std::size_t length = std::fread(part.data(), 1, part.size(), pipe)) {
    result.said.append(part.data(), length);
  }
  const int status = pclose(pipe);
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  while (!result.said.empty() && result.said.back() == '\n') result.said.pop_back();
  return result;
}

bool has_command(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::string rest = path == nullptr ? "" : path;
  while (!rest.empty()) {
    const std::size_t colon = rest.find(':');
    if (access((rest.substr(0, colon) + "/" + name).c_str(), X_OK) == 0) return true;
    rest = colon == std::string::npos ? "" : rest.substr(colon + 1);
  }
  return false;
}

std::string quoted_for_shell(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::vector<std::string> words_of_option(const std::string& option, const std::string& text) {
  wordexp_t parts{};
  if (wordexp(text.c_str(), &parts, WRDE_NOCMD) != 0) {
    refuse(option + " " + text, "is no list of words (quote it as in a shell)");
  }
  std::vector<std::string> words(parts.we_wordv, parts.we_wordv + parts.we_wordc);
  wordfree(&parts);
  return words;
}

void become_command(std::vector<std::string> words) {
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  execvp(argv.front(), argv.data());
}

}  // namespace faultline
