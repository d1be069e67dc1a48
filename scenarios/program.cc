#include "scenarios/program.h"

#include <filesystem>

#include "graphs/classic.h"
#include "graphs/gemm.h"
#include "graphs/qwen3_decode.h"
#include "graphs/submit_trace.h"
#include "graphs/synthetic.h"

namespace npusched {
namespace {

// The classic programs come last, in the order of ClassicKinds().
const std::initializer_list<std::string_view> kKinds = {"qwen3_decode",
                                                        "submit_trace",
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
  return CaseProgram{*std::move(program), std::nullopt};
}

Result<CaseProgram> ReadTrace(const Case& one) {
  MapReader read(one.program, "program");
  std::string kind;
  std::string path;
  read.Required("kind", &kind);
  read.Required("path", &path);
  if (Status s = read.Finish(); !s.ok()) {
    return s.error();
  }
  const Location& where = one.program.Find("path")->where;
  const std::filesystem::path file = one.search->RelativeTo(where, path);
  std::error_code ec;
  if (!std::filesystem::exists(file, ec)) {
    return InputError(where, "program.path: expected the path of a submit trace, got '" + path + "'");
  }
  Result<SubmitTrace> trace = ReadSubmitTrace(file);
  if (!trace.ok()) {
    return trace.error();
  }
  return CaseProgram{std::move(trace->program), std::move(trace->edges)};
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
      return Wrap(EmitSynthetic(one.program));
    case 3:
      return Wrap(EmitGemm(one.program));
    default:
      return Wrap(EmitClassic(kKinds.begin()[kind], one.program, one.model));
  }
}

}  // namespace

const std::vector<std::string>& ProgramKinds() {
  static const std::vector<std::string> kinds(kKinds.begin(), kKinds.end());
  return kinds;
}

Result<CaseProgram> EmitCase(const Case& one) {
  Result<CaseProgram> program = Emit(one);
  if (program.ok() && program->program.tasks.empty()) {
    return InputError(one.program.where, "program: expected at least one task, got an empty graph");
  }
  return program;
}

}  // namespace npusched
