// What the units of a layer are called where they come from columns, or are classes.
#pragma once

#include <string>
#include <vector>

#include "graph/program.hpp"
#include "retrograd/data.hpp"

namespace retrograd::explaining {

/// Of every value of the program a name for each unit: the class of an output, the column of an input and of what
/// layers make of it that keep one value a column ("age"), or say more of one ("age missing", "city=Bern", "age bin 3",
/// "age wave 1", "city embedded 2"). Empty where units mix columns, as they do behind a linear layer, or have no names.
std::vector<std::vector<std::string>> unit_names(const graph::ForwardProgram& program, const DataSpec& spec);

}  // namespace retrograd::explaining
