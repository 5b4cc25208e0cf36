// Which vector instructions the kernels use: chosen at run time, the widest that the machine has.
// The choice changes speed and never a bit of any result.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace retrograd {

/// Names of the compiled targets that this machine can run, narrowest first: "avx2", "avx512".
std::vector<std::string> simd_targets();

/// Uses the named target from now on; "auto" restores the widest. Not to be called while kernels run on other threads.
/// Throws Error naming the available targets if `name` is not one of them, or if the environment variable
/// RETROGRAD_SIMD, which sets the target at program start, was not.
void force_simd(std::string_view name);

/// Name of the target in use. Throws Error if the environment variable RETROGRAD_SIMD is not an available target.
std::string simd_name();

}  // namespace retrograd
