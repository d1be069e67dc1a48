// Reads program: {kind: synthetic, ...}.
#include <fmt/format.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "graphs/synthetic.h"

namespace npusched {
namespace {

constexpr double kMaxTasks = 20e6;
constexpr double kMaxEdges = 200e6;
constexpr Range kCount{.min = 1, .max = kMaxTasks};
constexpr Range kWidth{.min = 1, .max = 500e3};
constexpr Range kDegree{.min = 1, .max = 256};
constexpr double kMaxDurationUs = 1e9;
// Look-ups of one submit are counted in 16 bits.
constexpr double kMaxProducers = 10e3;

struct PatternKeys {
  std::string_view name;
  bool tasks;
  bool grid;   // width and depth
  bool edges;  // degree or edge_probability
};

// By the value of SyntheticPattern.
constexpr std::array<PatternKeys, 5> kPatterns = {{
    {"chain", true, false, false},
    {"fork_join", false, true, false},
    {"layered", false, true, true},
    {"random", true, false, true},
    {"independent", true, false, false},
}};

void Refuse(MapReader& read, const PatternKeys& pattern, std::string_view key) {
  if (read.Has(key)) read.Fail(key, fmt::format("pattern '{}' does not use it", pattern.name));
  read.Child(key);
}

void ReadSizes(MapReader& read, const PatternKeys& pattern, SyntheticOptions* o) {
  if (pattern.tasks) {
    read.Required("tasks", &o->tasks, kCount);
  } else {
    Refuse(read, pattern, "tasks");
  }
  if (pattern.grid) {
    read.Required("width", &o->width, kWidth);
    read.Required("depth", &o->depth, kCount);
  } else {
    Refuse(read, pattern, "width");
    Refuse(read, pattern, "depth");
  }
}

void ReadEdges(MapReader& read, const PatternKeys& pattern, SyntheticOptions* o) {
  if (!pattern.edges) {
    Refuse(read, pattern, "degree");
    Refuse(read, pattern, "edge_probability");
  } else if (read.Has("edge_probability")) {
    if (read.Has("degree")) read.Fail("degree", "expected either degree or edge_probability, not both");
    read.Child("degree");
    read.Optional("edge_probability", &o->edge_probability, Range{.min = 0, .max = 1});
  } else {
    read.Child("edge_probability");
    read.Required("degree", &o->degree, kDegree);
  }
}

void ReadDuration(MapReader& read, SyntheticOptions* o) {
  const ConfigNode* node = read.Child("duration_us");
  if (node == nullptr || node->kind != NodeKind::kMap || node->Find("value") != nullptr) {
    double us = 0;
    read.Required("duration_us", &us, Range{.min = 0, .max = kMaxDurationUs});
    o->shortest = o->longest = FromUs(us);
    return;
  }
  MapReader random(*node, "program.duration_us");
  const ConfigNode* ends = random.Child("random");
  ConfigNode low;
  ConfigNode high;
  double low_us = 0;
  double high_us = 0;
  if (ends == nullptr || ends->kind != NodeKind::kList || ends->items.size() != 2) {
    random.Fail("random", "expected [shortest, longest] in microseconds");
  } else {
    low.At("random") = ends->items[0];
    high.At("random") = ends->items[1];
    MapReader read_low(low, random.path());
    MapReader read_high(high, random.path());
    read_low.Required("random", &low_us, Range{.min = 0, .max = kMaxDurationUs});
    read_high.Required("random", &high_us, Range{.min = low_us, .max = kMaxDurationUs});
    random.Absorb(read_low.Finish());
    random.Absorb(read_high.Finish());
  }
  read.Absorb(random.Finish());
  o->shortest = FromUs(low_us);
  o->longest = FromUs(high_us);
}

void CheckExtent(MapReader& read, const SyntheticOptions& o) {
  const bool grid = o.tasks == 0;
  const auto width = static_cast<double>(o.width);
  const double tasks = grid ? (width + 1) * static_cast<double>(o.depth) + 1 : static_cast<double>(o.tasks);
  if (tasks > kMaxTasks + kWidth.max) {
    read.Fail("depth", fmt::format("expected at most {:.0f} tasks, width x depth makes {:.0f}", kMaxTasks, tasks));
  }
  const double candidates = grid ? width : tasks;
  const double producers = o.degree > 0 ? static_cast<double>(o.degree) : o.edge_probability * candidates;
  const double edges = producers * tasks / (grid || o.degree > 0 ? 1 : 2);
  if (producers > kMaxProducers || edges > kMaxEdges) {
    read.Fail(o.degree > 0 ? "degree" : "edge_probability",
              fmt::format("expected at most {:.0f} producers a task and {:.0f} edges, it makes about {:.0f} and {:.0f}",
                          kMaxProducers, kMaxEdges, producers, edges));
  }
}

}  // namespace

Result<SyntheticOptions> ReadSyntheticOptions(const ConfigNode& program) {
  SyntheticOptions options;
  MapReader read(program, "program");
  std::string kind;
  read.Optional("kind", &kind);
  int pattern = 0;
  int core = static_cast<int>(options.core);
  std::int64_t seed = 0;
  if (!read.Has("pattern")) read.Fail("pattern", "expected a value, but the key is missing");
  read.OptionalEnum("pattern", {"chain", "fork_join", "layered", "random", "independent"}, &pattern);
  read.OptionalEnum("core", {"aic", "aiv", "mixed"}, &core);
  read.Optional("seed", &seed, Range{.min = 0, .max = 0x1p53});
  options.pattern = static_cast<SyntheticPattern>(pattern);
  options.core = static_cast<SyntheticCore>(core);
  options.seed = static_cast<std::uint64_t>(seed);
  const PatternKeys& keys = kPatterns.at(static_cast<std::size_t>(pattern));
  ReadSizes(read, keys, &options);
  ReadEdges(read, keys, &options);
  ReadDuration(read, &options);
  CheckExtent(read, options);
  if (Status status = read.Finish(); !status.ok()) return status.error();
  return options;
}

Result<Program> EmitSynthetic(const ConfigNode& program) {
  const Result<SyntheticOptions> options = ReadSyntheticOptions(program);
  if (!options.ok()) return options.error();
  return EmitSynthetic(*options);
}

}  // namespace npusched
