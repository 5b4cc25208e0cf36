#include "train/initial.hpp"

#include <algorithm>

#include "base/fail.hpp"

namespace retrograd::training {

std::vector<double> initial_parameters(const graph::ForwardProgram& program, const Prepared& prepared,
                                       const TrainOptions& options) {
  std::vector<double> values(program.total_size);
  if (options.precision == Precision::float32) {
    std::vector<float> narrow(program.total_size);
    graph::initialize(program, options.seed, narrow.data());
    values.assign(narrow.begin(), narrow.end());
  } else {
    graph::initialize(program, options.seed, values.data());
  }
  for (const auto& [name, constant] : prepared.constants) {
    const graph::Parameter* p = program.parameter(name);
    if (p == nullptr) fail("there is no parameter '{}' in the network to hold a given constant", name);
    if (p->size() != constant.size())
      fail("parameter '{}' has {} numbers, the given constant {}", name, p->size(), constant.size());
    std::copy(constant.begin(), constant.end(), values.begin() + static_cast<std::ptrdiff_t>(p->offset));
  }
  return values;
}

}  // namespace retrograd::training
