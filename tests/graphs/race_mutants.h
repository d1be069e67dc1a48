// Programs that are wrong in one or a few places, for tests of the race analysis: edges dropped, dependencies
// removed, regions shifted, tags and opt-outs changed.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "base/random.h"
#include "graphs/inference.h"
#include "graphs/program.h"

namespace npusched {

// The draws of one mutant.
class Draws {
 public:
  explicit Draws(std::uint64_t seed) : seed_(seed) {}
  std::int64_t In(std::int64_t lo, std::int64_t hi) { return RandomInRange(seed_, counter_++, lo, hi); }
  std::size_t Below(std::size_t count) { return static_cast<std::size_t>(In(0, static_cast<std::int64_t>(count) - 1)); }
  bool Once(std::int64_t in) { return In(1, in) == 1; }

 private:
  std::uint64_t seed_;
  std::uint64_t counter_ = 0;
};

inline RegionId AddRegion(Program* program, const Region& region) {
  program->regions.push_back(region);
  return static_cast<RegionId>(program->regions.size() - 1);
}

// Moves a region by some steps of one of its strides; it may leave its tensor at the end.
inline Region Shifted(const Region& region, Draws* draws) {
  Region shifted = region;
  const std::size_t d = draws->Below(region.rank);
  const std::int64_t least = std::max<std::int64_t>(-region.shape[d], -(region.start_offset / region.strides[d]));
  shifted.start_offset += draws->In(least, region.shape[d]) * region.strides[d];
  return shifted;
}

inline void RemoveDep(Program* program, std::size_t at) {
  program->deps.erase(program->deps.begin() + static_cast<std::ptrdiff_t>(at));
  for (Task& task : program->tasks) task.first_dep -= task.first_dep > at ? 1 : 0;
}

// One change of the program itself; inference then sees it or, being an opt-out, does not.
inline void Mutate(Program* program, Draws* draws) {
  Arg& arg = program->args[draws->Below(program->args.size())];
  switch (draws->In(0, 7)) {
    case 0:
      if (!program->deps.empty()) RemoveDep(program, draws->Below(program->deps.size()));
      return;
    case 1:
      for (int i = 0; i < 8 && !program->deps.empty(); ++i) RemoveDep(program, draws->Below(program->deps.size()));
      return;
    case 2:
      arg.region = AddRegion(program, Shifted(program->regions[arg.region], draws));
      return;
    case 3: {
      const RegionId touched = arg.touched == kNoId ? arg.region : arg.touched;
      arg.touched = AddRegion(program, Shifted(program->regions[touched], draws));
      return;
    }
    case 4:
      if (arg.tag != ArgTag::kOutput) {  // a creator stays one
        constexpr ArgTag kTags[] = {ArgTag::kInput, ArgTag::kInOut, ArgTag::kOutputExisting, ArgTag::kNoDep};
        arg.tag = kTags[draws->Below(std::size(kTags))];
      }
      return;
    case 5:
      arg.manual_dep = !arg.manual_dep;
      return;
    case 6:
      program->tasks[draws->Below(program->tasks.size())].manual_scope = true;
      return;
    default:
      arg.access = static_cast<Access>(draws->In(0, 4));
  }
}

// The graph without some of its edges.
inline TaskGraph WithoutEdges(const TaskGraph& graph, std::size_t count, Draws* draws) {
  std::vector<std::uint64_t> dropped;
  for (std::size_t i = 0; i < count && graph.edge_count() > 0; ++i) dropped.push_back(draws->Below(graph.edge_count()));
  std::vector<std::uint64_t> first = {0};
  std::vector<ProducerEdge> edges;
  for (TaskId t = 0; t < graph.size(); ++t) {
    std::uint64_t at = graph.FirstEdge(t);
    for (const ProducerEdge& edge : graph.Producers(t)) {
      if (std::find(dropped.begin(), dropped.end(), at++) == dropped.end()) edges.push_back(edge);
    }
    first.push_back(edges.size());
  }
  return {std::move(first), std::move(edges)};
}

// A small program with a bit of everything: allocs, dummies, MANUAL tasks, several types, ranks and addresses.
class RandomProgram {
 public:
  explicit RandomProgram(std::uint64_t seed) : draws_(seed) {}

