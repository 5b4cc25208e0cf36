// Metrics against numbers that scikit-learn and NumPy computed (metrics_expected.py prints the tables), and at the
// edges.
#include "retrograd/metrics.hpp"

#include <limits>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "retrograd/error.hpp"
#include "train/metrics/metrics_data.hpp"

namespace retrograd {
namespace {

using testing_metrics::classification_data;
using testing_metrics::Data;
using testing_metrics::Generator;
using testing_metrics::names;
using testing_metrics::weights_of;

constexpr double kTolerance = 1e-12;  // the literals have 15 digits; log has a few ulp

struct ClassificationCase {
  int k;
  bool weighted;
  double log_loss, accuracy, balanced_accuracy, macro_f1, weighted_f1, auc, calibration_error, brier, top5;
  double last_precision, last_recall, last_f1, last_support, last_auc;  // of the last class
  double first_as_last;                                                 // the confusion matrix's upper right corner
};

// clang-format off: a row a case
constexpr ClassificationCase kClassification[] = {
    {2, false, 0.517732161105166, 0.885, 0.890296002441257, 0.884349465744815, 0.885477058453803, 0.966992167632998,
     0.2753125, 0.3305078125, 1, 0.941176470588235, 0.849557522123894, 0.893023255813953, 113, 0.966992167632998, 6},
    {2, true, 0.504534197754551, 0.907042253521127, 0.909766048320265, 0.907015691846114, 0.907117511600331,
     0.975584879199337, 0.291505281690141, 0.317917858714789, 1, 0.953488372093023, 0.867724867724868,
     0.908587257617729, 47.25, 0.975584879199337, 2},
    {3, false, 0.820510637014981, 0.83, 0.830761855846602, 0.829038622283061, 0.830011604754753, 0.950266440834545,
     0.370078125, 0.4700634765625, 1, 0.852459016393443, 0.787878787878788, 0.818897637795276, 66, 0.94623473541384, 3},
    {3, true, 0.830288468560276, 0.813267813267813, 0.816724958709803, 0.812883141762452, 0.813081184632909,
     0.938202078744154, 0.355420761670762, 0.476807240479115, 1, 0.854838709677419, 0.75177304964539, 0.8, 35.25,
     0.929904548605556, 0.75},
    {4, false, 0.982138860235574, 0.84, 0.838759877439123, 0.836936807388475, 0.837860134799772, 0.958238822348136,
     0.448828125, 0.52028564453125, 1, 0.9, 0.849056603773585, 0.87378640776699, 53, 0.972275702733924, 0},
    {4, true, 0.98384198755827, 0.837708830548926, 0.834715857774429, 0.835333096287288, 0.83582852371018,
     0.958518048603985, 0.450290871121718, 0.521243147747613, 1, 0.894230769230769, 0.830357142857143,
     0.861111111111111, 28, 0.974668450442066, 0},
    {5, false, 1.12627324455756, 0.805, 0.800505226480836, 0.801471580801621, 0.803393466932368, 0.94142473990192,
     0.45296875, 0.564873046875, 1, 0.857142857142857, 0.685714285714286, 0.761904761904762, 35, 0.944588744588745, 1},
    {5, true, 1.12199382246753, 0.810185185185185, 0.804719082983513, 0.802995581683225, 0.80600866357311,
     0.947272947870301, 0.458405671296296, 0.563153302228009, 1, 0.836363636363636, 0.621621621621622,
     0.713178294573643, 18.5, 0.939642156122603, 0.75},
    {6, false, 1.24012192902291, 0.815, 0.821638403108991, 0.816596682615293, 0.814287776880997, 0.936232725739991,
     0.497109375, 0.59494140625, 0.98, 0.793103448275862, 0.766666666666667, 0.779661016949153, 30, 0.912843137254902,
     1},
    {6, true, 1.22676325861364, 0.831683168316832, 0.838438475410332, 0.834018972673988, 0.830072954447467,
     0.943942663719, 0.511370668316832, 0.590450475711634, 0.99009900990099, 0.754385964912281, 0.767857142857143,
     0.761061946902655, 14, 0.900785098522167, 0.5},
    {7, false, 1.32720317414277, 0.785, 0.785310552458477, 0.785280713113535, 0.786072274529436, 0.932537851911849,
     0.48640625, 0.61666748046875, 0.95, 0.695652173913043, 0.8, 0.744186046511628, 20, 0.955833333333333, 1},
    {7, true, 1.31884324392954, 0.795294117647059, 0.802604408942361, 0.793863581626523, 0.794102595095137,
     0.937777085240013, 0.494926470588235, 0.613814338235294, 0.952941176470588, 0.678571428571429, 0.926829268292683,
     0.783505154639175, 10.25, 0.976213160569106, 1},
    {8, false, 1.29316647408614, 0.865, 0.860756970551378, 0.860934964511437, 0.864176148071169, 0.964848134595097,
     0.56296875, 0.58865966796875, 0.96, 0.933333333333333, 0.736842105263158, 0.823529411764706, 19, 0.908548996801396,
     0},
    {8, true, 1.28131913615437, 0.878345498783455, 0.8716145828267, 0.87414831507345, 0.878860520797772,
     0.974247171378433, 0.577820863746959, 0.586596857892336, 0.968369829683698, 0.942857142857143, 0.767441860465116,
     0.846153846153846, 10.75, 0.92644084934277, 0},
    {9, false, 1.36136256349269, 0.86, 0.867106363845494, 0.861387772799134, 0.86091707956646, 0.96935128558531,
     0.57640625, 0.6093603515625, 0.965, 0.909090909090909, 0.857142857142857, 0.882352941176471, 35, 0.953679653679654,
     0},
    {9, true, 1.37454059351968, 0.853146853146853, 0.859817202938002, 0.851189081707604, 0.854583540914282,
     0.968220511843592, 0.572151806526807, 0.614754061043124, 0.958041958041958, 0.939393939393939, 0.861111111111111,
     0.898550724637681, 18, 0.964655306567071, 0},
    {10, false, 1.462843793384, 0.81, 0.804744869509575, 0.806486448108789, 0.809660872375594, 0.958282484611733,
     0.54703125, 0.6420068359375, 0.965, 0.733333333333333, 0.611111111111111, 0.666666666666667, 18, 0.906898656898657,
     1},
    {10, true, 1.49236590847872, 0.77803738317757, 0.776229118464995, 0.775930207135359, 0.779690512851516,
     0.951911885777422, 0.518983644859813, 0.651957003869743, 0.957943925233645, 0.736842105263158, 0.682926829268293,
     0.708860759493671, 10.25, 0.903983109598538, 0.75},
    {11, false, 1.41893736761036, 0.88, 0.882699630576869, 0.877655576226848, 0.879368963013756, 0.977395650738957,
     0.61625, 0.61981201171875, 0.96, 0.882352941176471, 0.833333333333333, 0.857142857142857, 18, 0.977106227106227,
     0},
    {11, true, 1.4243701189795, 0.864721485411141, 0.866636520565698, 0.857835403765804, 0.863976402977524,
     0.973829197712406, 0.598060344827586, 0.619584870275199, 0.941644562334218, 0.866666666666667, 0.838709677419355,
     0.852459016393443, 7.75, 0.974874137609547, 0},
    {12, false, 1.55198191889557, 0.76, 0.755969222484315, 0.761545103083258, 0.761501749048151, 0.938343169762727,
     0.508515625, 0.6508154296875, 0.925, 0.818181818181818, 0.75, 0.782608695652174, 12, 0.927083333333333, 0},
    {12, true, 1.55126021646389, 0.753968253968254, 0.756003738795789, 0.752702314564489, 0.756651928615904,
     0.939668052007182, 0.509796626984127, 0.65151703042328, 0.933862433862434, 0.8, 0.689655172413793,
     0.740740740740741, 7.25, 0.888647366860982, 0},
};
// clang-format on

class Classification : public testing::TestWithParam<ClassificationCase> {};

TEST_P(Classification, AgreesWithScikitLearn) {
  const ClassificationCase& e = GetParam();
  const Data d = classification_data(e.k, e.weighted);
  const ClassificationReport r = classification_report(d.predictions, d.targets, d.weights, names(e.k));
  EXPECT_EQ(r.rows, 200);
  EXPECT_NEAR(r.log_loss, e.log_loss, kTolerance);
  EXPECT_EQ(r.loss, r.log_loss);
  EXPECT_NEAR(r.accuracy, e.accuracy, kTolerance);
  EXPECT_NEAR(r.balanced_accuracy, e.balanced_accuracy, kTolerance);
  EXPECT_NEAR(r.macro_f1, e.macro_f1, kTolerance);
  EXPECT_NEAR(r.weighted_f1, e.weighted_f1, kTolerance);
  EXPECT_NEAR(r.auc, e.auc, kTolerance);
  EXPECT_NEAR(r.calibration_error, e.calibration_error, kTolerance);
  EXPECT_NEAR(r.brier, e.brier, kTolerance);
  ASSERT_EQ(r.top5.has_value(), e.k > 10);
  if (r.top5) {
    EXPECT_NEAR(*r.top5, e.top5, kTolerance);
  }
  const ClassScore& last = r.classes.back();
  EXPECT_NEAR(last.precision, e.last_precision, kTolerance);
  EXPECT_NEAR(last.recall, e.last_recall, kTolerance);
  EXPECT_NEAR(last.f1, e.last_f1, kTolerance);
  EXPECT_EQ(last.support, e.last_support);
  ASSERT_TRUE(last.auc.has_value());
  EXPECT_NEAR(*last.auc, e.last_auc, kTolerance);
  EXPECT_EQ(r.confusion[static_cast<size_t>(e.k) - 1], e.first_as_last);
}

INSTANTIATE_TEST_SUITE_P(Metrics, Classification, testing::ValuesIn(kClassification), [](const auto& one) {
  return std::to_string(one.param.k) + (one.param.weighted ? "classes_weighted" : "classes");
});

struct MultilabelCase {
  bool weighted;
  double log_loss, accuracy, hamming, micro_f1, macro_f1, auc;
};

TEST(Multilabel, AgreesWithScikitLearn) {
  for (const MultilabelCase& e : {
           MultilabelCase{false, 0.551788958629972, 0.22, 0.353333333333333, 0.509259259259259, 0.506645996294961,
                          0.751991768204298},
           MultilabelCase{true, 0.577047188066371, 0.193877551020408, 0.378401360544218, 0.47585394581861,
                          0.471790442565176, 0.71153021438022},
       }) {
    Generator g(77);
    Data d;
    for (int i = 0; i < 150 * 4; ++i) {
      const int y = g.below(3) == 0 ? 1 : 0;
      d.targets.push_back(static_cast<float>(y));
      d.predictions.push_back(static_cast<float>(g.below(48) + 16 * y) / 64);
    }
    d.weights = weights_of(g, 150, e.weighted);
    const MultilabelReport r = multilabel_report(d.predictions, d.targets, d.weights, names(4));
    EXPECT_EQ(r.rows, 150);
    EXPECT_NEAR(r.log_loss, e.log_loss, kTolerance);
    EXPECT_EQ(r.loss, r.log_loss);
    EXPECT_NEAR(r.accuracy, e.accuracy, kTolerance);
    EXPECT_NEAR(r.hamming, e.hamming, kTolerance);
    EXPECT_NEAR(r.micro_f1, e.micro_f1, kTolerance);
    EXPECT_NEAR(r.macro_f1, e.macro_f1, kTolerance);
    EXPECT_NEAR(r.auc, e.auc, kTolerance);
  }
}

struct RegressionCase {
  bool weighted;
  double rmse, mae, r2, max_error;
  double last_rmse, last_mae, last_r2, last_max_error, last_mean, last_sd;
  double half_squares;
};

TEST(Regression, AgreesWithScikitLearn) {
  for (const RegressionCase& e : {
           RegressionCase{false, 3.62959781805416, 3.14861111111111, 0.995100714266997, 6.8125, 3.6999656881855,
                          3.19635416666667, 0.998697713535923, 6.8125, 148.571875, 102.52845979707, 19.7709309895833},
           RegressionCase{true, 3.56225791962864, 3.08571953010279, 0.994853674980627, 6.8125, 3.59321905194859,
                          3.08948237885463, 0.998909658308966, 6.8125, 144.22577092511, 108.818412159185,
                          19.0492497246696},
       }) {
    Generator g(5);
    Data d;
    for (int i = 0; i < 120; ++i)
      for (int j = 0; j < 3; ++j) {
        const double y = g.below(1000) / 8.0 * (j + 1) - 40;
        d.targets.push_back(static_cast<float>(y));
        d.predictions.push_back(static_cast<float>(y + (g.below(200) - 90) / 16.0));
      }
    d.weights = weights_of(g, 120, e.weighted);
    const RegressionReport r = regression_report(d.predictions, d.targets, d.weights, names(3));
    EXPECT_EQ(r.rows, 120);
    EXPECT_NEAR(r.rmse, e.rmse, kTolerance);
    EXPECT_NEAR(r.mae, e.mae, kTolerance);
    EXPECT_NEAR(r.r2, e.r2, kTolerance);
    EXPECT_EQ(r.max_error, e.max_error);
    const OutputScore& last = r.outputs.back();
    EXPECT_NEAR(last.rmse, e.last_rmse, kTolerance);
    EXPECT_NEAR(last.mae, e.last_mae, kTolerance);
    EXPECT_NEAR(last.r2, e.last_r2, kTolerance);
    EXPECT_EQ(last.max_error, e.last_max_error);
    EXPECT_NEAR(last.mean, e.last_mean, 100 * kTolerance);
    EXPECT_NEAR(last.sd, e.last_sd, 100 * kTolerance);
    EXPECT_NEAR(r.loss, e.half_squares, 100 * kTolerance);
  }
}

TEST(Metrics, GivenLossIsReported) {
  EXPECT_EQ(classification_report(std::vector{0.5F, 0.5F}, std::vector{0.0F}, {}, names(2), 7.5).loss, 7.5);
  EXPECT_EQ(multilabel_report(std::vector{0.5F}, std::vector{0.0F}, {}, names(1), 7.5).loss, 7.5);
  EXPECT_EQ(regression_report(std::vector{0.5F}, std::vector{0.0F}, {}, names(1), 7.5).loss, 7.5);
}

TEST(Metrics, AucCountsTiesAsHalf) {
  // Positives score 0.5 and 0.75, negatives 0.5 and 0.25: of four pairs three are won and one is tied.
  const std::vector<float> p = {0.5F, 0.5F, 0.25F, 0.75F, 0.5F, 0.5F, 0.75F, 0.25F};
  EXPECT_EQ(classification_report(p, std::vector{1.0F, 1.0F, 0.0F, 0.0F}, {}, names(2)).auc, 3.5 / 4);
  const std::vector<float> equal(8, 0.5F);
  EXPECT_EQ(classification_report(equal, std::vector{1.0F, 1.0F, 0.0F, 0.0F}, {}, names(2)).auc, 0.5);
}

TEST(Metrics, FirstOfEqualProbabilitiesIsPredicted) {
  const std::vector<float> p = {0.4F, 0.4F, 0.2F, 0.2F, 0.4F, 0.4F};
  const ClassificationReport r = classification_report(p, std::vector{1.0F, 1.0F}, {}, names(3));
  EXPECT_EQ(r.confusion, (std::vector<double>{0, 0, 0, 1, 1, 0, 0, 0, 0}));
}

TEST(Metrics, OneClassOnlyHasNoAucAndAllElse) {
  const std::vector<float> p = {0.75F, 0.25F, 0.25F, 0.75F};
  const ClassificationReport r = classification_report(p, std::vector{0.0F, 0.0F}, {}, names(2));
  EXPECT_TRUE(std::isnan(r.auc));
  EXPECT_FALSE(r.classes[0].auc.has_value());
  EXPECT_EQ(r.accuracy, 0.5);
  EXPECT_EQ(r.balanced_accuracy, 0.5);  // the recall of the only class that occurs
  EXPECT_EQ(r.classes[1].recall, 0);
  EXPECT_NEAR(r.macro_f1, (2.0 / 3 + 0) / 2, kTolerance);  // class 1 was predicted, so it counts
  // A class that neither occurs nor is predicted says nothing.
  const std::vector<float> p3 = {0.75F, 0.25F, 0, 0.25F, 0.75F, 0};
  EXPECT_EQ(classification_report(p3, std::vector{0.0F, 1.0F}, {}, names(3)).macro_f1, 1);
  EXPECT_EQ(classification_report(p3, std::vector{0.0F, 1.0F}, {}, names(3)).auc, 1);
}

TEST(Metrics, RowsOfWeightZeroChangeNothing) {
  Data d = classification_data(3, true);
  const std::string before = to_json(classification_report(d.predictions, d.targets, d.weights, names(3)));
  d.predictions.insert(d.predictions.begin(), {0.0F, 0.0F, 1.0F});
  d.targets.insert(d.targets.begin(), 0.0F);
  d.weights.insert(d.weights.begin(), 0.0F);
  nlohmann::json after =
      nlohmann::json::parse(to_json(classification_report(d.predictions, d.targets, d.weights, names(3))));
  EXPECT_EQ(after["rows"], 201);
  after["rows"] = 200;
  EXPECT_EQ(after, nlohmann::json::parse(before));

  const RegressionReport r =
      regression_report(std::vector{1.0F, 99.0F}, std::vector{1.5F, 0.0F}, std::vector{2.0F, 0.0F}, names(1));
  EXPECT_EQ(r.max_error, 0.5);
  EXPECT_EQ(r.rmse, 0.5);
  EXPECT_EQ(r.weight, 2);
}

TEST(Metrics, CertainButWrongHasABoundedLoss) {
  const ClassificationReport r = classification_report(std::vector{1.0F, 0.0F}, std::vector{1.0F}, {}, names(2));
  EXPECT_NEAR(r.log_loss, 34.538776394910684, 1e-12);  // -ln 1e-15
  EXPECT_EQ(r.brier, 2);
  EXPECT_EQ(r.calibration_error, 1);
  EXPECT_EQ(r.calibration.back().weight, 1);
  EXPECT_NEAR(multilabel_report(std::vector{1.0F}, std::vector{0.0F}, {}, names(1)).log_loss, 34.538776394910684,
              1e-12);
}

TEST(Metrics, ProbabilityRoundedAboveOneIsOne) {
  const ClassificationReport r = classification_report(std::vector{1.0000001F, 0.0F}, std::vector{0.0F}, {}, names(2));
  EXPECT_EQ(r.log_loss, 0);
  EXPECT_EQ(r.calibration.back().weight, 1);
}

TEST(Metrics, ConstantTarget) {
  const std::vector<float> y(7, 0.1F);  // the mean of seven of them, rounded, may not be the value
  std::vector<float> z = y;
  RegressionReport r = regression_report(z, y, {}, names(1));
  EXPECT_EQ(r.r2, 1);
  EXPECT_EQ(r.outputs[0].sd, 0);
  z[3] = 0.2F;
  r = regression_report(z, y, {}, names(1));
  EXPECT_EQ(r.r2, 0);
  EXPECT_GT(r.rmse, 0);
}

TEST(Metrics, LabelAtOneHalfIsNotPredicted) {
  const MultilabelReport r = multilabel_report(std::vector{0.5F, 0.6F}, std::vector{1.0F, 1.0F}, {}, {"a", "b"});
  EXPECT_EQ(r.accuracy, 0);
  EXPECT_EQ(r.hamming, 0.5);
  EXPECT_TRUE(std::isnan(r.auc));
  EXPECT_EQ(r.labels[0].recall, 0);
  EXPECT_EQ(r.labels[1].recall, 1);
}

// What is thrown by `call`, or "" if nothing is.
template <class Call>
std::string refusal(Call call) {
  try {
    call();
  } catch (const Error& e) {
    return e.what();
  }
  return {};
}

struct Refused {
  std::vector<float> predictions, targets, weights;
  int classes;
  const char* message;
};

TEST(Metrics, RefusesWhatCannotBeEvaluated) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float inf = std::numeric_limits<float>::infinity();
  const std::vector<Refused> cases = {
      {{}, {}, {}, 2, "there are no rows to evaluate"},
      {{0.5F, 0.5F}, {0}, {}, 1, "at least 2 classes, found 1"},
      {{0.5F, 0.5F}, {0, 1}, {}, 2, "2 predictions do not fit 2 rows of 2 outputs"},
      {{0.5F, 0.5F, 0.5F}, {0}, {}, 2, "3 predictions do not fit 1 rows of 2 outputs"},
      {{0.5F, 0.5F}, {0}, {1, 1}, 2, "2 weights for 1 rows"},
      {{0.5F, 0.5F}, {0}, {-1}, 2, "the weight of row 1 is -1"},
      {{0.5F, 0.5F}, {0}, {nan}, 2, "the weight of row 1 is nan"},
      {{0.5F, 0.5F}, {0}, {inf}, 2, "the weight of row 1 is inf"},
      {{0.5F, 0.5F}, {0}, {0}, 2, "every row has weight 0"},
      {{0.5F, nan}, {0}, {}, 2, "the prediction of row 1, output 2 is nan"},
      {{0.5F, 1.5F}, {0}, {}, 2, "the prediction of row 1, output 2 is 1.5, expected a probability from 0 to 1"},
      {{-0.5F, 0.5F}, {0}, {}, 2, "the prediction of row 1, output 1 is -0.5"},
      {{0.5F, 0.5F}, {2}, {}, 2, "the target of row 1 is 2, expected a class code from 0 to 1"},
      {{0.5F, 0.5F}, {-1}, {}, 2, "the target of row 1 is -1"},
      {{0.5F, 0.5F}, {0.5F}, {}, 2, "the target of row 1 is 0.5"},
      {{0.5F, 0.5F}, {nan}, {}, 2, "the target of row 1 is nan"},
  };
  for (const Refused& c : cases) {
    const std::string message =
        refusal([&] { classification_report(c.predictions, c.targets, c.weights, names(c.classes)); });
    EXPECT_NE(message.find(c.message), std::string::npos) << "expected: " << c.message << "\nfound: " << message;
  }
  const std::vector<float> one = {0.5F}, bad = {nan};
  EXPECT_NE(
      refusal([&] { multilabel_report(one, one, {}, {"hot"}); }).find("row 1, label 'hot' is 0.5, expected 0 or 1"),
      std::string::npos);
  EXPECT_NE(refusal([&] { multilabel_report({}, {}, {}, {"hot"}); }).find("no rows"), std::string::npos);
  EXPECT_NE(refusal([&] { regression_report({}, {}, {}, {"price"}); }).find("no rows"), std::string::npos);
  EXPECT_NE(refusal([&] { regression_report(one, bad, {}, {"price"}); }).find("row 1, output 'price' is nan"),
            std::string::npos);
  EXPECT_NE(refusal([&] { regression_report(bad, one, {}, {"price"}); }).find("row 1, output 1 is nan"),
            std::string::npos);
  EXPECT_NE(refusal([&] {
              regression_report(one, {one.data(), 1}, {}, {"a", "b"});
            }).find("not a whole number of rows"),
            std::string::npos);
}

}  // namespace
}  // namespace retrograd
