// A graph as a file for other tools: JSON and DOT and GraphML of the frozen graph, or the runtime's own
// dependency file. docs/inference.md shows one of each.
//
//   Result<Inference> inferred = Infer(program, {.record_rows = true});
//   std::string dot = ExportGraph(program, *inferred, GraphFormat::kDot);
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/atomic_file.h"
#include "graphs/inference.h"
#include "graphs/program.h"

namespace npusched {

enum class GraphFormat : std::uint8_t { kJson, kDot, kGraphml, kDeps };
inline constexpr std::array<std::string_view, 4> kGraphFormatNames = {"json", "dot", "graphml", "deps"};

// REQUIRES: for kDeps, rows were recorded.
std::string ExportGraph(const Program& program, const Inference& inference, GraphFormat format);

std::string ExportJson(const Program& program, const Inference& inference);
std::string ExportDot(const Program& program, const TaskGraph& graph);
std::string ExportGraphml(const Program& program, const TaskGraph& graph);
// deps.json of a capture: tasks, tensors, and a row for each reason of each edge.
std::string ExportDeps(const Program& program, const std::vector<EdgeRow>& rows);
// The same piece by piece: a million tasks are hundreds of megabytes.
void WriteDeps(const Program& program, const std::vector<EdgeRow>& rows, const TextSink& sink);

}  // namespace npusched
