#include "data/rows/encode.hpp"

#include <cmath>

#include "data/spec/infer.hpp"
#include "data/table/csv.hpp"
#include "scratch.hpp"

namespace retrograd {
namespace {

constexpr std::string_view kTrain =
    "age,job,member,score,w,income\n"
    "30,clerk,yes,0.5,1,low\n"
    "40,smith,no,,2,high\n"
    ",clerk,yes,1.5,1,low\n"
    "50,,no,2.5,0.5,low\n";

class Encode : public Scratch {
 protected:
  void SetUp() override {
    Scratch::SetUp();
    options_.targets = {"income"};
    options_.weight = "w";
    spec_ = infer(read_csv(write("train.csv", kTrain)), options_);
  }
  Dataset read(std::string_view text, bool need_target = true) const {
    return encode(read_csv(write("new.csv", text)), spec_, {need_target});
  }
  std::string refuse(std::string_view text, bool need_target = true) const {
    return message([&] { read(text, need_target); });
  }
  DataOptions options_;
  DataSpec spec_;
};

std::vector<float> row(const Block& block, int64_t r) {
  std::vector<float> out;
  for (int c = 0; c < block.cols; ++c) out.push_back(block.at(r, c));
  return out;
}

TEST_F(Encode, BlocksOfTrainingData) {
  const Dataset data = read(kTrain);
  EXPECT_EQ(data.rows, 4);
  ASSERT_EQ(data.inputs.size(), 2u);
  const Block &numeric = data.inputs[0], &categorical = data.inputs[1];
  EXPECT_EQ(numeric.name, "numeric");
  EXPECT_EQ(numeric.cols, 3) << "age, member, score";
  EXPECT_EQ(row(numeric, 0), (std::vector<float>{30, 1, 0.5f}));
  EXPECT_EQ(numeric.at(1, 1), 0);
  EXPECT_TRUE(std::isnan(numeric.at(1, 2)));
  EXPECT_TRUE(std::isnan(numeric.at(2, 0)));
  EXPECT_EQ(categorical.name, "categorical");
  EXPECT_EQ(spec_.columns[1].categories, (std::vector<std::string>{"clerk", "(missing)", "smith"}));
  EXPECT_EQ(row(categorical, 0), (std::vector<float>{0}));
  EXPECT_EQ(row(categorical, 1), (std::vector<float>{2}));
  EXPECT_EQ(row(categorical, 3), (std::vector<float>{1}));
  EXPECT_EQ(spec_.classes(), (std::vector<std::string>{"high", "low"}));
  EXPECT_EQ(data.target.name, "target");
  EXPECT_EQ(std::get<std::vector<float>>(data.target.values), (std::vector<float>{1, 0, 1, 1}));
  EXPECT_EQ(std::get<std::vector<float>>(data.weight.values), (std::vector<float>{1, 2, 1, 0.5f}));
}

TEST_F(Encode, ColumnsGoByNameAndOthersAreAllowed) {
  const Dataset data = read("extra,score,member,job,age\nq,1,no,smith,33\n", false);
  EXPECT_EQ(row(data.inputs[0], 0), (std::vector<float>{33, 0, 1}));
  EXPECT_EQ(row(data.inputs[1], 0), (std::vector<float>{2}));
  EXPECT_TRUE(data.target.empty());
  EXPECT_TRUE(data.weight.empty());
}

TEST_F(Encode, UnseenAndMissingCategories) {
  const Dataset data = read("score,member,job,age\n1,no,pilot,3\n1,no,NA,3\n1,,Clerk,3\n", false);
  EXPECT_EQ(data.inputs[1].at(0, 0), -1) << "not seen in training";
  EXPECT_EQ(data.inputs[1].at(1, 0), 1) << "missing is a category, for training had it";
  EXPECT_EQ(data.inputs[1].at(2, 0), -1) << "case counts";
  EXPECT_TRUE(std::isnan(data.inputs[0].at(2, 1))) << "a missing boolean";
  const DataSpec full = infer(read_csv(write("t.csv", "job,x\na,1\nb,2\na,3\n")), {});
  EXPECT_EQ(encode(read_csv(write("n.csv", "job,x\n,1\n")), full, {false}).inputs[1].at(0, 0), -1)
      << "missing, and training had none";
}

TEST_F(Encode, NumbersAsCategoriesAreComparedByValue) {
  DataOptions options;
  add_type_override(options, "zip=categorical");
  const DataSpec spec = infer(read_csv(write("t.csv", "zip,x\n07,1\n8,2\n8,3\n")), options);
  const Dataset data = encode(read_csv(write("n.csv", "zip,x\n7.0,1\n8,2\n9,3\n")), spec, {false});
  EXPECT_EQ(std::get<std::vector<float>>(data.inputs[1].values), (std::vector<float>{1, 0, -1}));
  const Dataset text = encode(read_csv(write("n.csv", "zip,x\n8e0,1\nabc,2\n")), spec, {false});
  EXPECT_EQ(std::get<std::vector<float>>(text.inputs[1].values), (std::vector<float>{0, -1}));
}

TEST_F(Encode, BooleansByMeaning) {
  const Dataset data = read("score,member,job,age\n1,YES,clerk,3\n1,No,clerk,3\n1,1,clerk,3\n1,f,clerk,3\n", false);
  for (int r = 0; r < 4; ++r) EXPECT_EQ(data.inputs[0].at(r, 1), r % 2 == 0 ? 1 : 0);
  EXPECT_EQ(refuse("score,member,job,age\n1,no,clerk,3\n1,maybe,clerk,3\n", false),
            "new.csv, line 3, column 'member': found 'maybe', expected 'no' or 'yes'; correct it or list it as a "
            "missing value");
  const DataSpec numbers = infer(read_csv(write("t.csv", "b,x\n0,1\n1,2\n1,3\n")), {});
  EXPECT_EQ(encode(read_csv(write("n.csv", "b,x\n2,1\n")), numbers, {false}).inputs[0].at(0, 0), 2)
      << "0 and 1 are numbers, so another number is itself";
}

TEST_F(Encode, LackingAndRenamedColumns) {
  EXPECT_EQ(refuse("score,member,job\n1,no,clerk\n", false),
            "new.csv: the feature column 'age' is missing; the model was trained with it, add it");
  EXPECT_EQ(refuse("score,member,jobs,age\n1,no,clerk,3\n", false),
            "new.csv: the feature column 'job' is missing; is it 'jobs' here? Give it the name it had in training");
  EXPECT_EQ(refuse("score,member,job,age,w\n1,no,clerk,3,1\n"),
            "new.csv: the target column 'income' is missing; the model was trained with it, add it");
  EXPECT_EQ(refuse("score,member,job,age,income\n1,no,clerk,3,low\n"),
            "new.csv: the weight column 'w' is missing; the model was trained with it, add it");
}

TEST_F(Encode, WrongValuesNameLineColumnAndValue) {
  EXPECT_EQ(refuse("score,member,job,age\n1,no,clerk,3\n\"1\",no,clerk,old\n", false),
            "new.csv, line 3, column 'age': 'old' is not a number, but the column was numeric in training; correct it "
            "or list "
            "it as a missing value");
  EXPECT_EQ(
      refuse("score,member,job,age\n1,no,clerk,inf\n", false),
      "new.csv, line 2, column 'age': 'inf' is infinite (or beyond the 32-bit float range); correct it or list it as a "
      "missing value");
  EXPECT_EQ(refuse("score,member,job,age,w,income\n1,no,clerk,3,1,low\n1,no,clerk,3,1,Low\n"),
            "new.csv, line 3, column 'income': the class 'Low' was not in the training data; its classes are 'high' "
            "and 'low'");
  EXPECT_EQ(refuse("score,member,job,age,w,income\n1,no,clerk,3,1,low\n1,no,clerk,3,1,\n"),
            "new.csv, line 3: the target 'income' is missing (1 of 2 rows); fill it in or remove this row "
            "(--on-bad-row skip leaves such rows out)");
  EXPECT_EQ(refuse("score,member,job,age,w,income\n1,no,clerk,3,-1,low\n"),
            "new.csv, line 2: the weight 'w' is -1; weights must not be negative");
}

TEST_F(Encode, RegressionAndMultilabelTargets) {
  DataOptions options;
  options.targets = {"p", "q"};
  const std::string csv = "x,p,q\n1,no,T\n2,yes,F\n3,no,F\n";
  const DataSpec labels = infer(read_csv(write("t.csv", csv)), options);
  const Dataset data = encode(read_csv(path("t.csv")), labels);
  EXPECT_EQ(data.target.cols, 2);
  EXPECT_EQ(std::get<std::vector<float>>(data.target.values), (std::vector<float>{0, 1, 1, 0, 0, 0}));
  options.targets = {"y"};
  const DataSpec regression = infer(read_csv(write("t.csv", "x,y\n1,0.5\n2,1.5\n")), options);
  EXPECT_EQ(std::get<std::vector<float>>(encode(read_csv(path("t.csv")), regression).target.values),
            (std::vector<float>{0.5f, 1.5f}));
  EXPECT_EQ(message([&] { encode(read_csv(write("t.csv", "x,y\n1,0.5\n2,tall\n")), regression); }),
            "t.csv, line 3, column 'y': 'tall' is not a number, but the target is numeric; correct it or list it as a "
            "missing "
            "value");
}

TEST_F(Encode, NoFeatureLeft) {
  options_.ignore = {"age", "job", "member", "score"};
  spec_ = infer(read_csv(path("train.csv")), options_);
  EXPECT_EQ(refuse(kTrain), "new.csv: no feature is left: every column is the target, the weight or ignored");
}

}  // namespace
}  // namespace retrograd
