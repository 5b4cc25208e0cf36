// What a caller of the C source gives: raw columns of a table, or the network's inputs as they are; and rows made up
// for its test.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "retrograd/model.hpp"

namespace retrograd::c_source {

/// The feature columns of a table in the order of the model's inputs; nullptr where the model reads none.
struct RawColumns {
  std::vector<const ColumnSpec*> numbers, texts;
};

/// The columns that feed the inputs "numeric" and "categorical"; none for a model that reads arrays, or whose inputs
/// are not those of its dataspec. Points into the model's dataspec.
std::optional<RawColumns> raw_columns(const Model& model);

/// Rows that a model may meet: ordinary, missing and unseen values.
struct TestRows {
  Dataset data;                                                ///< encoded, as Model::predict reads it
  std::vector<std::vector<std::optional<std::string>>> texts;  ///< [rows][text columns]; none: missing
};

TestRows make_test_rows(const Model& model, const std::optional<RawColumns>& columns, int64_t rows);

}  // namespace retrograd::c_source
