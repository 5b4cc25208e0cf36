// Explanations: every number of them against the network's own code, for every operator, in both modes.
#include "retrograd/explain.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <limits>
#include <set>
#include <sstream>

#include "base/random.hpp"
#include "explain/small_networks.hpp"
#include "graph/program.hpp"
#include "plan/reference_executor.hpp"
#include "retrograd/error.hpp"
#include "retrograd/receipt.hpp"
#include "support/message.hpp"

namespace retrograd {
namespace {

using namespace explain_test;

std::string complaints(const Explanation& e) {
  std::string text;
  for (const std::string& c : e.complaints) text += c + "\n";
  return text;
}

ExplainOptions batch_of(int64_t rows) {
  ExplainOptions o;
  o.batch = true;
  o.rows.clear();
  for (int64_t n = 0; n < rows; ++n) o.rows.push_back(n);
  return o;
}

/// What a derivation must hold whatever the network.
void expect_consistent(const Explanation& e, const Derivation& d) {
  ASSERT_FALSE(d.nodes.empty());
  EXPECT_TRUE(d.central_ok) << d.symbol;
  EXPECT_TRUE(d.executor_ok) << d.symbol;
  for (const DerivationNode& node : d.nodes) {
    EXPECT_TRUE(node.value.ok) << node.symbol;
    if (node.leaf) continue;
    double all = 0;
    for (const DerivationPath& path : node.paths) {
      double sum = path.folded_sum, magnitude = std::fabs(path.folded_sum);
      for (const Term& t : path.terms) {
        EXPECT_EQ(t.product, t.local * t.upstream);
        sum += t.product;
        magnitude += std::fabs(t.product);
        ASSERT_LT(t.node, static_cast<int>(d.nodes.size()));
        if (t.node >= 0) {
          const DerivationNode& above = d.nodes[static_cast<size_t>(t.node)];
          EXPECT_EQ(above.value.computed, t.upstream) << above.symbol;
          EXPECT_EQ(above.unit, t.unit);
          EXPECT_EQ(above.row, t.row);
        }
      }
      EXPECT_NEAR(sum, path.sum.recomputed, 1e-14 * (magnitude + path.folded_magnitude)) << node.symbol;
      EXPECT_TRUE(path.sum.ok) << node.symbol;
      all += path.sum.computed;
    }
    if (node.paths.size() > 1) {
      EXPECT_NEAR(all, node.value.recomputed, 1e-12 * std::fabs(all)) << node.symbol;
    }
    if (node.parameter || node.row != e.focus) continue;
    const ValueNumbers* g = e.gradient(node.name);
    ASSERT_NE(g, nullptr) << node.name;
    EXPECT_EQ(node.value.computed, g->computed.at(static_cast<size_t>(node.unit)));
  }
  double rows = 0;
  for (const RowShare& r : d.rows) rows += r.contribution;
  EXPECT_NEAR(rows, d.nodes[0].value.recomputed, 1e-12 * (1 + std::fabs(rows)));
}

/// Explains a few elements of every parameter of a network, in both modes and precisions.
void explain_all(const Network& network, const std::string& name) {
  const Dataset data = random_data(network);
  for (const Precision precision : {Precision::float32, Precision::float64}) {
    const Model model = random_model(network, precision);
    for (const bool batch : {false, true}) {
      const Explainer explainer(model, data, batch ? batch_of(9) : ExplainOptions());
      const Explanation e = explainer.explain({});
      EXPECT_TRUE(e.ok()) << name << (batch ? ", batch\n" : ", row\n") << complaints(e);
      EXPECT_EQ(e.derivations.size(), 5u);
      for (const Derivation& d : e.derivations) expect_consistent(e, d);
      for (const graph::Parameter& p : model.program().parameters) {
        if (!p.trained) continue;
        const bool matrix = e.parameter(p.name)->rows > 1;
        expect_consistent(e, explainer.derive(p.name, matrix ? p.rows - 1 : -1, p.cols - 1));
      }
    }
  }
}

TEST(Explain, EveryActivation) {
  for (const ops::Operator* op : ops::all_operators())
    if (op->info->kind == ops::Kind::activation && !std::string(op->info->name).starts_with("wrong"))
      explain_all(chain(std::string(op->info->name)), std::string(op->info->name));
}

TEST(Explain, EveryLoss) {
  for (const ops::Operator* op : ops::all_operators())
    if (op->info->kind == ops::Kind::loss && !std::string(op->info->name).starts_with("wrong"))
      explain_all(chain("tanh", std::string(op->info->name)), std::string(op->info->name));
}

TEST(Explain, PreprocessingNormalisationDropoutAndSkips) { explain_all(tangle(), "tangle"); }

TEST(Explain, EmbeddingsAndAnEnsemble) { explain_all(two_members(), "two members"); }

TEST(Explain, MembersThatShareWeights) { explain_all(shared_members(), "shared members"); }

TEST(Explain, EveryOperatorIsInOneOfTheseNetworks) {
  std::set<std::string> seen;
  for (const ops::Operator* op : ops::all_operators())
    if (op->info->kind == ops::Kind::activation || op->info->kind == ops::Kind::loss)
      seen.insert(std::string(op->info->name));
  for (const Network& network : {tangle(), two_members(), shared_members()})
    for (const graph::Equation& eq : graph::compile(network).equations) seen.insert(std::string(eq.op->info->name));
  for (const ops::Operator* op : ops::all_operators())
    EXPECT_TRUE(seen.contains(std::string(op->info->name))) << op->info->name;
}

TEST(Explain, TheLectureByHand) {
  const Explanation e = explain(lecture_model(), lecture_data(), {.weight = "1:1:1"}, {});
  EXPECT_TRUE(e.ok()) << complaints(e);
  const auto sigmoid = [](double z) { return 1 / (1 + std::exp(-z)); };
  const double a1 = sigmoid(4), a2 = sigmoid(-2);
  const double b1 = sigmoid(2 * a1 - a2), b2 = sigmoid(-2 * a1 - a2);
  const double z1 = 3 * b1 - b2 - 2, z2 = -b1 + 4 * b2 + 2;
  const double p1 = 1 / (1 + std::exp(z2 - z1));
  EXPECT_NEAR(e.loss, -std::log(p1), 1e-14);
  const double d5 = p1 - 1, d6 = 1 - p1;
  const double d3 = b1 * (1 - b1) * (3 * d5 - d6), d4 = b2 * (1 - b2) * (-d5 + 4 * d6);
  const double d1 = a1 * (1 - a1) * (2 * d3 - 2 * d4);
  EXPECT_NEAR(e.gradient("delta_z2")->computed[0], d3, 1e-14);
  EXPECT_NEAR(e.gradient("delta_z1")->computed[0], d1, 1e-14);
  const Derivation& d = e.derivations.at(0);
  EXPECT_NEAR(d.nodes[0].value.computed, d1, 1e-14);  // x1 = 1
  EXPECT_EQ(d.symbol, "W1[1,1]");
  EXPECT_EQ(d.nodes.back().leaf, true);
  ASSERT_TRUE(e.long_way.has_value());
  EXPECT_NEAR(e.long_way->columns.at(0).sum, p1 - 1, 1e-14);
  EXPECT_NEAR(e.long_way->columns.at(0).collapsed, p1 - 1, 1e-14);
  ASSERT_EQ(e.gain_layers.size(), 3u);
  EXPECT_EQ(e.gain_layers[1].layer, "z2");
  EXPECT_NEAR(e.gain_layers[1].ratio, std::hypot(d3, d4) / std::hypot(d5, d6), 1e-14);
  EXPECT_NEAR(e.gain_layers[1].wires, std::hypot(3 * d5 - d6, -d5 + 4 * d6) / std::hypot(d5, d6), 1e-14);
}

TEST(Explain, SmoothedTargetsAreSubtractedAsTheyAreShown) {
  for (const bool softmax : {true, false}) {
    Network network = chain("tanh", softmax ? "softmax_xent" : "sigmoid_bce");
    network.loss_attributes["smoothing"] = 0.2;
    const Explanation e = explain(random_model(network, Precision::float64), random_data(network), {}, {});
    int checked = 0;
    std::istringstream lines(to_text(e));
    for (std::string line; std::getline(lines, line);) {
      const size_t at = line.find("It collapses: p − y′ = ");
      if (at == std::string::npos) continue;
      std::string numbers = line.substr(at + std::string("It collapses: p − y′ = ").size());
      for (size_t minus; (minus = numbers.find("−")) != std::string::npos;)
        numbers.replace(minus, std::string("−").size(), "-");
      double p = 0, y = 0, delta = 0;
      ASSERT_EQ(std::sscanf(numbers.c_str(), "%lf - %lf = %lf", &p, &y, &delta), 3) << line;
      EXPECT_NEAR(p - y, delta, 2e-6) << line;
      ++checked;
    }
    EXPECT_EQ(checked, 2);
  }
}

TEST(Explain, NoAlarmWhereTheNetworkIsSureOfItself) {
  // p − y and l come out far smaller than what they are computed from.
  Network net;
  net.input("x", 2).linear(2).loss("softmax_xent");
  Dataset data = lecture_data();
  for (const double z : {1.5, 4.0, 8.0, 12.0, 20.0}) {
    const Model model(net, Precision::float32, {{"W1", {z + 0.123, -z / 3, 0.3, 0.7}}, {"b1", {0.1, 0.2}}}, {});
    const Explanation e = explain(model, data, {}, {});
    EXPECT_TRUE(e.ok()) << z << "\n" << complaints(e);
  }
}

TEST(Explain, NoAlarmWhereWavesAndMixturesCancel) {
  // Near x = 0 an angle is its phase, whatever x is; h = α·a + (1 − α)·z of opposite signs is near 0 somewhere.
  Network net;
  net.input("x", 3)
      .layer(layer("periodic", "waves", {"x"}, 0, {{"frequencies", 16}, {"outputs", 4}}))
      .layer(layer("linear", "z1", {"waves"}, 64))
      .layer(layer("mish", "a1", {"z1"}))
      .layer(layer("blend", "h1", {"a1", "z1"}))
      .layer(layer("linear", "z2", {"h1"}, 2))
      .loss("squared", {}, "z2")
      .target(2);
  for (const float size : {1e-4F, 1.0F, 3.0F}) {
    Dataset data = random_data(net, 600);
    std::vector<float> x(data.inputs[0].floats().begin(), data.inputs[0].floats().end());
    for (float& v : x) v *= size;
    data.inputs[0].values = std::move(x);
    const Explanation e = explain(random_model(net), data, {}, batch_of(600));
    EXPECT_TRUE(e.ok()) << size << "\n" << complaints(e);
  }
}

TEST(Explain, ARandomThousandOfWeights) {
  Network net;
  net.input("x", 40).linear(64).activation("relu").linear(32).activation("tanh").linear(10).loss("softmax_xent");
  const Model model = random_model(net);
  const Dataset data = random_data(net, 64);
  Stream random(5, Purpose::check, 0);
  for (const bool batch : {false, true}) {
    const Explainer explainer(model, data, batch ? batch_of(64) : ExplainOptions());
    const Explanation e = explainer.explain({.top = 1});
    EXPECT_TRUE(e.ok()) << complaints(e);
    for (int k = 0; k < 500; ++k) {
      const auto& p = model.program().parameters[random.below(model.program().parameters.size())];
      const auto from = static_cast<int>(random.below(static_cast<uint64_t>(p.rows)));
      const auto to = static_cast<int>(random.below(static_cast<uint64_t>(p.cols)));
      const Derivation d = explainer.derive(p.name, p.rows > 1 ? from : -1, to);
      expect_consistent(e, d);
      ASSERT_TRUE(d.executor.has_value());
      EXPECT_EQ(*d.executor, d.nodes[0].value.computed);
    }
  }
}

TEST(Explain, ErrorsSayWhatThereIs) {
  const Explainer explainer(lecture_model(), lecture_data(), {});
  const auto message = [&](const ExplainTarget& target) {
    return support::message_of([&] { explainer.explain(target); });
  };
  EXPECT_EQ(message({.weight = "4:1:1"}),
            "--weight is '4:1:1': there is no layer '4'; layers with weights are 1 to 3, or by name: z1, z2, z3");
  EXPECT_EQ(message({.weight = "1:3:1"}), "--weight is '1:3:1': there is no input unit '3'; units are numbered 1 to 2");
  EXPECT_EQ(message({.bias = "1:0"}), "--bias is '1:0': there is no output unit '0'; units are numbered 1 to 2");
  EXPECT_EQ(message({.weight = "1:1"}),
            "--weight is '1:1', expected LAYER:FROM:TO, e.g. 1:1:1 (a name with ':' in it is given by its number)");
  EXPECT_EQ(message({.top = 0}), "--top is 0, expected 1 to 100");
  EXPECT_EQ(message({.weight = "z1:1:1", .bias = "1:1"}),
            "of --weight, --bias and --neuron more than one is given, expected one of them");
  ExplainOptions row;
  row.rows = {1};
  EXPECT_EQ(support::message_of([&] { Explainer(lecture_model(), lecture_data(), row); }),
            "there is no row 2; the data have 1 rows, numbered from 1");
}

TEST(Explain, TheReceiptHoldsTheWholeExplanation) {
  for (const bool batch : {false, true}) {
    const Network net = tangle();
    const Explanation e =
        explain(random_model(net), random_data(net), {.top = 2}, batch ? batch_of(5) : ExplainOptions());
    const std::string text = to_json(e);
    EXPECT_EQ(to_json(explanation_from_json(text)), text);
  }
}

}  // namespace
}  // namespace retrograd
