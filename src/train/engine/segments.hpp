// The flat buffer of trained parameters as runs that an optimiser treats alike.
#pragma once

#include <algorithm>
#include <vector>

#include "base/thread_team.hpp"
#include "graph/program.hpp"

namespace retrograd::training {

/// A run of the flat buffer: weights decay, biases and scales do not; `rate` multiplies η, `decay` λ.
struct Segment {
  int64_t begin = 0, end = 0;
  bool decays = false;
  double rate = 1, decay = 0;
  bool same_kind(const graph::Parameter& p) const {
    return decays == p.decays && rate == p.rate && decay == p.decay;  // NOLINT: factors as they were given
  }
};

/// The trained buffer [0, trained_size) cut where their kind changes; neighbours that agree are one segment. Padding
/// goes with the parameter before it (it holds zeros and stays so).
inline std::vector<Segment> segments_of(const graph::ForwardProgram& program) {
  std::vector<Segment> segments;
  for (const graph::Parameter& p : program.parameters) {
    if (!p.trained) continue;
    const auto begin = static_cast<int64_t>(p.offset);
    if (!segments.empty()) segments.back().end = begin;
    if (segments.empty() || !segments.back().same_kind(p))
      segments.push_back({begin, begin, p.decays, p.rate, p.decay});
  }
  if (!segments.empty()) segments.back().end = static_cast<int64_t>(program.trained_size);
  return segments;
}

/// Calls f(part, decays) for the parts of the segments that lie in `range`.
template <class F>
void for_each_part(const std::vector<Segment>& segments, Range range, F&& f) {
  for (const Segment& s : segments) {
    const Range part{std::max(s.begin, range.begin), std::min(s.end, range.end)};
    if (!part.empty()) f(part, s.decays);
  }
}

}  // namespace retrograd::training
