#include "ops/concat/concat.hpp"

#include <algorithm>
#include <limits>

#include "ops/require.hpp"
#include "retrograd/panel.hpp"

namespace retrograd::ops {
namespace {

template <class T>
void forward_rows(const Reference<T>& r) {
  T* y = r.y;
  for (int64_t n = 0; n < r.rows; ++n) {
    for (size_t k = 0; k < r.signature->features.size(); ++k) {
      const int features = r.signature->features[k];
      y = std::copy_n(r.x[k] + n * features, features, y);
    }
  }
}

template <class T>
void backward_rows(const Reference<T>& r) {
  const T* dy = r.dy;
  for (int64_t n = 0; n < r.rows; ++n) {
    for (size_t k = 0; k < r.signature->features.size(); ++k) {
      const int features = r.signature->features[k];
      if (r.dx[k] != nullptr) std::copy_n(dy, features, r.dx[k] + n * features);
      dy += features;
    }
  }
}

}  // namespace

Shapes Concat::shape(const Signature& s) {
  require_signature(info, s);
  Shapes shapes;
  for (int features : s.features) {
    if (features > std::numeric_limits<int>::max() - shapes.output) {
      fail("concat: its {} inputs have more than {} features together; concatenate fewer", s.features.size(),
           std::numeric_limits<int>::max());
    }
    shapes.output += features;
  }
  return shapes;
}

Formula Concat::formula(const Signature& s) {
  // y_j = Σ_k Σ_i x_k,i·[first_k + i = j]: the block that j lies in answers, the others give 0.
  using formula::index_value;
  formula::Expr y = 0.0;
  double first = 0;
  for (size_t k = 0; k < s.features.size(); ++k) {
    const formula::Expr place = first == 0 ? index_value("i") : index_value("i") + first;
    const formula::Expr distance = formula::abs(place - index_value("j"));
    const formula::Expr x = formula::symbol(std::string(kManyInputNames[k]), {"i"});
    const formula::Expr block =
        formula::sum("i", fmt::format("I{}", k), x * formula::where_positive(0.5 - distance, 1.0, 0.0));
    y = k == 0 ? block : y + block;
    first += s.features[k];
  }
  return {Formula::Scope::row, y};
}

void Concat::forward(const Call& c, Span panels) {
  float* y = c.y + panel_size(panels.begin * kPanel, c.shapes->output);
  for (int64_t p = panels.begin; p < panels.end; ++p) {
    for (size_t k = 0; k < c.signature->features.size(); ++k) {
      const int features = c.signature->features[k];
      y = std::copy_n(c.x[k] + panel_at(p * kPanel, 0, features), static_cast<size_t>(features) * kPanel, y);
    }
  }
}

void Concat::backward(const Call& c, Span panels) {
  const float* dy = c.dy + panel_size(panels.begin * kPanel, c.shapes->output);
  for (int64_t p = panels.begin; p < panels.end; ++p) {
    for (size_t k = 0; k < c.signature->features.size(); ++k) {
      const int features = c.signature->features[k];
      const size_t size = static_cast<size_t>(features) * kPanel;
      if (c.dx[k] != nullptr) std::copy_n(dy, size, c.dx[k] + panel_at(p * kPanel, 0, features));
      dy += size;
    }
  }
}

void Concat::reference_forward(const Reference<float>& r) { forward_rows(r); }
void Concat::reference_forward(const Reference<double>& r) { forward_rows(r); }
void Concat::reference_backward(const Reference<float>& r) { backward_rows(r); }
void Concat::reference_backward(const Reference<double>& r) { backward_rows(r); }

std::string Concat::to_onnx(OnnxWriter& writer, const OnnxUse& use) {
  return writer.node("Concat", use.inputs, {onnx_attribute("axis", int64_t{1})});
}

}  // namespace retrograd::ops
