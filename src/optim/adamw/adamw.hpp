// AdamW (Loshchilov & Hutter, ICLR 2019, Algorithm 2): Adam whose weight decay is decoupled from the gradient. The
// decay here is η·λ·θ with the scheduled η (the paper's schedule multiplier times its step size, as most libraries read
// it).
#pragma once

#include <array>
#include <cmath>

#include "optim/optimizer.hpp"

namespace retrograd::optim {

struct AdamW {
  static constexpr std::array<std::string_view, 2> kSlots = {"m", "v"};
  static constexpr std::array<AttributeSpec, 3> kAttributes = {{
      {"beta1", 0.9, 0.0, 0.999999, "share of the running mean that is kept"},
      {"beta2", 0.999, 0.0, 0.999999, "share of the running mean square that is kept"},
      {"epsilon", 1e-8, 1e-12, 1.0, "added to the root"},
  }};
  static constexpr std::array<std::string_view, 7> kFormula = {
      "g ← scale·g",   "m ← β1·m + (1−β1)·g", "v ← β2·v + (1−β2)·g²", "m̂ ← m/(1−β1ᵗ)",
      "v̂ ← v/(1−β2ᵗ)", "θ ← θ − η·λ·θ",       "θ ← θ − η·m̂/(√v̂ + ε)"};
  static constexpr OptimizerInfo info = {
      .name = "adamw",
      .doc = "Adam with decoupled weight decay",
      .source = "Loshchilov & Hutter, \"Decoupled Weight Decay Regularization\", ICLR 2019, Algorithm 2",
      .slots = 2,
      .slot_names = kSlots,
      .attributes = kAttributes,
      .formula = kFormula,
      .usual_eta = 0.001,
      .decoupled_decay = true,
  };

  /// The scalars of one step, each rounded once.
  template <class T>
  struct Scalars {
    T scale, shrink, rate, beta1, fresh1, beta2, fresh2, unbias2, epsilon;
    explicit Scalars(const StepArgs& args)
        : scale(static_cast<T>(args.gradient_scale)),
          shrink(static_cast<T>(args.eta * args.weight_decay)),
          rate(static_cast<T>(args.eta / (1 - integer_power(args.attributes[0], args.step)))),
          beta1(static_cast<T>(args.attributes[0])),
          fresh1(static_cast<T>(1 - args.attributes[0])),
          beta2(static_cast<T>(args.attributes[1])),
          fresh2(static_cast<T>(1 - args.attributes[1])),
          unbias2(static_cast<T>(1 / (1 - integer_power(args.attributes[1], args.step)))),
          epsilon(static_cast<T>(args.attributes[2])) {}
  };

  template <class T>
  static void reference(T* theta, const T* gradient, T* const* slots, const StepArgs& args, int64_t begin,
                        int64_t end) {
    const Scalars<T> s(args);
    T* m = slots[0];
    T* v = slots[1];
    for (int64_t i = begin; i < end; ++i) {
      const T g = s.scale * gradient[i];
      m[i] = std::fma(s.beta1, m[i], s.fresh1 * g);
      v[i] = std::fma(s.beta2, v[i], s.fresh2 * (g * g));
      const T shrunk = std::fma(-s.shrink, theta[i], theta[i]);
      theta[i] = std::fma(-s.rate, m[i] / (std::sqrt(v[i] * s.unbias2) + s.epsilon), shrunk);
    }
  }

  static void step(float* theta, const float* gradient, float* const* slots, const StepArgs& args, int64_t begin,
                   int64_t end);
};

}  // namespace retrograd::optim
