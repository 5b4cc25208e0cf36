// Every verb as it is meant to be used.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "inputs.hpp"
#include "program.hpp"

namespace retrograd::cli_test {
namespace {

using Json = nlohmann::json;
using Words = std::vector<std::string>;

class Verbs : public Cli {
 protected:
  Verbs() { write("t.csv", table_csv()); }
  void train(const Words& more, const std::string& out = "run") const {
    Words words = {"train", "--quiet", "--epochs", "5", "--hidden", "32,16", "--out", out};
    words.insert(words.end(), more.begin(), more.end());
    must(words);
  }
};

Words lines_of(const std::string& text) {
  Words lines;
  std::stringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_F(Verbs, TrainChoosesAPresetAndSaysWhy) {
  const auto said = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"train", "t.csv", "--target", "label", "--out", "run", "--epochs", "1", "--no-report"});
    return must(more).out;
  };
  EXPECT_TRUE(contains(said({}), "preset table: the default for tables"));
  EXPECT_TRUE(contains(read("run/config.toml"), "preset = \"table\""));
  EXPECT_TRUE(contains(said({"--lr", "0.1"}), "preset plain: lr is given"));
  EXPECT_TRUE(contains(said({"--hidden", "none"}), "preset plain: it has no hidden layer"));
  const std::string asked = said({"--lr", "0.1", "--preset", "table"});
  EXPECT_FALSE(contains(asked, "preset plain"));
  EXPECT_TRUE(contains(read("run/config.toml"), "bins = 32"));
}

TEST_F(Verbs, WhatIsForImagesIsRefusedForTables) {
  refuses({"train", "t.csv", "--target", "label", "--preset", "image"}, {"preset image is for images", "table"});
  refuses({"train", "t.csv", "--target", "label", "--augment", "flip"}, {"--augment changes images", "a table"});
  refuses({"train", "t.csv", "--target", "label", "--augment", "turn=9"}, {"'turn=9'", "rotate[=DEGREES]"});
}

TEST_F(Verbs, TrainSaysWhatItDecidedAndEndsWithATable) {
  write("test.csv", table_csv(60));
  const Finished f = must({"train", "t.csv", "--target", "label", "--test", "test.csv", "--out", "run", "--epochs", "5",
                           "--preset", "plain"});
  EXPECT_EQ(f.err, "");
  for (const char* part :
       {"t.csv: 203 rows, 8 feature columns", "held out for validation", "hidden layers", "batch", "learning rate",
        "epoch 1/5", "rows/s", "accuracy", "train ", "validation ", "test ", "model run/model.onnx, fingerprint "})
    EXPECT_TRUE(contains(f.out, part)) << part << "\n" << f.out;
  EXPECT_TRUE(contains(f.out, "epoch 5/5")) << f.out;
  EXPECT_EQ(list("run"), kRunFiles);
  const Words history = lines_of(read("run/history.csv"));
  ASSERT_EQ(history.size(), 6u);
  EXPECT_TRUE(
      history[0].starts_with("epoch,steps,train_loss,valid_loss,metric,valid_metric,learning_rate,seconds,"
                             "rows_per_second,best"))
      << history[0];
}

TEST_F(Verbs, TrainWithJsonPrintsOneObjectAndLogsToStandardError) {
  const Finished f = must({"train", "t.csv", "--target", "label", "--out", "run", "--epochs", "3", "--json"});
  const Json json = Json::parse(f.out);
  for (const char* key :
       {"fingerprint", "rows", "epochs", "best_epoch", "stopped", "train", "validation", "parameters"})
    EXPECT_TRUE(json.contains(key)) << key;
  EXPECT_EQ(json["epochs"], 3);
  EXPECT_EQ(json["validation"]["rows"].get<int>() + json["rows"].get<int>(), 203);
  EXPECT_TRUE(contains(f.err, "epoch 3/3"));
  EXPECT_EQ(must({"train", "t.csv", "--target", "label", "--out", "run", "--epochs", "1", "--json", "--quiet"}).err,
            "");
}

TEST_F(Verbs, QuietSaysNothing) {
  const Finished f = must({"train", "t.csv", "--target", "label", "--out", "run", "--epochs", "1", "--quiet"});
  EXPECT_EQ(f.out + f.err, "");
  EXPECT_TRUE(exists("run/model.onnx"));
}

