// The report as a whole: what is in it, importance, wrong rows, and names that try to break out of the page.
#include "retrograd/report.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "report/data.hpp"
#include "report/distribution.hpp"
#include "report/importance.hpp"
#include "report/peak.hpp"
#include "retrograd/error.hpp"

namespace retrograd {
namespace {

using Json = nlohmann::ordered_json;
using report_test::trained_run;
using report_test::TrainedRun;

ReportInput input_of(const TrainedRun& run) {
  ReportInput input{.trained = &run.trained};
  const Model& model = run.trained.model;
  std::vector<int64_t> rows;
  for (int64_t i = 0; i < run.valid.rows; ++i) rows.push_back(1000 + 2 * i);
  input.parts.push_back(report_part(model, "train", run.train, "data.csv"));
  input.parts.push_back(report_part(model, "validation", run.valid, "data.csv", rows));
  input.folder = "run";
  input.command = "retrograd train data.csv";
  input.config = "[data]\n";
  input.settings = {{"train", "seed", "1", true}};
  input.log = {"a decision", "warning: a warning"};
  return input;
}

TEST(Report, HoldsWhatWasMeasured) {
  const TrainedRun run = trained_run();
  const ReportInput input = input_of(run);
  const Json json = Json::parse(report_json(input));
  EXPECT_EQ(json["run"]["fingerprint"], run.trained.model.fingerprint());
  EXPECT_EQ(json["run"]["best_epoch"], run.trained.best_epoch);
  EXPECT_EQ(json["history"].size(), run.trained.history.size());
  EXPECT_EQ(json["decisions"], Json({"a decision", "warning: a warning"}));
  ASSERT_EQ(json["results"].size(), 2U);
  EXPECT_EQ(json["results"][1]["report"], Json::parse(evaluate(run.trained.model, run.valid).to_json()));
  EXPECT_EQ(json["close"]["part"], "validation");
  EXPECT_EQ(json["data"]["columns"].size(), 4U);
  EXPECT_EQ(json["data"]["columns"][2]["categories"], Json({"Rome", "Oslo", "Lima"}));
  int64_t drawn = 0;
  for (const Json& c : json["data"]["columns"][0]["histogram"]["counts"]) drawn += c.get<int64_t>();
  EXPECT_EQ(drawn, run.train.rows);
}

TEST(Peak, IsThatOfVectors) {
  // One AVX2 core does 32 operations a cycle; even at 1 GHz that is above a scalar core's 4.
  EXPECT_GT(report::peak_flops(1), 4e9);
  EXPECT_LT(report::peak_flops(1), 1e12);
}

TEST(Report, ImportanceFindsWhatMatters) {
  const TrainedRun run = trained_run();
  const Json json = report::importance(run.trained.model, run.valid, 1);
  ASSERT_EQ(json["groups"].size(), 3U);
  const auto loss = [&](size_t g) { return json["groups"][g]["loss"].get<double>(); };
  EXPECT_EQ(json["groups"][0]["name"], "signal");
  EXPECT_GT(loss(0), 0.3);                      // the class follows it
  EXPECT_LT(std::abs(loss(1)), 0.2 * loss(0));  // noise
  EXPECT_GT(loss(2), loss(1));                  // city shifts the threshold
  EXPECT_LT(loss(2), loss(0));
  EXPECT_NEAR(json["loss"].get<double>(), evaluate(run.trained.model, run.valid).classification->loss, 1e-12);
  // The same numbers each time, on any number of threads.
  EXPECT_EQ(json, report::importance(run.trained.model, run.valid, 2));
}

TEST(Report, ImportanceIsThatOfTheRowsThatWeigh) {
  const TrainedRun run = trained_run();
  // So many rows that those drawn from all of them would hardly have one that weighs.
  std::vector<int64_t> rows(100'000), few = {3, 7, 8, 20};
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<int64_t>(i) % run.valid.rows;
  Dataset many = take(run.valid, rows);
  std::vector<float> weights(rows.size(), 0.0F);
  for (const int64_t row : few) weights[static_cast<size_t>(row)] = 1;
  many.weight = {"weight", 1, weights};
  const Json found = report::importance(run.trained.model, many, 1);
  EXPECT_EQ(found["rows"], 4);
  EXPECT_EQ(found["groups"], report::importance(run.trained.model, take(many, few), 1)["groups"]);
}

TEST(Report, ColumnGroupsOfPicturesCoverEveryPixelOnce) {
  DataSpec spec;
  spec.row_shape = {28, 30};
  Dataset data;
  data.inputs = {{"x", 28 * 30, std::vector<uint8_t>(28 * 30)}};
  std::vector<int> times(28 * 30);
  const auto groups = report::column_groups(spec, data);
  for (const report::ColumnGroup& g : groups)
    for (const int c : g.columns) ++times.at(static_cast<size_t>(c));
  EXPECT_EQ(std::count(times.begin(), times.end(), 1), 28 * 30);
  EXPECT_LE(groups.size(), 49U);
  spec.row_shape = {100};
  data.inputs = {{"x", 100, std::vector<float>(100)}};
  size_t covered = 0;
  for (const report::ColumnGroup& g : report::column_groups(spec, data)) covered += g.columns.size();
  EXPECT_EQ(covered, 100U);
}

TEST(Report, ShowsTrainingPicturesAsTheyWereSeen) {
  DataSpec spec;
  spec.task = Task::regression;
  spec.row_shape = {2, 3};
  Dataset train;
  train.rows = 5;
  train.inputs = {{"x", 6, std::vector<uint8_t>(30)}};
  for (size_t i = 0; i < 30; ++i) std::get<std::vector<uint8_t>>(train.inputs[0].values)[i] = static_cast<uint8_t>(i);
  TrainOptions options;
  options.epochs = 4;
  EXPECT_FALSE(report::arrays(spec, train, &options).contains("augmented"));
  options.augment = "flip";
  EXPECT_FALSE(report::arrays(spec, train, nullptr).contains("augmented"));
  const report::Json augmented = report::arrays(spec, train, &options)["augmented"];
  EXPECT_EQ(augmented["how"], "flip");
  ASSERT_EQ(augmented["rows"].size(), 3U);
  int mirrored = 0;
  for (const report::Json& row : augmented["rows"]) {
    ASSERT_EQ(row.size(), 5U);
    const report::Json& p = row[0];
    const report::Json mirror = {p[2], p[1], p[0], p[5], p[4], p[3]};
    for (size_t epoch = 1; epoch < 5; ++epoch) {
      EXPECT_TRUE(row[epoch] == p || row[epoch] == mirror);
      mirrored += row[epoch] == mirror;
    }
  }
  EXPECT_GT(mirrored, 0);
  EXPECT_LT(mirrored, 12);
}

TEST(Report, WrongRowsAreTheWorstAndNamedByTheirPlaceInTheSource) {
  const TrainedRun run = trained_run();
  const ReportInput input = input_of(run);
  const Json wrong = Json::parse(report_json(input))["close"]["wrong"];
  ASSERT_FALSE(wrong.empty());
  double before = 0;
  for (const Json& w : wrong) {
    const int64_t row = (w["row"].get<int64_t>() - 1 - 1000) / 2;
    const auto truth = static_cast<size_t>(run.valid.target.at(row, 0));
    const double p = static_cast<double>(input.parts[1].predictions[static_cast<size_t>(row) * 2 + truth]);
    EXPECT_LT(p, 0.5 + 1e-6);
    EXPECT_EQ(w["p"].get<double>(), p);
    EXPECT_GE(p, before);
    EXPECT_EQ(w["actual"], truth == 1 ? "yes" : "no");
    EXPECT_NE(w["actual"], w["predicted"]);
    before = p;
  }
}

size_t count(const std::string& text, const std::string& what) {
  size_t n = 0;
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

/// The JSON between the page's data element and its end.
Json data_of(const std::string& page) {
  const std::string open = "<script type=\"application/json\" id=\"data\">";
  const size_t from = page.find(open) + open.size();
  return Json::parse(page.substr(from, page.find("</script>", from) - from));
}

TEST(Page, HostileNamesStayText) {
  const TrainedRun tame = trained_run();
  const std::string tame_page = report_page(report_json(input_of(tame)));
  const TrainedRun run = trained_run({"</script><script>window.hacked=1</script>", "<!--<script>", "{{script}}]]>",
                                      "<img src=x onerror=window.hacked=1>", "\xff\xfe broken", "a'b\"c&amp;\n\u2028"});
  ReportInput input = input_of(run);
  input.folder = "</title><svg onload=window.hacked=1>";
  const std::string json = report_json(input), page = report_page(json);
  EXPECT_EQ(count(page, "<script"), count(tame_page, "<script"));
  EXPECT_EQ(count(page, "</script"), count(tame_page, "</script"));
  EXPECT_EQ(count(page, "<!--"), count(tame_page, "<!--"));
  EXPECT_EQ(count(page, "<svg onload"), 0U);
  EXPECT_EQ(count(page, "<img src=x"), 0U);
  const Json data = data_of(page);
  EXPECT_EQ(data["data"]["columns"][0]["name"], "</script><script>window.hacked=1</script>");
  EXPECT_EQ(data["data"]["columns"][2]["name"], "{{script}}]]>");
  EXPECT_EQ(data["run"]["folder"], input.folder);
  EXPECT_TRUE(std::all_of(json.begin(), json.end(), [](char c) { return static_cast<unsigned char>(c) < 128; }));
}

TEST(Page, NeedsNoNetworkAndKeepsTheLicence) {
  const std::string page = report_page(report_json(input_of(trained_run())));
  EXPECT_EQ(count(page, " src="), 0U);
  EXPECT_EQ(count(page, "<link"), 0U);
  EXPECT_EQ(count(page, "@import"), 0U);
  EXPECT_NE(page.find("default-src 'none'"), std::string::npos);
  EXPECT_NE(page.find("Chart.js Contributors"), std::string::npos);
  EXPECT_NE(page.find("The above copyright notice and this permission notice shall be included"), std::string::npos);
  EXPECT_LT(page.size(), 2000000U);
}

TEST(Page, RefusesWhatIsNoReport) {
  EXPECT_THROW(report_page("{}"), Error);
  EXPECT_THROW(report_page("not JSON"), Error);
  const std::string deep = R"({"format": "retrograd report", "format_version": 1, "a": )" + std::string(1000000, '[');
  EXPECT_THROW(report_page(deep + std::string(1000000, ']') + "}"), Error);
  EXPECT_THROW(report_page(R"({"format": "retrograd report", "format_version": 2})"), Error);
}

TEST(Compare, ShowsWhatDiffersAndWhichIsBest) {
  const TrainedRun run = trained_run();
  ReportInput one = input_of(run), two = input_of(run);
  one.settings = {{"train", "seed", "1", true}, {"train", "lr", "0.1", true}};
  two.settings = {{"train", "seed", "1", true}, {"train", "lr", "0.2", true}};
  std::fill(two.parts[1].predictions.begin(), two.parts[1].predictions.end(), 0.5F);
  two.parts[1].results = compare(run.spec, run.valid, two.parts[1].predictions, 0.7);
  const std::vector<std::pair<std::string, std::string>> reports = {{"a", report_json(one)}, {"b", report_json(two)}};
  const Json json = Json::parse(compare_json(reports));
  ASSERT_EQ(json["settings"].size(), 1U);
  EXPECT_EQ(json["settings"][0]["name"], "lr");
  EXPECT_EQ(json["settings"][0]["values"], Json({"0.1", "0.2"}));
  for (const Json& r : json["results"]) {
    if (r["part"] == "validation") {
      EXPECT_EQ(r["best"], 0) << r["metric"];
    }
  }
  const std::string text = compare_text(reports);
  EXPECT_NE(text.find("lr "), std::string::npos);
  EXPECT_EQ(text.find("seed"), std::string::npos);
  EXPECT_NE(text.find("validation accuracy"), std::string::npos);
  EXPECT_NE(compare_page(reports).find("\"retrograd comparison\""), std::string::npos);
  EXPECT_THROW(compare_text({}), Error);
  EXPECT_THROW(compare_text({{"a", "{}"}}), Error);
  EXPECT_THROW(compare_text({{"a", R"({"format": "retrograd report", "format_version": 1})"}}), Error);
}

TEST(History, LinesAndTable) {
  const TrainedRun run = trained_run();
  const std::string lines = history_jsonl(run.trained.history), csv = history_csv(run.trained.history);
  EXPECT_EQ(count(lines, "\n"), run.trained.history.size());
  EXPECT_EQ(count(csv, "\n"), run.trained.history.size() + 1);
  const Json first = Json::parse(lines.substr(0, lines.find('\n')));
  EXPECT_EQ(first["epoch"], 1);
  EXPECT_EQ(first["train_loss"].get<double>(), run.trained.history[0].train_loss);
  EXPECT_EQ(first["valid_loss"].get<double>(), *run.trained.history[0].valid_loss);
  EpochReport bare;
  bare.epoch = 1;
  EXPECT_FALSE(Json::parse(history_jsonl({bare})).contains("valid_loss"));
  bare.layers.resize(1);
  bare.layers[0].layer = "z1";
  bare.layers[0].wires = 0.5;
  EXPECT_EQ(Json::parse(history_jsonl({bare}))["layers"][0]["wires"], 0.5);
  EXPECT_NE(history_csv({bare}).find("z1.wires"), std::string::npos);
}

}  // namespace
}  // namespace retrograd
