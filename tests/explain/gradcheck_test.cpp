// The gradient check of users' networks: it confirms every operator, notices every planted fault, and refuses data that
// do not fit.
#include "retrograd/gradcheck.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>

#include "base/random.hpp"
#include "explain/wrong_operators.hpp"
#include "graph/program.hpp"
#include "retrograd/error.hpp"
#include "retrograd/operator.hpp"
#include "support/message.hpp"

namespace retrograd {
namespace {

using explain_test::register_wrong_operators;

Layer layer(std::string type, std::string name, std::vector<std::string> inputs, int units = 0,
            std::map<std::string, double> attributes = {}) {
  Layer l;
  l.type = std::move(type);
  l.name = std::move(name);
  l.inputs = std::move(inputs);
  l.units = units;
  l.attributes = std::move(attributes);
  return l;
}

/// Random parameters (scales and variances positive), as a trained model has.
Model model_of(const Network& network, Precision precision = Precision::float64, double poison = 0,
               uint64_t seed = 17) {
  const graph::ForwardProgram program = graph::compile(network);
  std::vector<double> flat(program.total_size);
  graph::initialize(program, 3, flat.data());
  Stream random(seed, Purpose::check, 0);
  std::map<std::string, std::vector<double>> values;
  for (const graph::Parameter& p : program.parameters)
    for (size_t i = 0; i < p.size(); ++i) {
      const double noise = random.uniform();
      const bool positive = p.name.ends_with("scale") || p.name.ends_with("var") || p.name.ends_with("gamma");
      values[p.name].push_back(positive ? 0.5 + noise : flat[p.offset + i] + 0.4 * noise - 0.2);
    }
  if (poison != 0 || std::isnan(poison)) values.begin()->second[0] = poison;
  return Model(network, precision, values, {});
}

Dataset data_for(const Network& network, int64_t rows = 9, uint64_t seed = 23) {
  Stream random(seed, Purpose::check, 0);
  Dataset data;
  data.rows = rows;
  for (const NetworkInput& in : network.inputs) {
    std::vector<float> x;
    for (int64_t n = 0; n < rows * in.features; ++n)
      x.push_back(in.name == "codes"                ? static_cast<float>(random.below(4)) - 1
                  : in.name == "gaps" && n % 3 == 0 ? std::numeric_limits<float>::quiet_NaN()
                                                    : static_cast<float>(3 * random.uniform() - 1.5));
    data.inputs.push_back({in.name, in.features, x});
  }
  std::vector<float> y;
  const bool codes = network.loss_type == "softmax_xent" && network.target_features == 1;
  const bool residual =
      network.loss_type == "squared" || network.loss_type == "absolute" || network.loss_type == "huber";
  for (int64_t n = 0; n < rows * network.target_features; ++n)
    y.push_back(codes      ? static_cast<float>(random.below(3))
                : residual ? static_cast<float>(4 * random.uniform() - 2)
                           : static_cast<float>(random.below(2)));
  data.target = {"target", network.target_features, y};
  return data;
}

Network chain(const std::string& between, const std::string& loss = "softmax_xent",
              const std::map<std::string, double>& attributes = {}) {
  Network net;
  net.input("x", 5).linear(7).activation(between, attributes).linear(3).loss(loss);
  if (loss != "softmax_xent") net.target(3);
  return net;
}

/// Every way of combining: several inputs, preprocessing, skip connections, one value used three times.
Network tangle() {
  Network net;
  net.input("gaps", 4).input("codes", 2).input("v", 3);
  Layer hot = layer("one_hot", "hot", {"codes"});
  hot.sizes = {3, 2};
  net.layer(layer("impute", "full", {"gaps"}))
      .layer(layer("is_missing", "flags", {"gaps"}))
      .layer(layer("standardise", "scaled", {"full"}))
      .layer(hot)
      .layer(layer("concat", "x", {"scaled", "flags", "hot"}))
      .layer(layer("linear", "z1", {"x"}, 6))
      .layer(layer("layer_norm", "n1", {"z1"}))
      .layer(layer("gelu", "a1", {"n1"}))
      .layer(layer("linear", "z2", {"v"}, 6, {{"bias", 0}}))
      .layer(layer("batch_norm", "n2", {"z2"}))
      .layer(layer("silu", "a2", {"n2"}))
      .layer(layer("add", "s", {"a1", "a2", "z1"}))
      .layer(layer("dropout", "d", {"s"}, 0, {{"rate", 0.3}}))
      .layer(layer("softmax", "attention", {"d"}))
      .layer(layer("concat", "c", {"attention", "v", "z1"}))
      .layer(layer("linear", "z3", {"c"}, 3))
      .loss("sigmoid_bce", {{"smoothing", 0.1}}, "z3")
      .target(3);
  return net;
}

/// What better defaults are made of: embeddings, clipping, trained scales and activations, and an ensemble of two.
Network two_members() {
  Network net;
  net.input("gaps", 3).input("codes", 2);
  Layer hot = layer("one_hot", "hot", {"codes"});
  hot.sizes = {3, 0};
  Layer vectors = layer("embed", "vectors", {"codes"}, 4, {{"column", 1}});
  vectors.sizes = {3};
  net.layer(layer("impute", "full", {"gaps"}))
      .layer(layer("standardise", "scaled", {"full"}))
      .layer(layer("smooth_clip", "clipped", {"scaled"}))
      .layer(hot)
      .layer(vectors)
      .layer(layer("periodic", "waves", {"clipped"}, 0, {{"frequencies", 4}, {"outputs", 2}}))
      .layer(layer("concat", "x", {"clipped", "hot", "vectors", "waves"}))
      .layer(layer("scale", "weighted", {"x"}))
      .layer(layer("linear", "z1", {"weighted"}, 6))
      .layer(layer("mish", "a1", {"z1"}))
      .layer(layer("blend", "h1", {"a1", "z1"}))
      .layer(layer("linear", "z2", {"h1"}, 2))
      .layer(layer("linear", "z1_2", {"weighted"}, 5))
      .layer(layer("tanh", "a1_2", {"z1_2"}))
      .layer(layer("linear", "z2_2", {"a1_2"}, 2))
      .layer(layer("mean", "z_mean", {"z2", "z2_2"}))
      .layer(layer("clip", "within", {"z_mean"}))
      .loss("squared", {}, "z2")
      .target(2)
      .prediction("within");
  net.members = {"z2", "z2_2"};
  return net;
}

void expect_right(const Network& network, const std::string& what, int64_t rows = 9) {
  for (const Precision precision : {Precision::float64, Precision::float32}) {
    const Model model = model_of(network, precision);
    GradientCheckOptions options;
    options.rows = rows;
    const GradientCheck check = gradcheck(model, data_for(network, rows), options);
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
  confirm(two_members(), "two members");
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
      const GradientCheck check = gradcheck(model_of(network, Precision::float64, 0, seed), data_for(network, 16, seed),
                                            {.rows = 16, .per_tensor = 20});
      EXPECT_TRUE(check.ok()) << name << ", seed " << seed << ": " << check.largest_numeric_error() << ", "
                              << check.largest_float_error();
    }
}

TEST(GradientCheck, DrawsFromLargeTensors) {
  Network net;
  net.input("x", 40).linear(30).activation("tanh").linear(3).loss("softmax_xent");
  GradientCheckOptions options;
  options.per_tensor = 50;
  const GradientCheck check = gradcheck(model_of(net), data_for(net), options);
  EXPECT_TRUE(check.ok());
  EXPECT_EQ(check.tensors[0].size, 1200);
  EXPECT_EQ(check.tensors[0].checked, 50);
  EXPECT_EQ(check.rows, 8);
}

class PlantedFault : public testing::TestWithParam<const char*> {};

TEST_P(PlantedFault, IsNotOk) {
  register_wrong_operators();
  const GradientCheck check = gradcheck(model_of(chain(GetParam())), data_for(chain(GetParam())));
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
      const GradientCheck check =
          gradcheck(model_of(chain(between), Precision::float64, poison), data_for(chain(between)));
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
  for (const bool broken : {false, true}) {
    std::map<std::string, std::vector<double>> values;
    const Model right = model_of(net);
    for (const graph::Parameter& p : right.program().parameters) values[p.name] = right.parameter(p.name);
    if (broken) values.at("scaled.scale")[2] = std::nan("");
    EXPECT_EQ(gradcheck(Model(net, Precision::float64, values, {}), data_for(net)).ok(), !broken);
  }
}

/// batch_norm takes away what a bias before it adds: the gradient is 0, and what rounding leaves of it is no error.
TEST(GradientCheck, AGradientThatCancelsIsNoError) {
  const GradientCheck check = gradcheck(model_of(chain("batch_norm")), data_for(chain("batch_norm")));
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
  const GradientCheck check = gradcheck(Model(net, Precision::float64, zeros, {}), data_for(net));
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
  const Model model = model_of(chain("tanh"));
  const auto refused = [&](const std::function<void(Dataset&)>& change, const std::vector<std::string>& texts) {
    Dataset data = data_for(chain("tanh"));
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
  EXPECT_NE(message_of([&] { gradcheck(model, data_for(chain("tanh")), options); }).find("0 rows"), std::string::npos);
  options = {};
  options.per_tensor = 0;
  EXPECT_NE(message_of([&] { gradcheck(model, data_for(chain("tanh")), options); }).find("0 elements"),
            std::string::npos);
  Network aimless;
  aimless.input("x", 5).linear(3);
  EXPECT_NE(message_of([&] { gradcheck(model_of(aimless), data_for(chain("tanh"))); }).find("no loss"),
            std::string::npos);
}

}  // namespace
}  // namespace retrograd
