// periodic: an embedding of every number by trained waves, mixed linearly:
//   y_(i·M + m) = d_(i·M + m) + Σ_k V_(k, i·M + m)·cos(2π·w_ki·x_i + c_ki),   k = 0 … K − 1
// A network of it can follow a target that jumps within a small part of a number's range.
#pragma once

#include <string_view>

#include "retrograd/operator.hpp"

namespace retrograd::ops {

/// x [N, F] -> [N, F·M], feature-major; K waves a feature. Trained: frequencies w [K, F] ~ N(0, sigma²), phases
/// c [K, F] ~ U(−π, π), V [K, F·M] and d [1, F·M] ~ U(−1/√K, 1/√K); none decays. Where |2π·w·x + c| is above 39,000 the
/// result is NaN (math/math-inl.hpp). With g_ki = −sin(2π·w_ki·x_i + c_ki)·Σ_m V·dy:
///   dV = Σ_n cos·dy,  dd = Σ_n dy,  dc = Σ_n g,  dw = 2π·Σ_n g·x,  dx_i = Σ_k 2π·w_ki·g_ki
/// Sums over samples follow the lane rule (ops/lane_sum.hpp). `saved` holds the cosines and the sines.
struct Periodic {
  static constexpr std::string_view kInputs[] = {"x"};
  static constexpr AttributeSpec kAttributes[] = {
      {"frequencies", 16, 2, 4096, "waves of a feature, K"},
      {"outputs", 3, 1, 4096, "outputs of a feature, M"},
      {"sigma", 0.1, 1e-6, 1e3, "standard deviation of the first frequencies"}};
  static constexpr OperatorInfo info = {
      .name = "periodic",
      .doc = "Embeds every number by trained waves, so that what follows can tell nearby values apart.",
      .kind = Kind::preprocess,
      .input_names = kInputs,
      .output_name = "e",
      .attributes = kAttributes,
      .forward_ulp = 64,    // twice what is found of 64 waves of numbers up to 3: the rounding of the angle shows,
      .backward_ulp = 480,  // most of all in g where its sine is near 0
      .source =
          "Gorishniy, Rubachev & Babenko, \"On Embeddings for Numerical Features\", NeurIPS 2022, section 3.3; with "
          "phases as in Holzmueller, Grinsztajn & Steinwart, \"Better by Default\", NeurIPS 2024, section 3",
  };
  static Shapes shape(const Signature& s);
  static Formula formula(const Signature& s);
  static void forward(const Call& c, Span panels);
  static void backward(const Call& c, Span panels);
  static void backward_batch(const Call& c, Span features);
  static void reference_forward(const Reference<float>& r);
  static void reference_forward(const Reference<double>& r);
  static void reference_backward(const Reference<float>& r);
  static void reference_backward(const Reference<double>& r);
  static std::string to_onnx(OnnxWriter& writer, const OnnxUse& use);

  static constexpr double kTwoPi = 6.28318530717958647693;
  static int frequencies(const Signature& s) { return static_cast<int>(s.attributes[0]); }
  static int outputs(const Signature& s) { return static_cast<int>(s.attributes[1]); }
  enum Parameter { kFrequency, kPhase, kMix, kOffset };
};

}  // namespace retrograd::ops
