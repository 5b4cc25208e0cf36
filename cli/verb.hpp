// What every verb shares: how it is added to the command line, finding models, exit codes, interruption.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "retrograd/model.hpp"

namespace retrograd::cli {

/// Exit codes: 0 done, 1 bad input or usage, 2 a check failed, 130 interrupted.
inline constexpr int kBadInput = 1, kCheckFailed = 2, kInterrupted = 130;

/// The action of the verb that was chosen; returns the exit code.
using Action = std::function<int()>;

void add_train(CLI::App& app, Action& action);
void add_evaluate(CLI::App& app, Action& action);
void add_predict(CLI::App& app, Action& action);
void add_compare(CLI::App& app, Action& action);
void add_show(CLI::App& app, Action& action);
void add_explain(CLI::App& app, Action& action);
void add_verify(CLI::App& app, Action& action);
void add_diagnose(CLI::App& app, Action& action);
void add_gradcheck(CLI::App& app, Action& action);
void add_parity(CLI::App& app, Action& action);
void add_export(CLI::App& app, Action& action);
void add_completion(CLI::App& app, Action& action);
void add_manual(CLI::App& app, Action& action);

/// Whether `path` names a model: an .onnx file, or a folder that train wrote. A folder without a model is refused.
bool is_model(const std::string& path);
/// Loads a model from its file or from the folder that holds model.onnx.
Model load_model(const std::string& path);

/// Writes text to a file atomically, or to standard output when `path` is empty. Throws Error if it cannot be written.
void write_output(const std::string& path, const std::string& text);

/// Refuses a data source that is written in a way that cannot be meant (a NumPy or IDX file without its prefix, a
/// folder, a model), saying how to write it. Throws Error.
void check_source(const std::string& source);

/// Says on standard error how data were read, and which rows were left out.
void tell_how_read(const Dataset& data);

/// One JSON object as text; bytes that are not UTF-8 become U+FFFD.
std::string json_text(const nlohmann::json& json);

}  // namespace retrograd::cli
