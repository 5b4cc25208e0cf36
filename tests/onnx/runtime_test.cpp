// Every operator and arrangement in ONNX Runtime, at many rows, one row and none.
#include <fmt/format.h>

#include <set>

#include "onnx/evaluate/evaluate.hpp"
#include "onnx/model_file.hpp"
#include "onnx/networks.hpp"
#include "onnx/onnx_runtime.hpp"
#include "onnx/parity/compare.hpp"
#include "onnx/parity/raw_inputs.hpp"
#include "support/within.hpp"

namespace retrograd {
namespace {

void expect_equal(const parity::Expected& expected, const runtime::Result& result, const std::string& by) {
  ASSERT_EQ(result.error, "");
  const GraphReading reading = parity::compare(expected, result.outputs, by);
  EXPECT_EQ(reading.labels_differ, 0);
  for (const OutputDifference& d : reading.outputs) {
    EXPECT_TRUE(support::within(d.of_allowed, 1)) << d.output << ": " << d.absolute << " in row " << d.row;
    EXPECT_TRUE(support::within(d.relative, 0.2) || d.absolute < 1e-5) << d.output << ": " << d.relative;
  }
}

TEST(Runtime, EveryNetworkAtManyRowsOneAndNone) {
  SKIP_WITHOUT_ONNXRUNTIME();
  std::vector<runtime::Job> jobs;
  std::vector<parity::Expected> expected;
  std::vector<std::string> names;
  for (const auto& [name, network] : networks::all()) {
    const Model model = networks::random_model(network, Precision::float32);
    const std::string bytes = model_file::to_bytes(model);
    for (const int64_t rows : {70, 1, 0}) {
      const Dataset data = networks::random_data(network, rows);
      jobs.push_back({bytes, parity::array_inputs(model, data), rows});
      expected.emplace_back(model, data, 1);
      names.push_back(fmt::format("{}, {} rows", name, rows));
    }
  }
  const runtime::Answer answer = runtime::run(jobs, onnxruntime_folder());
  ASSERT_EQ(answer.results.size(), jobs.size());
  for (size_t k = 0; k < jobs.size(); ++k) {
    SCOPED_TRACE(names[k]);
    expect_equal(expected[k], answer.results[k], "ONNX Runtime");
  }
}

/// ONNX Runtime's CPU kernels of these nodes take floats only; everything else runs in double, too.
TEST(Runtime, DoubleModels) {
  SKIP_WITHOUT_ONNXRUNTIME();
  const std::set<std::string> no_double_kernel = {
      "elu", "selu", "gelu", "silu", "mish", "softplus", "periodic", "table with several inputs", "skip connection"};
  std::vector<runtime::Job> jobs;
  std::vector<parity::Expected> expected;
  std::vector<std::string> names;
  for (const auto& [name, network] : networks::all()) {
    const Model model = networks::random_model(network, Precision::float64);
    const Dataset data = networks::random_data(network, 33);
    jobs.push_back({model_file::to_bytes(model), parity::array_inputs(model, data), 33});
    expected.emplace_back(model, data, 1);
    names.push_back(name);
  }
  const runtime::Answer answer = runtime::run(jobs, onnxruntime_folder());
  ASSERT_EQ(answer.results.size(), jobs.size());
  for (size_t k = 0; k < jobs.size(); ++k) {
    SCOPED_TRACE(names[k]);
    const std::string& error = answer.results[k].error;
    if (no_double_kernel.contains(names[k]))
      EXPECT_TRUE(error.find("Could not find an implementation") != std::string::npos ||
                  error.find("implemented only for the following types (tensor(float),)") != std::string::npos)
          << error;
    else
      expect_equal(expected[k], answer.results[k], "ONNX Runtime");
  }
}

TEST(Runtime, AGraphThatItRefusesIsAnErrorOfThatJobAlone) {
  SKIP_WITHOUT_ONNXRUNTIME();
  Network net;
  net.input("x", 2).linear(1).loss("squared");
  const Model model = networks::random_model(net, Precision::float32);
  const Dataset data = networks::random_data(net, 3);
  onnx::ModelProto wrong = model_file::to_onnx(model);
  wrong.mutable_graph()->mutable_node(0)->set_op_type("NoSuchOperator");
  const evaluation::Tensors inputs = parity::array_inputs(model, data);
  const runtime::Answer answer = runtime::run(
      {{wrong.SerializeAsString(), inputs, 3}, {model_file::to_bytes(model), inputs, 3}}, onnxruntime_folder());
  ASSERT_EQ(answer.results.size(), 2u);
  EXPECT_NE(answer.results[0].error.find("NoSuchOperator"), std::string::npos) << answer.results[0].error;
  EXPECT_EQ(answer.results[1].error, "");
}

TEST(Runtime, WhereItIsNotInstalled) {
  const runtime::Answer answer = runtime::run({}, "/");
  EXPECT_TRUE(answer.results.empty());
  EXPECT_FALSE(answer.missing.empty());
}

TEST(Evaluate, NoRows) {
  for (const auto& [name, network] : networks::all()) {
    SCOPED_TRACE(name);
    const Model model = networks::random_model(network, Precision::float32);
    const Dataset data = networks::random_data(network, 0);
    const auto outputs = evaluation::evaluate(model_file::to_onnx(model).graph(), parity::array_inputs(model, data));
    EXPECT_TRUE(parity::compare(parity::Expected(model, data, 1), outputs, "own").ok());
  }
}

}  // namespace
}  // namespace retrograd
