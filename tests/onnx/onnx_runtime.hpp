// ONNX Runtime in tests: skipped, and said so, where it is not installed.
#pragma once

#include <gtest/gtest.h>

#include "onnx/parity/runtime.hpp"

namespace retrograd {

/// Where ./dev installs onnxruntime-node.
inline const char* onnxruntime_folder() { return RETROGRAD_ONNXRUNTIME; }

/// Why ONNX Runtime cannot be used; empty: it can.
inline const std::string& onnxruntime_missing() {
  static const std::string missing = runtime::run({}, onnxruntime_folder()).missing;
  return missing;
}

#define SKIP_WITHOUT_ONNXRUNTIME() \
  if (!onnxruntime_missing().empty()) GTEST_SKIP() << onnxruntime_missing() << "; ./dev test installs it"

}  // namespace retrograd
