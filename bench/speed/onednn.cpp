// The matrix products of a step through oneDNN's sgemm: what a well-kept library needs for them alone.
#include <dnnl.h>
#include <omp.h>

#include <algorithm>

#include "base/aligned.hpp"
#include "contender.hpp"

namespace retrograd::bench {
namespace {

class OneDnn : public Contender {
 public:
  OneDnn(const Problem& problem, int threads) : test_(problem.test), threads_(threads) {
    size_t widest = 0, largest = 0;
    for (size_t l = 0; l < test_.widths.size(); ++l) {
      widest = std::max(widest, static_cast<size_t>(test_.widths[l]));
      if (l > 0)
        largest = std::max(largest, static_cast<size_t>(test_.widths[l - 1]) * static_cast<size_t>(test_.widths[l]));
    }
    for (size_t l = 0; l < test_.widths.size(); ++l) {
      activations_.emplace_back(static_cast<size_t>(test_.batch) * widest);
      deltas_.emplace_back(static_cast<size_t>(test_.batch) * widest);
      weights_.emplace_back(largest);
      gradients_.emplace_back(largest);
    }
  }

  double step() override {
    omp_set_num_threads(threads_);
    const dnnl_dim_t N = test_.batch;
    for (size_t l = 1; l < test_.widths.size(); ++l) {
      const dnnl_dim_t I = test_.widths[l - 1], O = test_.widths[l];
      // z = x W
      dnnl_sgemm('N', 'N', N, O, I, 1, activations_[l - 1].data(), I, weights_[l].data(), O, 0, activations_[l].data(),
                 O);
    }
    for (size_t l = test_.widths.size() - 1; l > 0; --l) {
      const dnnl_dim_t I = test_.widths[l - 1], O = test_.widths[l];
      // dW = xᵀ δ;  dx = δ Wᵀ but for the first layer
      dnnl_sgemm('T', 'N', I, O, N, 1, activations_[l - 1].data(), I, deltas_[l].data(), O, 0, gradients_[l].data(), O);
      if (l > 1)
        dnnl_sgemm('N', 'T', N, I, O, 1, deltas_[l].data(), O, weights_[l].data(), O, 0, deltas_[l - 1].data(), I);
    }
    return 0;
  }

 private:
  const Case test_;
  const int threads_;
  std::vector<Aligned<float>> activations_, deltas_, weights_, gradients_;
};

}  // namespace

std::unique_ptr<Contender> make_onednn(const Problem& problem, int threads) {
  return std::make_unique<OneDnn>(problem, threads);
}

}  // namespace retrograd::bench
