// What a run with --folds tells and leaves besides the model.
#pragma once

#include <functional>
#include <string>

#include "data/table/csv_writer.hpp"
#include "retrograd/folds.hpp"
#include "settings/settings.hpp"

namespace retrograd::cli {

/// Throws Error for settings that do not go with --folds, naming the setting and what to do. `ranks`: whether several
/// processes train.
void check_folds(const Settings& settings, bool ranks);

/// train_folds(), or where there are peers each fold by one of them, and the outcome put together here. `of_fold`: the
/// callbacks of each fold.
FoldsTrained fit_all_folds(const MakeNetwork& make, const DataSpec& spec, const Dataset& data, int folds,
                           const TrainOptions& training, const std::function<Callbacks(int)>& of_fold);

/// A line a fold, and one of all.
void tell_folds(const FoldsTrained& trained, Task task, const std::function<void(const std::string&)>& say);

/// The folds' scores, histories and fingerprints as one JSON object.
std::string folds_file(const FoldsTrained& trained);

/// "row,fold,…": for every row that was held out (counted from 1 in the source, `skipped` ones included) its fold, and
/// what the network that did not see it predicts: p(CLASS) for each class or label, or a column for each target.
std::string out_of_fold_file(const FoldsTrained& trained, const DataSpec& spec, const BadRows& skipped);

}  // namespace retrograd::cli
