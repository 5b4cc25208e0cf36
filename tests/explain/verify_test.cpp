// Receipts re-derived: right ones follow, tampered ones are refused.
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "explain/small_networks.hpp"
#include "retrograd/receipt.hpp"

namespace retrograd {
namespace {

using namespace explain_test;
using Json = nlohmann::ordered_json;

TrainOptions adam() {
  TrainOptions t;
  t.optimizer = "adam";
  t.learning_rate = 0.01;
  t.weight_decay = 0;
  return t;
}

Explanation lecture() {
  ExplainOptions o;
  o.training = adam();
  return explain(lecture_model(), lecture_data(), {.weight = "1:1:1"}, o);
}

TEST(Verify, RightReceiptsFollow) {
  const Verification v = verify_receipt(to_json(lecture()));
  EXPECT_TRUE(v.ok()) << v.fault;
  EXPECT_GT(v.checked, 100);
  EXPECT_TRUE(v.open.empty()) << v.open.front();
  for (const Precision precision : {Precision::float32, Precision::float64})
    for (const std::string activation : {"relu", "gelu", "tanh"}) {
      const Network net = chain(activation);
      const Model model = random_model(net, precision);
      const Dataset data = random_data(net);
      ExplainOptions o;
      o.training = adam();
      for (const bool batch : {false, true}) {
        o.batch = batch;
        if (batch) o.rows = {0, 3, 4};
        const std::string text = to_json(explain(model, data, {}, o));
        const Verification alone = verify_receipt(text);
        EXPECT_TRUE(alone.ok()) << activation << batch << ": " << alone.fault;
        const Verification with = verify_receipt(text, &model, &data, o);
        EXPECT_TRUE(with.ok()) << activation << batch << ": " << with.fault;
      }
    }
  for (const Network& net : {tangle(), two_members(), shared_members()})
    for (const bool batch : {false, true}) {
      ExplainOptions o;
      o.batch = batch;
      if (batch) o.rows = {0, 1, 2, 5};
      const Verification v2 = verify_receipt(to_json(explain(random_model(net), random_data(net), {}, o)));
      EXPECT_TRUE(v2.ok()) << net.layers[0].name << batch << ": " << v2.fault;
    }
}

TEST(Verify, TamperedReceiptsAreRefused) {
  const Json right = Json::parse(to_json(lecture()));
  const std::vector<std::pair<std::string, std::function<void(Json&)>>> kinds = {
      {"forward value", [](Json& j) { j["values"][2]["computed"][0] = 3.9; }},
      {"recomputed value", [](Json& j) { j["values"][3]["recomputed"][1] = 0.12; }},
      {"input", [](Json& j) { j["values"][0]["computed"][0] = 1.5; }},
      {"target", [](Json& j) { j["values"][1]["computed"][0] = 1; }},
      {"weight", [](Json& j) { j["parameters"][2]["values"][1] = -2.5; }},
      {"gradient of a unit", [](Json& j) { j["gradients"][2]["computed"][0] = 0.5; }},
      {"gradient of a weight", [](Json& j) { j["parameters"][0]["gradient"][2] = 0.5; }},
      {"theta", [](Json& j) { j["derivations"][0]["theta"] = 1.25; }},
      {"local factor", [](Json& j) { j["derivations"][0]["nodes"][0]["paths"][0]["terms"][0]["local"] = 2; }},
      {"upstream factor", [](Json& j) { j["derivations"][0]["nodes"][0]["paths"][0]["terms"][0]["upstream"] = 0.5; }},
      {"product", [](Json& j) { j["derivations"][0]["nodes"][1]["paths"][0]["terms"][0]["product"] = 0.5; }},
      {"sum", [](Json& j) { j["derivations"][0]["nodes"][2]["paths"][0]["sum"]["recomputed"] = 0.5; }},
      {"folded", [](Json& j) { j["derivations"][0]["nodes"][2]["paths"][0]["folded"] = 3; }},
      {"link", [](Json& j) { j["derivations"][0]["nodes"][0]["paths"][0]["terms"][0]["node"] = 2; }},
      {"unit of a node", [](Json& j) { j["derivations"][0]["nodes"][1]["unit"] = 1; }},
      {"formula", [](Json& j) { j["forward"][1]["formula"]["right"]["text"] = "z"; }},
      {"operator", [](Json& j) { j["forward"][1]["op"] = "tanh"; }},
      {"gain", [](Json& j) { j["forward"][1]["gains"][0] = 0.25; }},
      {"wiring", [](Json& j) { j["forward"][2]["inputs"][0] = "x"; }},
      {"reversal", [](Json& j) { std::swap(j["backward"][1], j["backward"][2]); }},
      {"loss", [](Json& j) { j["loss"] = 1.0; }},
      {"probability", [](Json& j) { j["long_way"]["p"][0] = 0.5; }},
      {"long product", [](Json& j) { j["long_way"]["columns"][0]["products"][0] = 0.5; }},
      {"update line", [](Json& j) { j["derivations"][0]["update"]["lines"][1]["value"] = 0.5; }},
      {"update formula", [](Json& j) { j["derivations"][0]["update"]["lines"][1]["formula"] = "m ← g"; }},
      {"learning rate", [](Json& j) { j["derivations"][0]["update"]["eta"] = 0.02; }},
      {"after the update", [](Json& j) { j["derivations"][0]["update"]["after"] = 0.5; }},
      {"central difference", [](Json& j) { j["derivations"][0]["central_difference"] = 0.5; }},
      {"ulp", [](Json& j) { j["derivations"][0]["nodes"][1]["value"]["ulp"] = 5000; }},
      {"verdict", [](Json& j) { j["derivations"][0]["nodes"][1]["value"]["ok"] = false; }},
      {"gain budget", [](Json& j) { j["gain_layers"][1]["wires"] = 2; }},
      {"gain step", [](Json& j) { j["gain_steps"][1]["ratio"] = 2; }},
      {"row share", [](Json& j) { j["derivations"][0]["rows"][0]["contribution"] = 2; }},
      {"fingerprint", [](Json& j) { j["fingerprint"] = "none"; }},
      {"seed weight", [](Json& j) { j["weights"][0] = 2; }},
      {"trace operand", [](Json& j) { j["values"][2]["features"] = 3; }},
  };
  for (const auto& [name, tamper] : kinds) {
    Json j = right;
    tamper(j);
    ASSERT_NE(j, right) << name;
    EXPECT_FALSE(verify_receipt(j.dump()).ok()) << name;
  }
}

}  // namespace
}  // namespace retrograd
