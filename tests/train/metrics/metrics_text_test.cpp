// Reports as JSON and as tables.
#include <algorithm>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "retrograd/metrics.hpp"
#include "train/metrics/metrics_data.hpp"

namespace retrograd {
namespace {

using testing_metrics::classification_data;
using testing_metrics::Data;
using testing_metrics::names;

TEST(MetricsText, JsonHasTheKeysAndValues) {
  const Data d = classification_data(12, true);
  const ClassificationReport r = classification_report(d.predictions, d.targets, d.weights, names(12));
  const auto json = nlohmann::json::parse(to_json(r));
  EXPECT_EQ(json["rows"], r.rows);
  EXPECT_EQ(json["loss"], r.loss);
  EXPECT_EQ(json["log_loss"], r.log_loss);
  EXPECT_EQ(json["accuracy"], r.accuracy);
  EXPECT_EQ(json["auc"], r.auc);
  EXPECT_EQ(json["macro_f1"], r.macro_f1);
  EXPECT_EQ(json["top5"], *r.top5);
  EXPECT_EQ(json["confusion"][2][5], r.confusion[2 * 12 + 5]);
  EXPECT_EQ(json["confusion"].size(), 12U);
  EXPECT_EQ(json["classes"][3]["f1"], r.classes[3].f1);
  EXPECT_EQ(json["calibration"][4]["accuracy"], r.calibration[4].accuracy);
  const auto labels = nlohmann::json::parse(
      to_json(multilabel_report(std::vector{0.75F, 0.25F}, std::vector{1.0F, 0.0F}, {}, {"a\xff", "b"})));
  EXPECT_EQ(labels["accuracy"], 1);
  EXPECT_EQ(labels["labels"][0]["name"], "a\xef\xbf\xbd");
  const auto numbers =
      nlohmann::json::parse(to_json(regression_report(std::vector{3.0F}, std::vector{1.0F}, {}, {"price"})));
  EXPECT_EQ(numbers["rows"], 1);
  EXPECT_EQ(numbers["loss"], 2);
  EXPECT_EQ(numbers["rmse"], 2);
  EXPECT_EQ(numbers["mae"], 2);
  EXPECT_EQ(numbers["r2"], 0);
}

// Columns that a terminal shows for UTF-8 text of narrow characters.
size_t shown_width(const std::string& line) {
  return static_cast<size_t>(std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

void expect_fits(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(shown_width(line), 80U) << line;
  EXPECT_EQ(text.back(), '\n');
  EXPECT_EQ(text.find("nan"), std::string::npos);
  for (const unsigned char c : text) EXPECT_TRUE(c == '\n' || c >= 0x20) << static_cast<int>(c);
}

TEST(MetricsText, TextFitsEightyColumns) {
  for (const int k : {2, 3, 10, 12, 40}) {
    const Data d = classification_data(k, true);
    std::vector<std::string> classes = names(k);
    classes[0] = "Überlänge: a name that is much longer than the table has room for";
    classes[1] = "tab\tand\x1b[31mred";
    const std::string text = to_text(classification_report(d.predictions, d.targets, d.weights, classes));
    expect_fits(text);
    EXPECT_NE(text.find("accuracy"), std::string::npos);
    EXPECT_EQ(text.find("Confusion: a row is") != std::string::npos, k <= 12) << k;
    EXPECT_EQ(text.find("The 30 of 40 with the lowest F1") != std::string::npos, k == 40);
  }
  expect_fits(to_text(multilabel_report(std::vector{0.75F}, std::vector{1.0F}, {}, {std::string(200, 'x')})));
  expect_fits(to_text(regression_report(std::vector{-1.23456e30F}, std::vector{1.0F}, {}, {std::string(200, 'x')})));
}

TEST(MetricsText, ConfusionMatrixReadsAsATable) {
  const std::vector<float> p = {0.75F, 0.25F, 0.25F, 0.75F, 0.75F, 0.25F};
  const std::string text = to_text(classification_report(p, std::vector{0.0F, 0.0F, 1.0F}, {}, {"no", "yes"}));
  EXPECT_NE(text.find("         no yes\n"
                      "  no      1   1\n"
                      "  yes     1   0\n"),
            std::string::npos)
      << text;
}

TEST(MetricsText, ManyClassesHaveNoMatrix) {
  const int k = 1001;
  std::vector<float> p(static_cast<size_t>(k), 0.0F);
  p[7] = 1;
  const ClassificationReport r = classification_report(p, std::vector{7.0F}, {}, names(k));
  EXPECT_EQ(r.accuracy, 1);
  EXPECT_TRUE(r.confusion.empty());
  EXPECT_FALSE(nlohmann::json::parse(to_json(r)).contains("confusion"));
  expect_fits(to_text(r));
}

}  // namespace
}  // namespace retrograd
