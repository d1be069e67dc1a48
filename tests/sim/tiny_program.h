// Programs for the tests, in text: one line submits one or more tasks of a kind.
//
//   AIC A B                 two cube tasks
//   AIV C after A B 5us     a vector task that waits for both, 5 us long
//   AIV S blocks 3          three SPMD blocks
//   MIX M                   a cluster's three cores; "MIX M on aic+aiv1" names the cores
//   ALLOC N / DUMMY D       no core
#pragma once

#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "graphs/inference.h"
#include "graphs/program.h"

namespace npusched::testing {

struct TinyProgram {
  Program program;
  Inference inference;
  std::map<std::string, TaskId> ids;
  std::vector<std::string> names;

  explicit TinyProgram(const std::string& text) {
    program.scopes.emplace_back();
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) AddLine(line);
    Freeze();
  }

  // Adds the tasks of a line and returns how many.
  int AddLine(const std::string& line) {
    std::istringstream words(line);
    std::string word;
    if (!(words >> word)) return 0;
    Task task;
    task.core = Shape(word);
    task.slots = static_cast<std::uint8_t>(task.core == CoreShape::kAic   ? 1
                                           : task.core == CoreShape::kAiv ? 2
                                           : task.core == CoreShape::kMix ? 7
                                                                          : 0);
    std::vector<std::string> added;
    std::vector<TaskId> producers;
    Picoseconds duration = kPsPerUs;
    std::string clause = "names";
    while (words >> word) {
      if (word == "after" || word == "blocks" || word == "on") {
        clause = word;
      } else if (word.ends_with("us")) {
        duration = FromUs(std::stod(word));
      } else if (clause == "names") {
        added.push_back(word);
      } else if (clause == "after") {
        producers.push_back(ids.at(word));
      } else if (clause == "blocks") {
        task.block_num = static_cast<std::uint32_t>(std::stoul(word));
      } else {
        task.slots = Mask(word);
      }
    }
    for (const std::string& name : added) Add(name, task, producers, duration);
    return static_cast<int>(added.size());
  }

  // Builds the graph over what was added. Counts are zero: a submit costs only its fixed part.
  void Freeze() {
    std::vector<std::uint64_t> first{0};
    std::vector<ProducerEdge> edges;
    for (TaskId t = 0; t < program.tasks.size(); ++t) {
      for (const Dep& dep : program.Deps(t)) edges.push_back({dep.task, kFromExplicit, dep.flags});
      first.push_back(edges.size());
    }
    inference.graph = TaskGraph(first, edges);
    inference.counts.assign(program.tasks.size(), {});
  }

 private:
  static CoreShape Shape(const std::string& word) {
    if (word == "AIC") return CoreShape::kAic;
    if (word == "AIV") return CoreShape::kAiv;
    if (word == "MIX") return CoreShape::kMix;
    return word == "DUMMY" ? CoreShape::kDummy : CoreShape::kAlloc;
  }
  static std::uint8_t Mask(const std::string& word) {
    std::uint8_t mask = 0;
    if (word.find("aic") != std::string::npos) mask |= 1;
    if (word.find("aiv0") != std::string::npos) mask |= 2;
    if (word.find("aiv1") != std::string::npos) mask |= 4;
    return mask;
  }
  void Add(const std::string& name, Task task, const std::vector<TaskId>& producers, Picoseconds duration) {
    ids[name] = static_cast<TaskId>(program.tasks.size());
    names.push_back(name);
    task.kernel = static_cast<KernelId>(program.kernels.size());
    task.first_dep = static_cast<std::uint32_t>(program.deps.size());
    program.kernels.push_back({name, task.core, {}});
    for (const TaskId producer : producers) program.deps.push_back({producer});
    program.tasks.push_back(task);
    program.durations.push_back(duration);
  }
};

}  // namespace npusched::testing
