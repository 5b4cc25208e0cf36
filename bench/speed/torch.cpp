// libtorch's training step on the same data: index_select of the batch, forward, backward, update.
#include <torch/torch.h>

#include "contender.hpp"

namespace retrograd::bench {
namespace {

class Torch : public Contender {
 public:
  Torch(const Problem& problem, int threads) : problem_(problem), threads_(threads) {
    const auto& widths = problem.test.widths;
    const auto& x = std::get<std::vector<float>>(problem.data.inputs[0].values);
    const auto& y = std::get<std::vector<float>>(problem.data.target.values);
    x_ = torch::from_blob(const_cast<float*>(x.data()), {problem.data.rows, widths.front()}).clone();
    y_ = torch::from_blob(const_cast<float*>(y.data()), {problem.data.rows}).to(torch::kLong);
    order_ = torch::from_blob(const_cast<int64_t*>(problem.order.data()), {problem.data.rows}, torch::kLong).clone();
    torch::NoGradGuard no_grad;
    for (size_t l = 1; l < widths.size(); ++l) {
      auto linear = net_->register_module("linear" + std::to_string(l), torch::nn::Linear(widths[l - 1], widths[l]));
      const auto number = std::to_string(l);
      const auto* W = problem.program.parameter("W" + number);
      const auto* b = problem.program.parameter("b" + number);
      linear->weight.copy_(
          torch::from_blob(const_cast<float*>(problem.initial.data() + W->offset), {W->rows, W->cols}).t());
      linear->bias.copy_(torch::from_blob(const_cast<float*>(problem.initial.data() + b->offset), {b->cols}));
      layers_.push_back(linear);
    }
    const double eta = problem.test.eta;
    if (problem.test.optimizer == "momentum")
      optimizer_ = std::make_unique<torch::optim::SGD>(net_->parameters(), torch::optim::SGDOptions(eta).momentum(0.9));
    else if (problem.test.optimizer == "adam")
      optimizer_ = std::make_unique<torch::optim::Adam>(net_->parameters(), torch::optim::AdamOptions(eta));
    else
      make_adamw(eta);
  }

  /// Weights decay, biases do not, as ours.
  void make_adamw(double eta) {
    std::vector<torch::Tensor> weights, biases;
    for (auto& layer : layers_) {
      weights.push_back(layer->weight);
      biases.push_back(layer->bias);
    }
    using Options = torch::optim::AdamWOptions;
    std::vector<torch::optim::OptimizerParamGroup> groups;
    groups.emplace_back(weights, std::make_unique<Options>(Options(eta).weight_decay(0.01)));
    groups.emplace_back(biases, std::make_unique<Options>(Options(eta).weight_decay(0)));
    optimizer_ = std::make_unique<torch::optim::AdamW>(groups, Options(eta));
  }

  double step() override {
    if (at::get_num_threads() != threads_) at::set_num_threads(threads_);
    const int64_t batch = problem_.test.batch;
    const auto index = order_.narrow(0, at_, batch);
    at_ = (at_ + batch) % problem_.data.rows;
    auto a = x_.index_select(0, index);
    const auto y = y_.index_select(0, index);
    for (size_t l = 0; l < layers_.size(); ++l) {
      a = layers_[l]->forward(a);
      if (l + 1 < layers_.size()) a = torch::relu_(a);
    }
    const auto loss = torch::nn::functional::cross_entropy(a, y);
    optimizer_->zero_grad();
    loss.backward();
    optimizer_->step();
    return loss.item<double>();
  }

 private:
  const Problem& problem_;
  int threads_;
  torch::Tensor x_, y_, order_;
  std::shared_ptr<torch::nn::Module> net_ = std::make_shared<torch::nn::Module>();
  std::vector<torch::nn::Linear> layers_;
  std::unique_ptr<torch::optim::Optimizer> optimizer_;
  int64_t at_ = 0;
};

}  // namespace

std::unique_ptr<Contender> make_torch(const Problem& problem, int threads) {
  return std::make_unique<Torch>(problem, threads);
}

}  // namespace retrograd::bench
