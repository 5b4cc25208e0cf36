// The tables of bench_whole: what a run and a program around it cost besides the step.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <vector>

namespace retrograd::bench {

/// Step times over widths: one thread, two threads, and what --threads auto takes.
nlohmann::json thread_choice();
/// A small network on a batch of 10,000 rows.
nlohmann::json full_batch();
/// One row at a time, from one thread and from two, and many rows at once.
nlohmann::json prediction();
/// Whole epochs (shuffling, gathering, bookkeeping) against the bare steps on one batch.
nlohmann::json epochs();
/// Training steps with the layers' statistics and the states kept for replaying, against bare ones.
nlohmann::json watching();
/// The command's start and end.
nlohmann::json start_up();
/// Reading a CSV file into training data, against pandas.
nlohmann::json csv();

inline double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}
/// Of values that are not empty; `part` 0 to 1.
double quantile(std::vector<double> values, double part);
inline double median(const std::vector<double>& values) { return quantile(values, 0.5); }

}  // namespace retrograd::bench
