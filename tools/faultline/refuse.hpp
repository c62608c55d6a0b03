// Bad input with nothing in a file to point at: an option, or a file as a whole.
#pragma once

#include <string>

#include <faultline/scenario/document.hpp>

namespace faultline {

/// Throws BadInput: `place` is the option or the file, `what` is wrong with it (what to do).
[[noreturn]] inline void refuse(const std::string& place, const std::string& what) {
  throw BadInput({Problem{place, 0, 0, "", what}});
}

}  // namespace faultline
