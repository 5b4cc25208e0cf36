// retrograd explain and verify on trained models: formats, the update's state, tampering, errors.
#include <nlohmann/json.hpp>

#include "cli/inputs.hpp"
#include "cli/program.hpp"

namespace retrograd::cli_test {
namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

class ExplainVerb : public Cli {
 protected:
  void SetUp() override {
    write("table.csv", table_csv());
    must({"train",     "table.csv", "--target", "label",    "--ignore", "tall",         "--ignore",
          "rich",      "--preset",  "plain",    "--hidden", "6,5",      "--activation", "tanh",
          "--dropout", "0",         "--epochs", "3",        "--out",    "run",          "--quiet"});
  }
  std::string text(std::vector<std::string> more) const {
    std::vector<std::string> arguments = {"explain", "run", "table.csv", "--row", "3"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return must(arguments).out;
  }
};

TEST_F(ExplainVerb, EveryFormatOfARowAndOfABatch) {
  for (const std::vector<std::string>& batch : {std::vector<std::string>{}, {"--batch", "1-8,12"}}) {
    const auto with = [&](std::vector<std::string> more) {
      more.insert(more.end(), batch.begin(), batch.end());
      return text(more);
    };
    const std::string plain = with({"--weight", "2:1:1"});
    for (const char* part :
         {"W2[1,1]", "Forward pass", "Backward pass", "The update of", "The gain budget", "The audit"})
      EXPECT_TRUE(has(plain, part)) << part << "\n" << plain;
    EXPECT_EQ(has(plain, "The rows that pushed hardest"), !batch.empty());
    EXPECT_TRUE(has(with({"--format", "html"}), "<math"));
    EXPECT_TRUE(has(with({"--format", "latex"}), "\\begin{document}"));
    const auto receipt = nlohmann::json::parse(with({"--format", "json", "--top", "3"}));
    EXPECT_EQ(receipt["derivations"].size(), 3u);
    EXPECT_EQ(receipt["derivations"][0]["rows"].size(), batch.empty() ? 1u : 9u);
  }
}

TEST_F(ExplainVerb, ANeuronIsShownWithAllItsWires) {
  const std::string shown = text({"--neuron", "2:4"});
  EXPECT_TRUE(has(shown, "Neuron z2[4], all its wires")) << shown;
  for (int from = 1; from <= 6; ++from) EXPECT_TRUE(has(shown, "a1[" + std::to_string(from) + "]")) << shown;
  for (int to = 1; to <= 3; ++to) EXPECT_TRUE(has(shown, "δ_z3[" + std::to_string(to) + "]")) << shown;
  EXPECT_TRUE(has(shown, "b2[4]")) << "its bias is derived";
  const auto receipt = nlohmann::json::parse(text({"--neuron", "2:4", "--format", "json"}));
  EXPECT_EQ(receipt["neuron"]["value"], "z2");
  EXPECT_EQ(receipt["neuron"]["unit"], 3);
}

TEST_F(ExplainVerb, TheUpdateStartsFromTheStateOfTheRun) {
  const auto update = [&] { return nlohmann::json::parse(text({"--format", "json"}))["derivations"][0]["update"]; };
  const auto saved = update();
  EXPECT_FALSE(saved["fresh"].get<bool>());
  EXPECT_TRUE(has(saved["state"], "in the run's checkpoint")) << saved["state"];
  EXPECT_GT(saved["step"].get<int>(), 3);
  EXPECT_TRUE(has(text({}), "in the run's checkpoint"));
  // Two steps later: without the checkpoint, and beside that of another run.
  must({"train", "table.csv", "--target", "label", "--ignore", "tall", "--ignore", "rich", "--preset", "plain",
        "--hidden", "6,5", "--epochs", "1", "--seed", "9", "--out", "other", "--quiet"});
  write("other/model.onnx", read("run/model.onnx"));
  const auto beside = nlohmann::json::parse(
      must({"explain", "other", "table.csv", "--row", "3", "--format", "json"}).out)["derivations"][0]["update"];
  EXPECT_TRUE(beside["fresh"].get<bool>());
  EXPECT_TRUE(has(beside["state"], "of another run")) << beside["state"];
  write("model.onnx", read("run/model.onnx"));
  const auto alone = nlohmann::json::parse(
      must({"explain", "model.onnx", "table.csv", "--row", "3", "--format", "json"}).out)["derivations"][0]["update"];
  EXPECT_TRUE(alone["fresh"].get<bool>());
  EXPECT_TRUE(has(alone["state"], "left no checkpoint")) << alone["state"];
  EXPECT_NE(alone["after"], saved["after"]);
}

TEST_F(ExplainVerb, ErrorsSayWhatWouldBeRight) {
  const auto explain = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"explain", "run", "table.csv"});
    return more;
  };
  refuses(explain({}), {"which row?", "--row R", "--batch"});
  refuses(explain({"--row", "0"}), {"--row", "0"});
  refuses(explain({"--row", "204"}), {"no row 204", "203 rows"});
  refuses(explain({"--row", "1", "--weight", "9:1:1"}), {"no layer '9'", "1 to 3"});
  refuses(explain({"--row", "1", "--weight", "W2:1:x"}), {"no output unit 'x'"});  // the layer is found by its weights
  refuses(explain({"--row", "1", "--weight", "1:nobody:1"}), {"no input unit 'nobody'"});
  refuses(explain({"--row", "1", "--neuron", "1"}), {"--neuron is '1'", "LAYER:UNIT"});
  refuses(explain({"--row", "1", "--neuron", "2:6"}), {"no output unit '6'", "1 to 5"});
  refuses(explain({"--row", "1", "--neuron", "2:1", "--bias", "2:1"}), {"--weight, --bias and --neuron"});
  refuses(explain({"--batch", "8-1"}), {"--batch", "8-1", "smaller row first"});
  refuses(explain({"--batch", "1,1"}), {"row 1", "twice"});
  refuses(explain({"--batch", "1-8", "--row", "9"}), {"row 9 is not in the batch"});
  const Finished pdf = run(explain({"--row", "1", "--format", "pdf"}));
  EXPECT_EQ(pdf.code, 1);
  EXPECT_TRUE(has(pdf.err, "pdf")) << pdf.err;
  refuses({"explain", "nothing", "table.csv", "--row", "1"}, {"nothing"});
  write("bare.csv", without_column(table_csv(), "label"));
  refuses({"explain", "run", "bare.csv", "--row", "1"}, {"label"});
}

