// Every optimiser, step by step, against loops written here from the papers; and the oracle itself against planted
// faults.
#include "optim/optimizer.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <set>
#include <vector>

#include "base/random.hpp"
#include "optim/all.hpp"
#include "retrograd/error.hpp"
#include "support/message.hpp"

namespace retrograd::optim {
namespace {

constexpr int kSize = 17;
constexpr int kSteps = 80;

/// What goes wrong on purpose.
enum class Fault {
  none,
  no_bias_correction,
  epsilon_inside_root,
  decay_coupled,    // adamw: L2 term in the gradient
  decay_decoupled,  // others: shrinks θ
  decay_forgotten,
  step_from_zero,           // t counted from 0 + 1 late: the correction of the next step
  square_of_mean,           // v from m instead of g
  plain_gradient_at_theta,  // nesterov: gradient not moved ahead
  old_velocity,             // uses the velocity before the update
  rate_outside_velocity,    // θ ← θ − η·(β·v + g)
  scale_forgotten,
};

struct Numbers {
  std::vector<double> eta;  // one a step
  double decay, scale;
  std::vector<double> a;
};

using Gradient = std::function<double(double theta, int i, int t)>;
/// An uneven bowl with a push that changes from step to step.
double push(double theta, int i, int t) {
  return (0.3 + 0.2 * i) * theta + 0.5 * uniform01(philox(11, Purpose::check, uint64_t(t), uint32_t(i), 0)[0]) - 0.2;
}

double start(int i) { return 0.7 - 0.11 * i; }

/// One parameter through all steps, as the paper writes it. Returns θ after every step.
std::vector<double> oracle(const std::string& name, const Numbers& n, int i, Fault fault) {
  std::vector<double> path;
  double theta = start(i), before = theta, v = 0, m = 0;
  double phi = theta;  // nesterov: the paper's parameters; θ is where the gradient is taken
  for (int t = 1; t <= kSteps; ++t) {
    const double eta = n.eta[size_t(t - 1)];
    const bool decoupled = (name == "adamw") != (fault == Fault::decay_coupled || fault == Fault::decay_decoupled);
    const double lambda = fault == Fault::decay_forgotten ? 0 : n.decay;
    double g = (fault == Fault::scale_forgotten ? 1 : n.scale) * push(theta, i, t);
    if (!decoupled) g += lambda * theta;
    const double shrink = decoupled ? eta * lambda * theta : 0;
    double next = theta;
    if (name == "sgd") {
      next = theta - eta * g;
    } else if (name == "momentum" && fault == Fault::rate_outside_velocity) {
      v = n.a[0] * v + g;
      next = theta - eta * v;
    } else if (name == "momentum") {
      const double last = theta - before;
      next = theta - eta * g + n.a[0] * last;
      if (fault == Fault::old_velocity) next = theta + last;
      if (fault == Fault::old_velocity && t == 1) next = theta - eta * g;
    } else if (name == "nesterov") {
      const double velocity = n.a[0] * v - eta * g;
      phi = phi + (fault == Fault::old_velocity ? v : velocity);
      v = velocity;
      next = fault == Fault::plain_gradient_at_theta ? phi : phi + n.a[0] * v;
    } else if (name == "rmsprop") {
      v = n.a[0] * v + (1 - n.a[0]) * g * g;
      next = fault == Fault::epsilon_inside_root ? theta - eta * g / std::sqrt(v + n.a[1])
                                                 : theta - eta * g / (std::sqrt(v) + n.a[1]);
    } else {
      m = n.a[0] * m + (1 - n.a[0]) * g;
      v = n.a[1] * v + (1 - n.a[1]) * (fault == Fault::square_of_mean ? m * m : g * g);
      const int count = fault == Fault::step_from_zero ? t + 1 : t;
      const bool correct = fault != Fault::no_bias_correction;
      const double mean = correct ? m / (1 - std::pow(n.a[0], count)) : m;
      const double square = correct ? v / (1 - std::pow(n.a[1], count)) : v;
      next = fault == Fault::epsilon_inside_root ? theta - eta * mean / std::sqrt(square + n.a[2])
                                                 : theta - eta * mean / (std::sqrt(square) + n.a[2]);
    }
    before = theta - shrink;  // a move does not contain a decoupled decay
    theta = next - shrink;
    path.push_back(theta);
  }
  return path;
}

Numbers numbers(const Optimizer& o) {
  Numbers n{{}, 0.03, 0.8, {}};
  for (int t = 0; t < kSteps; ++t) n.eta.push_back(0.02 / (1 + 0.02 * t));
  for (const AttributeSpec& spec : o.info.attributes) n.a.push_back(spec.initial);
  if (o.info.slots > 0 && o.info.name != "momentum" && o.info.name != "nesterov") n.a.back() = 1e-3;  // ε that matters
  return n;
}

/// All steps of the reference in double or float; paths[t][i].
template <class T>
std::vector<std::vector<T>> run(const Optimizer& o, StepFunction<T> step, const Numbers& n) {
  std::vector<T> theta(kSize), gradient(kSize);
  std::vector<std::vector<T>> slots(size_t(o.info.slots), std::vector<T>(kSize, T(0)));
  std::vector<T*> pointers;
  for (auto& s : slots) pointers.push_back(s.data());
  for (int i = 0; i < kSize; ++i) theta[size_t(i)] = T(start(i));
  std::vector<std::vector<T>> path;
  for (int t = 1; t <= kSteps; ++t) {
    for (int i = 0; i < kSize; ++i) gradient[size_t(i)] = T(push(double(theta[size_t(i)]), i, t));
    step(theta.data(), gradient.data(), pointers.data(), {n.eta[size_t(t - 1)], n.decay, n.scale, t, n.a}, 0, kSize);
    path.push_back(theta);
  }
  return path;
}

double distance(const Optimizer& o, Fault fault) {
  const Numbers n = numbers(o);
  const auto path = run<double>(o, o.step_ref_f64, n);
  double worst = 0;
  for (int i = 0; i < kSize; ++i) {
    const auto expected = oracle(std::string(o.info.name), n, i, fault);
    for (int t = 0; t < kSteps; ++t) {
      const double error = std::abs(path[size_t(t)][size_t(i)] - expected[size_t(t)]);
      if (!std::isnan(worst) && !(error <= worst)) worst = error;  // NaN stays
    }
  }
  return worst;
}

class EveryOptimizer : public testing::TestWithParam<size_t> {
 protected:
  const Optimizer& o = elementwise_optimizers()[GetParam()];
};
INSTANTIATE_TEST_SUITE_P(Rooms, EveryOptimizer, testing::Range(size_t{0}, kElementwise), [](const auto& param) {
  return std::string(elementwise_optimizers()[param.param].info.name);
});

TEST_P(EveryOptimizer, FollowsItsPaperStepByStep) { EXPECT_LE(distance(o, Fault::none), 1e-12); }

TEST_P(EveryOptimizer, OracleTellsPlantedFaultsApart) {
  const std::string name(o.info.name);
  std::vector<Fault> faults = {Fault::decay_forgotten, Fault::scale_forgotten};
  faults.push_back(name == "adamw" ? Fault::decay_coupled : Fault::decay_decoupled);
  if (name == "sgd") {  // there both are the same thing
    faults.pop_back();
    EXPECT_LE(distance(o, Fault::decay_decoupled), 1e-12);
  }
  if (name == "momentum") faults.insert(faults.end(), {Fault::old_velocity, Fault::rate_outside_velocity});
  if (name == "nesterov") faults.insert(faults.end(), {Fault::old_velocity, Fault::plain_gradient_at_theta});
  if (name == "rmsprop") faults.push_back(Fault::epsilon_inside_root);
  if (name.starts_with("adam")) {
    faults.insert(faults.end(), {Fault::no_bias_correction, Fault::epsilon_inside_root, Fault::step_from_zero,
                                 Fault::square_of_mean});
  }
  for (const Fault fault : faults) EXPECT_GT(distance(o, fault), 1e-6) << "fault " << int(fault);
}

TEST_P(EveryOptimizer, FloatStaysNearDouble) {
  const Numbers n = numbers(o);
  const auto wide = run<double>(o, o.step_ref_f64, n);
  const auto narrow = run<float>(o, o.step_f32, n);
  for (size_t i = 0; i < kSize; ++i) EXPECT_NEAR(narrow.back()[i], wide.back()[i], 2e-6) << i;
}

TEST_P(EveryOptimizer, InfoIsComplete) {
  EXPECT_EQ(&optimizer(o.info.name), &o);
  EXPECT_GE(o.info.formula.size(), 2u);
  EXPECT_TRUE(std::string(o.info.formula.back()).starts_with("θ ←"));
  EXPECT_GT(o.info.usual_eta, 0);
  for (const AttributeSpec& a : o.info.attributes) {
    EXPECT_TRUE(a.min <= a.initial && a.initial <= a.max && !a.doc.empty()) << a.name;
  }
}

TEST_P(EveryOptimizer, ReachesTheBottomOfABowl) {
  const bool adaptive = o.info.slots > 0 && o.info.usual_eta == 0.001;
  std::vector<double> attributes;
  for (const AttributeSpec& spec : o.info.attributes) attributes.push_back(spec.initial);
  std::vector<double> theta = {3, -2, 1}, gradient(3), s0(3), s1(3);
  double* slots[] = {s0.data(), s1.data()};
  constexpr int kRun = 4000;
  for (int t = 1; t <= kRun; ++t) {
    for (size_t i = 0; i < 3; ++i) gradient[i] = (double(i) + 1) * (theta[i] - 0.5);
    const double eta = (adaptive ? 0.05 : 0.02) * (1 - double(t - 1) / kRun);
    o.step_ref_f64(theta.data(), gradient.data(), slots, {eta, 0, 1, t, attributes}, 0, 3);
  }
  for (const double value : theta) EXPECT_NEAR(value, 0.5, 1e-4);
}

TEST_P(EveryOptimizer, CrossesRosenbrocksValley) {
  const bool adaptive = o.info.slots > 0 && o.info.usual_eta == 0.001;
  std::vector<double> attributes;
  for (const AttributeSpec& spec : o.info.attributes) attributes.push_back(spec.initial);
  double theta[2] = {-1.2, 1}, gradient[2], s0[2] = {}, s1[2] = {};
  double* slots[] = {s0, s1};
  constexpr int kRun = 40000;
  for (int t = 1; t <= kRun; ++t) {
    const double x = theta[0], y = theta[1];
    gradient[0] = -2 * (1 - x) - 400 * x * (y - x * x);
    gradient[1] = 200 * (y - x * x);
    const double eta = (adaptive ? 0.01 : o.info.slots ? 2e-4 : 1e-3) * (1 - 0.999 * double(t - 1) / kRun);
    o.step_ref_f64(theta, gradient, slots, {eta, 0, 1, t, attributes}, 0, 2);
  }
  EXPECT_NEAR(theta[0], 1, 1e-2);
  EXPECT_NEAR(theta[1], 1, 2e-2);
}

/// θ after each of two steps with gradients 2 and then 1 from θ = 1, η = 0.1, no decay: computed by hand.
TEST(Optimizer, FirstStepsByHand) {
  struct Case {
    std::string choice;
    double first, second;
  };
  const double root4 = std::sqrt(0.4), root46 = std::sqrt(0.46);
  const std::vector<Case> cases = {
      {"sgd", 0.8, 0.7},
      {"momentum:beta=0.5", 0.8, 0.6},  // v = −0.2; −0.1 − 0.1
      {"nesterov:mu=0.5", 0.7, 0.5},    // −0.1 − 0.2; v = −0.2: −0.1 − 0.1
      {"rmsprop:rho=0.9,epsilon=1e-12", 1 - 0.2 / root4, 1 - 0.2 / root4 - 0.1 / root46},  // v = 0.4; 0.36 + 0.1
      {"adam:beta1=0.5,beta2=0.5,epsilon=1e-12", 0.9, 0.9 - 0.1 * (1 / 0.75) / std::sqrt(1.5 / 0.75)},
      {"adamw:beta1=0.5,beta2=0.5,epsilon=1e-12", 0.9, 0.9 - 0.1 * (1 / 0.75) / std::sqrt(1.5 / 0.75)},
  };
  std::set<std::string_view> seen;
  for (const Case& c : cases) {
    const OptimizerChoice choice = parse_optimizer(c.choice);
    seen.insert(choice.optimizer->info.name);
    double theta = 1, s0 = 0, s1 = 0;
    double* slots[] = {&s0, &s1};
    const double gradients[] = {2, 1};
    choice.optimizer->step_ref_f64(&theta, &gradients[0], slots, {0.1, 0, 1, 1, choice.attributes}, 0, 1);
    EXPECT_NEAR(theta, c.first, 1e-11) << c.choice;
    choice.optimizer->step_ref_f64(&theta, &gradients[1], slots, {0.1, 0, 1, 2, choice.attributes}, 0, 1);
    EXPECT_NEAR(theta, c.second, 1e-11) << c.choice;
  }
  EXPECT_EQ(seen.size(), elementwise_optimizers().size());
}

TEST(Optimizer, DecayOfAdamWShrinksWithoutAGradient) {
  const OptimizerChoice choice = parse_optimizer("adamw");
  double theta = 2, m = 0, v = 0;
  const double gradient = 0;
  double* slots[] = {&m, &v};
  choice.optimizer->step_ref_f64(&theta, &gradient, slots, {0.1, 0.5, 1, 1, choice.attributes}, 0, 1);
  EXPECT_DOUBLE_EQ(theta, 2 - 0.1 * 0.5 * 2);
}

TEST(Optimizer, ChoicesAreReadAndPrinted) {
  const OptimizerChoice choice = parse_optimizer(" adam : beta1 = 0.8 , epsilon=1e-7 ");
  EXPECT_EQ(choice.attributes, (std::vector<double>{0.8, 0.999, 1e-7}));
  EXPECT_EQ(to_string(choice), "adam:beta1=0.8,beta2=0.999,epsilon=1e-07");
  EXPECT_EQ(parse_optimizer(to_string(choice)).attributes, choice.attributes);
  EXPECT_EQ(to_string(parse_optimizer("sgd")), "sgd");
}

using support::message_of;

TEST(Optimizer, RefusalsSayWhatIsAllowed) {
  EXPECT_EQ(message_of([] { optimizer("adagrad"); }),
            "there is no optimiser 'adagrad'; choose one of: sgd, momentum, nesterov, rmsprop, adam, adamw, "
            "lbfgs, lm");
  EXPECT_EQ(message_of([] { parse_optimizer("adam:beta=0.5"); }),
            "optimiser adam: there is no attribute 'beta'; it has: beta1, beta2, epsilon");
  EXPECT_EQ(message_of([] { parse_optimizer("adam:beta1=1"); }),
            "optimiser adam: beta1 = 1 is out of range; give a number from 0 to 0.999999");
  EXPECT_EQ(message_of([] { parse_optimizer("adam:beta1=nan"); }),
            "optimiser adam: beta1 = nan is out of range; give a number from 0 to 0.999999");
  EXPECT_EQ(message_of([] { parse_optimizer("adam:beta1=0.5,beta1=0.5"); }),
            "optimiser adam: attribute 'beta1' is given twice; give it once");
  EXPECT_EQ(message_of([] { parse_optimizer("adam:beta1"); }),
            "optimiser: 'beta1' in 'adam:beta1' is not KEY=NUMBER; write NAME:KEY=NUMBER,KEY=NUMBER");
  EXPECT_EQ(message_of([] { parse_optimizer("adam:beta1=0.5x"); }),
            "optimiser: 'beta1=0.5x' in 'adam:beta1=0.5x' is not KEY=NUMBER; write NAME:KEY=NUMBER,KEY=NUMBER");
  EXPECT_EQ(message_of([] { parse_optimizer(""); }),
            "optimiser: '' names nothing; write NAME or NAME:KEY=NUMBER,KEY=NUMBER");
}

TEST(Optimizer, IntegerPowerAgreesWithPow) {
  EXPECT_EQ(integer_power(0.9, 0), 1);
  EXPECT_EQ(integer_power(2, 10), 1024);
  for (const int64_t n : {1, 7, 100, 12345})
    EXPECT_NEAR(integer_power(0.999, n) / std::pow(0.999, double(n)), 1, 1e-11);
  EXPECT_EQ(integer_power(0.9, int64_t{1} << 40), 0);
}

}  // namespace
}  // namespace retrograd::optim
