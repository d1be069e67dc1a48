#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <thread>

#include "apps/commands.h"
#include "base/atomic_file.h"
#include "reports/verification.h"
#include "scenarios/scenario.h"
#include "scenarios/verify.h"

namespace npusched {
namespace {

struct VerifyArguments {
  std::string scenario;
  std::string variant;
  CommonOptions common;
};

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// A line "base: 43 % done, about 12 s left" on a terminal, redrawn while a case is verified.
class EtaLine {
 public:
  EtaLine(bool shown, const std::string& label, const VerifyProgress& progress) {
    if (!shown) return;
    thread_ = std::jthread([label, &progress, start = Clock::now()](const std::stop_token& stop) {
      constexpr auto kRedraw = std::chrono::milliseconds(200);
      constexpr double kEnoughToTell = 0.01;
      while (!stop.stop_requested()) {
        const double done = progress.Fraction();
        std::string line = fmt::format("{}: {:.0f} % done", label, 100 * done);
        if (done > kEnoughToTell) {
          line += fmt::format(", about {:.0f} s left", SecondsSince(start) * (1 - done) / done);
        }
        fmt::print(stderr, "\r\033[K{}", line);
        std::this_thread::sleep_for(kRedraw);
      }
      fmt::print(stderr, "\r\033[K");
    });
  }

 private:
  std::jthread thread_;
};

double PeakMegabytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

// Verifies and prints one case.
Result<CaseVerification> VerifyOne(const CaseList& cases, std::size_t index, const CommonOptions& common) {
  Result<Case> one = cases.Make(index);
  if (!one.ok()) {
    return one.error();
  }
  const Clock::time_point start = Clock::now();
  const auto verify = [&] {
    VerifyProgress progress;
    const EtaLine line(!common.quiet && ::isatty(STDERR_FILENO) == 1, one->label, progress);
    return VerifyCase(*one, &progress);
  };
  Result<CaseVerification> verification = verify();
  if (!verification.ok()) {
    return verification.error();
  }
  if (!common.quiet) {
    if (!common.json) {
      fmt::print("{}", VerificationText(*verification));
      (void)std::fflush(stdout);
    }
    fmt::print(stderr, "{}: {:.1f} s, at most {:.0f} MB so far\n", one->label, SecondsSince(start), PeakMegabytes());
  }
  return verification;
}

int Verify(const VerifyArguments& arguments) {
  const CommonOptions& common = arguments.common;
  Result<Scenario> scenario = LoadScenario(arguments.scenario, common.set);
  if (!scenario.ok()) {
    return Report(scenario.error());
  }
  Result<CaseList> cases = CaseList::Open(*scenario);
  if (!cases.ok()) {
    return Report(cases.error());
  }
  Result<std::vector<std::size_t>> chosen = ChooseCases(*scenario, *cases, arguments.variant);
  if (!chosen.ok()) {
    return Report(chosen.error());
  }
  std::vector<CaseVerification> verified;
  bool passed = true;
  for (const std::size_t index : *chosen) {
    Result<CaseVerification> one = VerifyOne(*cases, index, common);
    if (!one.ok()) {
      return Report(one.error());
    }
    passed = passed && one->passed();
    verified.push_back(*std::move(one));
  }
  const std::string json = VerificationJson(scenario->name, verified);
  const std::filesystem::path out = common.out.empty() ? "out/" + scenario->name : common.out;
  if (Status s = WriteFileAtomically(out / "verify.json", json); !s.ok()) {
    return Report(s.error());
  }
  if (common.json) {
    fmt::print("{}", json);
  }
  if (!common.quiet) {
    fmt::print(stderr, "results in {}\n", (out / "verify.json").string());
  }
  return passed ? kExitDone : kExitDifference;
}

}  // namespace

void AddVerifyCommand(CLI::App& app, int* exit_code) {
  const auto arguments = std::make_shared<VerifyArguments>();
  CLI::App* command = app.add_subcommand("verify", "Find races, then compute the real numbers and compare them");
  command->add_option("SCENARIO", arguments->scenario, "The scenario file")->required();
  command->add_option("--variant", arguments->variant, "One variant [all]");
  command->add_option("--out,-o", arguments->common.out, "The results folder [out/<scenario name>]");
  AddSetOption(*command, arguments->common);
  AddOutputOptions(*command, arguments->common);
  command->footer(
      R"(Computes every kernel of the program in the order of its simulated run and holds the results against a
reference that knows no tasks. Prints what it found and writes verify.json; a race or a mismatch exits with 1.
Programs other than qwen3_decode are searched for races alone.

Examples:
  npusched verify scenarios/verify_2_layers.yaml
  npusched verify scenarios/silu_fanout.yaml --variant silu_manual
  npusched verify scenarios/silu_fanout.yaml --set program.silu=unfenced --set numeric.seed=7)");
  command->callback([arguments, exit_code] { *exit_code = Verify(*arguments); });
}

}  // namespace npusched