TEST_F(Verbs, EvaluateAClassifier) {
  train({"t.csv", "--target", "label", "--epochs", "100"});
  const Finished json = must({"evaluate", "run", "t.csv", "--json"});
  EXPECT_EQ(json.err, "");
  const Json j = Json::parse(json.out);
  for (const char* key : {"rows", "loss", "accuracy", "log_loss", "auc", "macro_f1", "fingerprint"})
    EXPECT_TRUE(j.contains(key)) << key;
  EXPECT_EQ(j["rows"], 203);
  EXPECT_GT(j["accuracy"].get<double>(), 0.65);
  const Finished text = must({"evaluate", "run/model.onnx", "t.csv"});
  for (const char* part : {"precision", "recall", "F1", "AUC", "Confusion", "Calibration", "fingerprint"})
    EXPECT_TRUE(contains(text.out, part)) << part;
  EXPECT_EQ(must({"evaluate", "run", "t.csv", "--threads", "3"}).out, text.out);
}

TEST_F(Verbs, RegressionFromTableToPrediction) {
  train({"t.csv", "--target", "price", "--ignore", "label", "--epochs", "60"});
  const Json j = Json::parse(must({"evaluate", "run", "t.csv", "--json"}).out);
  for (const char* key : {"rows", "loss", "rmse", "mae", "r2", "fingerprint"}) EXPECT_TRUE(j.contains(key)) << key;
  EXPECT_GT(j["r2"].get<double>(), 0.5);
  const Words lines = lines_of(must({"predict", "run", "t.csv"}).out);
  ASSERT_EQ(lines.size(), 204u);
  EXPECT_EQ(lines[0], "prediction");
  EXPECT_GT(std::stod(lines[1]), 0);
}

TEST_F(Verbs, WhatOverflowsHasNoPrediction) {
  std::string rows = "x,far,label,price\n";
  for (int i = 0; i < 60; ++i)
    rows += fmt::format("{},{},{},{}\n", i % 7, (i % 5 - 2) * 1e-3, i % 2 ? "high" : "low", i * 0.5);
  write("small.csv", rows);
  write("far.csv", "x,far\n1,0.001\n1,1e38\n2,0.002\n");
  for (const char* target : {"label", "price"}) {
    const std::string other = target == std::string("label") ? "price" : "label";
    train({"small.csv", "--target", target, "--ignore", other, "--preset", "plain", "--epochs", "2"});
    const Finished f = must({"predict", "run", "far.csv"});
    const Words lines = lines_of(f.out);
    ASSERT_EQ(lines.size(), 4u) << f.out;
    EXPECT_EQ(lines[2], "\"\"") << target;
    EXPECT_TRUE(contains(f.err, "1 of 3 rows have no prediction, the first is row 2")) << f.err;
    EXPECT_NE(lines[3], "\"\"");
  }
}

TEST_F(Verbs, MultilabelFromTableToPrediction) {
  train({"t.csv", "--target", "tall", "--target", "rich", "--epochs", "30"});
  const Json j = Json::parse(must({"evaluate", "run", "t.csv", "--json"}).out);
  EXPECT_GT(j["macro_f1"].get<double>(), 0.5);
  const Words lines = lines_of(must({"predict", "run", "t.csv", "--proba"}).out);
  ASSERT_EQ(lines.size(), 204u);
  EXPECT_EQ(lines[0], "tall,rich,p(tall),p(rich)");
}

TEST_F(Verbs, PredictWritesOneRowForEachRow) {
  train({"t.csv", "--target", "label"});
  write("new.csv", without_column(table_csv(40), "label"));
  const Finished to_file = must({"predict", "run", "new.csv", "--proba", "--out", "p.csv"});
  EXPECT_EQ(to_file.out + to_file.err, "");
  const Words lines = lines_of(read("p.csv"));
  ASSERT_EQ(lines.size(), 41u);
  EXPECT_EQ(lines[0], "prediction,p(high),p(low),p(middle)");
  for (size_t n = 1; n < lines.size(); ++n) {
    std::stringstream row(lines[n]);
    std::string name, field;
    std::getline(row, name, ',');
    double total = 0;
    while (std::getline(row, field, ',')) total += std::stod(field);
    EXPECT_NEAR(total, 1, 1e-5);
    EXPECT_TRUE(name == "high" || name == "low" || name == "middle") << name;
  }
  EXPECT_EQ(must({"predict", "run", "new.csv", "--proba"}).out, read("p.csv"));
  EXPECT_EQ(must({"predict", "run", "new.csv", "--proba", "--out", "-"}).out, read("p.csv"));
}

