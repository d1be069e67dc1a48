#include "scenarios/program.h"

#include <fmt/format.h>

#include <filesystem>

#include "graphs/classic.h"
#include "graphs/edit.h"
#include "graphs/gemm.h"
#include "graphs/qwen3_decode.h"
#include "graphs/submit_trace.h"
#include "graphs/synthetic.h"

namespace npusched {
namespace {

// The classic programs come last, in the order of ClassicKinds().
const std::initializer_list<std::string_view> kKinds = {"qwen3_decode",
                                                        "submit_trace",
                                                        "capture",
                                                        "synthetic",
                                                        "gemm",
                                                        "bgemm",
                                                        "alternating",
                                                        "batch_paged_attention",
                                                        "paged_attention_unroll",
                                                        "mix_chain",
                                                        "sync_start_stress",
                                                        "back_pressure"};

Result<CaseProgram> Wrap(Result<Program> program) {
  if (!program.ok()) {
    return program.error();
  }
  return CaseProgram{*std::move(program), std::nullopt, std::nullopt};
}

// What a program of `kind` and `path` alone names; `is_there` tells whether it is what was expected.
Result<std::filesystem::path> PathOf(const Case& one, const char* expected,
                                     bool (*is_there)(const std::filesystem::path&, std::error_code&)) {
  MapReader read(one.program, "program");
  std::string kind;
  std::string path;
  read.Required("kind", &kind);
  read.Required("path", &path);
  if (Status s = read.Finish(); !s.ok()) {
    return s.error();
  }
  const Location& where = one.program.Find("path")->where;
  std::filesystem::path found = one.search->RelativeTo(where, path);
  std::error_code ec;
  if (!is_there(found, ec)) {
    return InputError(where, fmt::format("program.path: expected {}, got '{}'", expected, path));
  }
  return found;
}

Result<CaseProgram> ReadTrace(const Case& one) {
  const auto file = PathOf(one, "the path of a submit trace", std::filesystem::exists);
  if (!file.ok()) {
    return file.error();
  }
  Result<SubmitTrace> trace = ReadSubmitTrace(*file);
  if (!trace.ok()) {
    return trace.error();
  }
  return CaseProgram{std::move(trace->program), std::move(trace->edges), std::nullopt};
}

Result<CaseProgram> ReadCaptured(const Case& one) {
  const auto folder = PathOf(one, "the folder of a capture", std::filesystem::is_directory);
  if (!folder.ok()) {
    return folder.error();
  }
  Result<Capture> capture = ReadCapture(*folder);
  if (!capture.ok()) {
    return capture.error();
  }
  if (capture->timing && capture->timing->clusters != one.machine.clusters) {
    capture->program.warnings.push_back(
        fmt::format("captured on {} clusters, simulated on {}", capture->timing->clusters, one.machine.clusters));
  }
  return CaseProgram{std::move(capture->program), std::move(capture->edges), std::move(capture->timing)};
}

// What a variant changes in the program. Rows that were recorded are then no longer its own.
Status EditProgram(const Case& one, CaseProgram* emitted) {
  const Result<std::vector<Edit>> edits = ReadEdits(one.edit, "edit");
  if (!edits.ok()) {
    return edits.error();
  }
  const Result<std::vector<KernelCost>> costs = PriceKernels(emitted->program.works, one.machine);
  if (!costs.ok()) {
    return costs.error();
  }
  const auto price = [&](WorkId work, int slot) { return UndisturbedTime((*costs)[work].slots[slot], one.machine); };
  emitted->recorded.reset();
  emitted->timing.reset();
  return ApplyEdits(*edits, price, &emitted->program);
}

Result<CaseProgram> Emit(const Case& one) {
  MapReader read(one.program, "program");
  int kind = 0;
  read.RequiredEnum("kind", kKinds, &kind);
  if (!read.status().ok()) {
    return read.status().error();
  }
  switch (kind) {
    case 0:
      return Wrap(EmitQwen3Decode(one.program, one.model));
    case 1:
      return ReadTrace(one);
    case 2:
      return ReadCaptured(one);
    case 3:
      return Wrap(EmitSynthetic(one.program));
    case 4:
      return Wrap(EmitGemm(one.program));
    default:
      return Wrap(EmitClassic(kKinds.begin()[kind], one.program, one.model));
  }
}

}  // namespace

const std::vector<std::string>& ProgramKinds() {
  static const std::vector<std::string> kNames(kKinds.begin(), kKinds.end());
  return kNames;
}

Result<CaseProgram> EmitCase(const Case& one) {
  Result<CaseProgram> program = Emit(one);
  if (program.ok() && program->program.tasks.empty()) {
    return InputError(one.program.where, "program: expected at least one task, got an empty graph");
  }
  if (program.ok() && one.edit.kind != NodeKind::kNull) {
    if (Status s = EditProgram(one, &*program); !s.ok()) {
      return s.error();
    }
  }
  return program;
}

}  // namespace npusched
