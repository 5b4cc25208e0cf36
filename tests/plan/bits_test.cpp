// The bits contract on whole networks: the fast executor equals the plain float reference to the bit, for any number of
// threads and every SIMD target.
#include <gtest/gtest.h>

#include <cstring>

#include "base/random.hpp"
#include "math/simd.hpp"
#include "plan/executor.hpp"
#include "plan/reference_executor.hpp"
#include "retrograd/panel.hpp"

namespace retrograd::plan {
namespace {

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

Network chain(const std::string& activation) {
  Network net;
  net.input("x", 13).linear(33).activation(activation).linear(17).activation(activation).linear(5).loss("softmax_xent");
  return net;
}

/// Skip connections, normalisation, dropout, two inputs.
Network tangle() {
  Network net;
  net.input("x", 13).input("v", 7);
  net.layer(layer("linear", "z1", {"x"}, 16))
      .layer(layer("layer_norm", "n1", {"z1"}))
      .layer(layer("gelu", "a1", {"n1"}))
      .layer(layer("linear", "z2", {"v"}, 16))
      .layer(layer("batch_norm", "n2", {"z2"}))
      .layer(layer("silu", "a2", {"n2"}))
      .layer(layer("add", "s", {"a1", "a2", "z1"}))
      .layer(layer("dropout", "d", {"s"}, 0, {{"rate", 0.3}}))
      .layer(layer("concat", "c", {"d", "v"}))
      .layer(layer("linear", "z3", {"c"}, 4))
      .loss("sigmoid_bce", {}, "z3")
      .target(4);
  return net;
}

struct Case {
  std::string name;
  Network network;
};

/// Every operator whose gradient is a sum over samples, but for those of `tangle`.
Network sums() {
  Network net;
  net.input("x", 6);
  Layer embed = layer("embed", "e", {"x"}, 9, {{"column", 5}});
  embed.sizes = {3};
  net.layer(embed)
      .layer(layer("scale", "s", {"x"}))
      .layer(layer("periodic", "p", {"s"}, 0, {{"frequencies", 3}, {"outputs", 2}}))
      .layer(layer("concat", "c", {"e", "p"}))
      .layer(layer("linear", "z1", {"c"}, 11))
      .layer(layer("relu", "a1", {"z1"}))
      .layer(layer("blend", "b", {"a1", "z1"}))
      .layer(layer("linear", "z2", {"b"}, 3))
      .loss("squared")
      .target(3);
  return net;
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const char* a :
       {"sigmoid", "tanh", "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "mish", "softplus", "identity"})
    all.push_back({a, chain(a)});
  all.push_back({"tangle", tangle()});
  all.push_back({"sums", sums()});
  for (const char* loss : {"squared", "absolute", "huber"}) {
    Network net;
    net.input("x", 13).linear(20).activation("tanh").linear(3).loss(loss).target(3);
    all.push_back({loss, net});
  }
  return all;
}

class Problem {
 public:
  Problem(const Network& network, int64_t rows)
      : program(graph::compile(network)), reverse(graph::reverse(program)), rows_(rows) {
    parameters.resize(program.total_size);
    graph::initialize(program, 5, parameters.data());
    Stream stream(11, Purpose::check, 0);
    for (int id : program.inputs) inputs_.push_back(draw(id, stream, -2, 2));
    const auto features = static_cast<size_t>(program.values[static_cast<size_t>(program.target)].features);
    const bool codes = program.network.loss_type == "softmax_xent";
    target_.resize(static_cast<size_t>(rows) * features);
    for (float& y : target_) y = codes ? static_cast<float>(stream.below(5)) : static_cast<float>(stream.below(2));
    for (int64_t n = 0; n < rows; ++n) weights_.push_back(static_cast<float>(0.25 + stream.uniform()));
  }

  /// Gradients, then the constants (running statistics), then the losses: everything a step writes.
  std::vector<float> fast(int threads, int shards) const {
    Executor executor(program, &reverse, rows_ + 40, {.shards = shards});  // planned larger than the batch
    std::vector<float> theta = parameters;
    Aligned<float> aligned(theta.size()), gradients(program.trained_size);
    std::copy(theta.begin(), theta.end(), aligned.data());
    executor.bind(aligned.data(), gradients.data());
    for (size_t k = 0; k < inputs_.size(); ++k) to_panels(inputs_[k], program.inputs[k], executor);
    to_panels(target_, program.target, executor);
    for (int64_t n = 0; n < rows_; ++n) executor.weights()[n] = weights_[static_cast<size_t>(n)];
    ThreadTeam team(threads);
    Executor::Step step;
    step.rows = rows_;
    step.seed = 9;
    step.step = 3;
    team.run([&](int rank) { executor.step(team, rank, step); });
    std::vector<float> result(gradients.begin(), gradients.end());
    result.insert(result.end(), aligned.begin() + program.trained_size, aligned.end());
    for (int64_t n = 0; n < rows_; ++n) result.push_back(executor.value(program.loss)[n]);
    return result;
  }

  std::vector<float> plain(int shards) const {
    ReferenceExecutor<float> executor(program, &reverse, shards);
    executor.resize(rows_);
    for (size_t k = 0; k < inputs_.size(); ++k) executor.value(program.inputs[k]) = inputs_[k];
    executor.value(program.target) = target_;
    executor.weights() = weights_;
    std::vector<float> theta = parameters;
    std::vector<float> gradients(program.trained_size);
    const FloatState state;
    executor.forward(theta.data(), true, 9, 3);
    executor.backward(theta.data(), gradients.data(), 1);
    std::vector<float> result = gradients;
    result.insert(result.end(), theta.begin() + static_cast<std::ptrdiff_t>(program.trained_size), theta.end());
    const auto& l = executor.value(program.loss);
    result.insert(result.end(), l.begin(), l.end());
    return result;
  }

  graph::ForwardProgram program;
  graph::ReverseProgram reverse;
  std::vector<float> parameters;

 private:
  std::vector<float> draw(int id, Stream& stream, double low, double high) const {
    std::vector<float> v(static_cast<size_t>(rows_) *
                         static_cast<size_t>(program.values[static_cast<size_t>(id)].features));
    for (float& x : v) x = static_cast<float>(low + (high - low) * stream.uniform());
    return v;
  }

  void to_panels(const std::vector<float>& rows, int id, Executor& executor) const {
    const int features = program.values[static_cast<size_t>(id)].features;
    for (int64_t n = 0; n < rows_; ++n)
      for (int f = 0; f < features; ++f)
        executor.value(id)[panel_at(n, f, features)] = rows[static_cast<size_t>(n * features + f)];
  }

  int64_t rows_;
  std::vector<std::vector<float>> inputs_;
  std::vector<float> target_, weights_;
};

void expect_same(const std::vector<float>& a, const std::vector<float>& b, const std::string& what) {
  ASSERT_EQ(a.size(), b.size()) << what;
  for (size_t i = 0; i < a.size(); ++i)
    ASSERT_EQ(std::memcmp(&a[i], &b[i], sizeof(float)), 0)
        << what << ": element " << i << ": " << a[i] << " and " << b[i];
}

class Bits : public testing::TestWithParam<Case> {};

TEST_P(Bits, FastEqualsPlainForEveryThreadCountAndTarget) {
  for (const int64_t rows : {1, 31, 32, 33, 100}) {
    const Problem problem(GetParam().network, rows);
    for (const int shards : {1, 4}) {
      const std::vector<float> plain = problem.plain(shards);
      for (const std::string& target : simd_targets()) {
        force_simd(target);
        for (const int threads : {1, 2, 3, 7})
          expect_same(plain, problem.fast(threads, shards),
                      GetParam().name + ", " + std::to_string(rows) + " rows, " + target + ", " +
                          std::to_string(threads) + " threads, " + std::to_string(shards) + " shards");
      }
      force_simd("auto");
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Networks, Bits, testing::ValuesIn(cases()), [](const auto& each) { return each.param.name; });

TEST(Executor, GradientIsTheSumOfTheRowsWithTheirWeights) {
  // Doubling every weight doubles every gradient exactly.
  Network net = chain("tanh");
  const Problem problem(net, 50);
  Executor executor(problem.program, &problem.reverse, 50);
  Aligned<float> theta(problem.parameters.size()), once(problem.program.trained_size),
      twice(problem.program.trained_size);
  std::copy(problem.parameters.begin(), problem.parameters.end(), theta.data());
  ThreadTeam team(1);
  Executor::Step step;
  step.rows = 50;
  for (int64_t n = 0; n < 50; ++n) executor.weights()[n] = 1;
  executor.bind(theta.data(), once.data());
  team.run([&](int rank) { executor.step(team, rank, step); });
  for (int64_t n = 0; n < 50; ++n) executor.weights()[n] = 2;
  executor.bind(theta.data(), twice.data());
  team.run([&](int rank) { executor.step(team, rank, step); });
  bool some = false;
  for (size_t i = 0; i < once.size(); ++i) {
    EXPECT_EQ(2 * once[i], twice[i]);
    some |= once[i] != 0;
  }
  EXPECT_TRUE(some);
}

}  // namespace
}  // namespace retrograd::plan
