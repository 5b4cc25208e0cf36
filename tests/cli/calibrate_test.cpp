// --calibrate: a temperature in the model that is written, told of in log, report and show.
#include <nlohmann/json.hpp>

#include "resumed_run.hpp"

namespace retrograd::cli_test {
namespace {

using Json = nlohmann::json;

class CalibrateVerb : public ResumedRun {
 protected:
  static Words words(const Words& more = {}) {
    return joined({"train", "t.csv", "--target", "label", "--hidden", "16", "--epochs", "4", "--calibrate"}, more);
  }
  Json report(const std::string& run) const { return Json::parse(read(run + "/report.json")); }
};

TEST_F(CalibrateVerb, FitsATemperatureToTheValidationRows) {
  const Finished f = must(joined(words(), {"--out", "run"}));
  EXPECT_NE(f.out.find("calibrated on 41 validation rows: temperature "), std::string::npos) << f.out;
  const Json json = report("run");
  EXPECT_LE(json["calibration"]["after"]["log_loss"], json["calibration"]["before"]["log_loss"]);
  EXPECT_NEAR(json["results"][1]["report"]["log_loss"], json["calibration"]["after"]["log_loss"], 1e-5);
  EXPECT_NE(must({"show", "run"}).out.find("calibrated: logits divided by the temperature"), std::string::npos);
  must({"parity", "run", "t.csv"});
  must({"gradcheck", "run", "t.csv", "--rows", "8", "--per-tensor", "2"});
  must({"explain", "run", "t.csv", "--row", "3", "--weight", "1:1:1"});
  must({"export", "run", "--c", "run.c"});
  must({"train", "--config", "run", "--out", "again", "--quiet", "--no-report"});
  EXPECT_TRUE(read("again/model.onnx") == read("run/model.onnx"));
  // A finished run is known to be so, whatever the checkpoints' fingerprint.
  EXPECT_NE(must({"train", "--resume", "run"}).out.find("run is finished"), std::string::npos);
  // It belongs to the settings: without it the same checkpoints give the model as it was trained.
  const std::string plain = fingerprint({"t.csv", "--target", "label", "--hidden", "16", "--epochs", "4"}, "plain");
  EXPECT_EQ(Json::parse(must({"show", "run", "--json"}).out)["uncalibrated"], plain);
}

TEST_F(CalibrateVerb, WithFoldsOnRowsOutOfFold) {
  const Finished f = must(joined(words(), {"--folds", "3", "--out", "run"}));
  EXPECT_NE(f.out.find("calibrated on 203 out-of-fold rows"), std::string::npos) << f.out;
  const Json json = report("run"), folds = Json::parse(read("run/folds.json"));
  EXPECT_NEAR(json["results"][1]["report"]["log_loss"], json["calibration"]["after"]["log_loss"], 1e-5);
  EXPECT_EQ(folds["metrics"][3]["together"], json["results"][1]["report"]["log_loss"]);
  must({"parity", "run", "t.csv"});
  EXPECT_NE(must({"train", "--resume", "run"}).out.find("run is finished"), std::string::npos);
}

TEST_F(CalibrateVerb, IsRefusedWhereThereIsNothingToCalibrate) {
  const auto refused = [&](const Words& more, const std::string& why) {
    refuses(joined(joined({"train", "t.csv", "--calibrate", "--quiet", "--out", "run"}, more), {"--epochs", "1"}),
            {"--calibrate", why});
  };
  refused({"--target", "price"}, "the target is a number");
  refused({"--target", "label", "--valid-fraction", "0"}, "needs validation data");
}

}  // namespace
}  // namespace retrograd::cli_test
