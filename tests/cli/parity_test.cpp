// retrograd parity as it is used.
#include <nlohmann/json.hpp>

#include "inputs.hpp"
#include "program.hpp"

namespace retrograd::cli_test {
namespace {

class ParityVerb : public Cli {
 protected:
  ParityVerb() {
    write("t.csv", table_csv());
    must({"train", "t.csv", "--target", "label", "--hidden", "8", "--epochs", "3", "--out", "run", "--quiet"});
  }
};

TEST_F(ParityVerb, SaysHowFarTheGraphIsFromTheModel) {
  const Finished f = must({"parity", "run", "t.csv"});
  EXPECT_NE(f.out.find("own evaluation"), std::string::npos) << f.out;
  EXPECT_NE(f.out.find("labels agree"), std::string::npos) << f.out;
  EXPECT_NE(f.out.find("the graph computes what the model computes"), std::string::npos) << f.out;
}

TEST_F(ParityVerb, Json) {
  const auto json = nlohmann::json::parse(must({"parity", "run/model.onnx", "t.csv", "--json"}).out);
  EXPECT_TRUE(json.at("ok"));
  ASSERT_EQ(json.at("readings").size(), 2u);
  const auto& own = json.at("readings").at(0);
  EXPECT_EQ(own.at("by"), "own evaluation");
  EXPECT_EQ(own.at("labels"), json.at("rows"));
  EXPECT_EQ(own.at("labels_differ"), 0);
  ASSERT_EQ(own.at("outputs").size(), 2u);
  EXPECT_LE(own.at("outputs").at(0).at("absolute").get<double>(), 1e-5);
}

TEST_F(ParityVerb, QuantilesOfNumbersOfManyMagnitudes) {
  std::string csv = "a,y\n";
  for (int row = 0; row < 80; ++row)
    csv += "1e" + std::to_string(row * 37 % 73 - 38) + "," + std::to_string(row % 7) + ".5\n";
  write("wide.csv", csv);
  must({"train", "wide.csv", "--target", "y", "--preset", "plain", "--scaling", "quantile", "--epochs", "2", "--out",
        "wide"});
  must({"parity", "wide", "wide.csv"});
}

TEST_F(ParityVerb, WithoutNodeItSaysWhatWasNotRun) {
  const Finished f = must({"parity", "run", "t.csv"}, {.environment = {{"PATH", "/nonexistent"}}});
  EXPECT_NE(f.out.find("not run: Node is not installed"), std::string::npos) << f.out;
  refuses({"parity", "run", "t.csv", "--onnxruntime", "."}, {"ONNX Runtime", "Node is not installed"},
          {.environment = {{"PATH", "/nonexistent"}}});
}

TEST_F(ParityVerb, BadInput) {
  refuses({"parity", "run", "none.csv"}, {"none.csv"});
  refuses({"parity", "t.csv", "t.csv"}, {"t.csv", "not an ONNX model"});
}

}  // namespace
}  // namespace retrograd::cli_test
