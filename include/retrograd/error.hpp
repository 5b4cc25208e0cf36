// The one error type of the library. It never prints and never exits: it throws.
#pragma once

#include <stdexcept>
#include <string>

namespace retrograd {

/// What the library throws for every refusal: bad data, a bad description, an impossible option, a failed read or
/// write. The message names the place (file, line, column or layer), what was found, what was expected, and the fix.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message) : std::runtime_error(message) {}
};

}  // namespace retrograd
