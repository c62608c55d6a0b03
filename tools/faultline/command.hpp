// Other programs: whether they are there, and what they say.
#pragma once

#include <string>
#include <vector>

namespace faultline {

/// How a program has ended and all it said, on both of its outputs.
struct CommandResult {
  int status = 0;  ///< 127 if it cannot be started
  std::string said;
};

/// Waits for it; there is nothing on its standard input. `most_seconds` bounds that (status 124).
CommandResult call_command(const std::vector<std::string>& words, int most_seconds);

/// Whether the PATH has a program.
bool has_command(const std::string& name);

/// A text as one word of a shell.
std::string quoted_for_shell(const std::string& text);

/// The words of an option that is passed on, quoted as in a shell. Throws BadInput.
std::vector<std::string> words_of_option(const std::string& option, const std::string& text);

/// Becomes the program. Returns only if it cannot be started.
void become_command(std::vector<std::string> words);

}  // namespace faultline
