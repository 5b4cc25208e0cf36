// From a table to its dataspec.
//
// Column types, in the order in which they are tried:
//   constant     one value in every row, or none at all
//   boolean      exactly the two values of no/yes, n/y, false/true, f/t (any case) or 0/1
//   numeric      every value is a number; one single number with gaps becomes categorical (that number, or missing)
//   identifier   integers, all different, in a column named like an identifier (id, user_id, userId, index, …); or
//   texts of
//                which at least 90 % are different, in at least 20 rows
//   categorical  other texts. More than 20 distinct numbers with at most 5 % texts among them is an error instead:
//                such texts are mistakes.
// Constant and identifier columns are ignored, with a warning.
//
// The task: texts or a boolean -> classification; integers with at most 20 distinct values and on average at least 10
// rows a value -> classification; other numbers -> regression; several booleans -> multilabel; several numbers ->
// regression.
#pragma once

#include "data/table/table.hpp"
#include "retrograd/data.hpp"

namespace retrograd {

/// Throws Error for unknown or contradictory columns in the options, and for columns that cannot be used as asked.
DataSpec infer(const Table& table, const DataOptions& options);

/// Throws Error for options that name columns which are not there, or contradict each other.
void check_names(const Table& table, const DataOptions& options);

/// What a column of this name is used for.
ColumnRole role_of(const std::string& name, const DataOptions& options);

/// Fills the specs of the target columns, the task and its reason (target.cpp).
void infer_targets(const Table& table, const DataOptions& options, DataSpec& spec);

/// Throws Error, naming the first line, if a target or weight column has missing values.
void require_complete(const Table& table, int column, std::string_view role);

/// Throws Error, naming the line, unless all values are numbers, present, finite and not negative, and one is positive.
void require_weights(const Table& table, int column);

/// Warnings for equal columns and for columns that give the target away (warnings.cpp).
void warn_of_duplicates(const Table& table, DataSpec& spec);
void warn_of_leaks(const Table& table, DataSpec& spec);

/// Warnings for columns that hardly mean what they are taken for: numbers and dates that are texts, a value that dwarfs
/// all others, codes that are numbers, classes of one row, a header that looks like data (doubtful.cpp). Not for
/// columns whose type is given.
void warn_of_doubtful(const Table& table, const DataOptions& options, DataSpec& spec);

/// "holds numbers that are not written plainly, e.g. '1,5'; " and the fix, or nothing if the column holds other texts,
/// or numbers.
std::string numbers_in_disguise(const Table& table, int column);

}  // namespace retrograd
