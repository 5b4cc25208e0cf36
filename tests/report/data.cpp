#include "report/data.hpp"

#include <cmath>

namespace retrograd::report_test {
namespace {

/// Uniform in [0, 1), a function of its arguments alone.
double random(uint64_t what, int64_t row, int col) {
  return uniform01(philox(17, Purpose::check, what, static_cast<uint32_t>(row), static_cast<uint32_t>(col))[0]);
}

ColumnSpec class_column(const std::string& name, const std::vector<std::string>& classes) {
  ColumnSpec c;
  c.name = name;
  c.type = ColumnType::categorical;
  c.role = ColumnRole::target;
  c.categories = classes;
  c.counts.assign(classes.size(), 1);
  c.distinct = static_cast<int64_t>(classes.size());
  return c;
}

}  // namespace

Predicted predicted(Task task, int64_t rows, int outputs, bool weighted) {
  Predicted p;
  p.spec.source = "csv";
  p.spec.task = task;
  p.spec.rows = rows;
  std::vector<std::string> names;
  for (int k = 0; k < outputs; ++k) names.push_back("k" + std::to_string(k));
  if (task == Task::classification) p.spec.columns = {class_column("target", names)};
  if (task != Task::classification)
    for (const std::string& name : names) {
      ColumnSpec c = class_column(name, {"false", "true"});
      c.type = task == Task::multilabel ? ColumnType::boolean : ColumnType::numeric;
      if (task == Task::regression) c.categories.clear();
      p.spec.columns.push_back(c);
    }
  std::vector<float> target, weight;
  for (int64_t row = 0; row < rows; ++row) {
    if (task == Task::classification) {
      const auto truth = static_cast<int>(random(1, row, 0) * outputs);
      std::vector<double> scores;
      double sum = 0;
      for (int k = 0; k < outputs; ++k) {
        scores.push_back(std::floor(8 * random(2, row, k)) + (k == truth ? 4 : 1));
        sum += scores.back();
      }
      target.push_back(static_cast<float>(truth));
      for (const double s : scores) p.predictions.push_back(static_cast<float>(s / sum));
    } else {
      for (int k = 0; k < outputs; ++k) {
        const double noise = random(3, row, k);
        if (task == Task::multilabel) {
          const bool truth = random(1, row, k) < 0.3;
          target.push_back(truth ? 1.0F : 0.0F);
          p.predictions.push_back(static_cast<float>(std::floor(10 * (0.6 * noise + (truth ? 0.35 : 0))) / 10));
        } else {
          target.push_back(static_cast<float>(10 * random(1, row, k)));
          p.predictions.push_back(target.back() + static_cast<float>(noise - 0.4));
        }
      }
    }
    weight.push_back(std::vector<float>{0, 0.5, 1, 2}[static_cast<size_t>(4 * random(4, row, 0))]);
  }
  p.data.rows = rows;
  p.data.target = {"target", task == Task::classification ? 1 : outputs, target};
  if (weighted) p.data.weight = {"weight", 1, weight};
  return p;
}

TrainedRun trained_run(const std::vector<std::string>& names) {
  constexpr int64_t kRows = 600;
  DataSpec spec;
  spec.source = "csv";
  spec.task = Task::classification;
  spec.rows = kRows;
  for (int c = 0; c < 2; ++c) {
    ColumnSpec column;
    column.name = names[static_cast<size_t>(c)];
    column.min = -1;
    column.max = 1;
    column.sd = 0.58;
    column.distinct = kRows;
    spec.columns.push_back(column);
  }
  ColumnSpec city;
  city.name = names[2];
  city.type = ColumnType::categorical;
  city.categories = {"Rome", "Oslo", "Lima"};
  city.counts = {300, 200, 100};
  city.distinct = 3;
  spec.columns.push_back(city);
  spec.columns.push_back(class_column(names[3], {names[4], names[5]}));
  spec.columns.back().counts = {300, 300};
  Dataset data;
  data.rows = kRows;
  std::vector<float> numeric, categorical, target;
  for (int64_t row = 0; row < kRows; ++row) {
    const double signal = 2 * random(1, row, 0) - 1, noise = 2 * random(1, row, 1) - 1;
    const auto code = static_cast<int>(3 * random(2, row, 0));
    numeric.push_back(static_cast<float>(signal));
    numeric.push_back(static_cast<float>(noise));
    categorical.push_back(static_cast<float>(code));
    target.push_back(signal + (code == 0 ? 0.3 : -0.1) + 0.2 * (random(3, row, 0) - 0.5) > 0 ? 1.0F : 0.0F);
  }
  data.inputs = {{"numeric", 2, numeric}, {"categorical", 1, categorical}};
  data.target = {"target", 1, target};
  Split parts = split(data, 0.3, 1, true);
  NetworkOptions network;
  network.hidden = {8};
  TrainOptions options;
  options.epochs = 20;
  options.threads = 1;
  options.batch = 32;
  Trained trained = train(make_network(spec, parts.train, network), spec, parts.train, &parts.valid, options);
  return {spec, std::move(parts.train), std::move(parts.valid), std::move(trained)};
}

}  // namespace retrograd::report_test
