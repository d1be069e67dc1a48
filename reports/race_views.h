// Race analysis to read: as text for a terminal, as JSON for summary.json and verify.json.
//
//   fmt::print("{}", RacesText(FindRaces(program, graph)));
//   json["races"] = RacesJson(report.groups);
//
// docs/races.md explains the words, docs/formats/summary.md the fields.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "graphs/fences.h"
#include "graphs/lifetimes.h"
#include "graphs/races.h"

namespace npusched {

std::string_view NameOf(Hazard hazard);  // "RAW", "WAW", "WAR"

// "RAW silu -> down_proj on mlp_tile, 1360 pairs".
std::string RaceTitle(const RaceGroup& group);
// "silu's argument is NO_DEP, down_proj's is manual_dep".
std::string RaceReason(const RaceGroup& group);

// A line for each group with its reason and an example, then the missing fences; one line when there is none.
std::string RacesText(const RaceReport& report);
// Empty when there is none.
std::string LifetimesText(const LifetimeReport& report);
std::string RedundantText(const RedundantEdges& redundant);

// A list with an object for each group.
nlohmann::ordered_json RacesJson(const std::vector<RaceGroup>& groups);
nlohmann::ordered_json FencesJson(const std::vector<FenceGroup>& fences);
nlohmann::ordered_json LifetimesJson(const LifetimeReport& report);
nlohmann::ordered_json RedundantJson(const RedundantEdges& redundant);

}  // namespace npusched
