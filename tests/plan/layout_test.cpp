// Where an executor's buffers lie: nothing that is still needed is written over.
#include "plan/layout.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "plan/executor.hpp"
#include "retrograd/network.hpp"
#include "retrograd/panel.hpp"

namespace retrograd::plan {
namespace {

/// Layers of many widths, one that reads far back, and a constant number of values alive at a time in between.
graph::ForwardProgram program() {
  Network net;
  net.input("x", 13);
  for (const int width : {200, 31, 90, 7, 160, 64}) net.linear(width).activation("relu");
  net.linear(13);
  Layer add;
  add.type = "add";
  add.name = "far";
  add.inputs = {"a2", "a2"};
  net.layer(add).linear(3).loss("softmax_xent");
  return graph::compile(net);
}

struct Room {
  size_t begin = 0, end = 0;
};

TEST(Layout, WhatIsStillReadInInferenceIsNotWrittenOver) {
  const graph::ForwardProgram p = program();
  const Layout layout = layout_of(p, nullptr, 70);
  const auto room = [&](int id) {
    const size_t at = layout.places.at({Buffer::value, static_cast<size_t>(id)});
    return Room{at, at + panel_size(70, p.values[static_cast<size_t>(id)].features)};
  };
  int compared = 0;
  for (size_t i = 0; i < p.equations.size(); ++i) {
    const int output = p.equations[i].output;
    EXPECT_LE(room(output).end, layout.floats);
    for (size_t v = 0; v < p.values.size(); ++v) {
      const int id = static_cast<int>(v);
      bool needed = p.values[v].equation < 0 || id == p.prediction || id == p.loss;
      for (size_t later = i; later < p.equations.size(); ++later)
        needed |= std::ranges::count(p.equations[later].inputs, id) > 0;
      // Kept from the start on, or computed before: what this equation writes lies elsewhere.
      if (!needed || id == output || (p.values[v].equation > static_cast<int>(i) && id != p.loss && id != p.prediction))
        continue;
      ++compared;
      EXPECT_TRUE(room(id).end <= room(output).begin || room(output).end <= room(id).begin) << v << " " << i;
    }
  }
  EXPECT_GT(compared, 30);
}

TEST(Layout, InferenceReusesRoomAndTrainingDoesNot) {
  const graph::ForwardProgram p = program();
  const graph::ReverseProgram reverse = graph::reverse(p);
  EXPECT_LT(bytes_of(p, nullptr, 64), 0.7 * bytes_without_reuse(p, nullptr, 64));
  EXPECT_EQ(bytes_of(p, &reverse, 64), bytes_without_reuse(p, &reverse, 64));
  EXPECT_EQ(bytes_of(p, nullptr, 64), static_cast<double>(Executor(p, nullptr, 64).bytes()));
}

}  // namespace
}  // namespace retrograd::plan
