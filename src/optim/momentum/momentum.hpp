// Gradient descent with momentum, the heavy ball: θ' = θ − η·g + β·(θ − θ_before) (Polyak 1964, equation 9). Here
// v = θ − θ_before is kept: v ← β·v − η·g, θ ← θ + v. The learning rate is inside v, so when a schedule changes η this
// stays Polyak's method; the other common form (v ← β·v + g, θ ← θ − η·v) differs then.
#pragma once

#include <array>
#include <cmath>

#include "optim/optimizer.hpp"

namespace retrograd::optim {

struct Momentum {
  static constexpr std::array<std::string_view, 1> kSlots = {"v"};
  static constexpr std::array<AttributeSpec, 1> kAttributes = {{
      {"beta", 0.9, 0.0, 0.9999, "share of the last move that is kept"},
  }};
  static constexpr std::array<std::string_view, 3> kFormula = {"g ← scale·g + λ·θ", "v ← β·v − η·g", "θ ← θ + v"};
  static constexpr OptimizerInfo info = {
      .name = "momentum",
      .doc = "gradient descent with momentum (heavy ball)",
      .source = "Polyak, \"Some methods of speeding up the convergence of iteration methods\", 1964",
      .slots = 1,
      .slot_names = kSlots,
      .attributes = kAttributes,
      .formula = kFormula,
      .usual_eta = 0.01,
      .decoupled_decay = false,
  };

  /// The scalars of one step, each rounded once.
  template <class T>
  struct Scalars {
    T scale, decay, eta, beta;
    explicit Scalars(const StepArgs& args)
        : scale(static_cast<T>(args.gradient_scale)),
          decay(static_cast<T>(args.weight_decay)),
          eta(static_cast<T>(args.eta)),
          beta(static_cast<T>(args.attributes[0])) {}
  };

  template <class T>
  static void reference(T* theta, const T* gradient, T* const* slots, const StepArgs& args, int64_t begin,
                        int64_t end) {
    const Scalars<T> s(args);
    T* v = slots[0];
    for (int64_t i = begin; i < end; ++i) {
      const T g = std::fma(s.decay, theta[i], s.scale * gradient[i]);
      v[i] = std::fma(-s.eta, g, s.beta * v[i]);
      theta[i] = theta[i] + v[i];
    }
  }

  static void step(float* theta, const float* gradient, float* const* slots, const Scalars<float>& s,
                   const Block& block);
};

}  // namespace retrograd::optim
