// ROC and precision-recall curves, reliability, histograms.
#include "report/curves.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "report/data.hpp"
#include "report/distribution.hpp"

namespace retrograd::report {
namespace {

TEST(RankingCurves, ByHand) {
  // Scores 0.9 (+), 0.8 (−), 0.7 (+ and −, equal), 0.1 (−).
  const std::vector<double> scores = {0.9, 0.8, 0.7, 0.7, 0.1};
  const Json c = ranking_curves(scores, {true, false, true, false, false}, {});
  EXPECT_EQ(c["roc"], Json::parse("[[0.0,0.0,1.0],[0.0,0.5,0.9],[0.33333,0.5,0.8],[0.66667,1.0,0.7],[1.0,1.0,0.1]]"));
  EXPECT_EQ(c["pr"], Json::parse("[[0.5,1.0,0.9],[0.5,0.5,0.8],[1.0,0.5,0.7],[1.0,0.4,0.1]]"));
  // Pairs won: 0.9 beats 3 of 3; 0.7 beats 1, ties 1, loses 1 of 3: (3 + 1.5) / 6.
  EXPECT_NEAR(c["auc"].get<double>(), 0.75, 1e-15);
  EXPECT_NEAR(c["average_precision"].get<double>(), 0.5 * 1 + 0.5 * 0.5, 1e-15);
}

TEST(RankingCurves, AreThinnedAndAgreeWithTheReport) {
  const auto p = report_test::predicted(Task::classification, 5000, 3, true);
  const Results results = p.results();
  const Json json = charts(p.spec, p.data, p.predictions, results);
  ASSERT_EQ(json["curves"].size(), 3U);
  for (size_t k = 0; k < 3; ++k) {
    EXPECT_NEAR(json["curves"][k]["auc"].get<double>(), *results.classification->classes[k].auc, 1e-12);
    EXPECT_LE(json["curves"][k]["roc"].size(), 202U);
    EXPECT_EQ(json["curves"][k]["roc"].back()[0], 1.0);
    EXPECT_EQ(json["curves"][k]["roc"].back()[1], 1.0);
  }
}

TEST(RankingCurves, NothingToRank) {
  const std::vector<double> scores = {0.5, 0.6};
  EXPECT_TRUE(ranking_curves(scores, {true, true}, {}).is_null());
  EXPECT_TRUE(ranking_curves(scores, {false, false}, {}).is_null());
  EXPECT_TRUE(ranking_curves(scores, {true, false}, std::vector<double>{1, 0}).is_null());
}

TEST(RankingCurves, ManyClassesShowTheWorst) {
  const auto p = report_test::predicted(Task::classification, 3000, 20, false);
  const Results results = p.results();
  const Json json = charts(p.spec, p.data, p.predictions, results);
  ASSERT_EQ(json["curves"].size(), 12U);
  double largest = 0;
  for (const Json& curve : json["curves"]) largest = std::max(largest, curve["auc"].get<double>());
  int below = 0;
  for (const ClassScore& c : results.classification->classes) below += *c.auc <= largest;
  EXPECT_EQ(below, 12);
}

TEST(Reliability, SharesOfBins) {
  const std::vector<double> scores = {0.05, 0.0, 1.0, 0.95}, weights = {1, 3, 1, 1};
  const Json bins = reliability(scores, {true, false, true, false}, weights);
  ASSERT_EQ(bins.size(), 2U);
  EXPECT_NEAR(bins[0]["share"].get<double>(), 0.25, 1e-15);
  EXPECT_NEAR(bins[0]["mean"].get<double>(), 0.0125, 1e-15);
  EXPECT_NEAR(bins[1]["share"].get<double>(), 0.5, 1e-15);
  EXPECT_NEAR(bins[1]["mean"].get<double>(), 0.975, 1e-15);
  EXPECT_EQ(bins[1]["weight"], 2.0);
}

TEST(NumberCharts, PointsAreDrawnFromTheRows) {
  const auto p = report_test::predicted(Task::regression, 4000, 2, false);
  const Json json = charts(p.spec, p.data, p.predictions, p.results());
  ASSERT_EQ(json["outputs"].size(), 2U);
  EXPECT_EQ(json["outputs"][0]["points"].size(), 1500U);
  for (const Json& point : json["outputs"][0]["points"])
    EXPECT_NEAR(point[1].get<double>() - point[0].get<double>(), 0.1, 0.51);
}

int64_t sum(const Json& counts) {
  int64_t total = 0;
  for (const Json& c : counts) total += c.get<int64_t>();
  return total;
}

TEST(Histogram, CountsEveryValueOnce) {
  std::vector<float> values;
  for (int i = 0; i < 1000; ++i) values.push_back(static_cast<float>(i % 10));
  values.push_back(std::numeric_limits<float>::quiet_NaN());
  Json h = histogram(values, 10);
  EXPECT_EQ(h["missing"], 1);
  EXPECT_EQ(h["from"], -0.5);
  EXPECT_EQ(h["to"], 9.5);
  EXPECT_EQ(h["integers"], true);
  EXPECT_EQ(h["counts"], Json(std::vector<int>(10, 100)));
  // Fewer bins: of a whole width, so that each has room for as many numbers.
  h = histogram(values, 6);
  EXPECT_EQ(h["counts"], Json(std::vector<int>(5, 200)));
  for (float& v : values) v += 0.25F;
  h = histogram(values, 9);
  EXPECT_EQ(h["integers"], false);
  EXPECT_EQ(h["from"], 0.25);
  EXPECT_EQ(h["to"], 9.25);
  EXPECT_EQ(h["counts"].size(), 9U);
  EXPECT_EQ(sum(h["counts"]), 1000);
}

TEST(Histogram, FarValuesAreCountedApart) {
  std::vector<float> values;
  for (int i = 0; i < 1000; ++i) values.push_back(static_cast<float>(i));
  values.push_back(1e30F);
  const Json h = histogram(values);
  EXPECT_EQ(h["above"].get<int64_t>() + h["below"].get<int64_t>() + sum(h["counts"]), 1001);
  EXPECT_LT(h["to"].get<double>(), 1100);
  EXPECT_GE(h["above"].get<int64_t>(), 1);
}

TEST(Histogram, OneValueAndNone) {
  const Json h = histogram({3, 3, 3});
  EXPECT_EQ(h["counts"], Json({3}));
  EXPECT_FALSE(histogram({}).contains("counts"));
  EXPECT_FALSE(histogram({std::numeric_limits<float>::quiet_NaN()}).contains("counts"));
}

TEST(Histogram, MostlyOneValueStillShowsTheRest) {
  std::vector<float> values(995, 0.0F);
  for (int i = 0; i < 5; ++i) values.push_back(10);
  const Json h = histogram(values);
  EXPECT_EQ(h["to"], 10.5);
  EXPECT_EQ(sum(h["counts"]), 1000);
}

}  // namespace
}  // namespace retrograd::report
