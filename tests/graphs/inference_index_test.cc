// The index of a buffer's entries against the plain walk, and both against the rules written out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <vector>

#include "graphs/inference.h"
#include "graphs/program.h"

namespace npusched {
namespace {

// Random views of few buffers: tiles of a matrix, flat pieces, odd strides, empty and out-of-bounds ones.
class RandomProgram {
 public:
  explicit RandomProgram(std::uint32_t seed) : random_(seed) {
    program_.scopes.emplace_back();
    program_.kernels.push_back({"k", CoreShape::kAiv});
    for (int b = 0; b < 2; ++b) {
      Buffer buffer;
      buffer.size_bytes = 64 * 64 * 4;
      program_.buffers.push_back(buffer);
    }
  }

  Program Make(int tasks, bool odd) {
    for (int t = 0; t < tasks; ++t) {
      Task task;
      task.first_arg = static_cast<std::uint32_t>(program_.args.size());
      program_.tasks.push_back(task);
      const int args = 1 + Pick(3);
      for (int a = 0; a < args; ++a) AddArg(odd);
    }
    return std::move(program_);
  }

 private:
  int Pick(int n) { return static_cast<int>(random_() % static_cast<std::uint32_t>(n)); }

  Region RandomRegion(bool odd) {
    Region region;
    const int kind = odd ? Pick(10) : Pick(4);
    if (kind < 7) {  // a tile of 64 x 64
      region.rank = 2;
      region.shape = {8 * (1 + Pick(2)), 8 * (1 + Pick(2))};
      region.strides = {64, 1};
      region.start_offset = 8 * Pick(8) * 64 + 8 * Pick(odd ? 9 : 7);
      if (kind == 6) region.shape[static_cast<std::size_t>(Pick(2))] = 0;
      if (kind == 5) region.dtype = DType::kInt32;
    } else if (kind < 9) {
      region.rank = 1;
      region.shape = {1 + Pick(300)};
      region.strides = {kind == 7 ? 1 : 3};
      region.start_offset = Pick(4000);
    } else {
      region.rank = 3;
      region.shape = {1 + Pick(4), 1 + Pick(4), 1 + Pick(16)};
      region.strides = {1024, Pick(2) == 0 ? 64 : 48, 1};
      region.start_offset = Pick(2048);
    }
    return region;
  }

  void AddArg(bool odd) {
    constexpr ArgTag kTags[] = {ArgTag::kInput, ArgTag::kInOut, ArgTag::kOutputExisting, ArgTag::kNoDep};
    Arg arg;
    arg.tag = kTags[Pick(4)];
    arg.buffer = static_cast<BufferId>(Pick(2));
    arg.region = static_cast<RegionId>(program_.regions.size());
    program_.regions.push_back(RandomRegion(odd));
    if (odd && Pick(40) == 0) {
      arg.view = static_cast<std::uint32_t>(program_.views.size());
      program_.views.push_back({.buffer_bytes = 256 * Pick(64), .owner = -1, .version = Pick(6) == 0 ? 1 : 0});
    }
    program_.args.push_back(arg);
  }

