// The command line: one verb a file. Errors become exit codes here, without a stack trace.
#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <string_view>

#include "exit_codes.hpp"
#include "files/files.hpp"
#include "help/help.hpp"
#include "ranks/ranks.hpp"
#include "retrograd/error.hpp"
#include "retrograd/version.hpp"
#include "verbs/verbs.hpp"

namespace {

int run(int argc, char** argv) {
  using namespace retrograd;
  CLI::App app{"retrograd trains multi-layer neural networks by gradient descent and backpropagation.", "retrograd"};
  app.formatter(cli::help_formatter());
  app.set_help_flag("-h,--help", "this text");
  app.set_version_flag("--version", std::string("retrograd ") + kVersion, "the version");
  app.require_subcommand(1);
  app.footer(
      "Examples:\n"
      "  retrograd train table.csv --target price --out run\n"
      "  retrograd evaluate run test.csv\n"
      "  retrograd predict run new.csv --out predictions.csv\n\n"
      "Exit codes: 0 done, 1 bad input or usage, 2 a check failed, 130 interrupted.");
  cli::Action action;
  cli::add_train(app, action);
  cli::add_evaluate(app, action);
  cli::add_predict(app, action);
  cli::add_compare(app, action);
  cli::add_show(app, action);
  cli::add_explain(app, action);
  cli::add_verify(app, action);
  cli::add_diagnose(app, action);
  cli::add_gradcheck(app, action);
  cli::add_parity(app, action);
  cli::add_export(app, action);
  cli::add_completion(app, action);
  cli::add_manual(app, action);
  // Ranks of mpirun have the same command line: the first one says what is to be said of it.
  const auto said = [](int code, const std::string& text) {
    if (!cli::speaks_for_ranks()) return cli::leave_the_word_to_another(code);
    if (code == 0)
      cli::write_output("", text);
    else
      std::fputs(text.c_str(), stderr);
    return code;
  };
  if (argc < 2) return said(cli::kBadInput, app.help());
  // Help is wanted most where something else is wrong, so it is given before that is looked at.
  for (const CLI::App* verb : app.get_subcommands({}))
    for (int k = 2; k < argc && verb->get_name() == argv[1]; ++k)
      if (argv[k] == std::string_view("--help") || argv[k] == std::string_view("-h")) return said(0, verb->help());
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return said(0, app.help());
  } catch (const CLI::CallForVersion& e) {
    return said(0, std::string(e.what()) + "\n");
  } catch (const CLI::ParseError& e) {
    return said(cli::kBadInput, cli::usage_message(app, e));
  } catch (const Error& e) {  // of a setting's value
    return said(cli::kBadInput, "error: " + std::string(e.what()) + "\n");
  }
  return action ? action() : cli::kBadInput;
}

}  // namespace

int main(int argc, char** argv) {
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) {
    std::fputs("error: this machine lacks AVX2 or FMA instructions, which retrograd needs\n", stderr);
    return retrograd::cli::kBadInput;
  }
  // A file that may not grow is an error of write(), with a message, not the end of the program.
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    return run(argc, argv);
  } catch (const retrograd::Error& e) {
    std::fprintf(stderr, "error: %s\n", e.what());
  } catch (const std::bad_alloc&) {
    std::fputs("error: out of memory; use fewer rows, a smaller batch or a smaller network\n", stderr);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "error: %s\n", e.what());
  }
  return retrograd::cli::kBadInput;
}
