// What the command line names: models and data to read, files or standard output to write.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "retrograd/model.hpp"

namespace retrograd::cli {

/// Whether `path` names a model: an .onnx file, or a folder that train wrote. A folder without a model is refused.
bool is_model(const std::string& path);
/// Loads a model from its file or from the folder that holds model.onnx.
Model load_model(const std::string& path);

/// Writes text to a file atomically, or to standard output when `path` is empty or "-". Throws Error if it cannot be written.
void write_output(const std::string& path, const std::string& text);

/// Refuses a data source that is written in a way that cannot be meant (a NumPy or IDX file without its prefix, a
/// folder, a model), saying how to write it. Throws Error.
void check_source(const std::string& source);

/// Says on standard error how data were read, and which rows were left out.
void tell_how_read(const Dataset& data);

/// One JSON object as text; bytes that are not UTF-8 become U+FFFD.
std::string json_text(const nlohmann::json& json);

}  // namespace retrograd::cli
