// Programs for the tests, in text: one line submits one or more tasks of a kind.
//
//   AIC A B                 two cube tasks
//   AIV C after A B 5us     a vector task that waits for both, 5 us long
//   AIV S blocks 3          three SPMD blocks
//   MIX M                   a cluster's three cores; "MIX M on aic+aiv1" names the cores
//   ALLOC N / DUMMY D       no core
//   AIC P early             its consumers may be staged before it ends
//   MIX S blocks 2 sync     all blocks start together
//   AIC A out 4096          allocates an output of 4096 bytes
//   AIC A records 3         records three regions in the tensor map
//   begin / close           a scope inside the outer one, which closes after the last task
#pragma once

#include <algorithm>
#include <cctype>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "graphs/inference.h"
#include "graphs/program.h"
#include "hw_models/runtime_config.h"

namespace npusched::testing {

struct TinyProgram {
  Program program;
  Inference inference;
  std::map<std::string, TaskId> ids;
  std::vector<std::string> names;

  // To be filled with AddLine and then frozen.
  TinyProgram() { Open(); }
  explicit TinyProgram(const std::string& text) : TinyProgram() {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) AddLine(line);
    Freeze();
  }

  // Adds the tasks of a line and returns how many.
  int AddLine(const std::string& line) {
    std::istringstream words(line);
    std::string word;
    if (!(words >> word)) return 0;
    if (word == "begin" || word == "close") {
      word == "begin" ? Open() : Close();
      return 0;
    }
    Task task;
    task.scope = open_.back();
    task.ring = static_cast<std::uint8_t>(std::min<std::size_t>(open_.size() - 1, 3));
    task.core = Shape(word);
    task.slots = static_cast<std::uint8_t>(task.core == CoreShape::kAic   ? 1
                                           : task.core == CoreShape::kAiv ? 2
                                           : task.core == CoreShape::kMix ? 7
                                                                          : 0);
    std::vector<std::string> added;
    std::vector<TaskId> producers;
    Picoseconds duration = kPsPerUs;
    std::int64_t bytes = 0;
    std::uint32_t records = 0;
    std::string clause = "names";
    while (words >> word) {
      if (word == "after" || word == "blocks" || word == "on" || word == "out" || word == "records") {
        clause = word;
      } else if (word == "early") {
        task.early_dispatch = true;
      } else if (word == "sync") {
        task.sync_start = true;
      } else if (word.ends_with("us") && std::isdigit(word[0]) != 0) {
        duration = FromUs(std::stod(word));
      } else if (clause == "names") {
        added.push_back(word);
      } else if (clause == "after") {
        producers.push_back(ids.at(word));
      } else if (clause == "blocks") {
        task.block_num = static_cast<std::uint32_t>(std::stoul(word));
      } else if (clause == "out") {
        bytes = std::stoll(word);
      } else if (clause == "records") {
        records = static_cast<std::uint32_t>(std::stoul(word));
      } else {
        task.slots = Mask(word);
      }
    }
    std::sort(producers.begin(), producers.end());
    for (const std::string& name : added) {
      Add(name, task, producers, duration);
      records_.push_back(records);
      if (bytes == 0) continue;
      program.args.push_back({.buffer = static_cast<BufferId>(program.buffers.size()), .tag = ArgTag::kOutput});
      program.buffers.push_back({.size_bytes = bytes});
    }
    return static_cast<int>(added.size());
  }

  // Builds the graph over what was added. Counts are zero: a submit costs only its fixed part.
  void Freeze() {
    while (!open_.empty()) Close();
    std::vector<std::uint64_t> first{0};
    std::vector<ProducerEdge> edges;
    for (TaskId t = 0; t < program.tasks.size(); ++t) {
      for (const Dep& dep : program.Deps(t)) edges.push_back({dep.task, kFromExplicit, dep.flags});
      first.push_back(edges.size());
    }
    inference.graph = TaskGraph(first, edges);
    inference.counts.assign(program.tasks.size(), {});
    for (TaskId t = 0; t < program.tasks.size(); ++t)
      inference.counts[t].inserts = static_cast<std::uint16_t>(records_[t]);
  }

 private:
  [[nodiscard]] TaskId Size() const { return static_cast<TaskId>(program.tasks.size()); }
  void Open() {
    const auto id = static_cast<ScopeId>(program.scopes.size());
    program.scopes.push_back({.depth = static_cast<std::uint8_t>(open_.size() + 1), .first_task = Size()});
    program.scope_events.push_back({Size(), ScopeEvent::Kind::kBeginAuto, id});
    open_.push_back(id);
  }
  void Close() {
    program.scopes[open_.back()].end_task = Size();
    program.scope_events.push_back({Size(), ScopeEvent::Kind::kEnd, open_.back()});
    open_.pop_back();
  }
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
    task.first_arg = static_cast<std::uint32_t>(program.args.size());
    program.tasks.push_back(task);
    program.durations.push_back(duration);
  }

  std::vector<ScopeId> open_;
  std::vector<std::uint32_t> records_;  // by task
};

// A runtime whose steps cost nothing, with rings of the real sizes.
inline RuntimeConfig FreeRuntime(std::uint32_t schedulers) {
  RuntimeConfig runtime;
  runtime.schedulers = schedulers;
  runtime.dummies_per_iteration = 8;
  runtime.release_batch = 256;
  RingSizes& rings = runtime.rings;
  rings.slots.fill(16384);
  rings.heap_bytes.fill(std::int64_t{1} << 28);
  rings.dep_entries.fill(16384);
  rings.spill_entries.fill(16384);
  rings.inline_producers = 64;
  rings.tensor_map_entries = 65536;
  rings.reclaim_batch = 64;
  rings.stall_timeout = 500'000 * kPsPerUs;
  rings.progress_timeout = 10'000'000 * kPsPerUs;
  return runtime;
}

}  // namespace npusched::testing
