#include "explain/by_hand.hpp"

#include <cmath>

namespace retrograd::by_hand {
namespace {

double sigmoid(double z) { return 1 / (1 + std::exp(-z)); }

}  // namespace

Lecture lecture() {
  Lecture v{};
  const double x1 = 1, x2 = -1;
  v.z1 = x1 * 1 + x2 * -2 + 1;
  v.z2 = x1 * -1 + x2 * 1 + 0;
  v.a1 = sigmoid(v.z1);
  v.a2 = sigmoid(v.z2);
  v.z3 = v.a1 * 2 + v.a2 * -1 + 0;
  v.z4 = v.a1 * -2 + v.a2 * -1 + 0;
  v.a3 = sigmoid(v.z3);
  v.a4 = sigmoid(v.z4);
  v.z5 = v.a3 * 3 + v.a4 * -1 + -2;
  v.z6 = v.a3 * -1 + v.a4 * 4 + 2;
  v.p1 = std::exp(v.z5) / (std::exp(v.z5) + std::exp(v.z6));
  v.p2 = std::exp(v.z6) / (std::exp(v.z5) + std::exp(v.z6));
  v.loss = -std::log(v.p1);

  // Output, the long way: l = −ln p1, so ∂l/∂p1 = −1/p1 and ∂l/∂p2 = 0; quotient rule for the Jacobian.
  v.dp1_dz5 = v.p1 * (1 - v.p1);
  v.dp2_dz5 = -v.p1 * v.p2;
  v.dp1_dz6 = -v.p1 * v.p2;
  v.dp2_dz6 = v.p2 * (1 - v.p2);
  v.d5 = v.dp1_dz5 * (-1 / v.p1);
  v.d6 = v.dp1_dz6 * (-1 / v.p1);

  v.g3 = v.a3 * (1 - v.a3);
  v.g4 = v.a4 * (1 - v.a4);
  v.s3 = 3 * v.d5 + -1 * v.d6;
  v.s4 = -1 * v.d5 + 4 * v.d6;
  v.d3 = v.g3 * v.s3;
  v.d4 = v.g4 * v.s4;

  v.g1 = v.a1 * (1 - v.a1);
  v.g2 = v.a2 * (1 - v.a2);
  v.s1 = 2 * v.d3 + -2 * v.d4;
  v.s2 = -1 * v.d3 + -1 * v.d4;
  v.d1 = v.g1 * v.s1;
  v.d2 = v.g2 * v.s2;

  v.W1[0][0] = x1 * v.d1;
  v.W1[0][1] = x1 * v.d2;
  v.W1[1][0] = x2 * v.d1;
  v.W1[1][1] = x2 * v.d2;
  v.W2[0][0] = v.a1 * v.d3;
  v.W2[0][1] = v.a1 * v.d4;
  v.W2[1][0] = v.a2 * v.d3;
  v.W2[1][1] = v.a2 * v.d4;
  v.W3[0][0] = v.a3 * v.d5;
  v.W3[0][1] = v.a3 * v.d6;
  v.W3[1][0] = v.a4 * v.d5;
  v.W3[1][1] = v.a4 * v.d6;
  v.b1[0] = v.d1;
  v.b1[1] = v.d2;
  v.b2[0] = v.d3;
  v.b2[1] = v.d4;
  v.b3[0] = v.d5;
  v.b3[1] = v.d6;
  return v;
}

Mazur mazur() {
  Mazur v{};
  const double i1 = 0.05, i2 = 0.10, t1 = 0.01, t2 = 0.99, b1 = 0.35, b2 = 0.60, eta = 0.5;
  const double w1 = 0.15, w2 = 0.20, w3 = 0.25, w4 = 0.30, w5 = 0.40, w6 = 0.45, w7 = 0.50, w8 = 0.55;
  v.net_h1 = w1 * i1 + w2 * i2 + b1;
  v.net_h2 = w3 * i1 + w4 * i2 + b1;
  v.out_h1 = sigmoid(v.net_h1);
  v.out_h2 = sigmoid(v.net_h2);
  v.net_o1 = w5 * v.out_h1 + w6 * v.out_h2 + b2;
  v.net_o2 = w7 * v.out_h1 + w8 * v.out_h2 + b2;
  v.out_o1 = sigmoid(v.net_o1);
  v.out_o2 = sigmoid(v.net_o2);
  v.e1 = 0.5 * (t1 - v.out_o1) * (t1 - v.out_o1);
  v.e2 = 0.5 * (t2 - v.out_o2) * (t2 - v.out_o2);
  v.total = v.e1 + v.e2;

  v.d_o1 = -(t1 - v.out_o1) * v.out_o1 * (1 - v.out_o1);
  v.d_o2 = -(t2 - v.out_o2) * v.out_o2 * (1 - v.out_o2);
  v.d_h1 = (v.d_o1 * w5 + v.d_o2 * w7) * v.out_h1 * (1 - v.out_h1);
  v.d_h2 = (v.d_o1 * w6 + v.d_o2 * w8) * v.out_h2 * (1 - v.out_h2);

  v.w1 = v.d_h1 * i1;
  v.w2 = v.d_h1 * i2;
  v.w3 = v.d_h2 * i1;
  v.w4 = v.d_h2 * i2;
  v.w5 = v.d_o1 * v.out_h1;
  v.w6 = v.d_o1 * v.out_h2;
  v.w7 = v.d_o2 * v.out_h1;
  v.w8 = v.d_o2 * v.out_h2;

  v.n1 = w1 - eta * v.w1;
  v.n2 = w2 - eta * v.w2;
  v.n3 = w3 - eta * v.w3;
  v.n4 = w4 - eta * v.w4;
  v.n5 = w5 - eta * v.w5;
  v.n6 = w6 - eta * v.w6;
  v.n7 = w7 - eta * v.w7;
  v.n8 = w8 - eta * v.w8;
  return v;
}

}  // namespace retrograd::by_hand
