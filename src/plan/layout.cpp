#include "plan/layout.hpp"

#include <vector>

#include "retrograd/panel.hpp"

namespace retrograd::plan {
namespace {

constexpr size_t kCacheLine = 16;  // floats

size_t padded(size_t size) { return (size + kCacheLine - 1) / kCacheLine * kCacheLine; }

/// Calls visit(kind, index, floats) for every buffer, in the order in which they lie.
template <class F>
void visit_buffers(const graph::ForwardProgram& program, const graph::ReverseProgram* reverse, int64_t max_rows,
                   const F& visit) {
  for (size_t i = 0; i < program.values.size(); ++i)
    visit(Buffer::value, i, padded(panel_size(max_rows, program.values[i].features)));
  visit(Buffer::weights, 0, padded(panel_size(max_rows, 1)));
  for (size_t i = 0; i < program.equations.size(); ++i) {
    const ops::Shapes& shapes = program.equations[i].shapes;
    if (reverse != nullptr) {
      visit(Buffer::saved, i, padded(panel_size(max_rows, shapes.saved)));
      visit(Buffer::workspace_rows, i,
            padded(static_cast<size_t>(panels_of(max_rows)) * kPanel * static_cast<size_t>(shapes.workspace_row)));
    }
    visit(Buffer::workspace_batch, i, padded(static_cast<size_t>(shapes.workspace_batch)));
  }
  for (size_t g = 0; reverse != nullptr && g < reverse->gradients.size(); ++g) {
    const auto value = static_cast<size_t>(reverse->gradients[g].value);
    visit(Buffer::gradient, g, padded(panel_size(max_rows, program.values[value].features)));
  }
}

/// Room that is free again, as [begin, end).
class FreeRoom {
 public:
  /// The smallest free room of `floats`, or new room at the end of `floats_in_all`.
  size_t take(size_t floats, size_t& floats_in_all) {
    auto best = free_.end();
    for (auto it = free_.begin(); it != free_.end(); ++it)
      if (it->second - it->first >= floats && (best == free_.end() || length(*it) < length(*best))) best = it;
    if (best == free_.end()) {
      const size_t at = floats_in_all;
      floats_in_all += floats;
      return at;
    }
    const auto [begin, end] = *best;
    free_.erase(best);
    if (end - begin > floats) free_[begin + floats] = end;
    return begin;
  }
  void give_back(size_t begin, size_t floats) {
    auto it = free_.emplace(begin, begin + floats).first;
    if (const auto next = std::next(it); next != free_.end() && next->first == it->second) {
      it->second = next->second;
      free_.erase(next);
    }
    if (it == free_.begin()) return;
    if (const auto before = std::prev(it); before->second == it->first) {
      before->second = it->second;
      free_.erase(it);
    }
  }

 private:
  static size_t length(const std::pair<const size_t, size_t>& room) { return room.second - room.first; }
  std::map<size_t, size_t> free_;
};

Layout layout_of_training(const graph::ForwardProgram& program, const graph::ReverseProgram* reverse,
                          int64_t max_rows) {
  Layout layout;
  visit_buffers(program, reverse, max_rows, [&](Buffer buffer, size_t index, size_t floats) {
    layout.places[{buffer, index}] = layout.floats;
    layout.floats += floats;
  });
  return layout;
}

Layout layout_of_inference(const graph::ForwardProgram& program, int64_t max_rows) {
  std::vector<size_t> sizes(program.values.size());
  Layout layout;
  visit_buffers(program, nullptr, max_rows, [&](Buffer buffer, size_t index, size_t floats) {
    if (buffer == Buffer::value) sizes[index] = floats;
    const bool computed = buffer == Buffer::value && program.values[index].equation >= 0;
    if (computed && static_cast<int>(index) != program.prediction && static_cast<int>(index) != program.loss) return;
    layout.places[{buffer, index}] = layout.floats;
    layout.floats += floats;
  });
  constexpr size_t kNever = static_cast<size_t>(-1);
  std::vector<size_t> last(program.values.size(), kNever);
  for (size_t i = 0; i < program.equations.size(); ++i) {
    last[static_cast<size_t>(program.equations[i].output)] = i;
    for (const int id : program.equations[i].inputs) last[static_cast<size_t>(id)] = i;
  }
  FreeRoom room;
  std::vector<std::vector<size_t>> ends(program.equations.size());
  for (size_t i = 0; i < program.equations.size(); ++i) {
    const auto output = static_cast<size_t>(program.equations[i].output);
    if (!layout.places.contains({Buffer::value, output})) {
      layout.places[{Buffer::value, output}] = room.take(sizes[output], layout.floats);
      ends[last[output]].push_back(output);
    }
    for (const size_t id : ends[i]) room.give_back(layout.places.at({Buffer::value, id}), sizes[id]);
  }
  return layout;
}

}  // namespace

Layout layout_of(const graph::ForwardProgram& program, const graph::ReverseProgram* reverse, int64_t max_rows) {
  return reverse == nullptr ? layout_of_inference(program, max_rows) : layout_of_training(program, reverse, max_rows);
}

double bytes_without_reuse(const graph::ForwardProgram& program, const graph::ReverseProgram* reverse,
                           int64_t max_rows) {
  double floats = 0;
  visit_buffers(program, reverse, max_rows, [&](Buffer, size_t, size_t more) { floats += static_cast<double>(more); });
  return floats * sizeof(float);
}

double bytes_of(const graph::ForwardProgram& program, const graph::ReverseProgram* reverse, int64_t max_rows) {
  const double all = bytes_without_reuse(program, reverse, max_rows);
  constexpr double kMost = 0x1p60;  // beyond which whole numbers might overflow
  return all < kMost ? static_cast<double>(layout_of(program, reverse, max_rows).floats) * sizeof(float) : all;
}

}  // namespace retrograd::plan
