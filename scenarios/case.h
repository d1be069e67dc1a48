// The cases of a scenario: its variants crossed with the points of its sweep.
//
//   Result<CaseList> cases = CaseList::Open(*scenario);
//   for (std::size_t i = 0; i < cases->size(); ++i) {
//     Result<Case> one = cases->Make(i);
//     Result<CaseProgram> program = EmitCase(*one);   // scenarios/program.h
//   }
//
// A case is made when it is needed: a sweep may have more of them than fit into memory side by side.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/config.h"
#include "base/digest.h"
#include "base/result.h"
#include "hw_models/machine.h"
#include "hw_models/runtime_config.h"
#include "numeric/options.h"
#include "reports/summary.h"
#include "scenarios/scenario.h"

namespace npusched {

// One variant at one point of the sweep, with everything resolved that needs no program.
struct Case {
  std::string variant;
  std::vector<PointValue> point;
  std::string label;  // of its files: "<variant>" or "<variant>@<key>=<value>,..."
  ConfigNode program;
  ConfigNode edit;   // changes to what the program emits; null: none
  ConfigNode model;  // the file that model_config names; null unless the program has one
  ConfigNode hardware;
  ConfigNode runtime;
  ConfigNode numeric;
  Machine machine;
  RuntimeConfig runtime_config;
  std::optional<bool> races;  // of the scenario
  NumericOptions numeric_options;
  const ConfigSearch* search = nullptr;  // of the scenario
};

// In the order of variants, then of the sweep, the last axis fastest. The scenario outlives the list and its
// cases. Any number of threads may make cases at once.
class CaseList {
 public:
  // Errors: a sweep with too many points, hardware or runtime that cannot be found.
  static Result<CaseList> Open(const Scenario& scenario);

  [[nodiscard]] std::size_t size() const { return scenario_->variants.size() * points_; }
  [[nodiscard]] const std::string& VariantOf(std::size_t index) const {
    return scenario_->variants[index / points_].name;
  }

  // REQUIRES: index < size(). Errors: unknown keys and wrong values of what the case sets.
  [[nodiscard]] Result<Case> Make(std::size_t index) const;
  // The first point without any variant's changes: what the variants have in common.
  [[nodiscard]] Result<Case> MakeBase() const;

  // As the scenario names them, `extends` followed.
  [[nodiscard]] const ConfigNode& hardware() const { return hardware_; }
  [[nodiscard]] const ConfigNode& runtime() const { return runtime_; }

 private:
  [[nodiscard]] Result<Case> MakeFrom(const VariantSpec& variant, std::size_t point) const;

  const Scenario* scenario_ = nullptr;
  std::size_t points_ = 1;
  ConfigNode hardware_;
  ConfigNode runtime_;
};

// Adds all that the results of a case depend on: its four trees and the bytes of its trace.
Status AddInputs(const Case& one, Digest* digest);

}  // namespace npusched
