// Nesterov's accelerated gradient in the form of Sutskever, Martens, Dahl & Hinton 2013 (equations 3 and 4):
//   v' = μ·v − η·∇f(φ + μ·v),  φ' = φ + v'.
// The gradient is taken at θ = φ + μ·v, so θ is what is stored and what the network computes with. In terms of θ:
//   v' = μ·v − η·g,  θ' = φ' + μ·v' = (θ − μ·v) + v' + μ·v' = θ + μ·v' − η·g.
#pragma once

#include <array>
#include <cmath>

#include "optim/optimizer.hpp"

namespace retrograd::optim {

struct Nesterov {
  static constexpr std::array<std::string_view, 1> kSlots = {"v"};
  static constexpr std::array<AttributeSpec, 1> kAttributes = {{
      {"mu", 0.9, 0.0, 0.9999, "share of the last move that is kept"},
  }};
  static constexpr std::array<std::string_view, 3> kFormula = {"g ← scale·g + λ·θ", "v ← μ·v − η·g",
                                                               "θ ← θ + μ·v − η·g"};
  static constexpr OptimizerInfo info = {
      .name = "nesterov",
      .doc = "Nesterov's accelerated gradient",
      .source =
          "Sutskever et al., \"On the importance of initialization and momentum in deep learning\", ICML 2013, section "
          "2",
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
    T scale, decay, eta, mu;
    explicit Scalars(const StepArgs& args)
        : scale(static_cast<T>(args.gradient_scale)),
          decay(static_cast<T>(args.weight_decay)),
          eta(static_cast<T>(args.eta)),
          mu(static_cast<T>(args.attributes[0])) {}
  };

  template <class T>
  static void reference(T* theta, const T* gradient, T* const* slots, const StepArgs& args, int64_t begin,
                        int64_t end) {
    const Scalars<T> s(args);
    T* v = slots[0];
    for (int64_t i = begin; i < end; ++i) {
      const T g = std::fma(s.decay, theta[i], s.scale * gradient[i]);
      v[i] = std::fma(-s.eta, g, s.mu * v[i]);
      theta[i] = std::fma(-s.eta, g, std::fma(s.mu, v[i], theta[i]));
    }
  }

  static void step(float* theta, const float* gradient, float* const* slots, const Scalars<float>& s,
                   const Block& block);
};

}  // namespace retrograd::optim
