// Reports as JSON: the keys are the fields' names, in their order. NaN is written as null.
#include <nlohmann/json.hpp>

#include "retrograd/metrics.hpp"

namespace retrograd {
namespace {

using Json = nlohmann::ordered_json;

std::string text(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace); }

Json scores(const std::vector<ClassScore>& classes) {
  Json all = Json::array();
  for (const ClassScore& s : classes) {
    Json one = {{"name", s.name}, {"support", s.support},     {"predicted", s.predicted},
                {"hits", s.hits}, {"precision", s.precision}, {"recall", s.recall},
                {"f1", s.f1}};
    one["auc"] = s.auc ? Json(*s.auc) : Json();
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace

std::string to_json(const ClassificationReport& r) {
  Json json = {{"rows", r.rows},         {"weight", r.weight},
               {"loss", r.loss},         {"log_loss", r.log_loss},
               {"accuracy", r.accuracy}, {"balanced_accuracy", r.balanced_accuracy},
               {"macro_f1", r.macro_f1}, {"weighted_f1", r.weighted_f1},
               {"auc", r.auc},           {"calibration_error", r.calibration_error},
               {"brier", r.brier}};
  if (r.top5) json["top5"] = *r.top5;
  json["classes"] = scores(r.classes);
  if (!r.confusion.empty()) {
    json["confusion"] = Json::array();
    const auto k = static_cast<std::ptrdiff_t>(r.classes.size());
    for (auto row = r.confusion.begin(); row != r.confusion.end(); row += k)
      json["confusion"].push_back(std::vector<double>(row, row + k));
  }
  json["calibration"] = Json::array();
  for (const CalibrationBin& b : r.calibration)
    json["calibration"].push_back({{"lower", b.lower},
                                   {"upper", b.upper},
                                   {"weight", b.weight},
                                   {"confidence", b.confidence},
                                   {"accuracy", b.accuracy}});
  return text(json);
}

std::string to_json(const MultilabelReport& r) {
  const Json json = {
      {"rows", r.rows},         {"weight", r.weight},        {"loss", r.loss},         {"log_loss", r.log_loss},
      {"accuracy", r.accuracy}, {"hamming", r.hamming},      {"micro_f1", r.micro_f1}, {"macro_f1", r.macro_f1},
      {"auc", r.auc},           {"labels", scores(r.labels)}};
  return text(json);
}

std::string to_json(const RegressionReport& r) {
  Json json = {{"rows", r.rows}, {"weight", r.weight}, {"loss", r.loss},           {"rmse", r.rmse},
               {"mae", r.mae},   {"r2", r.r2},         {"max_error", r.max_error}, {"outputs", Json::array()}};
  for (const OutputScore& s : r.outputs)
    json["outputs"].push_back({{"name", s.name},
                               {"rmse", s.rmse},
                               {"mae", s.mae},
                               {"r2", s.r2},
                               {"max_error", s.max_error},
                               {"mean", s.mean},
                               {"sd", s.sd}});
  return text(json);
}

}  // namespace retrograd
