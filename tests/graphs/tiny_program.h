// Programs in a few lines of text, for tests.
//
//   TinyProgram(R"(
//     a: INOUT x[0:8]
//     b: INPUT x[4:12], NO_DEP y[0:4]! <- a
//     c manual: INPUT x[0:8]
//   )")
//
// One task a line: name, an optional core or `manual`, arguments as TAG buffer[begin:end) in fp32
// elements, `!` marks the argument manual_dep, `<-` lists explicit dependencies (~ before one: wait
// only). Buffers hold 1024 elements; an OUTPUT's is created by its task. The kernel is named as the task.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "graphs/inference.h"
#include "graphs/program.h"

namespace npusched {

class TinyProgramParser {
 public:
  Program Parse(const std::string& text) {
    program_.scopes.emplace_back();
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      const std::size_t begin = line.find_first_not_of(' ');
      if (begin != std::string::npos) AddTask(line.substr(begin));
    }
    program_.scopes[0].end_task = static_cast<TaskId>(program_.tasks.size());
    return std::move(program_);
  }

 private:
  void AddTask(const std::string& line) {
    const std::size_t colon = line.find(':');
    std::istringstream head(line.substr(0, colon));
    std::string name;
    head >> name;
    task_ids_[name] = static_cast<TaskId>(program_.tasks.size());
    Task task;
    task.slots = 1U << kSlotAiv0;
    for (std::string word; head >> word;) {
      task.manual_scope = word == "manual" || task.manual_scope;
      if (word == "aic") task.core = CoreShape::kAic;
      if (word == "alloc") task.core = CoreShape::kAlloc;
      if (word == "dummy") task.core = CoreShape::kDummy;
    }
    task.kernel = static_cast<KernelId>(program_.kernels.size());
    program_.kernels.push_back({name, task.core});
    task.first_arg = static_cast<std::uint32_t>(program_.args.size());
    task.first_dep = static_cast<std::uint32_t>(program_.deps.size());
    program_.tasks.push_back(task);
    const std::size_t arrow = line.find("<-");
    AddArgs(line.substr(colon + 1, arrow == std::string::npos ? arrow : arrow - colon - 1));
    if (arrow != std::string::npos) AddDeps(line.substr(arrow + 2));
  }

  void AddArgs(const std::string& text) {
    std::istringstream list(text);
    for (std::string item; std::getline(list, item, ',');) {
      std::istringstream words(item);
      std::string tag;
      std::string place;
      if (words >> tag >> place) AddArg(tag, place);
    }
  }

  void AddArg(const std::string& tag, const std::string& place) {
    static const std::map<std::string, ArgTag> kTags = {{"INPUT", ArgTag::kInput},
                                                        {"OUTPUT", ArgTag::kOutput},
                                                        {"INOUT", ArgTag::kInOut},
                                                        {"OUTPUT_EXISTING", ArgTag::kOutputExisting},
                                                        {"NO_DEP", ArgTag::kNoDep}};
    const std::size_t bracket = place.find('[');
    const std::int64_t begin = std::stoll(place.substr(bracket + 1));
    const std::int64_t end = std::stoll(place.substr(place.find(':') + 1));
    Arg arg;
    arg.tag = kTags.at(tag);
    arg.buffer = BufferOf(place.substr(0, bracket));
    arg.manual_dep = place.back() == '!';
    arg.region = AddRegion(begin, end - begin);
    if (arg.tag == ArgTag::kOutput) {
      program_.buffers[arg.buffer].creator = static_cast<TaskId>(program_.tasks.size() - 1);
    }
    program_.args.push_back(arg);
  }

  void AddDeps(const std::string& text) {
    std::istringstream words(text);
    for (std::string word; words >> word;) {
      const bool wait_only = word[0] == '~';
      const std::string name = wait_only ? word.substr(1) : word;
      // A name that no line before has is a task number, so that wrong programs can be written too.
      const TaskId task = task_ids_.contains(name) ? task_ids_[name] : static_cast<TaskId>(std::stoul(name));
      program_.deps.push_back({task, wait_only ? kWait : static_cast<std::uint8_t>(kWait | kRetain)});
    }
  }

  BufferId BufferOf(const std::string& name) {
    const auto [at, is_new] = buffer_ids_.try_emplace(name, static_cast<BufferId>(program_.buffers.size()));
    if (is_new) {
      Buffer buffer;
      buffer.size_bytes = 4096;
      buffer.whole = AddRegion(0, 1024);
      program_.buffers.push_back(buffer);
    }
    return at->second;
  }

  RegionId AddRegion(std::int64_t offset, std::int64_t count) {
    program_.regions.push_back({offset, {count}, {1}, 1, DType::kFloat32});
    return static_cast<RegionId>(program_.regions.size() - 1);
  }

  Program program_;
  std::map<std::string, TaskId> task_ids_;
  std::map<std::string, BufferId> buffer_ids_;
};

inline Program TinyProgram(const std::string& text) { return TinyProgramParser().Parse(text); }

// "a->b 0 tensormap covered": producer, consumer, argument (- for explicit), source, overlap.
inline std::vector<std::string> RowTexts(const Program& program, const std::vector<EdgeRow>& rows) {
  std::vector<std::string> texts;
  for (const EdgeRow& row : rows) {
    std::string text = program.KernelName(row.producer) + "->" + program.KernelName(row.consumer) + " ";
    text += row.arg < 0 ? "-" : std::to_string(row.arg);
    text += std::vector<std::string>{" explicit", " creator", " tensormap"}[static_cast<std::size_t>(row.source)];
    text += std::vector<std::string>{"", " covered", " other"}[static_cast<std::size_t>(row.overlap)];
    texts.push_back(text);
  }
  return texts;
}

inline std::vector<std::string> InferRows(const Program& program) {
  InferenceOptions options;
  options.record_rows = true;
  Result<Inference> inferred = Infer(program, options);
  EXPECT_TRUE(inferred.ok()) << (inferred.ok() ? "" : inferred.error().ToString());
  return inferred.ok() ? RowTexts(program, inferred->rows) : std::vector<std::string>{};
}

}  // namespace npusched