TEST_F(ExplainVerb, VerifySaysWhyAReceiptCannotBeRead) {
  refuses({"verify", "none.json"}, {"cannot read none.json: No such file or directory"});
  refuses({"verify", "."}, {"cannot read .: it is a directory"});
}

TEST_F(ExplainVerb, VerifyAcceptsItsReceiptsAndNothingElse) {
  text({"--format", "json", "--out", "r.json"});
  EXPECT_TRUE(has(must({"verify", "r.json"}).out, "statements follow"));
  EXPECT_TRUE(has(must({"verify", "r.json", "--model", "run", "--data", "table.csv"}).out, "statements follow"));
  const auto said = nlohmann::json::parse(must({"verify", "r.json", "--json"}).out);
  EXPECT_TRUE(said["ok"].get<bool>());
  EXPECT_GT(said["checked"].get<int>(), 100);

  auto receipt = nlohmann::json::parse(read("r.json"));
  receipt["loss"] = 77.0;
  write("wrong.json", receipt.dump());
  const Finished wrong = run({"verify", "wrong.json"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_TRUE(has(wrong.out, "the loss L is 77")) << wrong.out;
  const Finished json = run({"verify", "wrong.json", "--json"});
  EXPECT_EQ(json.code, 2);
  EXPECT_FALSE(nlohmann::json::parse(json.out)["ok"].get<bool>());

  must({"train", "table.csv", "--target", "label", "--ignore", "tall", "--ignore", "rich", "--preset", "plain",
        "--hidden", "6,5", "--epochs", "1", "--seed", "9", "--out", "other", "--quiet"});
  const Finished other = run({"verify", "r.json", "--model", "other", "--data", "table.csv"});
  EXPECT_EQ(other.code, 2);
  EXPECT_TRUE(has(other.out, "fingerprint")) << other.out;
  // Consistent in itself, but not what these data give.
  std::string rows = table_csv();
  const size_t third = rows.find('\n', rows.find('\n', rows.find('\n') + 1) + 1) + 1;
  rows.erase(third, rows.find('\n', third) + 1 - third);
  write("shifted.csv", rows);
  EXPECT_EQ(run({"verify", "r.json", "--model", "run", "--data", "shifted.csv"}).code, 2);

  write("text.json", "{\"format\": \"something else\"}");
  refuses({"verify", "text.json"}, {"receipt"});
  write("cut.json", read("r.json").substr(0, 500));
  refuses({"verify", "cut.json"}, {"receipt"});
  refuses({"verify", "missing.json"}, {"missing.json"});
  refuses({"verify", "r.json", "--model", "run"}, {"--model and --data"});
}

TEST_F(ExplainVerb, DiagnoseRefusesWhatItCannotRead) {
  refuses({"diagnose", "run", "table.csv", "--format", "html"}, {"'html'", "text or json"});
  refuses({"diagnose", "run", "missing.csv"}, {"missing.csv"});
  refuses({"diagnose", "missing", "table.csv"}, {"missing"});
  refuses({"diagnose", "run", "table.csv", "--rows", "1"}, {"--rows", "1"});
  const Finished json = run({"diagnose", "run", "table.csv", "--json"});
  EXPECT_TRUE(json.code == 0 || json.code == 2) << json.err;
  const auto parsed = nlohmann::json::parse(json.out);
  EXPECT_EQ(parsed["healthy"].get<bool>(), json.code == 0);
}

}  // namespace
}  // namespace retrograd::cli_test