TEST_F(Verbs, PredictKnowsWhatItHasNotSeen) {
  train({"t.csv", "--target", "label"});
  write("new.csv", "age,city,member,score,price,tall,rich,weight\n,Oslo,yes,0.5,100,1,0,1\n");
  EXPECT_EQ(lines_of(must({"predict", "run", "new.csv"}).out).size(), 2u);
}

TEST_F(Verbs, ImagesFromAFolder) {
  const Images a = images(150), b = images(40, 1000);
  write("m/train-images-idx3-ubyte", idx({150, 6, 5}, a.pixels));
  write("m/train-labels-idx1-ubyte", idx({150}, a.labels));
  write("m/t10k-images-idx3-ubyte.gz", gzip(idx({40, 6, 5}, b.pixels)));
  write("m/t10k-labels-idx1-ubyte.gz", gzip(idx({40}, b.labels)));
  EXPECT_TRUE(
      contains(must({"train", "idx:m", "--epochs", "12", "--out", "run"}).out, "preset fast: the default for images"));
  EXPECT_TRUE(contains(read("run/config.toml"), "augment = \"none\""));  // 6 × 5 pixels are few
  const Json j = Json::parse(must({"evaluate", "run", "idx:m", "--json"}).out);
  EXPECT_EQ(j["rows"], 40);
  EXPECT_GT(j["accuracy"].get<double>(), 0.8);
  EXPECT_EQ(lines_of(must({"predict", "run", "idx:m"}).out).size(), 41u);
  must({"train", "idx:m/train-images-idx3-ubyte,m/train-labels-idx1-ubyte", "--epochs", "12", "--out", "run2"});
  EXPECT_EQ(Json::parse(must({"evaluate", "run2", "idx:m", "--json"}).out)["fingerprint"], j["fingerprint"]);
}

TEST_F(Verbs, ArraysFromNumPy) {
  std::vector<float> x;
  std::vector<int64_t> y;
  for (int n = 0; n < 120; ++n) {
    y.push_back(n % 2);
    for (int c = 0; c < 4; ++c) x.push_back(static_cast<float>((n * 7 + c * 3) % 11) + (n % 2 ? 6.0f : 0.0f));
  }
  write("X.npy", npy("<f4", {120, 4}, raw(x)));
  write("y.npy", npy("<i8", {120}, raw(y)));
  train({"npy:X.npy,y.npy", "--epochs", "20"});
  EXPECT_GT(Json::parse(must({"evaluate", "run", "npy:X.npy,y.npy", "--json"}).out)["accuracy"].get<double>(), 0.9);
  EXPECT_EQ(lines_of(must({"predict", "run", "npy:X.npy"}).out).size(), 121u);
}

TEST_F(Verbs, ShowDataAndModel) {
  const std::string data = must({"show", "t.csv", "--target", "label"}).out;
  for (const char* part : {"203 rows", "age", "numeric", "city", "categorical", "member", "boolean", "target", "Bern"})
    EXPECT_TRUE(contains(data, part)) << part;
  train({"t.csv", "--target", "label"});
  const std::string model = must({"show", "run"}).out;
  for (const char* part : {"linear", "parameters", "flops", "fingerprint", "categorical"})
    EXPECT_TRUE(contains(model, part)) << part;
  const std::string program = must({"show", "run", "--program"}).out;
  for (const char* part : {"linear(", "softmax_xent(", "W1"}) EXPECT_TRUE(contains(program, part)) << part;
  EXPECT_GT(lines_of(program).size(), lines_of(model).size());
}

