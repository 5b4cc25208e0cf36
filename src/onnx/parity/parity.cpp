// The same rows through the engine, our reading of the graph, and ONNX Runtime.
#include "retrograd/parity.hpp"

#include "base/fail.hpp"
#include "onnx/evaluate/evaluate.hpp"
#include "onnx/model_file.hpp"
#include "onnx/parity/compare.hpp"
#include "onnx/parity/raw_inputs.hpp"
#include "onnx/parity/runtime.hpp"

namespace retrograd {
namespace {

using evaluation::Tensors;

constexpr int64_t kBlock = 1024;  // rows at a time: every tensor of the graph is kept until the block is done

Tensors evaluate_all(const onnx::GraphProto& graph, const Tensors& inputs, int64_t rows) {
  Tensors outputs;
  for (int64_t begin = 0; begin == 0 || begin < rows; begin += kBlock)
    parity::append_rows(outputs,
                        evaluation::evaluate(graph, parity::rows_of(inputs, begin, std::min(begin + kBlock, rows))));
  return outputs;
}

GraphReading in_runtime(const parity::Expected& expected, const std::string& bytes, const Tensors& inputs,
                        const std::string& folder) {
  const runtime::Answer answer = runtime::run({{bytes, inputs, expected.rows}}, folder.empty() ? "." : folder);
  if (!answer.missing.empty()) {
    if (!folder.empty()) fail("ONNX Runtime: {}", answer.missing);
    GraphReading reading;
    reading.by = "ONNX Runtime";
    reading.missing = answer.missing;
    return reading;
  }
  const runtime::Result& result = answer.results.at(0);
  const std::string by = "ONNX Runtime " + answer.version;
  if (!result.error.empty()) fail("{} refuses the graph: {}", by, result.error);
  return parity::compare(expected, result.outputs, by);
}

}  // namespace

Parity check_parity(const Model& model, const std::string& source, const ParityOptions& options) {
  const std::string bytes = model_file::to_bytes(model);
  onnx::ModelProto file;
  if (!file.ParseFromString(bytes)) fail("the model's own file cannot be read");
  const Dataset data = load_with(source, model.spec(), Part::test, false, options.reading);
  const parity::Expected expected(model, data, options.threads);
  const Tensors inputs = parity::raw_inputs(model, source, data);
  Parity result;
  result.rows = data.rows;
  result.readings.push_back(parity::compare(expected, evaluate_all(file.graph(), inputs, data.rows), "own evaluation"));
  result.readings.push_back(in_runtime(expected, bytes, inputs, options.onnxruntime));
  for (GraphReading& reading : result.readings)
    for (OutputDifference& d : reading.outputs)
      if (d.row >= 0) d.row = data.skipped.in_source(d.row);
  result.skipped = data.skipped;
  return result;
}

}  // namespace retrograd
