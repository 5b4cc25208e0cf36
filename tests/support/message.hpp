// What a refusal says.
#pragma once

#include <string>

#include "retrograd/error.hpp"

namespace retrograd::support {

/// The message of the Error that f() throws, or "(accepted)".
template <class F>
std::string message_of(const F& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "(accepted)";
}

}  // namespace retrograd::support
