// The rows that a model is most wrong about.
#pragma once

#include "report/json.hpp"
#include "retrograd/report.hpp"

namespace retrograd::report {

/// What knows the bad rows and the lines of a part's source.
const Dataset& source_of(const ReportPart& part);

/// The rows with the largest loss (of numbers: the largest squared error in units of each output's standard deviation),
/// the worst first, at most 20: [{"row": number in the source, counted from 1, bad rows
/// counted; "line" in the file, if it is known; "actual", "predicted", "p": probability
/// given to what is right, or "error", "values": [[column, value] …] of at most 12 columns, or "pixels"}]. Rows that
/// were predicted right are left out.
Json wrong_rows(const DataSpec& spec, const ReportPart& part);

}  // namespace retrograd::report