  Program Make() {
    program_.scopes.emplace_back();
    program_.names = {"even", "odd"};
    const std::int64_t buffers = draws_.In(1, 5);
    for (std::int64_t b = 0; b < buffers; ++b) AddBuffer();
    const std::int64_t tasks = draws_.In(3, 28);
    AddScope(static_cast<TaskId>(tasks));
    for (std::int64_t t = 0; t < tasks; ++t) AddTask(static_cast<TaskId>(t));
    program_.scopes[0].end_task = static_cast<TaskId>(tasks);
    return std::move(program_);
  }

 private:
  static constexpr std::int64_t kBytes = 128;  // of a buffer: rows of 32

  void AddBuffer() {
    Buffer buffer{.size_bytes = kBytes};
    buffer.name = static_cast<std::uint32_t>(program_.buffers.size() % 2);
    if (draws_.Once(3)) buffer.address = 0x1000 + static_cast<std::uint64_t>(draws_.In(0, 4)) * 64;
    buffer.whole = AddRegion(&program_, {0, {kBytes}, {1}, 1, DType::kInt8});
    program_.buffers.push_back(buffer);
  }

  // An inner scope over the front of the program, so that some owners may be CONSUMED.
  void AddScope(TaskId tasks) {
    program_.scopes.push_back({.depth = 2, .parent = 0, .first_task = 0});
    program_.scopes[1].end_task = static_cast<TaskId>(draws_.In(0, tasks));
  }

  void AddTask(TaskId id) {
    Task task;
    task.scope = id < program_.scopes[1].end_task ? 1 : 0;
    task.ring = static_cast<std::uint8_t>(task.scope);
    task.slots = 1U << kSlotAiv0;
    const std::int64_t kind = draws_.In(0, 11);
    if (kind == 0) task.core = CoreShape::kDummy;
    if (kind == 1) task.core = CoreShape::kAlloc;
    task.manual_scope = draws_.Once(6);
    task.predicate_false = draws_.Once(20);
    task.kernel = static_cast<KernelId>(program_.kernels.size());
    program_.kernels.push_back({"k" + std::to_string(id % 3), task.core});
    task.first_arg = static_cast<std::uint32_t>(program_.args.size());
    task.first_dep = static_cast<std::uint32_t>(program_.deps.size());
    program_.tasks.push_back(task);
    for (std::int64_t i = draws_.In(0, 3); i-- > 0;) AddArg(id, task.core == CoreShape::kAlloc);
    if (id > 0) {
      for (std::int64_t i = draws_.In(0, 2); i-- > 0;) {
        const std::uint8_t flags = draws_.Once(3) ? kWait : kWait | kRetain;
        program_.deps.push_back({static_cast<TaskId>(draws_.Below(id)), flags});
      }
    }
  }

  void AddArg(TaskId task, bool alloc) {
    Arg arg;
    arg.buffer = static_cast<BufferId>(draws_.Below(program_.buffers.size()));
    if (alloc || draws_.Once(8)) {
      program_.buffers.push_back({.size_bytes = kBytes, .creator = task, .name = 0});
      arg.buffer = static_cast<BufferId>(program_.buffers.size() - 1);
      program_.buffers.back().whole = 0;
      arg.tag = ArgTag::kOutput;
    } else {
      if (program_.buffers[arg.buffer].creator == task) arg.buffer = 0;  // it cannot use what it creates
      arg.tag = static_cast<ArgTag>(draws_.In(0, 3) == 1 ? 4 : draws_.In(0, 3) == 1 ? 3 : draws_.In(0, 1) * 2);
      if (draws_.Once(2)) arg.access = static_cast<Access>(draws_.In(0, 4));
    }
    arg.region = AddRegion(&program_, Window());
    if (draws_.Once(4)) arg.touched = AddRegion(&program_, Window());
    arg.manual_dep = draws_.Once(8);
    program_.args.push_back(arg);
  }

  // Rows of 32 bytes, and a window of them in some type; at times a run across rows.
  Region Window() {
    constexpr DType kTypes[] = {DType::kInt8, DType::kBFloat16, DType::kFloat32};
    const DType dtype = kTypes[draws_.In(0, 2)];
    const std::int64_t columns = 32 / SizeOf(dtype);
    if (draws_.Once(4)) {
      const std::int64_t begin = draws_.In(0, 4 * columns - 1);
      return {begin, {draws_.In(0, 4 * columns - begin)}, {1}, 1, dtype};
    }
    const std::int64_t row = draws_.In(0, 3);
    const std::int64_t column = draws_.In(0, columns - 1);
    return {row * columns + column, {draws_.In(1, 4 - row), draws_.In(1, columns - column)}, {columns, 1}, 2, dtype};
  }

  Draws draws_;
  Program program_;
};

}  // namespace npusched
