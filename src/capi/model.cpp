// retrograd.h: models and prediction.
#include <algorithm>
#include <limits>
#include <map>

#include "base/fail.hpp"
#include "capi/handles.hpp"
#include "graph/program.hpp"
#include "retrograd/version.hpp"

namespace retrograd::capi {
namespace {

thread_local std::string last_error;

}  // namespace

void remember(const char* message) noexcept {
  try {
    last_error = message;
  } catch (...) {
    last_error.clear();
  }
}

void require(const void* pointer, const char* what) {
  if (pointer == nullptr) fail("{} is NULL", what);
}

retrograd_model* make_handle(Model model) {
  std::vector<std::string> names = model.spec().classes();
  names.resize(static_cast<size_t>(model.outputs()));
  for (size_t k = 0; k < names.size(); ++k)
    if (names[k].empty()) names[k] = fmt::format("{}", k);
  return new retrograd_model{std::move(model), std::move(names)};
}

Table table_of(const retrograd_column* columns, int64_t count, int64_t rows) {
  if (count < 1) fail("{} columns, expected at least 1", count);
  require(columns, "columns");
  if (rows < 1) fail("{} rows, expected at least 1", rows);
  Table table;
  table.codes.resize(static_cast<size_t>(count));
  for (int64_t k = 0; k < count; ++k) {
    const retrograd_column& from = columns[k];
    require(from.name, "the name of a column");
    TableColumnView view;
    view.name = from.name;
    if (from.numbers != nullptr) {
      if (from.texts != nullptr) fail("column '{}' has both numbers and texts; expected one of them", view.name);
      view.numbers = {from.numbers, static_cast<size_t>(rows)};
    } else {
      if (from.texts == nullptr) fail("column '{}' has neither numbers nor texts", view.name);
      std::vector<int32_t>& codes = table.codes[static_cast<size_t>(k)];
      std::map<std::string_view, int32_t> known;
      for (int64_t r = 0; r < rows; ++r) {
        if (from.texts[r] == nullptr) {
          codes.push_back(-1);
          continue;
        }
        const auto [place, fresh] = known.emplace(from.texts[r], static_cast<int32_t>(view.texts.size()));
        if (fresh) view.texts.emplace_back(from.texts[r]);
        codes.push_back(place->second);
      }
      view.codes = codes;
    }
    table.columns.push_back(std::move(view));
  }
  return table;
}

namespace {

void predict(const Model& model, const Dataset& data, int threads, float* y) {
  const std::vector<float> p = model.predict(data, threads);
  std::copy(p.begin(), p.end(), y);
}

/// Features of the only input of a model of arrays, else 0.
int64_t array_inputs(const Model& model) {
  const graph::ForwardProgram& program = model.program();
  if (program.inputs.size() != 1 || model.spec().source == "csv") return 0;
  return program.values[static_cast<size_t>(program.inputs[0])].features;
}

}  // namespace
}  // namespace retrograd::capi

using namespace retrograd;
using namespace retrograd::capi;

const char* retrograd_version(void) { return kVersion; }

const char* retrograd_last_error(void) { return last_error.c_str(); }

retrograd_status retrograd_load(const char* path, retrograd_model** model) {
  return guarded([&] {
    require(model, "model");
    *model = nullptr;
    require(path, "path");
    *model = make_handle(Model::load(path));
  });
}

retrograd_status retrograd_save(const retrograd_model* model, const char* path) {
  return guarded([&] {
    require(model, "model");
    require(path, "path");
    model->model.save(path);
  });
}

void retrograd_free(retrograd_model* model) { delete model; }

const char* retrograd_fingerprint(const retrograd_model* model) {
  return model == nullptr ? "" : model->model.fingerprint().c_str();
}

int64_t retrograd_inputs(const retrograd_model* model) { return model == nullptr ? 0 : array_inputs(model->model); }

int64_t retrograd_outputs(const retrograd_model* model) { return model == nullptr ? 0 : model->model.outputs(); }

const char* retrograd_output_name(const retrograd_model* model, int64_t output) {
  if (model == nullptr || output < 0 || output >= static_cast<int64_t>(model->outputs.size())) return nullptr;
  return model->outputs[static_cast<size_t>(output)].c_str();
}

retrograd_status retrograd_predict(const retrograd_model* model, const float* x, int64_t rows, int threads, float* y) {
  return guarded([&] {
    require(model, "model");
    if (rows < 0) fail("{} rows, expected at least 0", rows);
    const int64_t inputs = array_inputs(model->model);
    if (inputs == 0) fail("the model reads the columns of a table; use retrograd_predict_table");
    if (rows == 0) return;
    require(x, "x");
    require(y, "y");
    if (rows > std::numeric_limits<int64_t>::max() / inputs / 8) fail("{} rows are more than memory can hold", rows);
    const graph::ForwardProgram& program = model->model.program();
    const std::span<const float> numbers(x, static_cast<size_t>(rows * inputs));
    const std::string& name = program.values[static_cast<size_t>(program.inputs[0])].name;
    Dataset data;
    data.rows = rows;
    data.inputs.push_back({name, static_cast<int>(inputs), numbers});
    predict(model->model, data, threads, y);
  });
}

retrograd_status retrograd_predict_table(const retrograd_model* model, const retrograd_column* columns, int64_t count,
                                         int64_t rows, int threads, float* y) {
  return guarded([&] {
    require(model, "model");
    if (model->model.spec().source != "csv") fail("the model reads arrays; use retrograd_predict");
    if (rows == 0) return;
    require(y, "y");
    const Table table = table_of(columns, count, rows);
    predict(model->model, with_memory(table.columns, model->model.spec(), false), threads, y);
  });
}
