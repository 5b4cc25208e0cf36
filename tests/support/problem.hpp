// One operator on one batch of data, run by its references and by its kernels.
#pragma once

#include <string>
#include <vector>

#include "support/cases.hpp"

namespace retrograd::support {

/// Everything that an operator reads, row-major.
template <class T>
struct Data {
  std::vector<std::vector<T>> x;
  std::vector<std::vector<T>> parameters;
  std::vector<T> dy;
};

/// Everything that it writes, row-major. `parameters` are those after the run (running statistics move).
template <class T>
struct Outcome {
  std::vector<T> y;
  std::vector<std::vector<T>> dx, dparameters, parameters;
};

struct Problem {
  const ops::Operator* op = nullptr;
  Case c;
  ops::Shapes shapes;
  int64_t rows = 0;
  Data<float> data;  ///< numbers of float, so that every precision starts from the same ones

  int inputs() const { return static_cast<int>(c.signature.features.size()); }
  int features(int k) const { return c.signature.features[static_cast<size_t>(k)]; }
  /// Whether input k asks for a gradient (targets do not).
  bool wants_dx(int k) const { return !(op->info->target_input && k == 1); }
  int outputs() const { return shapes.output; }
  /// "relu, case wide, 33 rows", for messages.
  std::string where() const;
};

enum class Numbers { real, integers, extremes };

/// The problem of a case with `rows` rows; for extremes the rows follow from their number and `rows` is not read.
/// Inputs stay `margin` away from kinks. `salt` gives other numbers.
Problem make_problem(const ops::Operator& op, const Case& c, int64_t rows, Numbers numbers, double margin = 0,
                     uint32_t salt = 0);

/// The points of `p`'s operator at which its derivative jumps or that its case avoids.
std::vector<double> kinks_of(const Problem& p);

template <class T>
Data<T> data_as(const Problem& p);

/// Runs forward and backward of the reference, y hidden from backward. Outputs are poisoned with NaN first.
template <class T>
Outcome<T> run_reference(const Problem& p, const Data<T>& data, bool training = true);
/// Only forward.
std::vector<double> reference_forward(const Problem& p, const Data<double>& data);

/// How a kernel's work is cut up.
enum class Split { whole, each_backwards, halves, threads };

struct KernelRun {
  Split split = Split::whole;
  bool training = true;      ///< false: forward alone, without `saved`
  bool dx = true;            ///< false: the first layer of a network, no dx
  bool odd_padding = false;  ///< padding lanes hold numbers in place of zeros where another operator wrote them
};

/// Runs the kernels as operator.hpp tells, y poisoned again before backward. `faults` says what was done wrong: writing
/// outside a buffer or on an input, allocating, leaving padding lanes that are not finite, NaN left in an output.
Outcome<float> run_kernel(const Problem& p, const KernelRun& how, std::vector<std::string>* faults = nullptr);

}  // namespace retrograd::support
