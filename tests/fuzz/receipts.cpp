// Receipts, as `retrograd verify` reads them; and the reports that `retrograd compare` reads.
#include <optional>

#include "explain/small_networks.hpp"
#include "fuzz/target.hpp"
#include "retrograd/receipt.hpp"
#include "retrograd/report.hpp"

namespace retrograd::fuzz {

bool run_receipt(std::string_view bytes) {
  std::optional<Explanation> explanation;
  if (!accepts([&] { explanation = explanation_from_json(bytes); })) return false;
  const std::string text = to_json(*explanation);
  std::string again;
  expect(accepts([&] { again = to_json(explanation_from_json(text)); }), "a receipt is refused as it was written");
  expect(again == text, "a receipt changes when it is read and written");
  accepts([&] { verify_receipt(bytes); });
  return true;
}

std::vector<std::string> seeds_receipt() {
  ExplainOptions options;
  options.terms = 2;
  options.open = 1;
  options.max_nodes = 4;
  std::vector<std::string> all = {
      to_json(explain(explain_test::lecture_model(), explain_test::lecture_data(), {.weight = "1:1:1"}, options))};
  Network small;
  small.input("x", 2).linear(2).activation("relu").linear(3).loss("softmax_xent");
  options.batch = true;
  options.rows = {0, 2};
  all.push_back(
      to_json(explain(explain_test::random_model(small), explain_test::random_data(small), {.top = 1}, options)));
  return all;
}

bool run_report(std::string_view bytes) {
  const std::string text(bytes);
  std::string compared;
  const bool accepted = accepts([&] { compared = compare_text({{"one", text}, {"two", text}}); });
  accepts([&] { compare_json({{"one", text}, {"two", text}}); });
  accepts([&] { report_page(text); });
  return accepted;
}

/// What `retrograd compare` reads of a report.
std::vector<std::string> seeds_report() {
  return {
      R"({"format":"retrograd report","format_version":1,"run":{"fingerprint":"0f","version":"0.1.0",)"
      R"("written":"2020-01-01T00:00:00Z","stopped":"all 2 epochs are done","epochs":2,"best_epoch":1,"seconds":0.5,)"
      R"("rows":80,"rows_per_second":1e5,"parameters":12,"threads":1,"metric":"loss","command":"retrograd train t"},)"
      R"("data":{"task":"regression"},"history":[{"epoch":1,"train_loss":0.5},{"epoch":2,"train_loss":0.25}],)"
      R"("settings":[{"section":"train","name":"epochs","value":"2","given":true}],)"
      R"("results":[{"part":"train","metrics":[{"metric":"rmse","value":0.5,"low":0.4,"high":0.6},)"
      R"({"metric":"r2","value":null}]}]})"};
}

}  // namespace retrograd::fuzz
