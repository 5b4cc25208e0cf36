#include "base/run_threads.hpp"

#include <algorithm>
#include <exception>
#include <thread>
#include <vector>

namespace retrograd {

void run_threads(int64_t count, const std::function<void(int64_t)>& work) {
  std::vector<std::exception_ptr> errors(static_cast<size_t>(std::max<int64_t>(count, 0)));
  const auto guarded = [&](int64_t i) {
    try {
      work(i);
    } catch (...) {
      errors[static_cast<size_t>(i)] = std::current_exception();
    }
  };
  std::vector<std::thread> threads;
  threads.reserve(errors.size());
  int64_t next = 1;
  try {
    for (; next < count; ++next) threads.emplace_back(guarded, next);
  } catch (const std::exception&) {  // no thread or no memory for one: the rest is done here
  }
  if (count > 0) guarded(0);
  for (; next < count; ++next) guarded(next);
  for (std::thread& thread : threads) thread.join();
  for (const std::exception_ptr& error : errors)
    if (error) std::rethrow_exception(error);
}

}  // namespace retrograd