TEST_F(Verbs, ShowAsJson) {
  const Json data = Json::parse(must({"show", "t.csv", "--target", "label", "--json"}).out);
  EXPECT_EQ(data["kind"], "data");
  EXPECT_EQ(data["data"]["rows"], 203);
  train({"t.csv", "--target", "label", "--hidden", "7"});
  const Json model = Json::parse(must({"show", "run", "--json"}).out);
  EXPECT_EQ(model["kind"], "model");
  EXPECT_EQ(model["fingerprint"], Json::parse(must({"evaluate", "run", "t.csv", "--json"}).out)["fingerprint"]);
  EXPECT_EQ(model["data"]["columns"].size(), data["data"]["columns"].size());
  EXPECT_TRUE(contains(must({"show", "run"}).out, model["training"].get<std::string>()));
  int64_t parameters = 0;
  for (const Json& layer : model["layers"]) parameters += layer["parameters"].get<int64_t>();
  EXPECT_EQ(model["parameters"], parameters);
  EXPECT_FALSE(model.contains("forward"));
  // The same lines as in text.
  const Json whole = Json::parse(must({"show", "run", "--program", "--json"}).out);
  const std::string text = must({"show", "run", "--program"}).out;
  for (const char* program : {"forward", "reverse"}) {
    EXPECT_GT(whole[program].size(), 3u) << program;
    for (const Json& line : whole[program]) EXPECT_TRUE(contains(text, line.get<std::string>())) << line;
  }
}

TEST_F(Verbs, GradcheckFindsRightGradients) {
  train({"t.csv", "--target", "label", "--activation", "tanh", "--hidden", "7"});
  const Json j = Json::parse(must({"gradcheck", "run", "t.csv", "--rows", "5", "--json"}).out);
  EXPECT_EQ(j["ok"], true);
  EXPECT_EQ(j["rows"], 5);
  EXPECT_LE(j["numeric_error"].get<double>(), 1e-6);
  EXPECT_TRUE(contains(must({"gradcheck", "run", "t.csv"}).out, "the gradients are right"));
}

TEST_F(Verbs, FewRowsAreAllTrainedOn) {
  write("xor.csv", "a,b,y\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n");
  const Finished f = must({"train", "xor.csv", "--target", "y", "--type", "a=numeric", "--type", "b=numeric",
                           "--dropout", "0", "--epochs", "300", "--lr", "0.01", "--out", "run"});
  EXPECT_TRUE(contains(f.out, "fewer than 20 rows")) << f.out;
  EXPECT_EQ(Json::parse(must({"evaluate", "run", "xor.csv", "--json"}).out)["accuracy"], 1.0);
  for (int rows : {10, 25}) {
    write("tiny.csv", table_csv(rows));
    must({"train", "tiny.csv", "--target", "price", "--out", "run", "--quiet"});
  }
}

TEST_F(Verbs, ValidationDataWinOverAFraction) {
  write("v.csv", table_csv(50));
  const Finished f = must({"train", "t.csv", "--target", "label", "--valid", "v.csv", "--valid-fraction", "0.5",
                           "--epochs", "1", "--out", "run"});
  EXPECT_TRUE(contains(f.out, "--valid-fraction is not used")) << f.out;
  EXPECT_TRUE(contains(f.out, "v.csv: 50 rows for validation")) << f.out;
}

TEST_F(Verbs, ALinearModelHasNoHiddenLayer) {
  train({"t.csv", "--target", "label", "--hidden", "none"});
  EXPECT_FALSE(contains(must({"show", "run"}).out, "relu"));
}

TEST_F(Verbs, EveryVerbHasHelpThatFitsAndAnExample) {
  for (const char* verb : {"train", "evaluate", "predict", "show", "gradcheck", "completion", "manual", ""}) {
    const Finished f = must(*verb ? Words{verb, "--help"} : Words{"--help"});
    EXPECT_EQ(f.err, "");
    EXPECT_TRUE(contains(f.out, "Usage: retrograd")) << f.out;
    EXPECT_TRUE(contains(f.out, "Example")) << f.out;
    for (const std::string& line : lines_of(f.out)) EXPECT_LE(line.size(), 100u) << line;
  }
  const std::string help = must({"train", "--help"}).out;
  for (const char* part : {"[data]", "[network]", "[train]", "--target COLUMN", "--simd", "--valid-fraction"})
    EXPECT_TRUE(contains(help, part)) << part;
  EXPECT_EQ(must({"train", "t.csv", "--epochs", "0", "--help"}).out, help) << "whatever else is wrong";
  EXPECT_TRUE(must({"--version"}).out.starts_with("retrograd "));
}

}  // namespace
}  // namespace retrograd::cli_test
