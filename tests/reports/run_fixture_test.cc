#include "tests/reports/run_fixture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace npusched {
namespace {

// The words of one line, taken from the left; a missing one fails the test.
class Words {
 public:
  explicit Words(const std::string& line) : line_(line) {
    std::istringstream stream(line);
    for (std::string word; stream >> word;) words_.push_back(word);
  }
  ~Words() { EXPECT_TRUE(empty()) << line_; }
  Words(const Words&) = delete;
  Words& operator=(const Words&) = delete;

  [[nodiscard]] bool empty() const { return next_ == words_.size(); }
  std::string Take() {
    EXPECT_FALSE(empty()) << line_;
    return empty() ? "" : words_[next_++];
  }
  Picoseconds TakeTime() { return FromUs(std::stod(Take())); }
  // The word after `keyword`, when that comes next.
  std::string TakeAfter(std::string_view keyword) {
    if (empty() || words_[next_] != keyword) return "";
    ++next_;
    return Take();
  }

 private:
  std::string line_;
  std::vector<std::string> words_;
  std::size_t next_ = 0;
};

CoreShape ShapeOf(const std::string& name) {
  for (const CoreShape shape :
       {CoreShape::kAic, CoreShape::kAiv, CoreShape::kMix, CoreShape::kDummy, CoreShape::kAlloc}) {
    constexpr const char* kNames[] = {"aic", "aiv", "mix", "dummy", "alloc"};
    if (name == kNames[static_cast<int>(shape)]) return shape;
  }
  ADD_FAILURE() << "unknown shape " << name;
  return CoreShape::kAiv;
}

class Parser {
 public:
  WrittenRun Parse(std::string_view text) {
    std::istringstream lines{std::string(text)};
    for (std::string line; std::getline(lines, line);) ParseLine(line.substr(0, line.find('#')));
    Finish();
    return std::move(run_);
  }

 private:
  void ParseLine(const std::string& text) {
    Words line(text);
    if (line.empty()) return;
    const std::string word = line.Take();
    if (word == "machine") {
      run_.machine.clusters = static_cast<std::uint32_t>(std::stoul(line.Take()));
      run_.runtime.schedulers = static_cast<std::uint32_t>(std::stoul(line.Take()));
    } else if (word == "task") {
      ParseTask(line);
    } else if (word == "row") {
      ParseRow(line);
    } else if (word == "phase") {
      ParsePhase(line);
    } else {
      ADD_FAILURE() << "unknown line " << text;
    }
  }

  KernelId KernelNamed(const std::string& name, CoreShape shape) {
    const auto known = std::find_if(run_.program.kernels.begin(), run_.program.kernels.end(),
                                    [&](const Kernel& kernel) { return kernel.name == name; });
    if (known == run_.program.kernels.end()) {
      run_.program.kernels.push_back({.name = name, .core = shape});
      return static_cast<KernelId>(run_.program.kernels.size() - 1);
    }
    return static_cast<KernelId>(known - run_.program.kernels.begin());
  }

  void ParseTask(Words& line) {
    const std::string name = line.Take();
    const auto id = static_cast<TaskId>(run_.program.tasks.size());
    run_.ids[name] = id;
    Task task;
    task.core = ShapeOf(line.Take());
    task.slots = task.core == CoreShape::kMix ? 7 : task.core == CoreShape::kAic ? 1 : 2;
    task.kernel = KernelNamed(name.substr(0, name.find('.')), task.core);
    run_.program.tasks.push_back(task);
    TaskTimes times;
    times.submit_begin = line.TakeTime();
    times.submit = line.TakeTime();
    times.ready = line.TakeTime();
    times.complete = times.ready;
    std::istringstream producers(line.TakeAfter("after"));
    std::vector<TaskId> of_task;
    for (std::string producer; std::getline(producers, producer, ',');) of_task.push_back(run_.Id(producer));
    std::sort(of_task.begin(), of_task.end());
    for (const TaskId producer : of_task) producers_.push_back({producer, kFromTensormap, kWait});
    if (const std::string by = line.TakeAfter("by"); !by.empty()) times.released_by = run_.Id(by);
    first_.push_back(producers_.size());
    run_.trace.tasks.push_back(times);
  }

  [[nodiscard]] CoreId CoreNamed(const std::string& name) const {
    const auto number = static_cast<CoreId>(std::stoul(name.substr(4)));
    return name.substr(0, 4) == "AIC_" ? number : run_.machine.aic_count() + number;
  }

  void ParseRow(Words& line) {
    DispatchRow row;
    row.task = run_.Id(line.Take());
    row.core = CoreNamed(line.Take());
    const bool aic = run_.machine.IsAic(row.core);
    const bool second = (row.core - run_.machine.aic_count()) % 2 == 1;
    const bool mix = run_.program.tasks[row.task].core == CoreShape::kMix;
    row.slot = static_cast<std::uint8_t>(aic ? kSlotAic : mix && second ? kSlotAiv1 : kSlotAiv0);
    row.thread = static_cast<std::uint8_t>(run_.machine.ClusterOf(row.core) % run_.runtime.schedulers);
    row.dispatch = line.TakeTime();
    row.start = line.TakeTime();
    row.end = line.TakeTime();
    row.finish = line.TakeTime();
    row.receive = std::min(row.start, row.dispatch + kPsPerNs);
    Picoseconds& complete = run_.trace.tasks[row.task].complete;
    complete = std::max(complete, row.finish);
    run_.trace.rows.push_back(row);
  }

  void ParsePhase(Words& line) {
    PhaseRecord phase;
    phase.thread = static_cast<std::uint8_t>(std::stoul(line.Take()));
    const std::string kind = line.Take();
    phase.kind = kind == "complete"  ? PhaseKind::kComplete
                 : kind == "dummy"   ? PhaseKind::kDummy
                 : kind == "release" ? PhaseKind::kRelease
                                     : PhaseKind::kDispatch;
    phase.begin = line.TakeTime();
    phase.end = line.TakeTime();
    run_.trace.phases.push_back(phase);
  }

  void Finish() {
    run_.inference.graph = TaskGraph(first_, producers_);
    for (const DispatchRow& row : run_.trace.rows) {
      const bool first = &row == &run_.trace.rows.front();
      run_.trace.first_start = first ? row.start : std::min(run_.trace.first_start, row.start);
      run_.trace.last_end = std::max(run_.trace.last_end, row.end);
    }
  }

  WrittenRun run_;
  std::vector<std::uint64_t> first_ = {0};
  std::vector<ProducerEdge> producers_;
};

}  // namespace

WrittenRun ParseRun(std::string_view text) { return Parser().Parse(text); }

TEST(RunFixture, ReadsTasksRowsAndWindow) {
  const WrittenRun run = ParseRun(R"(
    machine 1 1
    task A aic 0 1 1
    task B aiv 1 2 14 after A by A
    row A AIC_0 2 3 13 13.5
    row B AIV_1 15 16 20 20.5
  )");
  EXPECT_EQ(run.trace.makespan(), Us(17));
  EXPECT_EQ(run.trace.rows[1].core, 2U);
  EXPECT_EQ(run.inference.graph.Producers(run.Id("B")).size(), 1U);
}

}  // namespace npusched
