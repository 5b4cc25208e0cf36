// Operators from outside that are wrong on purpose, each in one way, for a checker that must notice.
#pragma once

namespace retrograd::explain_test {

/// Registers test_right (tanh) and copies of it with one fault each: test_factor, test_sign, test_upstream,
/// test_one_feature, test_tenth_of_a_percent and test_nan in every form of backward; test_kernel_tail in the kernel
/// alone. May be called again.
void register_wrong_operators();

}  // namespace retrograd::explain_test
