#include "graph/program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.hpp"
#include "graph/layer_error.hpp"
#include "retrograd/error.hpp"
#include "support/message.hpp"

namespace retrograd::graph {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string message(const Network& net) {
  return support::message_of([&] { compile(net); });
}

/// The layer that compile() blames; -1 if it blames none.
int64_t wrong_layer(const Network& net) {
  try {
    compile(net);
  } catch (const LayerError& e) {
    return static_cast<int64_t>(e.layer());
  } catch (const Error&) {
  }
  return -1;
}

Network chain() {
  Network net;
  net.input("x", 4).linear(3).activation("sigmoid").linear(2).loss("softmax_xent");
  return net;
}

std::vector<std::string> names(const ForwardProgram& p) {
  std::vector<std::string> result;
  for (const Value& v : p.values) result.push_back(v.name);
  return result;
}

Layer layer(std::string type, std::string name, std::vector<std::string> inputs, int units = 0) {
  Layer l;
  l.type = std::move(type);
  l.name = std::move(name);
  l.inputs = std::move(inputs);
  l.units = units;
  return l;
}

TEST(Compile, NamesFollowTheTextbook) {
  const ForwardProgram p = compile(chain());
  EXPECT_THAT(names(p), ElementsAre("x", "y", "z1", "a1", "z2", "p", "l"));
  ASSERT_NE(p.parameter("W2"), nullptr);
  EXPECT_EQ(p.parameter("W2")->rows, 3);
  EXPECT_EQ(p.parameter("W2")->cols, 2);
  EXPECT_TRUE(p.parameter("W2")->decays);
  EXPECT_FALSE(p.parameter("b2")->decays);
  EXPECT_EQ(p.trained_count(), 4 * 3 + 3 + 3 * 2 + 2);
}

TEST(Compile, FlopsCountSixPerWeightAndFourInTheFirstLayer) {
  Network net;
  net.input("x", 10).linear(20, "z1").layer(layer("linear", "z2", {"z1"}, 30)).loss("squared").target(30);
  const ForwardProgram p = compile(net);
  const double loss = p.equations.back().shapes.flops_forward + p.equations.back().shapes.flops_backward;
  EXPECT_DOUBLE_EQ(p.flops_step() - loss, 4.0 * 10 * 20 + 6.0 * 20 * 30);
}

TEST(Compile, OrdersAnyAcyclicArrangement) {
  Network net;
  net.input("left", 3).input("right", 5);
  net.layer(layer("add", "sum", {"p1", "p2"}))  // given before what it reads
      .layer(layer("linear", "p1", {"left"}, 4))
      .layer(layer("linear", "p2", {"right"}, 4))
      .layer(layer("linear", "out", {"sum"}, 2))
      .loss("softmax_xent", {}, "out");
  const ForwardProgram p = compile(net);
  EXPECT_LT(p.value("p2"), p.value("sum"));
  EXPECT_LT(p.value("sum"), p.value("out"));
}

TEST(Compile, RefusesWithTheLayerAndTheFix) {
  EXPECT_THAT(message(Network()), HasSubstr("no input"));
  Network net = chain();
  net.layers[1].type = "sigmoit";
  EXPECT_THAT(message(net), HasSubstr("sigmoit"));
  net = chain();
  net.layers[0].units = 0;
  EXPECT_THAT(message(net), HasSubstr("z1"));
  net = chain();
  net.layers[0].inputs = {"w"};
  EXPECT_THAT(message(net), HasSubstr("'w' is not a layer"));
  net = chain();
  net.layers[1].attributes["alpha"] = 1;
  EXPECT_THAT(message(net), HasSubstr("no attribute 'alpha'"));
  net = chain();
  net.layers[1].name = "x";
  EXPECT_THAT(message(net), HasSubstr("'x'"));
  net = chain();
  net.loss_type = "relu";
  EXPECT_THAT(message(net), HasSubstr("not a loss"));
  net = chain();
  net.layers[1].type = "dropout";
  net.layers[1].attributes["rate"] = 1;
  EXPECT_THAT(message(net), HasSubstr("rate is 1"));
  Network cycle;
  cycle.input("x", 2).layer(layer("add", "a", {"x", "b"})).layer(layer("identity", "b", {"a"})).loss("squared");
  EXPECT_THAT(message(cycle), HasSubstr("cycle"));
  EXPECT_EQ(wrong_layer(cycle), 0);
  Network widths;
  widths.input("x", 2).input("v", 3).layer(layer("add", "a", {"x", "v"})).linear(1).loss("squared");
  EXPECT_THAT(message(widths), testing::AllOf(HasSubstr("2"), HasSubstr("3"), HasSubstr("'a'")));
  for (int64_t k = 0; k < 3; ++k) {
    const auto at = static_cast<size_t>(k);
    Network wrong = chain();
    wrong.layers[at].type = "liner";
    EXPECT_EQ(wrong_layer(wrong), k);
    wrong = chain();
    wrong.layers[at].inputs = {"nowhere"};
    EXPECT_EQ(wrong_layer(wrong), k);
    wrong = chain();
    wrong.layers[at].attributes["rank"] = 1;
    EXPECT_EQ(wrong_layer(wrong), k);
  }
  Network nothing;
  nothing.input("x", 1).activation("relu").loss("squared");
  EXPECT_THAT(message(nothing), HasSubstr("no trained parameter"));
  Network circle;
  circle.input("x", 2).linear(2, "z").loss("squared", {}, "z", "z").target(2);
  EXPECT_THAT(message(circle), testing::AllOf(HasSubstr("'z'"), HasSubstr("depends on trained parameters")));
}

TEST(Reverse, IsTheForwardProgramBackwardsWithoutDxForTheFirstLayer) {
  const ForwardProgram p = compile(chain());
  const ReverseProgram r = reverse(p);
  std::vector<std::string> written;
  for (const Gradient& g : r.gradients) written.push_back(g.name);
  EXPECT_THAT(written, ElementsAre("d_l", "delta_z2", "d_a1", "delta_z1"));
  const ReverseEquation& last = r.equations.back();
  EXPECT_EQ(p.values[static_cast<size_t>(p.equations[static_cast<size_t>(last.forward)].output)].name, "z1");
  EXPECT_THAT(last.dx, ElementsAre(-1));
  EXPECT_TRUE(last.wants_parameters);
}

TEST(Reverse, AddsTheGradientsOfSeveralPaths) {
  Network net;
  net.input("x", 4).linear(4).activation("tanh");
  net.layer(layer("add", "skip", {"a1", "z1"})).linear(2).loss("softmax_xent");
  const ReverseProgram r = reverse(compile(net));
  int sums = 0;
  for (const ReverseEquation& eq : r.equations)
    if (eq.kind == ReverseEquation::Kind::add) {
      ++sums;
      EXPECT_EQ(eq.terms.size(), 2u);
      EXPECT_EQ(r.gradients[static_cast<size_t>(eq.output)].name, "delta_z1");
    }
  EXPECT_EQ(sums, 1);
}

TEST(Reverse, LeavesOutWhatTheLossDoesNotNeed) {
  Network net;
  net.input("x", 4).linear(4).layer(layer("linear", "unused", {"z1"}, 3)).loss("squared", {}, "z1").target(4);
  const ForwardProgram p = compile(net);
  for (const ReverseEquation& eq : reverse(p).equations) {
    if (eq.kind != ReverseEquation::Kind::vjp) continue;
    EXPECT_NE(p.values[static_cast<size_t>(p.equations[static_cast<size_t>(eq.forward)].output)].name, "unused");
  }
}

TEST(Print, ShowsBothProgramsWithShapes) {
  const ForwardProgram p = compile(chain());
  EXPECT_THAT(print(p), HasSubstr("z1 = linear(x, W1, b1)"));
  EXPECT_THAT(print(p), HasSubstr("[N, 3]"));
  const std::string backwards = print(p, reverse(p));
  EXPECT_THAT(backwards, HasSubstr("dW2, db2 = linear.gradient(delta_z2; a1)"));
  EXPECT_THAT(backwards, HasSubstr("delta_z1 = sigmoid.backward(d_a1; z1)"));
}

TEST(Json, RoundTripIsTheSameDescription) {
  Network net = chain();
  net.layers[0].initializer = "constant";
  net.layers[0].initializer_argument = 0.1;
  net.layers[1].type = "leaky_relu";
  net.layers[1].attributes["alpha"] = 0.3;
  net.loss_attributes["smoothing"] = 0.05;
  const Network resolved = compile(net).network;
  EXPECT_EQ(network_from_json(to_json(resolved)), resolved);
}

TEST(Json, DamagedTextIsRefusedNotTrusted) {
  const std::string text = to_json(compile(chain()).network);
  for (size_t length = 0; length < text.size(); ++length)
    EXPECT_THROW(network_from_json(text.substr(0, length)), Error) << length;
  Stream stream(3, Purpose::check, 0);
  for (int trial = 0; trial < 3000; ++trial) {
    std::string damaged = text;
    damaged[stream.below(damaged.size())] = static_cast<char>(stream.below(256));
    try {
      compile(network_from_json(damaged));
    } catch (const Error&) {
      // refused with a message; anything else (a crash, another exception) fails the test
    }
  }
}

}  // namespace
}  // namespace retrograd::graph
