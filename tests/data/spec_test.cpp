// The dataspec as JSON and as text.
#include <nlohmann/json.hpp>

#include "data/spec/infer.hpp"
#include "data/table/csv.hpp"
#include "scratch.hpp"

namespace retrograd {
namespace {

using nlohmann::json;

class Spec : public Scratch {
 protected:
  DataSpec spec() const {
    DataOptions options;
    options.targets = {"y"};
    options.weight = "w";
    return infer(read_csv(write("a.csv", "x,s,b,w,same,y\n0.1,a,yes,1,k,red\n2,é,no,2,k,blue\n,,no,1,k,red\n")),
                 options);
  }
  /// The message for the JSON after a change.
  template <class F>
  std::string refuse(F&& change) const {
    json value = json::parse(to_json(spec()));
    change(value);
    return message([&] { spec_from_json(value.dump()); });
  }
};

TEST_F(Spec, RoundTrip) {
  const DataSpec s = spec();
  const DataSpec back = spec_from_json(to_json(s));
  EXPECT_EQ(to_json(back), to_json(s));
  EXPECT_EQ(back.columns.size(), 6u);
  EXPECT_EQ(back.columns[0].mean, s.columns[0].mean);
  EXPECT_EQ(back.columns[1].categories, s.columns[1].categories);
  EXPECT_EQ(back.columns[1].counts, s.columns[1].counts);
  EXPECT_EQ(back.columns[4].role, ColumnRole::ignored);
  EXPECT_EQ(back.classes(), (std::vector<std::string>{"blue", "red"}));
  EXPECT_EQ(back.warnings, s.warnings);
  EXPECT_EQ(back.missing_texts, s.missing_texts);
  EXPECT_EQ(refuse([](json&) {}), "(accepted)");
}

TEST_F(Spec, FromJsonTrustsNothing) {
  EXPECT_TRUE(message([] { spec_from_json("{"); }).starts_with("dataspec: this is not JSON: parse error at line 1"));
  EXPECT_EQ(message([] { spec_from_json("[]"); }), "dataspec: the dataspec is not an object");
  EXPECT_EQ(refuse([](json& j) { j.erase("rows"); }), "dataspec: the dataspec lacks 'rows'");
  EXPECT_EQ(refuse([](json& j) { j["rows"] = -1; }), "dataspec: 'rows' of the dataspec is not a count");
  EXPECT_EQ(refuse([](json& j) { j["rows"] = 1.5; }), "dataspec: 'rows' of the dataspec is not a count");
  EXPECT_EQ(refuse([](json& j) { j["rows"] = 18446744073709551615u; }),
            "dataspec: 'rows' of the dataspec is not a count");
  EXPECT_EQ(refuse([](json& j) { j["columns"][0]["mean"] = nullptr; }),
            "dataspec: 'mean' of column 0 is not a finite number");
  EXPECT_EQ(refuse([](json& j) { j["columns"][0]["sd"] = -1; }), "dataspec: column 'x' has impossible statistics");
  EXPECT_EQ(refuse([](json& j) { j["columns"][0]["type"] = "text"; }),
            "dataspec: 'type' of column 0 is 'text', which is not known");
  EXPECT_EQ(refuse([](json& j) { j["columns"][0]["type"] = "constant"; }),
            "dataspec: column 'x' is constant and cannot be a feature");
  EXPECT_EQ(refuse([](json& j) { j["columns"][0]["type"] = "categorical"; }), "dataspec: column 'x' has no categories");
  EXPECT_EQ(refuse([](json& j) { j["columns"][1]["counts"].push_back(1); }),
            "dataspec: column 's' has 3 categories but 4 counts");
  EXPECT_EQ(refuse([](json& j) { j["columns"][1]["categories"][0] = j["columns"][1]["categories"][1]; }),
            "dataspec: column 's' has a category twice");
  EXPECT_EQ(refuse([](json& j) { j["columns"][1]["categories"] = 7; }),
            "dataspec: 'categories' of column 1 is not a list");
  EXPECT_EQ(refuse([](json& j) { j["columns"][1]["name"] = "x"; }), "dataspec: column 'x' occurs twice");
  EXPECT_EQ(refuse([](json& j) {
              j["columns"][2]["categories"] = {"a"};
              j["columns"][2]["counts"] = {1};
            }),
            "dataspec: the boolean column 'b' has 1 values, expected 2");
  EXPECT_EQ(refuse([](json& j) { j["columns"][0]["role"] = "target"; }),
            "dataspec: classification with 2 targets, expected 1");
  EXPECT_EQ(refuse([](json& j) { j["task"] = "regression"; }),
            "dataspec: the target 'y' is categorical with 2 classes, which does not fit regression");
  EXPECT_EQ(refuse([](json& j) { j["row_shape"] = {2, 2}; }), "dataspec: a row shape is for arrays, and they need one");
  EXPECT_EQ(refuse([](json& j) {
              j["source"] = "idx";
              j["row_shape"] = {4294967296, 4294967296, 4294967296};
            }),
            "dataspec: the row shape is impossible");
  EXPECT_EQ(refuse([](json& j) {
              j["source"] = "idx";
              j["row_shape"] = {0};
            }),
            "dataspec: the row shape is impossible");
  EXPECT_EQ(refuse([](json& j) { j["columns"][0]["role"] = "weight"; }), "dataspec: more than one weight column");
  EXPECT_EQ(refuse([](json& j) { j["separator"] = ",,"; }), "dataspec: the separator ',,' is not one character");
  EXPECT_EQ(refuse([](json& j) { j["decimal"] = ";"; }),
            "dataspec: the decimal mark ';' is neither a point nor a comma");
  EXPECT_EQ(refuse([](json& j) { j["columns"][0]["missing"] = 4; }),
            "dataspec: column 'x' has 4 missing values in 3 rows");
}

TEST_F(Spec, DescribeIsAnAlignedTable) {
  EXPECT_EQ(
      describe(spec()),
      "3 rows of 6 columns\n"
      "\n"
      "column  type         role     missing  distinct  range, or values (rows)       why\n"
      "x       numeric      feature        1         2  0.1 … 2, mean 1.05, sd 0.95   every value is a number\n"
      "s       categorical  feature        1         2  (missing) (1), a (1), é (1)   texts\n"
      "b       boolean      feature                  2  no (2), yes (1)               only the values 'no' and 'yes'\n"
      "w       numeric      weight                   2  1 … 2, mean 1.333, sd 0.4714  the weight of each row\n"
      "same    constant     ignored                  1                                'k' in every row\n"
      "y       categorical  target                   2  blue (1), red (2)             its values are the classes\n"
      "\n"
      "task: classification (the target 'y' is categorical (texts))\n"
      "\n"
      "warning: column 'same' is constant ('k' in every row): ignored\n");
}

}  // namespace
}  // namespace retrograd
