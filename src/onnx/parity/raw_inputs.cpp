#include "onnx/parity/raw_inputs.hpp"

#include <algorithm>

#include "base/fail.hpp"
#include "data/rows/screen.hpp"
#include "data/spec/coded.hpp"
#include "data/table/csv.hpp"
#include "onnx/tensor_names.hpp"

namespace retrograd::parity {
namespace {

using evaluation::Tensor;
using evaluation::Tensors;

std::vector<std::string> texts(const Table& table, const std::string& name) {
  const int index = table.find(name);
  if (index < 0) fail("{}: the column '{}' is missing", table.path(), name);
  const CodedColumn column = coded(table, index);
  std::vector<std::string> values;
  for (const int32_t code : column.codes)
    values.push_back(code < 0 ? std::string() : column.values[static_cast<size_t>(code)]);
  return values;
}

std::vector<float> numbers(const Block& block, size_t col) {
  std::vector<float> values;
  for (int64_t n = 0; n < block.rows(); ++n) values.push_back(block.at(n, static_cast<int>(col)));
  return values;
}

const Block& find_block(const Dataset& data, const std::string& name) {
  for (const Block& b : data.inputs)
    if (b.name == name) return b;
  fail("the data have no input '{}'", name);
}

}  // namespace

Tensors raw_inputs(const Model& model, const std::string& source, const Dataset& data) {
  const model_file::Interface interface = model_file::interface_of(model.program(), model.spec());
  if (!interface.table()) return array_inputs(model, data);
  const DataSpec& spec = model.spec();
  const model_file::TensorNames names(model.program(), spec, interface);
  CsvOptions options = csv_options(spec);
  if (!data.skipped.rows.empty()) options.on_bad_row = OnBadRow::skip;
  Table table = read_csv(source, options);
  leave_out(table, data.skipped);
  Tensors tensors;
  const auto add = [&](const std::vector<model_file::ColumnInput>& columns) {
    for (size_t k = 0; k < columns.size(); ++k) {
      Tensor& t = tensors[names.column(columns[k].column)];
      t.dims = {data.rows, 1};
      if (columns[k].text)
        t.values = texts(table, spec.columns[static_cast<size_t>(columns[k].column)].name);
      else
        t.values = numbers(find_block(data, "numeric"), k);
    }
  };
  add(interface.numeric);
  add(interface.categorical);
  return tensors;
}

Tensors array_inputs(const Model& model, const Dataset& data) {
  Tensors tensors;
  for (const int id : model.program().inputs) {
    const graph::Value& value = model.program().values[static_cast<size_t>(id)];
    const Block& block = find_block(data, value.name);
    Tensor& t = tensors[value.name];
    t.dims = {data.rows, block.cols};
    std::vector<float> values;
    for (int64_t n = 0; n < data.rows; ++n)
      for (int j = 0; j < block.cols; ++j) values.push_back(block.at(n, j));
    if (model.precision() == Precision::float32)
      t.values = std::move(values);
    else
      t.values = std::vector<double>(values.begin(), values.end());
  }
  return tensors;
}

Tensors rows_of(const Tensors& all, int64_t begin, int64_t end) {
  Tensors part;
  for (const auto& [name, t] : all) {
    Tensor& to = part[name];
    to.dims = t.dims;
    const auto width = t.dims[0] > 0 ? static_cast<std::ptrdiff_t>(t.size()) / t.dims[0] : 0;
    to.dims[0] = end - begin;
    std::visit(
        [&](const auto& values) {
          to.values = std::decay_t<decltype(values)>(values.begin() + begin * width, values.begin() + end * width);
        },
        t.values);
  }
  return part;
}

void append_rows(Tensors& all, const Tensors& more) {
  for (const auto& one : more) {
    const Tensor& added = one.second;
    const auto [to, fresh] = all.insert(one);
    if (fresh) continue;
    to->second.dims[0] += added.dims[0];
    std::visit(
        [&](auto& values) {
          const auto& from = std::get<std::decay_t<decltype(values)>>(added.values);
          values.insert(values.end(), from.begin(), from.end());
        },
        to->second.values);
  }
}

}  // namespace retrograd::parity
