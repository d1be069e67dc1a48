// The program of a case: the one place that knows which emitter a `program.kind` means.
//
//   Result<CaseProgram> program = EmitCase(one_case);
//   Result<Inference> inference = Infer(program->program);
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "graphs/capture.h"
#include "graphs/inference.h"
#include "graphs/program.h"
#include "scenarios/case.h"

namespace npusched {

struct CaseProgram {
  Program program;
  std::optional<std::vector<EdgeRow>> recorded;  // the rows a trace or a capture brought along; not with edits
  std::optional<CaptureTiming> timing;           // what a capture measured; not with edits
};

// Errors: those of the emitter; a program without a single task.
Result<CaseProgram> EmitCase(const Case& one);

// The names of `program.kind`, in the order of the schema.
const std::vector<std::string>& ProgramKinds();

}  // namespace npusched
