#include "reports/race_views.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace npusched {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 3> kHazardNames = {"RAW", "WAW", "WAR"};
constexpr std::array<std::string_view, 5> kReasonNames = {"opt_out", "never_inferred", "declared_apart", "other_base",
                                                          "not_in_graph"};
constexpr std::array<std::string_view, 5> kOptOutNames = {"none", "no_dep", "manual_dep", "manual_scope", "tag"};

template <typename Enum, std::size_t kCount>
std::string_view Name(const std::array<std::string_view, kCount>& names, Enum value) {
  return names.at(static_cast<std::size_t>(value));
}

// "1 pair", "2 pairs".
std::string Counted(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string_view TensorName(const std::string& name) {
  return name.empty() ? std::string_view("(an unnamed tensor)") : name;
}

// "FLOAT32 [16,256] at 512 by [5120,1]".
std::string RegionText(const Region& region) {
  const auto list = [&](const auto& values) {
    return fmt::format("[{}]", fmt::join(values.begin(), values.begin() + region.rank, ","));
  };
  return fmt::format("{} {} at {} by {}", NameOf(region.dtype), list(region.shape), region.start_offset,
                     list(region.strides));
}

std::string OptOutText(const std::string& kernel, std::uint32_t arg, OptOut opt_out, bool writer) {
  switch (opt_out) {
    case OptOut::kNoDep:
      return fmt::format("argument {} of {} is NO_DEP", arg, kernel);
    case OptOut::kManualDep:
      return fmt::format("argument {} of {} is manual_dep", arg, kernel);
    case OptOut::kManualScope:
      return fmt::format("{} is in a MANUAL scope", kernel);
    case OptOut::kTag:
      return fmt::format("argument {} of {} is tagged so that it {} nothing", arg, kernel,
                         writer ? "records" : "looks up");
    case OptOut::kNone:
      break;
  }
  return "";
}

Json SideJson(const RaceSide& side) {
  const Region& region = side.region;
  return {{"task", side.task},
          {"arg", side.arg},
          {"dtype", NameOf(region.dtype)},
          {"start_offset", region.start_offset},
          {"shape", std::vector<std::int64_t>(region.shape.begin(), region.shape.begin() + region.rank)},
          {"strides", std::vector<std::int64_t>(region.strides.begin(), region.strides.begin() + region.rank)}};
}

Json PairJson(const TaskPair& pair) { return {{"task", pair.consumer}, {"after", pair.producer}}; }

std::string SourcesText(std::uint8_t sources) {
  if ((sources & kFromExplicit) == 0) return "inferred";
  return (sources & kFromTensormap) == 0 ? "explicit" : "explicit and inferred";
}

}  // namespace

std::string_view NameOf(Hazard hazard) { return Name(kHazardNames, hazard); }

std::string RaceTitle(const RaceGroup& group) {
  return fmt::format("{} {} -> {} on {}, {}{}", NameOf(group.hazard), group.earlier, group.later,
                     TensorName(group.tensor), Counted(group.pairs, "pair"),
                     group.assumed ? " (if its NO_DEP argument is both read and written)" : "");
}

std::string RaceReason(const RaceGroup& group) {
  switch (group.reason) {
    case Unordered::kOptedOut:
      break;
    case Unordered::kNeverInferred:
      return "a write after a read is never inferred";
    case Unordered::kDeclaredApart:
      return "the regions passed do not overlap, what is touched does";
    case Unordered::kOtherBase:
      return "the tensors overlap in memory, but begin at different addresses";
    case Unordered::kNotInGraph:
      return "the graph has no edge for it";
  }
  const std::string earlier = OptOutText(group.earlier, group.example_earlier.arg, group.example_earlier.opt_out, true);
  const std::string later = OptOutText(group.later, group.example_later.arg, group.example_later.opt_out, false);
  return earlier + (earlier.empty() || later.empty() ? "" : ", ") + later;
}

