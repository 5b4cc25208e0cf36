// The gradient check of users' networks: it confirms every operator, notices every planted fault, and refuses data that
// do not fit.
#include "retrograd/gradcheck.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "explain/small_networks.hpp"
#include "explain/wrong_operators.hpp"
#include "graph/program.hpp"
#include "retrograd/error.hpp"
#include "retrograd/operator.hpp"
#include "support/message.hpp"

namespace retrograd {
namespace {

using explain_test::layer;
using explain_test::random_data;
using explain_test::random_model;
using explain_test::register_wrong_operators;
using explain_test::shared_members;
using explain_test::tangle;
using explain_test::two_members;

Model double_model(const Network& network, uint64_t seed = 17) {
  return random_model(network, Precision::float64, seed);
}

/// The same with one number in place of one of its own.
Model poisoned_model(const Network& network, const std::string& parameter, double poison) {
  const Model right = double_model(network);
  std::map<std::string, std::vector<double>> values;
  for (const graph::Parameter& p : right.program().parameters) values[p.name] = right.parameter(p.name);
  values.at(parameter)[0] = poison;
  return Model(network, Precision::float64, values, {});
}

/// One layer between two with parameters.
Network chain(const std::string& between, const std::string& loss = "softmax_xent",
              const std::map<std::string, double>& attributes = {}) {
  Network net;
  net.input("x", 5).linear(7).activation(between, attributes).linear(3).loss(loss);
  if (loss != "softmax_xent") net.target(3);
  return net;
}

void expect_right(const Network& network, const std::string& what, int64_t rows = 9) {
  for (const Precision precision : {Precision::float64, Precision::float32}) {
    const Model model = random_model(network, precision);
    GradientCheckOptions options;
    options.rows = rows;
    const GradientCheck check = gradcheck(model, random_data(network, rows), options);
    EXPECT_TRUE(check.ok()) << what;
    EXPECT_LE(check.largest_numeric_error(), 1e-6) << what;
    EXPECT_LE(check.largest_float_error(), 1e-4) << what;
    EXPECT_EQ(check.rows, rows);
    EXPECT_NEAR(check.loss_float / check.loss, 1, 1e-4) << what;
    EXPECT_EQ(static_cast<int64_t>(check.tensors.size()),
              std::count_if(model.program().parameters.begin(), model.program().parameters.end(),
                            [](const graph::Parameter& p) { return p.trained; }));
    int64_t checked = 0;
    for (const TensorCheck& t : check.tensors) {
      checked += t.checked;
      EXPECT_EQ(t.checked + t.kinks, std::min<int64_t>(t.size, 200)) << t.name;
    }
    EXPECT_GT(checked, 20) << what;
  }
}

/// Each network has one of the operators between parameters; no operator of the list is left out.
TEST(GradientCheck, ConfirmsEveryOperator) {
  std::set<std::string> covered;
  const auto confirm = [&](const Network& network, const std::string& what, int64_t rows = 9) {
    expect_right(network, what, rows);
    for (const graph::Equation& eq : graph::compile(network).equations) covered.insert(std::string(eq.op->info->name));
  };
  std::set<std::string> wanted;
  for (const ops::Operator* op : ops::all_operators()) {
    const std::string name(op->info->name);
    if (name.starts_with("test_")) continue;  // planted by another test of this program
    wanted.insert(name);
    using ops::Kind;
    if (op->info->kind == Kind::activation || op->info->kind == Kind::normalise || op->info->kind == Kind::dropout)
      confirm(chain(name), name);
    if (op->info->kind == Kind::loss) confirm(chain("tanh", name), name);
  }
  confirm(tangle(), "tangle");
  confirm(tangle().loss("sigmoid_bce", {{"smoothing", 0.1}}, "z3").target(3), "tangle of labels");
  confirm(two_members(), "two members");
  confirm(shared_members(), "shared members");
  confirm(chain("leaky_relu", "softmax_xent", {{"alpha", 0.3}}), "leaky_relu 0.3");
  Network soft = chain("tanh");
  soft.target(3);  // soft targets
  confirm(soft, "soft targets");
  EXPECT_EQ(covered, wanted);
}

TEST(GradientCheck, OfOneRowAndOfManyPanels) {
  expect_right(chain("tanh"), "one row", 1);
  expect_right(chain("relu"), "70 rows", 70);
}

/// Steps of differences that cross a kink, of the derivative or of its slope, raise no alarm.
TEST(GradientCheck, NoFalseAlarmOnManyDraws) {
  const std::vector<std::pair<std::string, Network>> networks = {{"relu", chain("relu")},
                                                                 {"elu", chain("elu")},
                                                                 {"selu", chain("selu")},
                                                                 {"batch_norm", chain("batch_norm")},
                                                                 {"absolute", chain("relu", "absolute")},
                                                                 {"huber", chain("tanh", "huber")},
                                                                 {"tangle", tangle()}};
  for (const auto& [name, network] : networks)
    for (uint64_t seed = 100; seed < 350; ++seed) {
      const GradientCheck check =
          gradcheck(double_model(network, seed), random_data(network, 16, seed), {.rows = 16, .per_tensor = 20});
      EXPECT_TRUE(check.ok()) << name << ", seed " << seed << ": " << check.largest_numeric_error() << ", "
                              << check.largest_float_error();
    }
}

TEST(GradientCheck, DrawsFromLargeTensors) {
  Network net;
  net.input("x", 40).linear(30).activation("tanh").linear(3).loss("softmax_xent");
  GradientCheckOptions options;
  options.per_tensor = 50;
  const GradientCheck check = gradcheck(double_model(net), random_data(net), options);
  EXPECT_TRUE(check.ok());
  EXPECT_EQ(check.tensors[0].size, 1200);
  EXPECT_EQ(check.tensors[0].checked, 50);
  EXPECT_EQ(check.rows, 8);
}

class PlantedFault : public testing::TestWithParam<const char*> {};

TEST_P(PlantedFault, IsNotOk) {
  register_wrong_operators();
  const GradientCheck check = gradcheck(double_model(chain(GetParam())), random_data(chain(GetParam())));
  const bool kernel_only = std::string(GetParam()).find("kernel") != std::string::npos;
  if (std::string(GetParam()) == "test_right") {
    EXPECT_TRUE(check.ok());  // what the wrong ones are copies of
    return;
  }
  EXPECT_FALSE(check.ok());
  if (kernel_only) {
    EXPECT_LE(check.largest_numeric_error(), 1e-6);  // the mathematics is right, the kernel is not
    EXPECT_GT(check.largest_float_error(), 1e-3);
    return;
  }
  EXPECT_FALSE(check.largest_numeric_error() <= 1e-3);  // NaN is not
  for (const TensorCheck& t : check.tensors) {
    if (t.name == "W1" || t.name == "b1") {  // below the wrong operator
      EXPECT_FALSE(t.numeric_error <= 1e-3) << t.name;
      EXPECT_GE(t.worst, 0);
      EXPECT_LT(t.worst, t.size);
      EXPECT_NE(t.worst_analytic, t.worst_numeric);
    } else {  // above it
      EXPECT_LE(t.numeric_error, 1e-6) << t.name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, PlantedFault,
                         testing::Values("test_right", "test_factor", "test_sign", "test_upstream", "test_one_feature",
                                         "test_tenth_of_a_percent", "test_nan", "test_kernel_tail"),
                         [](const auto& each) { return std::string(each.param); });

TEST(GradientCheck, NaNInAParameterIsNotOk) {
  for (const double poison : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    for (const char* between : {"tanh", "relu"}) {
      const GradientCheck check = gradcheck(poisoned_model(chain(between), "W1", poison), random_data(chain(between)));
      EXPECT_FALSE(check.ok()) << between;
    }
  }
}

/// Of the data's constants too, though relu silences the NaN that they make.
TEST(GradientCheck, NaNInAConstantIsNotOk) {
  Network net;
  net.input("x", 5)
      .layer(layer("standardise", "scaled", {"x"}))
      .linear(7)
      .activation("relu")
      .linear(3)
      .loss("softmax_xent");
  EXPECT_TRUE(gradcheck(double_model(net), random_data(net)).ok());
  EXPECT_FALSE(gradcheck(poisoned_model(net, "scaled.scale", std::nan("")), random_data(net)).ok());
}

/// batch_norm takes away what a bias before it adds: the gradient is 0, and what rounding leaves of it is no error.
TEST(GradientCheck, AGradientThatCancelsIsNoError) {
  const GradientCheck check = gradcheck(double_model(chain("batch_norm")), random_data(chain("batch_norm")));
  EXPECT_TRUE(check.ok());
  for (const TensorCheck& t : check.tensors) EXPECT_EQ(t.largest < 1e-12, t.name == "b1") << t.name;
}

TEST(GradientCheck, NothingThatWasMeasuredNaNIsOk) {
  GradientCheck check;
  check.tensors.resize(3);
  EXPECT_TRUE(check.ok());
  check.tensors[1].numeric_error = std::nan("");
  check.tensors[2].numeric_error = 1e-9;
  EXPECT_FALSE(check.ok());
  EXPECT_TRUE(std::isnan(check.largest_numeric_error()));
  check.tensors[1].numeric_error = 0;
  check.tensors[0].float_error = std::nan("");
  EXPECT_FALSE(check.ok());
  check.tensors[0].float_error = 2e-4;
  EXPECT_FALSE(check.ok());
}

/// relu of exactly 0 everywhere: each difference crosses the kink, and says so instead of a verdict.
TEST(GradientCheck, CountsKinks) {
  const Network net = chain("relu");
  std::map<std::string, std::vector<double>> zeros;
  for (const graph::Parameter& p : graph::compile(net).parameters) zeros[p.name].assign(p.size(), 0);
  const GradientCheck check = gradcheck(Model(net, Precision::float64, zeros, {}), random_data(net));
  for (const TensorCheck& t : check.tensors) {
    const std::string& name = t.name;
    if (name == "b1") {
      EXPECT_EQ(t.kinks, t.size);
    } else if (name == "b2") {
      EXPECT_EQ(t.kinks, 0);
    }
  }
}

using support::message_of;

TEST(GradientCheck, RefusesDataThatDoNotFit) {
  const Model model = double_model(chain("tanh"));
  const auto refused = [&](const std::function<void(Dataset&)>& change, const std::vector<std::string>& texts) {
    Dataset data = random_data(chain("tanh"));
    change(data);
    const std::string message = message_of([&] { gradcheck(model, data); });
    for (const std::string& text : texts) EXPECT_NE(message.find(text), std::string::npos) << message;
  };
  refused([](Dataset& d) { d.inputs[0].name = "u"; }, {"'x'", "[N, 5]"});
  refused([](Dataset& d) { d.inputs[0] = {"x", 4, std::vector<float>(36)}; }, {"'x'", "4 columns", "5"});
  refused([](Dataset& d) { d.inputs[0] = {"x", 5, std::vector<float>(40)}; }, {"'x'", "8 rows", "9"});
  refused([](Dataset& d) { d.target = {}; }, {"no target"});
  refused([](Dataset& d) { d.target = {"target", 3, std::vector<float>(27)}; }, {"target", "3 columns", "1"});
  refused([](Dataset& d) { d.target = {"target", 1, std::vector<float>(2)}; }, {"target", "2 rows", "9"});
  refused([](Dataset& d) { d.target = {"target", 1, std::vector<float>(9, 3.0f)}; }, {"row 0", "class 3", "0 to 2"});
  refused([](Dataset& d) { d = take(d, {}); }, {"no rows"});
  GradientCheckOptions options;
  options.rows = 0;
  EXPECT_NE(message_of([&] { gradcheck(model, random_data(chain("tanh")), options); }).find("0 rows"),
            std::string::npos);
  options = {};
  options.per_tensor = 0;
  EXPECT_NE(message_of([&] { gradcheck(model, random_data(chain("tanh")), options); }).find("0 elements"),
            std::string::npos);
  Network aimless;
  aimless.input("x", 5).linear(3);
  EXPECT_NE(message_of([&] { gradcheck(double_model(aimless), random_data(chain("tanh"))); }).find("no loss"),
            std::string::npos);
}

}  // namespace
}  // namespace retrograd