  std::mt19937 random_;
  Program program_;
};

struct Entry {
  TaskId task;
  const Arg* arg;
};

std::int32_t Version(const Program& program, const Arg& arg) {
  return arg.view == kNoId ? 0 : program.views[arg.view].version;
}

// The rules as they are told: a list of entries for each buffer, walked newest first.
std::vector<EdgeRow> Naive(const Program& program) {
  std::vector<EdgeRow> rows;
  std::vector<std::vector<Entry>> live(program.buffers.size());
  for (TaskId task = 0; task < program.tasks.size(); ++task) {
    const auto args = program.Args(task);
    for (std::size_t i = 0; i < args.size(); ++i) {
      if (args[i].tag != ArgTag::kInput && args[i].tag != ArgTag::kInOut) continue;
      const ArgView view = args[i].view == kNoId ? ArgView{} : program.views[args[i].view];
      const std::int64_t bytes = view.buffer_bytes < 0 ? program.buffers[args[i].buffer].size_bytes : view.buffer_bytes;
      std::vector<Entry>& entries = live[args[i].buffer];
      for (std::size_t e = entries.size(); e-- > 0;) {
        const Overlap overlap = Compare(program.regions[args[i].region], view.version, bytes,
                                        program.regions[entries[e].arg->region], Version(program, *entries[e].arg));
        if (overlap == Overlap::kNone) continue;
        rows.push_back({entries[e].task, task, static_cast<std::int32_t>(i), EdgeSource::kTensormap, overlap, kWait,
                        static_cast<std::int32_t>(entries[e].arg - program.Args(entries[e].task).data())});
        if (overlap == Overlap::kCovered && args[i].tag == ArgTag::kInOut) {
          entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(e));
        }
      }
    }
    for (const Arg& arg : args) {
      if (arg.tag == ArgTag::kInOut || arg.tag == ArgTag::kOutputExisting) live[arg.buffer].push_back({task, &arg});
    }
  }
  return rows;
}

Inference InferWith(const Program& program, std::uint32_t index_threshold) {
  Result<Inference> inferred = Infer(program, {.record_rows = true, .index_threshold = index_threshold});
  EXPECT_TRUE(inferred.ok());
  return *std::move(inferred);
}

void ExpectAllAgree(const Program& program) {
  const Inference walked = InferWith(program, kNoId);
  ASSERT_EQ(walked.rows, Naive(program));
  for (const std::uint32_t threshold : {1U, 7U, 64U}) {
    const Inference indexed = InferWith(program, threshold);
    ASSERT_EQ(indexed.rows, walked.rows) << "threshold " << threshold;
    for (TaskId t = 0; t < program.tasks.size(); ++t) {
      ASSERT_EQ(indexed.counts[t].entries_walked, walked.counts[t].entries_walked);
      ASSERT_EQ(indexed.counts[t].removals, walked.counts[t].removals);
    }
  }
}

TEST(InferenceIndex, GivesTheRowsOfTheWalkOnTiles) {
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(seed);
    ExpectAllAgree(RandomProgram(seed).Make(150, false));
  }
}

TEST(InferenceIndex, GivesTheRowsOfTheWalkOnOddRegions) {
  for (std::uint32_t seed = 100; seed < 140; ++seed) {
    SCOPED_TRACE(seed);
    ExpectAllAgree(RandomProgram(seed).Make(150, true));
  }
}

// `rounds` passes over `columns` windows of [16, 16 columns], each INOUT in its window: every look-up finds
// one entry among `columns` live ones whose extents all meet.
Program ColumnSweep(std::int64_t columns, int rounds) {
  Program program;
  program.scopes.emplace_back();
  program.kernels.push_back({"k", CoreShape::kAiv});
  Buffer buffer;
  buffer.size_bytes = 16 * 16 * columns * 4;
  program.buffers.push_back(buffer);
  for (std::int64_t column = 0; column < columns; ++column) {
    program.regions.push_back({column * 16, {16, 16}, {columns * 16, 1}, 2, DType::kFloat32});
  }
  for (std::int64_t t = 0; t < rounds * columns; ++t) {
    Task task;
    task.first_arg = static_cast<std::uint32_t>(t);
    program.tasks.push_back(task);
    Arg arg;
    arg.tag = ArgTag::kInOut;
    arg.buffer = 0;
    arg.region = static_cast<RegionId>(t * 7919 % columns);  // in no order of space
    program.args.push_back(arg);
  }
  return program;
}

TEST(InferenceIndex, ManyWindowsOfOneTensorTakeNoQuadraticWalk) {
  const Program program = ColumnSweep(20'000, 3);
  const auto begin = std::chrono::steady_clock::now();
  const Inference inferred = InferWith(program, 64);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  EXPECT_EQ(inferred.rows.size(), 40'000U);
  EXPECT_EQ(inferred.counts.back().entries_walked, 20'000U);  // what the runtime would walk
  EXPECT_EQ(inferred.counts.back().removals, 1U);
  // 40,000 walks of 20,000 entries would take seconds.
  EXPECT_LT(took.count(), 2.0);
}

}  // namespace
}  // namespace npusched
