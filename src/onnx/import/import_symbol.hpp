// What is known of a tensor of a stranger's graph while it is read: a layer's output, or a part of a pattern (a bias to
// come, the pieces of a decomposed GELU or normalisation) that becomes a layer once it is complete.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "onnx/import/import_constant.hpp"

namespace retrograd::model_file {

enum class Form {
  value,         ///< output of `layer`
  constant,      ///< `constant`
  product,       ///< base·W [+ b]: a linear layer
  affine,        ///< (base − mean)·scale
  activation,    ///< type(base; attributes)
  mean,          ///< of the row of base
  centred,       ///< base − mean
  squares,       ///< (base − mean)²
  variance,      ///< mean of the squares, plus number once eps is added
  deviation,     ///< sqrt(variance + number)
  normalised,    ///< (base − mean)/deviation·scale + mean: layer norm
  error,         ///< erf(base/√2)
  error_plus,    ///< 1 + erf(base/√2)
  distribution,  ///< (1 + erf(base/√2))/2
  twice_gelu,    ///< base·(1 + erf(base/√2))
  complement,    ///< 1 − base
  two_classes,   ///< [1 − base, base]
  label,         ///< the class of base
};

struct Symbol {
  Form form = Form::value;
  int base = -1;               ///< symbol that it is made of
  std::string layer;           ///< of a value
  std::vector<int64_t> shape;  ///< of one row
  std::string type;            ///< of an activation
  std::map<std::string, double> attributes;
  std::vector<double> scale, mean;  ///< affine; gamma and beta of normalised
  std::vector<double> W, b;         ///< product: W [in, out]
  double number = 0;
  Constant constant;
  std::vector<std::string> names;  ///< of classes, if known
  bool scaled = false;             ///< affine: the scale is set
  int uses = 0;                    ///< nodes and outputs that read it
  std::string node;                ///< "node 'name' (Type)", for messages

  int64_t features() const {
    int64_t n = 1;
    for (const int64_t d : shape) n *= d;
    return n;
  }
};

}  // namespace retrograd::model_file
