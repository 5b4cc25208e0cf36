// Dropout: in training every unit of every sample is kept with probability 1 − rate and scaled by 1/(1 − rate).
#pragma once

#include <string_view>

#include "base/random.hpp"
#include "retrograd/operator.hpp"

namespace retrograd::ops {

/// x [N, F] -> [N, F]; the identity in prediction. The mask is a function of the key alone: unit u of the batch's
/// sample n (key.first_row is that of row 0) is kept if uniform01(w) >= rate, where w is word u mod 4 of
///   philox(key.seed, Purpose::dropout, key.step·65536 + key.equation, n, u/4),   key.equation < 65536.
/// `rate` is the attribute times key.strength, which a schedule may lower from step to step.
/// `saved` keeps the mask, one bit an element; it may be null when no gradient is asked for.
struct Dropout {
  static constexpr std::string_view kInputs[] = {"x"};
  static constexpr AttributeSpec kAttributes[] = {{"rate", 0.5, 0.0, 0.999, "probability that a unit is dropped"}};
  static constexpr OperatorInfo info = {
      .name = "dropout",
      .doc = "Sets random units to zero in training, so that no unit relies on another; does nothing in prediction.",
      .kind = Kind::dropout,
      .input_names = kInputs,
      .output_name = "a_drop",
      .attributes = kAttributes,
      .forward_ulp = 2,
      .backward_ulp = 2,
      .source = "Srivastava et al., Dropout, JMLR 15 (2014), sec. 4, scaled in training (inverted)",
  };
  /// An element is kept if the top 24 bits of its word are at least this: the whole numbers k with k/2^24 >= rate.
  static uint32_t threshold(double rate);
  /// out[4·i + w] = word w of philox(seed, purpose, a, b + i, c) for i = 0 … 7, by the kernel's code, for its test.
  static void philox_words(uint64_t seed, Purpose purpose, uint64_t a, uint32_t b, uint32_t c, uint32_t* out);
  static Shapes shape(const Signature& s);
  static Formula formula(const Signature& s);
  static void forward(const Call& c, Span panels);
  static void backward(const Call& c, Span panels);
  static void reference_forward(const Reference<float>& r);
  static void reference_forward(const Reference<double>& r);
  static void reference_backward(const Reference<float>& r);
  static void reference_backward(const Reference<double>& r);
  static std::string to_onnx(OnnxWriter& writer, const OnnxUse& use);
};

}  // namespace retrograd::ops
