#include "report/folds.hpp"

namespace retrograd::report {

std::vector<std::string> fold_metrics(Task task) {
  if (task == Task::regression) return {"rmse", "mae", "r2"};
  if (task == Task::multilabel) return {"accuracy", "macro_f1", "auc", "log_loss"};
  return {"accuracy", "auc", "macro_f1", "log_loss"};
}

Json folds_section(const FoldsTrained& trained) {
  const std::vector<std::string> names = fold_metrics(trained.trained.model.spec().task);
  Json metrics = Json::array(), folds = Json::array();
  for (const std::string& name : names) {
    const FoldSpread s = spread(trained.folds, name);
    metrics.push_back(
        {{"metric", name}, {"mean", s.mean}, {"sd", s.sd}, {"together", trained.out_of_fold.metric(name)}});
  }
  for (const Fold& fold : trained.folds) {
    Json one = {{"fold", fold.number},
                {"rows", fold.rows.size()},
                {"epochs", fold.trained.history.size()},
                {"best_epoch", fold.trained.best_epoch},
                {"seconds", fold.trained.seconds},
                {"fingerprint", fold.trained.model.fingerprint()},
                {"metrics", Json::object()}};
    for (const std::string& name : names) one["metrics"][name] = fold.results.metric(name);
    folds.push_back(std::move(one));
  }
  return {{"count", trained.folds.size()}, {"metrics", std::move(metrics)}, {"folds", std::move(folds)}};
}

}  // namespace retrograd::report
