// The two worked examples computed as on paper: one statement a number, no loops, nothing of the project's code.
#pragma once

namespace retrograd::by_hand {

/// The 2-2-2-2 network: sigmoid hidden layers, softmax cross-entropy, x = (1, −1), target class 0. Weights are read
/// w<layer>_<from><to>; z1 … z6 count the neurons from the first hidden layer to the output.
struct Lecture {
  double z1, z2, z3, z4, z5, z6;              ///< pre-activations
  double a1, a2, a3, a4;                      ///< activations of the hidden neurons
  double p1, p2, loss;                        ///< softmax of (z5, z6), −ln p1
  double g1, g2, g3, g4;                      ///< gains σ'(z)
  double s1, s2, s3, s4;                      ///< Σ w δ: what enters the amplifiers
  double d1, d2, d3, d4, d5, d6;              ///< ∂l/∂z1 … ∂l/∂z6
  double W1[2][2], W2[2][2], W3[2][2];        ///< ∂l/∂W, rows are inputs
  double b1[2], b2[2], b3[2];                 ///< ∂l/∂b
  double dp1_dz5, dp2_dz5, dp1_dz6, dp2_dz6;  ///< Jacobian of the softmax
};
Lecture lecture();

/// The 2-2-2 network with sigmoids on both layers and half the squared error, η = 0.5.
struct Mazur {
  double net_h1, net_h2, out_h1, out_h2, net_o1, net_o2, out_o1, out_o2, e1, e2, total;
  double d_o1, d_o2, d_h1, d_h2;          ///< ∂E/∂net
  double w1, w2, w3, w4, w5, w6, w7, w8;  ///< ∂E/∂w
  double n1, n2, n3, n4, n5, n6, n7, n8;  ///< the weights after the step
};
Mazur mazur();

}  // namespace retrograd::by_hand
