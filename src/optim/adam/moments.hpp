// The adaptive moments that adam and adamw share: attributes, state slots and the move before it is subtracted from θ.
#pragma once

#include <array>
#include <cmath>

#include "optim/optimizer.hpp"

namespace retrograd::optim {

struct Moments {
  static constexpr std::array<std::string_view, 2> kSlots = {"m", "v"};
  static constexpr std::array<AttributeSpec, 3> kAttributes = {{
      {"beta1", 0.9, 0.0, 0.999999, "share of the running mean that is kept"},
      {"beta2", 0.999, 0.0, 0.999999, "share of the running mean square that is kept"},
      {"epsilon", 1e-8, 1e-12, 1.0, "added to the root"},
  }};

  /// The scalars of one step, each rounded once. `rate` holds η and the bias correction of m.
  template <class T>
  struct Scalars {
    T rate, beta1, fresh1, beta2, fresh2, unbias2, epsilon;
    explicit Scalars(const StepArgs& args)
        : rate(static_cast<T>(args.eta / (1 - integer_power(args.attributes[0], args.step)))),
          beta1(static_cast<T>(args.attributes[0])),
          fresh1(static_cast<T>(1 - args.attributes[0])),
          beta2(static_cast<T>(args.attributes[1])),
          fresh2(static_cast<T>(1 - args.attributes[1])),
          unbias2(static_cast<T>(1 / (1 - integer_power(args.attributes[1], args.step)))),
          epsilon(static_cast<T>(args.attributes[2])) {}
  };

  /// Takes gradient g into the moments of one parameter; the move, to be multiplied by `rate`.
  template <class T>
  static T reference(const Scalars<T>& s, T g, T& m, T& v) {
    m = std::fma(s.beta1, m, s.fresh1 * g);
    v = std::fma(s.beta2, v, s.fresh2 * (g * g));
    return m / (std::sqrt(v * s.unbias2) + s.epsilon);
  }
};

}  // namespace retrograd::optim
