// Data: arrays and tables in, datasets and dataspecs out.
#include <utility>

#include "bindings.hpp"

namespace retrograd::python {
namespace {

/// A matrix or a vector (one column) as a block. float32 and uint8 arrays whose rows lie one after the other are
/// borrowed, others are copied once, as floats.
Block block_of(const std::string& name, py::array array, std::vector<py::object>& owners, bool as_floats = false) {
  if (const char kind = array.dtype().kind(); std::string_view("biufO").find(kind) == std::string_view::npos)
    throw py::type_error(name + ": expected an array of numbers, found one of " +
                         py::str(array.dtype()).cast<std::string>());
  const bool bytes = !as_floats && py::isinstance<py::array_t<uint8_t>>(array);
  if (bytes)
    array = py::array_t<uint8_t, py::array::c_style>::ensure(array);
  else
    array = py::array_t<float, py::array::c_style | py::array::forcecast>::ensure(array);
  if (!array) throw py::type_error(name + ": expected an array of numbers");
  if (array.ndim() < 1) throw py::value_error(name + ": expected an array of rows, found a single number");
  py::ssize_t cols = 1;
  for (py::ssize_t axis = 1; axis < array.ndim(); ++axis) cols *= array.shape(axis);
  if (cols < 1 || cols > std::numeric_limits<int>::max())
    throw py::value_error(name + ": rows of " + std::to_string(cols) + " numbers, expected 1 to 2147483647");
  Block block;
  block.name = name;
  block.cols = static_cast<int>(cols);
  const auto size = static_cast<size_t>(array.size());
  if (bytes)
    block.values = std::span<const uint8_t>(static_cast<const uint8_t*>(array.data()), size);
  else
    block.values = std::span<const float>(static_cast<const float*>(array.data()), size);
  owners.push_back(std::move(array));
  return block;
}

void check_rows(const Block& block, int64_t rows) {
  if (block.rows() != rows)
    throw py::value_error(block.name + " has " + std::to_string(block.rows()) + " rows, the inputs have " +
                          std::to_string(rows));
}

void set_target(Data& data, const py::object& target) {
  if (target.is_none()) {
    data.dataset.target = {};
    return;
  }
  data.dataset.target = block_of("target", py::array(target), data.owners, true);
  check_rows(data.dataset.target, data.dataset.rows);
}

void set_weight(Data& data, const py::object& weight) {
  if (weight.is_none()) {
    data.dataset.weight = {};
    return;
  }
  data.dataset.weight = block_of("weight", py::array(weight), data.owners, true);
  check_rows(data.dataset.weight, data.dataset.rows);
}

Data make_data(const py::dict& inputs, const py::object& target, const py::object& weight) {
  Data data;
  for (const auto& [name, array] : inputs) {
    data.dataset.inputs.push_back(block_of(py::cast<std::string>(name),
                                           py::array::ensure(py::reinterpret_borrow<py::object>(array)), data.owners));
    data.dataset.rows = data.dataset.inputs[0].rows();
    check_rows(data.dataset.inputs.back(), data.dataset.rows);
  }
  set_target(data, target);
  set_weight(data, weight);
  return data;
}

/// The numbers of a block as a read-only array that keeps `owner` alive: not copied.
py::object view_of(const Block& block, const py::object& owner) {
  if (block.empty()) return py::none();
  const std::vector<py::ssize_t> shape = {block.rows(), block.cols};
  py::array array = std::visit(
      [&](const auto& values) -> py::array {
        using T = typename std::decay_t<decltype(values)>::value_type;
        return py::array_t<T>(shape, values.data(), owner);
      },
      block.values);
  array.attr("setflags")(py::arg("write") = false);
  return array;
}

/// name, numbers (float64 array or None), codes (int32 array or None), texts.
using ColumnTuple = std::tuple<std::string, std::optional<py::array_t<double, py::array::c_style>>,
                               std::optional<py::array_t<int32_t, py::array::c_style>>, std::vector<std::string>>;

std::vector<TableColumnView> views(const std::vector<ColumnTuple>& columns) {
  std::vector<TableColumnView> out;
  for (const auto& [name, numbers, codes, texts] : columns) {
    TableColumnView& view = out.emplace_back();
    view.name = name;
    if (numbers) view.numbers = {numbers->data(), static_cast<size_t>(numbers->size())};
    if (codes) view.codes = {codes->data(), static_cast<size_t>(codes->size())};
    view.texts = texts;
  }
  return out;
}

LoadedData from_columns(const std::vector<ColumnTuple>& columns, const DataOptions& options) {
  const std::vector<TableColumnView> table = views(columns);
  const py::gil_scoped_release release;
  Loaded loaded = from_memory(table, options);
  return {std::move(loaded.spec), {std::move(loaded.data)}};
}

Data with_columns(const std::vector<ColumnTuple>& columns, const DataSpec& spec, bool need_target) {
  const std::vector<TableColumnView> table = views(columns);
  const py::gil_scoped_release release;
  return {with_memory(table, spec, need_target)};
}

LoadedData from_arrays(const py::array& x, const py::array_t<double, py::array::c_style | py::array::forcecast>& y,
                       const DataOptions& options) {
  LoadedData out;
  const Block block = block_of("x", x, out.data.owners);
  std::vector<int64_t> row_shape(x.shape() + 1, x.shape() + x.ndim());
  if (row_shape.empty()) row_shape = {1};
  Loaded loaded =
      from_memory(block.values, std::move(row_shape), std::vector<double>(y.data(), y.data() + y.size()), options);
  out.spec = std::move(loaded.spec);
  out.data.dataset = std::move(loaded.data);
  return out;
}

/// Replaces the target columns of a dataspec: for callers that code the targets themselves. For classification `names`
/// are the classes and the column is `column`; else they are the names of the columns.
void set_target_spec(DataSpec& spec, Task task, const std::string& column, const std::vector<std::string>& names,
                     const std::vector<int64_t>& counts) {
  std::erase_if(spec.columns, [](const ColumnSpec& c) { return c.role == ColumnRole::target; });
  spec.task = task;
  spec.task_why = "as told";
  for (const std::string& name : names) {
    ColumnSpec target;
    target.role = ColumnRole::target;
    target.why = "given as an array";
    if (task == Task::classification) {
      target.name = column;
      target.type = ColumnType::categorical;
      target.categories = names;
      target.counts = counts;
      target.distinct = std::ssize(names);
      spec.columns.push_back(target);
      return;
    }
    target.name = name;
    target.type = task == Task::multilabel ? ColumnType::boolean : ColumnType::numeric;
    if (task == Task::multilabel) {
      target.categories = {"0", "1"};
      target.counts = {0, 0};
      target.distinct = 2;
    }
    spec.columns.push_back(target);
  }
}

OnBadRow on_bad_row(const std::string& name) {
  if (name != "fail" && name != "skip") throw py::value_error("on_bad_row is '" + name + "', expected fail or skip");
  return name == "skip" ? OnBadRow::skip : OnBadRow::fail;
}

DataSpec array_spec(const std::vector<int64_t>& row_shape, int64_t rows) {
  DataSpec spec;
  spec.source = "npy";
  spec.rows = rows;
  spec.row_shape = row_shape;
  return spec;
}

}  // namespace

void bind_data(py::module_& m) {
  py::enum_<Task>(m, "Task", "What is predicted.")
      .value("classification", Task::classification)
      .value("multilabel", Task::multilabel)
      .value("regression", Task::regression);
  py::enum_<ColumnType>(m, "ColumnType", "What a column of a table holds.")
      .value("numeric", ColumnType::numeric)
      .value("categorical", ColumnType::categorical)
      .value("boolean", ColumnType::boolean)
      .value("constant", ColumnType::constant)
      .value("identifier", ColumnType::identifier);

  py::class_<DataOptions>(m, "DataOptions")
      .def(py::init<>())
      .def_readwrite("targets", &DataOptions::targets)
      .def_readwrite("weight", &DataOptions::weight)
      .def_readwrite("ignore", &DataOptions::ignore)
      .def_readwrite("types", &DataOptions::types)
      .def_readwrite("task", &DataOptions::task)
      .def_readwrite("missing", &DataOptions::missing)
      .def_readwrite("separator", &DataOptions::separator)
      .def_readwrite("decimal", &DataOptions::decimal)
      .def_readwrite("max_categories", &DataOptions::max_categories)
      .def_readwrite("threads", &DataOptions::threads)
      .def_property(
          "on_bad_row", [](const DataOptions& o) { return o.on_bad_row == OnBadRow::skip ? "skip" : "fail"; },
          [](DataOptions& o, const std::string& name) { o.on_bad_row = on_bad_row(name); })
      .def_property(
          "cache", [](const DataOptions& o) { return o.cache.file; },
          [](DataOptions& o, const std::string& file) { o.cache.file = file; });

  py::class_<DataSpec>(m, "DataSpec", "What a model knows of the columns of its training data.")
      .def_readonly("source", &DataSpec::source)
      .def_readonly("rows", &DataSpec::rows)
      .def_readonly("row_shape", &DataSpec::row_shape)
      .def_readonly("warnings", &DataSpec::warnings)
      .def_readonly("task", &DataSpec::task)
      .def_property_readonly("classes", &DataSpec::classes, "Names of the classes in code order, or of the outputs.")
      .def(
          "to_dict", [](const DataSpec& s) { return from_json(to_json(s)); }, "The dataspec as a dict.")
      .def("__str__", [](const DataSpec& s) { return describe(s); })
      .def("__repr__",
           [](const DataSpec& s) {
             return "<retrograd.DataSpec of " + std::to_string(s.rows) + " rows, " + std::string(to_string(s.task)) +
                    ">";
           })
      .def("_set_target", &set_target_spec)
      .def("__copy__", [](const DataSpec& s) { return s; })
      .def(py::pickle([](const DataSpec& s) { return to_json(s); },
                      [](const std::string& text) { return spec_from_json(text); }));
  m.def("array_spec", &array_spec);

  py::class_<Data>(m, "Dataset", "Encoded data: what a network reads. Arrays are borrowed where they can be.")
      .def(py::init(&make_data), py::arg("inputs"), py::arg("target") = py::none(), py::arg("weight") = py::none())
      .def_property_readonly("rows", [](const Data& d) { return d.dataset.rows; })
      .def("__len__", [](const Data& d) { return d.dataset.rows; })
      .def_property_readonly(
          "inputs",
          [](const py::object& self) {
            py::dict out;
            for (const Block& block : self.cast<const Data&>().dataset.inputs)
              out[py::str(block.name)] = view_of(block, self);
            return out;
          },
          "Read-only arrays [rows, columns] by the name of the network's input; not copied.")
      .def_property(
          "target", [](const py::object& self) { return view_of(self.cast<const Data&>().dataset.target, self); },
          &set_target, "[rows, columns]: class codes, labels or numbers; None without.")
      .def_property(
          "weight", [](const py::object& self) { return view_of(self.cast<const Data&>().dataset.weight, self); },
          &set_weight, "[rows, 1]: what each row weighs; None: 1 each.")
      .def(
          "take",
          [](const Data& d, const std::vector<int64_t>& rows) {
            const py::gil_scoped_release release;
            return Data{take(d.dataset, rows)};
          },
          py::arg("rows"), "The rows of these indices, in this order, copied.")
      .def_property_readonly(
          "skipped", [](const Data& d) { return d.dataset.skipped.rows; },
          "Rows of the source, from 0, that could not be read and are not here (on_bad_row=\"skip\").")
      .def_property_readonly(
          "skipped_lines", [](const Data& d) { return d.dataset.skipped.lines(); },
          "What was wrong with them: a summary, then file, line, column and reason of each of the first.")
      .def("__repr__", [](const Data& d) {
        std::string text = "<retrograd.Dataset of " + std::to_string(d.dataset.rows) + " rows:";
        for (const Block& block : d.dataset.inputs) text += " " + block.name + "[" + std::to_string(block.cols) + "]";
        return text + (d.dataset.target.empty() ? "" : " with target") +
               (d.dataset.weight.empty() ? ">" : " and weights>");
      });

  py::class_<LoadedData>(m, "Loaded", "A dataspec and the dataset that it describes.")
      .def_readonly("spec", &LoadedData::spec)
      .def_readonly("data", &LoadedData::data);

  m.def("load_training", [](const std::string& source, const DataOptions& options) {
    const py::gil_scoped_release release;
    Loaded loaded = load_training(source, options);
    return LoadedData{std::move(loaded.spec), {std::move(loaded.data)}};
  });
  m.def("load_with", [](const std::string& source, const DataSpec& spec, bool test_part, bool need_target,
                        const std::string& bad_rows, const std::string& cache) {
    ReadOptions options;
    options.on_bad_row = on_bad_row(bad_rows);
    options.cache.file = cache;
    const py::gil_scoped_release release;
    return Data{load_with(source, spec, test_part ? Part::test : Part::train, need_target, options)};
  });
  m.def("from_columns", &from_columns);
  m.def("with_columns", &with_columns);
  m.def("from_arrays", &from_arrays);
  m.def("split", [](const Data& data, double fraction, uint64_t seed, bool stratified) {
    const py::gil_scoped_release release;
    Split parts = split(data.dataset, fraction, seed, stratified);
    return std::pair(Data{std::move(parts.train)}, Data{std::move(parts.valid)});
  });
}

}  // namespace retrograd::python
