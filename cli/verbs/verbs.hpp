// How each verb is added to the command line, in the order of the help.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace retrograd::cli {

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

}  // namespace retrograd::cli
