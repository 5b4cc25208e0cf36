#include "run/result.hpp"

#include <algorithm>

#include "math/simd.hpp"

namespace retrograd::cli {
namespace {

/// Of the time this much is kept for writing the model, up to half a minute.
constexpr double kShareForWriting = 0.05, kMostForWriting = 30;

}  // namespace

std::vector<ReportPart> measured_parts(const TrainingData& data, const Settings& settings, const Model& model,
                                       const FoldsTrained* folds, Dataset& held_out, int threads) {
  std::vector<ReportPart> parts = data.parts(settings);
  for (ReportPart& p : parts) {
    ReportPart m = report_part(model, p.name, *p.data, p.source, std::move(p.rows), threads);
    m.read = p.read;
    p = std::move(m);
  }
  if (folds == nullptr) return parts;
  const bool all = std::ssize(folds->rows) == data.train.rows;
  if (!all) held_out = part(data.train, folds->rows);
  ReportPart held{.name = "out-of-fold", .data = all ? &data.train : &held_out, .source = parts[0].source};
  if (!all) held.rows = folds->rows;
  held.predictions = folds->predictions;
  held.results = folds->out_of_fold;
  held.read = parts[0].read;
  parts.insert(parts.begin() + 1, std::move(held));
  return parts;
}

double time_for_training(double seconds, std::chrono::steady_clock::time_point begun) {
  const double kept = std::min(kShareForWriting * seconds, kMostForWriting);
  const double used = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  return std::max(1e-3, seconds - kept - used);  // at least one step is trained
}

nlohmann::json result_of(const Model& model, const Trained& trained, const std::vector<ReportPart>& parts) {
  nlohmann::json json = {{"fingerprint", model.fingerprint()},
                         {"epochs", trained.history.size()},
                         {"best_epoch", trained.best_epoch},
                         {"stopped", trained.stopped},
                         {"finished", trained.finished},
                         {"seconds", trained.seconds},
                         {"simd", simd_name()},
                         {"threads", trained.options.threads},
                         {"train_loss", trained.history.back().train_loss},
                         {"parameters", model.parameter_count()}};
  for (const ReportPart& part : parts) {
    std::string key = part.name;
    std::replace(key.begin(), key.end(), '-', '_');
    json[key] = nlohmann::json::parse(part.results.to_json());
  }
  return json;
}

}  // namespace retrograd::cli
