#include "train/engine/step_rows.hpp"

#include <algorithm>

#include "retrograd/panel.hpp"

namespace retrograd::training {
namespace {

/// Each image to a lane of its panel.
void gather_images(const Block& block, const Rows& rows, std::span<const int64_t> index, const Augmenter::When& when,
                   Range panels, Augmenter::Scratch& scratch, float* panel_buffer) {
  const auto count = std::ssize(index);
  for (int64_t panel = panels.begin; panel < panels.end; ++panel) {
    float* const to = panel_buffer + panel * block.cols * kPanel;
    const auto valid = static_cast<int>(std::clamp<int64_t>(count - panel * kPanel, 0, kPanel));
    for (int lane = 0; lane < valid; ++lane) {
      const int64_t row = index[static_cast<size_t>(panel * kPanel + lane)];
      rows.augmenter->image(block, row, rows.name(row), when, to + lane, kPanel, scratch);
    }
    for (int c = 0; valid < kPanel && c < block.cols; ++c)
      std::fill(to + c * kPanel + valid, to + (c + 1) * kPanel, 0.0f);
  }
}

}  // namespace

void gather_rows(const graph::ForwardProgram& program, const Rows& rows, std::span<const int64_t> index,
                 const Augmenter::When& when, Range panels, plan::Executor& executor, Augmenter::Scratch* scratch) {
  const auto count = std::ssize(index);
  for (const int id : program.inputs)
    for (const Block& block : rows.data->inputs) {
      if (block.name != program.values[static_cast<size_t>(id)].name) continue;
      if (rows.augmenter != nullptr)
        gather_images(block, rows, index, when, panels, *scratch, executor.value(id));
      else
        gather(block, index.data(), 0, panels, count, executor.value(id));
    }
  gather(rows.data->target, index.data(), 0, panels, count, executor.value(program.target));
  for (int64_t n = panels.begin * kPanel; n < panels.end * kPanel; ++n)
    executor.weights()[n] = n < count ? rows.weight(index[static_cast<size_t>(n)]) : 0.0f;
}

template <class T>
void fill_rows(const graph::ForwardProgram& program, const Rows& rows, std::span<const int64_t> index,
               const Augmenter::When& when, plan::ReferenceExecutor<T>& executor) {
  executor.resize(std::ssize(index));
  Augmenter::Scratch scratch = rows.augmenter != nullptr ? rows.augmenter->scratch() : Augmenter::Scratch();
  std::vector<float> image;
  const auto copy = [&](const Block& block, bool augmented, std::vector<T>& out) {
    const auto cols = static_cast<size_t>(block.cols);
    image.resize(cols);
    for (size_t n = 0; n < index.size(); ++n) {
      const int64_t row = index[n];
      if (augmented) {
        rows.augmenter->image(block, row, rows.name(row), when, image.data(), 1, scratch);
        std::copy(image.begin(), image.end(), out.begin() + static_cast<std::ptrdiff_t>(n * cols));
        continue;
      }
      for (size_t c = 0; c < cols; ++c) out[n * cols + c] = static_cast<T>(block.at(row, static_cast<int>(c)));
    }
  };
  for (const int id : program.inputs)
    for (const Block& block : rows.data->inputs)
      if (block.name == program.values[static_cast<size_t>(id)].name)
        copy(block, rows.augmenter != nullptr, executor.value(id));
  copy(rows.data->target, false, executor.value(program.target));
  for (size_t n = 0; n < index.size(); ++n) executor.weights()[n] = static_cast<T>(rows.weight(index[n]));
}

template void fill_rows(const graph::ForwardProgram&, const Rows&, std::span<const int64_t>, const Augmenter::When&,
                        plan::ReferenceExecutor<float>&);
template void fill_rows(const graph::ForwardProgram&, const Rows&, std::span<const int64_t>, const Augmenter::When&,
                        plan::ReferenceExecutor<double>&);

}  // namespace retrograd::training
