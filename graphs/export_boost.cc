// DOT and GraphML, through Boost.Graph's writers.
#include <fmt/format.h>

#include <boost/graph/graphml.hpp>
#include <boost/graph/graphviz.hpp>
#include <boost/property_map/dynamic_property_map.hpp>
#include <boost/property_map/function_property_map.hpp>
#include <ostream>
#include <sstream>

#include "graphs/boost_adapter.h"
#include "graphs/cycle.h"
#include "graphs/export.h"
#include "graphs/trace_names.h"

namespace npusched {
namespace {

const ProducerEdge& StoredEdge(const TaskGraph& graph, const TaskEdge& edge) {
  return graph.Producers(edge.consumer)[EdgeIndex(graph, edge) - graph.FirstEdge(edge.consumer)];
}

std::string CoreName(const Program& program, TaskId task) {
  return std::string(kCoreNames[static_cast<std::size_t>(program.tasks[task].core)]);
}

std::string DotQuoted(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
    }
    quoted += c;
  }
  return quoted + '"';
}

// Cube, vector and mixed tasks look different; what reaches no core is drawn as a mere point of order.
std::string_view DotShape(CoreShape core) {
  switch (core) {
    case CoreShape::kAic:
      return "box";
    case CoreShape::kAiv:
      return "ellipse";
    case CoreShape::kMix:
      return "octagon";
    case CoreShape::kDummy:
    case CoreShape::kAlloc:
      break;
  }
  return "plaintext";
}

}  // namespace

std::string ExportDot(const Program& program, const TaskGraph& graph) {
  std::ostringstream out;
  const auto write_task = [&](std::ostream& to, TaskId task) {
    to << fmt::format(" [label={}, shape={}]", DotQuoted(fmt::format("{} {}", task, program.KernelName(task))),
                      DotShape(program.tasks[task].core));
  };
  // A creator alone only keeps memory alive: dashed.
  const auto write_edge = [&](std::ostream& to, const TaskEdge& edge) {
    const std::uint8_t sources = StoredEdge(graph, edge).sources;
    to << fmt::format(" [label=\"{}\"{}]", SourceNames(sources), sources == kFromCreator ? ", style=dashed" : "");
  };
  boost::write_graphviz(out, graph, write_task, write_edge);
  return out.str();
}

std::string ExportGraphml(const Program& program, const TaskGraph& graph) {
  const auto of_task = [](auto value) { return boost::make_function_property_map<TaskId>(value); };
  const auto of_edge = [](auto value) { return boost::make_function_property_map<TaskEdge>(value); };
  boost::dynamic_properties properties;
  properties.property("name", of_task([&](TaskId task) { return program.KernelName(task); }));
  properties.property("core", of_task([&](TaskId task) { return CoreName(program, task); }));
  properties.property("block_num",
                      of_task([&](TaskId task) { return static_cast<int>(program.tasks[task].block_num); }));
  properties.property("reasons",
                      of_edge([&](const TaskEdge& edge) { return SourceNames(StoredEdge(graph, edge).sources); }));
  properties.property("flags", of_edge([&](const TaskEdge& edge) { return int{StoredEdge(graph, edge).flags}; }));
  std::ostringstream out;
  boost::write_graphml(out, graph, boost::typed_identity_property_map<TaskId>(), properties, true);
  return out.str();
}

}  // namespace npusched
