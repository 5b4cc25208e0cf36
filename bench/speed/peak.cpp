// The machine's rate of fused multiply-adds, measured: chains enough to hide their latency, nothing in memory.
#include "math/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "peak.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace retrograd::bench::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Runs `count` rounds of 12 independent chains; returns the flops and writes something that depends on all of them.
double chains(int64_t count, float* sink) {
  const hn::ScalableTag<float> d;
  const auto x = hn::Set(d, 1.0000001f), y = hn::Set(d, 1e-9f);
  // Different starts: equal chains would be computed once.
  auto a = hn::Iota(d, 1), b = hn::Iota(d, 2), c = hn::Iota(d, 3), e = hn::Iota(d, 4), f = hn::Iota(d, 5);
  auto g = hn::Iota(d, 6), h = hn::Iota(d, 7), i = hn::Iota(d, 8), j = hn::Iota(d, 9), k = hn::Iota(d, 10);
  auto l = hn::Iota(d, 11), m = hn::Iota(d, 12);
  for (int64_t n = 0; n < count; ++n) {
    a = hn::MulAdd(a, x, y);
    b = hn::MulAdd(b, x, y);
    c = hn::MulAdd(c, x, y);
    e = hn::MulAdd(e, x, y);
    f = hn::MulAdd(f, x, y);
    g = hn::MulAdd(g, x, y);
    h = hn::MulAdd(h, x, y);
    i = hn::MulAdd(i, x, y);
    j = hn::MulAdd(j, x, y);
    k = hn::MulAdd(k, x, y);
    l = hn::MulAdd(l, x, y);
    m = hn::MulAdd(m, x, y);
  }
  const auto all = hn::Add(hn::Add(hn::Add(a, b), hn::Add(c, e)),
                           hn::Add(hn::Add(hn::Add(f, g), hn::Add(h, i)), hn::Add(hn::Add(j, k), hn::Add(l, m))));
  *sink += hn::GetLane(hn::SumOfLanes(d, all));
  return 2.0 * 12 * static_cast<double>(hn::Lanes(d)) * static_cast<double>(count);
}

}  // namespace retrograd::bench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <chrono>
#include <vector>

#include "base/thread_team.hpp"
#include "contender.hpp"

namespace retrograd::bench {

HWY_EXPORT(chains);

double fma_peak(int threads) {
  ThreadTeam team(threads);
  std::vector<float> sinks(static_cast<size_t>(threads) * 64);
  double best = 0;
  for (int round = 0; round < 5; ++round) {
    std::vector<double> flops(static_cast<size_t>(threads));
    const auto start = std::chrono::steady_clock::now();
    team.run([&](int rank) {
      flops[static_cast<size_t>(rank)] = HWY_DYNAMIC_DISPATCH(chains)(2000000, &sinks[static_cast<size_t>(rank) * 64]);
    });
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    double total = 0;
    for (double f : flops) total += f;
    best = std::max(best, total / seconds / 1e9);
  }
  return best;
}

}  // namespace retrograd::bench
#endif