std::string RacesText(const RaceReport& report) {
  if (!report.racy()) return "  races          none\n";
  std::string text = fmt::format("  races          RAW {}, WAW {}, WAR {} pairs of tasks\n", report.Count(Hazard::kRaw),
                                 report.Count(Hazard::kWaw), report.Count(Hazard::kWar));
  for (const RaceGroup& group : report.groups) {
    text += fmt::format("    {}\n      {}\n", RaceTitle(group), RaceReason(group));
    text += fmt::format("      e.g. task {} {} and task {} {}\n", group.example_earlier.task,
                        RegionText(group.example_earlier.region), group.example_later.task,
                        RegionText(group.example_later.region));
  }
  if (report.fences.empty()) return text;
  text += "  missing deps\n";
  for (const FenceGroup& fence : report.fences) {
    text += fmt::format("    {} after {}, {}, e.g. task {} after task {}\n", fence.consumer, fence.producer,
                        Counted(fence.deps, "dep"), fence.example.consumer, fence.example.producer);
  }
  return text;
}

std::string LifetimesText(const LifetimeReport& report) {
  if (report.groups.empty()) return "";
  std::string text = "  memory that may be gone\n";
  for (const LifetimeGroup& group : report.groups) {
    text +=
        fmt::format("    {} of {}, used by {}: {} {}{}, e.g. task {} after task {}\n", TensorName(group.tensor),
                    group.owner, group.user, Counted(group.uses, "use"),
                    group.risk == LifetimeRisk::kAfterScope ? "after the owner's scope" : "that no edge retains",
                    group.held_by_ring == 0 ? "" : fmt::format(" ({} held back by an older task)", group.held_by_ring),
                    group.example_user, group.example_owner);
  }
  return text;
}

std::string RedundantText(const RedundantEdges& redundant) {
  std::string text = fmt::format("  redundant      explicit {}, inferred {} edges; explicit and inferred at once {}\n",
                                 redundant.explicit_edges, redundant.inferred_edges, redundant.doubled);
  for (const RedundantGroup& group : redundant.groups) {
    text += fmt::format("    {} after {}, {} {}, e.g. task {} after task {}\n", group.consumer, group.producer,
                        SourcesText(group.sources), Counted(group.edges, "edge"), group.example.consumer,
                        group.example.producer);
  }
  return text;
}

Json RacesJson(const std::vector<RaceGroup>& groups) {
  Json json = Json::array();
  for (const RaceGroup& group : groups) {
    Json entry = {{"hazard", NameOf(group.hazard)},
                  {"earlier", group.earlier},
                  {"later", group.later},
                  {"tensor", group.tensor},
                  {"pairs", group.pairs},
                  {"assumed", group.assumed},
                  {"reason", Name(kReasonNames, group.reason)},
                  {"text", RaceReason(group)}};
    entry["opt_outs"] = {{"earlier", Name(kOptOutNames, group.example_earlier.opt_out)},
                         {"later", Name(kOptOutNames, group.example_later.opt_out)}};
    entry["example"] = {{"earlier", SideJson(group.example_earlier)}, {"later", SideJson(group.example_later)}};
    entry["fence"] =
        group.fence_deps == 0 ? Json() : Json{{"deps", group.fence_deps}, {"example", PairJson(group.fence_example)}};
    json.push_back(std::move(entry));
  }
  return json;
}

Json FencesJson(const std::vector<FenceGroup>& fences) {
  Json json = Json::array();
  for (const FenceGroup& fence : fences) {
    json.push_back({{"kernel", fence.consumer},
                    {"after", fence.producer},
                    {"deps", fence.deps},
                    {"example", PairJson(fence.example)}});
  }
  return json;
}

Json LifetimesJson(const LifetimeReport& report) {
  Json json = Json::array();
  for (const LifetimeGroup& group : report.groups) {
    json.push_back(
        {{"risk", group.risk == LifetimeRisk::kAfterScope ? "after_scope" : "not_retained"},
         {"owner", group.owner},
         {"user", group.user},
         {"tensor", group.tensor},
         {"uses", group.uses},
         {"held_by_ring", group.held_by_ring},
         {"example", {{"owner", group.example_owner}, {"user", group.example_user}, {"arg", group.example_arg}}}});
  }
  return json;
}

Json RedundantJson(const RedundantEdges& redundant) {
  Json groups = Json::array();
  for (const RedundantGroup& group : redundant.groups) {
    groups.push_back({{"kernel", group.consumer},
                      {"after", group.producer},
                      {"source", SourcesText(group.sources)},
                      {"edges", group.edges},
                      {"example", PairJson(group.example)}});
  }
  return {{"explicit", redundant.explicit_edges},
          {"inferred", redundant.inferred_edges},
          {"explicit_and_inferred", redundant.doubled},
          {"groups", std::move(groups)}};
}

}  // namespace npusched
