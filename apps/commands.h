// The commands of npusched, each in its own file. Thin: they parse arguments, call the layers, print.
//
// Only here are errors printed and exit codes chosen: 0 done, 1 a failed expectation or difference, 2 bad
// input, 3 an internal error, 4 the simulated runtime stopped, 130 interrupted.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "scenarios/case.h"
#include "scenarios/engines.h"
#include "scenarios/scenario.h"

namespace npusched {

inline constexpr int kExitDone = 0;
inline constexpr int kExitDifference = 1;
inline constexpr int kExitInput = 2;
inline constexpr int kExitInternal = 3;
inline constexpr int kExitDeadlock = 4;
inline constexpr int kExitInterrupted = 130;

// Options that several commands share.
struct CommonOptions {
  std::vector<std::string> set;
  std::string engine = "native";
  std::string out;
  int jobs = 0;
  bool json = false;
  bool quiet = false;
};

// Prints the error on standard error; returns its exit code.
int Report(const Error& error);

// Each adds its subcommand; when that is chosen, `*exit_code` is what the process should return.
void AddRunCommand(CLI::App& app, int* exit_code);
void AddGraphCommand(CLI::App& app, int* exit_code);
void AddExplainCommand(CLI::App& app, int* exit_code);
void AddCheckCommand(CLI::App& app, int* exit_code);
void AddVerifyCommand(CLI::App& app, int* exit_code);
void AddCalibrateCommand(CLI::App& app, int* exit_code);
void AddValidateCommand(CLI::App& app, int* exit_code);
void AddSchemaCommand(CLI::App& app, int* exit_code);
void AddAccuracyCommand(CLI::App& app, int* exit_code);
void AddFitCommand(CLI::App& app, int* exit_code);
void AddCompareCommand(CLI::App& app, int* exit_code);

void AddSetOption(CLI::App& command, CommonOptions& options);
void AddEngineOption(CLI::App& command, CommonOptions& options);
void AddOutputOptions(CLI::App& command, CommonOptions& options);
// The cases of one variant, of all when it is empty. Errors: no such variant.
Result<std::vector<std::size_t>> ChooseCases(const Scenario& scenario, const CaseList& cases,
                                             const std::string& variant);
// The engine asked for, or an error when this build has none such.
Result<EngineChoice> CheckEngine(const CommonOptions& options);

}  // namespace npusched
