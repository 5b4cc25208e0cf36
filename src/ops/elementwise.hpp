// What the element-wise activations share: shape rule, references, and the product with a kept gain. A room says only
// a = f(z) and its gain f'(z), for numbers here and for vectors with elementwise-inl.hpp.
#pragma once

#include "ops/require.hpp"
#include "retrograd/operator.hpp"
#include "retrograd/panel.hpp"

namespace retrograd::ops {

/// z [N, F] -> a [N, F]; `saved_gain`: forward keeps f'(z) when training, so that backward is one product.
/// `flops` are nominal, an element.
inline Shapes elementwise_shape(const OperatorInfo& info, const Signature& s, bool saved_gain, double flops) {
  require_signature(info, s);
  Shapes shapes;
  shapes.output = s.features[0];
  shapes.saved = saved_gain ? s.features[0] : 0;
  shapes.flops_forward = flops * s.features[0];
  shapes.flops_backward = (saved_gain ? 1 : flops + 1) * s.features[0];
  return shapes;
}

/// The elements of a span of panels, and where they begin: an activation does not care where a feature ends.
struct Elements {
  Elements(const Call& call, Span panels)
      : begin(static_cast<size_t>(panels.begin) * static_cast<size_t>(call.features(0)) * kPanel),
        count(static_cast<size_t>(panels.end - panels.begin) * static_cast<size_t>(call.features(0)) * kPanel) {}
  size_t begin, count;
};

/// `Scalar` has `T value(T z, T attribute)` and `T gain(T z, T attribute)`, static templates over float and double;
/// `attribute` is the first attribute, or 0 where there is none.
template <class Scalar>
struct Elementwise {
  template <class T>
  static void reference_forward(const Reference<T>& r) {
    for (int64_t i = 0; i < r.rows * r.features(0); ++i) r.y[i] = Scalar::value(r.x[0][i], attribute_of<T>(r));
  }

  template <class T>
  static void reference_backward(const Reference<T>& r) {
    if (r.dx[0] == nullptr) return;
    for (int64_t i = 0; i < r.rows * r.features(0); ++i) {
      r.dx[0][i] = r.dy[i] * Scalar::gain(r.x[0][i], attribute_of<T>(r));
    }
  }

 protected:
  template <class T, class Use>
  static T attribute_of(const Use& use) {
    return use.signature->attributes.empty() ? T{0} : static_cast<T>(use.signature->attributes[0]);
  }
};

/// For gains that cost a transcendental function: forward finds e^-|z| anyway and keeps the gain when training (one
/// more store, and a backward of 0.06 ns an element in cache), where recomputing it costs 0.3 to 0.9 ns. A room
/// declares `forward`.
template <class Scalar>
struct ElementwiseSaved : Elementwise<Scalar> {
  static void backward(const Call& c, Span panels) {
    if (c.dx[0] == nullptr) return;
    const Elements e(c, panels);
    const float* gain = c.saved + e.begin;
    const float* dy = c.dy + e.begin;
    float* dz = c.dx[0] + e.begin;
    for (size_t i = 0; i < e.count; ++i) dz[i] = dy[i] * gain[i];
  }
};

/// Names that activations share in formulas: a = f(z).
inline constexpr std::string_view kActivationInputs[] = {"z"};
inline constexpr std::string_view kActivationOutput = "a";

}  // namespace retrograd::ops
