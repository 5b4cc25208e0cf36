// What the handles of retrograd.h are, and the wall that no exception passes.
#pragma once

#include <exception>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include "retrograd.h"
#include "retrograd/model.hpp"
#include "retrograd/train.hpp"

struct retrograd_model {
  retrograd::Model model;
  std::vector<std::string> outputs;  ///< names, for callers that keep the pointers
};

struct retrograd_options {
  retrograd::NetworkOptions network;
  retrograd::TrainOptions train;
  std::optional<retrograd::Task> task;
  bool linear = false;  ///< no hidden layer
  double valid_fraction = 0.2;
};

namespace retrograd::capi {

/// Keeps the message for retrograd_last_error(); never throws.
void remember(const char* message) noexcept;

/// Runs `f`; what it throws becomes a status and a message.
template <class F>
retrograd_status guarded(F&& f) noexcept {
  try {
    f();
    return RETROGRAD_OK;
  } catch (const std::bad_alloc&) {
    remember("out of memory");
    return RETROGRAD_OUT_OF_MEMORY;
  } catch (const std::exception& e) {
    remember(e.what());
  } catch (...) {
    remember("an unknown error");
  }
  return RETROGRAD_ERROR;
}

/// Throws Error if `pointer` is null; `what` names the argument.
void require(const void* pointer, const char* what);

retrograd_model* make_handle(Model model);

/// The columns as the library reads them; the numbers stay the caller's.
struct Table {
  std::vector<TableColumnView> columns;
  std::vector<std::vector<int32_t>> codes;
};
Table table_of(const retrograd_column* columns, int64_t count, int64_t rows);

}  // namespace retrograd::capi
