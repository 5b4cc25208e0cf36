// A trained model in forms for other programs: C source without dependencies, and its parameters as plain arrays.
// (ONNX is what Model::save writes.)
#pragma once

#include <string>

#include "retrograd/model.hpp"

namespace retrograd {

struct CSourceOptions {
  std::string name = "model";  ///< prefix of everything public in the source: NAME_predict, NAME_outputs, …
  int test_rows = 16;          ///< rows whose outputs are kept in the source, 0 to 10000
};

/// The model as one C99 file that needs nothing but <math.h>, <string.h> and the like, and allocates nothing:
/// `NAME_predict` takes one row and writes the prediction. A model of a table takes raw columns (numbers with NaN and
/// texts with NULL for missing), any other takes its input arrays. The operations and their order are those of
/// Model::predict, so on processors with fused multiply-adds the outputs are the same to the bit. Compiled with
/// -DNAME_TEST the file is a program that predicts `test_rows` made-up rows and compares with the bits that
/// Model::predict gave; its exit code is 0 when all agree. How to compile and call is said at the top of the file.
/// Throws Error if `name` is no C identifier, an operator has no C form (those registered from outside), or a
/// parameter is not finite.
std::string to_c(const Model& model, const CSourceOptions& options = {});

/// Parameters and constants by name as a safetensors file: [rows, cols] for weights ([in, out]), [F] for vectors; F32
/// or F64 as the model. The metadata hold "format" ("retrograd"), "fingerprint" and "network" (JSON).
std::string to_safetensors(const Model& model);

/// The same tensors as a NumPy archive (.npz, uncompressed), readable by numpy.load. Throws Error if a tensor or the
/// archive takes 4 GiB or more, or a name cannot be that of an archive's member.
std::string to_npz(const Model& model);

}  // namespace retrograd
