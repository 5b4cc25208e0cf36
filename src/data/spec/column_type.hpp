// What one column holds: its type, its statistics and the reason.
#pragma once

#include <optional>

#include "data/spec/coded.hpp"
#include "data/table/table.hpp"
#include "retrograd/data.hpp"

namespace retrograd {

/// The fix for a wrong value in most messages.
inline constexpr std::string_view kCorrect = "correct it or list it as a missing value";

/// Who asks for numbers: of training data the decimal mark may be told; for a model it is that of its training data.
enum class Asking { training, model };

/// Whether a text that is not a number is one with a decimal comma, thousands apart, a currency or a percent sign
/// (doubtful.cpp).
bool number_in_disguise(std::string_view text);

/// Distinct numbers are counted up to here.
inline constexpr int64_t kMostDistinct = 100'000;

/// The spec of a column by the rules of infer.hpp; `type` overrides. Throws Error when an override cannot hold, and, if
/// the column is `used`, for stray texts among numbers and for texts that are not UTF-8.
ColumnSpec inspect_column(const Table& table, int column, std::optional<ColumnType> type, bool used);

/// min, max, mean, sd, median, missing and distinct of a numeric column, into `spec`.
void summarise_numbers(const Table& table, int column, ColumnSpec& spec);

/// Whether the values are many different numbers with a few texts among them: mistakes, not categories.
bool has_stray_texts(const CodedColumn& values);

/// Throws Error, naming line, column, value and the fix, unless every value present is a number. A number with the
/// other decimal mark has a fix of its own.
void require_numbers(const Table& table, int column, std::string_view because, std::string_view fix = kCorrect,
                     Asking asking = Asking::training);

/// Throws Error, naming line, column and value, if a number is infinite or beyond the range of a 32-bit float.
void require_finite(const Table& table, int column);

/// The first row in which a text column holds `value`; values are canonical texts.
int64_t first_row_of(const CodedColumn& column, int32_t code);

}  // namespace retrograd
