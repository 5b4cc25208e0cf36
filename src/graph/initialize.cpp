#include "graph/initializer.hpp"
#include "graph/program.hpp"

namespace retrograd::graph {

template <class T>
void initialize(const ForwardProgram& program, uint64_t seed, T* parameters) {
  for (size_t i = 0; i < program.total_size; ++i) parameters[i] = T(0);
  for (size_t i = 0; i < program.parameters.size(); ++i) {
    const Parameter& p = program.parameters[i];
    initialize(p.initializer, p.argument, p.rows, p.cols, seed, i, parameters + p.offset);
  }
}

template void initialize<float>(const ForwardProgram&, uint64_t, float*);
template void initialize<double>(const ForwardProgram&, uint64_t, double*);

}  // namespace retrograd::graph
