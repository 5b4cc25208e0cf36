// A trained network: what predicts, and what is saved and loaded.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "retrograd/data.hpp"
#include "retrograd/network.hpp"

namespace retrograd {

namespace graph {
struct ForwardProgram;
}

enum class Precision { float32, float64 };
std::string_view to_string(Precision precision);

/// A network with its parameters, preprocessing constants and the dataspec of its training data. Copying is cheap (the
/// contents are shared and never change); every member is const and may be called from several threads at once.
class Model {
 public:
  /// `values` are the parameters and constants by name, each row-major [rows*cols]; all of the program's must be there
  /// with the right sizes. float32 models round them to float. Throws Error naming the parameter.
  Model(const Network& network, Precision precision, const std::map<std::string, std::vector<double>>& values,
        DataSpec spec, std::map<std::string, std::string> notes = {});

  const Network& network() const;
  /// The compiled forward program (graph/program.hpp).
  const graph::ForwardProgram& program() const;
  const DataSpec& spec() const;
  Precision precision() const;
  /// Free text kept with the model: "config" (effective configuration, TOML), "trained" (JSON of results), …
  const std::map<std::string, std::string>& notes() const;
  Model with_notes(std::map<std::string, std::string> notes) const;

  /// The flat parameter buffer ([program().total_size]); the one of the model's precision is set, the other empty.
  const std::vector<float>& parameters_f32() const;
  const std::vector<double>& parameters_f64() const;
  /// One parameter or constant by name, row-major.
  std::vector<double> parameter(const std::string& name) const;

  /// Trained numbers.
  int64_t parameter_count() const;

  /// Numbers a row of predict(): classes, labels or regression outputs.
  int outputs() const;
  /// Row-major [data.rows][outputs()]: probabilities (classification, multilabel) or values in the target's unit.
  /// `threads` 0: one a core for large data. Throws Error if the data's inputs do not match the network's.
  std::vector<float> predict(const Dataset& data, int threads = 1) const;
  /// One row, for programs that answer one at a time: `x` holds the numbers of all inputs, in the order in which the
  /// network declares them, `y` takes outputs() numbers; the same bits as predict(). After the first call on a thread
  /// nothing is allocated. Throws Error if a size does not fit.
  void predict_row(std::span<const float> x, std::span<float> y) const;
  /// Σ w_n·l_n and Σ w_n over data with targets.
  struct Loss {
    double total = 0, weight = 0;
    double mean() const { return weight > 0 ? total / weight : 0; }
  };
  Loss loss(const Dataset& data, int threads = 1) const;
  /// Both in one pass over the data.
  struct Measured {
    std::vector<float> predictions;
    Loss loss;
  };
  Measured measure(const Dataset& data, int threads = 1) const;

  /// 32 hexadecimal digits: a hash of the description, the precision and every parameter's bits.
  const std::string& fingerprint() const;

  /// One ONNX file: the forward program up to the prediction as standard operators, and in its metadata what is needed
  /// to read it back exactly. Written to a temporary, fsynced, renamed. Throws Error; nothing half-written.
  void save(const std::string& path) const;
  /// Reads a file that save() wrote. Throws Error naming what is wrong (another format, truncated, changed).
  static Model load(const std::string& path);

 private:
  Loss measure(const Dataset& data, int threads, float* predictions) const;

  struct State;
  explicit Model(std::shared_ptr<const State> state);
  std::shared_ptr<const State> state_;
};

}  // namespace retrograd
