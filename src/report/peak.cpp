#include "report/peak.hpp"

#include <ctime>

#include <algorithm>
#include <thread>
#include <vector>

#include "base/thread_team.hpp"
#include "math/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "report/peak.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace retrograd::report::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// `rounds` rounds of 12 chains: as many as two units of latency 5 need, and few enough for 16 registers. The sum keeps
/// the compiler from dropping them. Returns the operations done.
double multiply_add(int rounds, float* sum) {
  const hn::ScalableTag<float> d;
  const auto factor = hn::Set(d, 0.999F), term = hn::Set(d, *sum);
  // Different starts: equal chains would be computed once.
  auto a = hn::Iota(d, 1), b = hn::Iota(d, 2), c = hn::Iota(d, 3), e = hn::Iota(d, 4), f = hn::Iota(d, 5);
  auto g = hn::Iota(d, 6), h = hn::Iota(d, 7), i = hn::Iota(d, 8), j = hn::Iota(d, 9), k = hn::Iota(d, 10);
  auto l = hn::Iota(d, 11), m = hn::Iota(d, 12);
  for (int round = 0; round < rounds; ++round) {
    a = hn::MulAdd(a, factor, term);
    b = hn::MulAdd(b, factor, term);
    c = hn::MulAdd(c, factor, term);
    e = hn::MulAdd(e, factor, term);
    f = hn::MulAdd(f, factor, term);
    g = hn::MulAdd(g, factor, term);
    h = hn::MulAdd(h, factor, term);
    i = hn::MulAdd(i, factor, term);
    j = hn::MulAdd(j, factor, term);
    k = hn::MulAdd(k, factor, term);
    l = hn::MulAdd(l, factor, term);
    m = hn::MulAdd(m, factor, term);
  }
  const auto all = hn::Add(hn::Add(hn::Add(a, b), hn::Add(c, e)), hn::Add(hn::Add(f, g), hn::Add(h, i)));
  *sum = hn::GetLane(hn::SumOfLanes(d, hn::Add(all, hn::Add(hn::Add(j, k), hn::Add(l, m)))));
  return 2.0 * 12 * rounds * static_cast<double>(hn::Lanes(d));
}

}  // namespace retrograd::report::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace retrograd::report {
namespace {

HWY_EXPORT(multiply_add);

/// Of the calling thread: what others do meanwhile on a shared machine is not in it.
double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

}  // namespace

double peak_flops(int threads) {
  constexpr int kRounds = 250000, kTries = 6;  // 12 chains at 2 a cycle: about 0.5 ms at 3 GHz
  ThreadTeam team(threads);
  std::vector<double> rates(static_cast<size_t>(threads));
  double best = 0;
  for (int attempt = 0; attempt < kTries; ++attempt) {
    team.run([&](int rank) {
      float sum = 1e-3F * static_cast<float>(rank + 1);
      const double start = cpu_seconds();
      const double done = HWY_DYNAMIC_DISPATCH(multiply_add)(kRounds, &sum);
      rates[static_cast<size_t>(rank)] = done / (cpu_seconds() - start);
      volatile float keep = sum;
      (void)keep;
    });
    double all = 0;
    for (const double rate : rates) all += rate;
    best = std::max(best, all);
  }
  // More threads than processors take turns.
  const double processors = std::max(1U, std::thread::hardware_concurrency());
  return best * std::min(1.0, processors / threads);
}

}  // namespace retrograd::report
#endif  // HWY_ONCE
