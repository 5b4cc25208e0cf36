// Bootstrap intervals: the resampled metrics are the metrics, and the intervals are as wide as theory says.
#include "report/interval.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "report/data.hpp"

namespace retrograd::report {
namespace {

using report_test::Predicted;
using report_test::predicted;

std::map<std::string, double> metrics_of(const Results& r) {
  if (r.regression) return {{"rmse", r.regression->rmse}, {"mae", r.regression->mae}, {"r2", r.regression->r2}};
  if (r.multilabel)
    return {{"accuracy", r.multilabel->accuracy},
            {"hamming", r.multilabel->hamming},
            {"macro_f1", r.multilabel->macro_f1},
            {"log_loss", r.multilabel->log_loss}};
  const ClassificationReport& c = *r.classification;
  return {{"accuracy", c.accuracy}, {"balanced_accuracy", c.balanced_accuracy},
          {"macro_f1", c.macro_f1}, {"log_loss", c.log_loss},
          {"brier", c.brier},       {"auc", c.auc}};
}

/// Rows counted c times and rows of weight c are the same, so a resample must have the metrics that the library gives
/// for those weights.
void expect_resample_is_reweighting(Task task, int outputs, bool weighted) {
  Predicted p = predicted(task, 213, outputs, weighted);
  const Resampler resampler(p.spec, p.data, p.predictions, {});
  for (const int draw : {0, 1, 2}) {
    std::vector<uint32_t> counts;
    std::vector<float> weights;
    for (int64_t row = 0; row < p.data.rows; ++row) {
      counts.push_back(draw == 0 ? 1 : static_cast<uint32_t>((row * 7 + draw) % 4));
      weights.push_back(static_cast<float>(counts.back()) * (weighted ? p.data.weight.at(row, 0) : 1.0F));
    }
    Predicted reweighted = p;
    reweighted.data.weight = {"weight", 1, weights};
    const auto expected = metrics_of(reweighted.results());
    const std::vector<double> found = resampler.measure(counts);
    ASSERT_EQ(found.size(), expected.size());
    for (size_t m = 0; m < found.size(); ++m)
      EXPECT_NEAR(found[m], expected.at(resampler.names()[m]), 1e-12) << resampler.names()[m] << ", draw " << draw;
  }
}

TEST(Resampler, TwoClasses) { expect_resample_is_reweighting(Task::classification, 2, false); }
TEST(Resampler, FiveClassesWeighted) { expect_resample_is_reweighting(Task::classification, 5, true); }
TEST(Resampler, Labels) { expect_resample_is_reweighting(Task::multilabel, 3, true); }
TEST(Resampler, Numbers) { expect_resample_is_reweighting(Task::regression, 2, true); }

TEST(Bootstrap, IntervalsAreAsWideAsTheoryAndTheSameEachTime) {
  const Predicted p = predicted(Task::classification, 4000, 2, false);
  const Intervals i = bootstrap(p.spec, p.data, p.predictions, p.results(), 0);
  EXPECT_EQ(i.rows, 4000);
  const Interval& accuracy = i.metrics.at(0);
  ASSERT_EQ(accuracy.metric, "accuracy");
  ASSERT_TRUE(accuracy.low && accuracy.high);
  // A share is binomial: ±1.96·√(p(1−p)/n).
  const double half = 1.959964 * std::sqrt(accuracy.value * (1 - accuracy.value) / 4000);
  EXPECT_NEAR(*accuracy.low, accuracy.value - half, 0.1 * half);
  EXPECT_NEAR(*accuracy.high, accuracy.value + half, 0.1 * half);
  const Intervals again = bootstrap(p.spec, p.data, p.predictions, p.results(), 0);
  for (size_t m = 0; m < i.metrics.size(); ++m) {
    EXPECT_EQ(i.metrics[m].low, again.metrics[m].low);
    EXPECT_LE(*i.metrics[m].low, i.metrics[m].value);
    EXPECT_GE(*i.metrics[m].high, i.metrics[m].value);
  }
}

TEST(Bootstrap, ManyRowsAreSampledAndTheIntervalIsStillThatOfAll) {
  const Predicted p = predicted(Task::regression, 60000, 1, false);
  const Intervals i = bootstrap(p.spec, p.data, p.predictions, p.results(), 0);
  EXPECT_EQ(i.rows, 20000);
  const Interval& mae = i.metrics.at(1);
  ASSERT_EQ(mae.metric, "mae");
  EXPECT_EQ(mae.value, p.results().regression->mae);
  double squares = 0;
  for (size_t row = 0; row < 60000; ++row) {
    const double miss =
        std::abs(static_cast<double>(p.predictions[row] - p.data.target.at(static_cast<int64_t>(row), 0)));
    squares += (miss - mae.value) * (miss - mae.value);
  }
  const double half = 1.959964 * std::sqrt(squares / 60000 / 60000);
  EXPECT_NEAR(*mae.high - *mae.low, 2 * half, 0.2 * half);
}

TEST(Bootstrap, RowsOfWeightZeroAreNotDrawn) {
  Predicted all = predicted(Task::regression, 60000, 1, false);
  std::vector<float> weights(60000, 0.0F);
  std::vector<int64_t> rows;
  for (int64_t row = 100; row < 60000; row += 6000) {
    weights[static_cast<size_t>(row)] = 1;
    rows.push_back(row);
  }
  all.data.weight = {"weight", 1, weights};
  Predicted few = all;
  few.data = take(all.data, rows);
  few.predictions.clear();
  for (const int64_t row : rows) few.predictions.push_back(all.predictions[static_cast<size_t>(row)]);
  const Intervals found = bootstrap(all.spec, all.data, all.predictions, all.results(), 0);
  const Intervals expected = bootstrap(few.spec, few.data, few.predictions, few.results(), 0);
  EXPECT_EQ(found.rows, 10);
  for (size_t m = 0; m < found.metrics.size(); ++m) {
    EXPECT_EQ(found.metrics[m].low, expected.metrics[m].low);
    EXPECT_EQ(found.metrics[m].high, expected.metrics[m].high);
  }
}

TEST(Bootstrap, OneRowHasNoInterval) {
  const Predicted p = predicted(Task::regression, 1, 1, false);
  const Intervals i = bootstrap(p.spec, p.data, p.predictions, p.results(), 0);
  for (const Interval& interval : i.metrics) EXPECT_FALSE(interval.low) << interval.metric;
}

TEST(Bootstrap, OneClassHasNoAuc) {
  Predicted p = predicted(Task::classification, 300, 2, false);
  p.data.target.values = std::vector<float>(300, 1.0F);
  for (const Interval& i : bootstrap(p.spec, p.data, p.predictions, p.results(), 0).metrics) {
    EXPECT_EQ(i.low.has_value(), i.metric != "auc") << i.metric;
    EXPECT_EQ(std::isnan(i.value), i.metric == "auc") << i.metric;
  }
}

/// A rare class is in no row of some resamples: these say nothing of the AUC, rather than 0.5.
TEST(Bootstrap, ResamplesWithoutAClassDoNotPullTheAuc) {
  Predicted p = predicted(Task::classification, 300, 2, false);
  std::vector<float> targets(300, 0.0F);
  for (const size_t row : {10u, 20u}) {
    targets[row] = 1;
    p.predictions[2 * row] = 0.0F;
    p.predictions[2 * row + 1] = 1.0F;
  }
  for (size_t row = 0; row < 300; ++row)
    if (targets[row] == 0) p.predictions[2 * row + 1] = std::min(p.predictions[2 * row + 1], 0.9F);
  p.data.target.values = targets;
  const Interval auc = bootstrap(p.spec, p.data, p.predictions, p.results(), 0).metrics.back();
  ASSERT_EQ(auc.metric, "auc");
  EXPECT_EQ(auc.value, 1);
  EXPECT_EQ(*auc.low, 1);
}

TEST(Bootstrap, ManyClassesHaveNoIntervalOfTheAuc) {
  const Predicted p = predicted(Task::classification, 500, 60, false);
  for (const Interval& i : bootstrap(p.spec, p.data, p.predictions, p.results(), 0).metrics) EXPECT_NE(i.metric, "auc");
}

}  // namespace
}  // namespace retrograd::report
