// The hand calculation is itself held against what was published and against differences of the loss.
#include "explain/by_hand.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace retrograd {
namespace {

double squash(double z) { return 1 / (1 + std::exp(-z)); }

/// The loss of the lecture's network as a function of its twelve weights.
double lecture_loss(const double (&w)[12]) {
  const double h1 = squash(w[0] - w[2] + 1), h2 = squash(w[1] - w[3]);
  const double k1 = squash(h1 * w[4] + h2 * w[6]), k2 = squash(h1 * w[5] + h2 * w[7]);
  const double o1 = k1 * w[8] + k2 * w[10] - 2, o2 = k1 * w[9] + k2 * w[11] + 2;
  return std::log(1 + std::exp(o2 - o1));
}

TEST(ByHand, LectureAgreesWithDifferences) {
  const by_hand::Lecture v = by_hand::lecture();
  EXPECT_NEAR(v.a1, 0.98, 0.005);
  EXPECT_NEAR(v.a2, 0.12, 0.005);
  EXPECT_NEAR(v.a3, 0.86, 0.005);
  EXPECT_NEAR(v.a4, 0.11, 0.005);
  double w[12] = {1, -1, -2, 1, 2, -2, -1, -1, 3, -1, -1, 4};
  EXPECT_NEAR(lecture_loss(w), v.loss, 1e-14);
  const double* gradients[] = {&v.W1[0][0], &v.W2[0][0], &v.W3[0][0]};
  for (int k = 0; k < 12; ++k) {
    const double h = 1e-5, at = w[k];
    w[k] = at + h;
    const double above = lecture_loss(w);
    w[k] = at - h;
    const double below = lecture_loss(w);
    w[k] = at;
    EXPECT_NEAR((above - below) / (2 * h), gradients[k / 4][k % 4], 1e-9) << "weight " << k;
  }
}

// Numbers as printed by Matt Mazur, "A Step by Step Backpropagation Example", 2015.
TEST(ByHand, MazurAgreesWithWhatWasPublished) {
  const by_hand::Mazur v = by_hand::mazur();
  EXPECT_NEAR(v.net_h1, 0.3775, 1e-9);
  EXPECT_NEAR(v.out_h1, 0.593269992, 1e-9);
  EXPECT_NEAR(v.out_h2, 0.596884378, 1e-9);
  EXPECT_NEAR(v.net_o1, 1.105905967, 1e-9);
  EXPECT_NEAR(v.out_o1, 0.75136507, 1e-8);
  EXPECT_NEAR(v.out_o2, 0.772928465, 1e-9);
  EXPECT_NEAR(v.e1, 0.274811083, 1e-9);
  EXPECT_NEAR(v.e2, 0.023560026, 1e-9);
  EXPECT_NEAR(v.total, 0.298371109, 1e-9);
  EXPECT_NEAR(v.w5, 0.082167041, 1e-9);
  EXPECT_NEAR(v.w1, 0.000438568, 1e-9);
  EXPECT_NEAR(v.n5, 0.35891648, 1e-8);
  EXPECT_NEAR(v.n6, 0.408666186, 1e-9);
  EXPECT_NEAR(v.n7, 0.511301270, 1e-9);
  EXPECT_NEAR(v.n8, 0.561370121, 1e-9);
  EXPECT_NEAR(v.n1, 0.149780716, 1e-9);
  EXPECT_NEAR(v.n2, 0.19956143, 1e-8);
  EXPECT_NEAR(v.n3, 0.24975114, 1e-8);
  EXPECT_NEAR(v.n4, 0.29950229, 1e-8);
}

}  // namespace
}  // namespace retrograd
