// What a fit came to: the description it writes, and its table.
#include <fmt/format.h>

#include "reports/text_grid.h"
#include "scenarios/fit.h"

namespace npusched {
namespace {

// Sets a number below `root`, with its source.
void Put(ConfigNode& root, const std::string& path, double value, const std::string& source) {
  ConfigNode number;
  number.At("value") = ConfigNode::Scalar(fmt::format("{}", value));
  ConfigNode text = ConfigNode::Scalar(source);
  text.quoted = true;
  number.At("source") = text;
  NPU_CHECK(SetPath(root, path, number).ok());
}

std::string RowNames(const FitPlan& plan) {
  std::string names;
  for (const FitRow& row : plan.rows) {
    names += (names.empty() ? "" : ", ") + row.id;
  }
  return names;
}

}  // namespace

std::string FittedYaml(const FitPlan& plan, const FitOutcome& outcome) {
  ConfigNode root;
  root.At("extends") = ConfigNode::Scalar(plan.config);
  for (std::size_t i = 0; i < plan.parameters.size(); ++i) {
    Put(root, plan.parameters[i].path, outcome.values[i], "set by npusched fit");
  }
  return fmt::format("# {} with parameters that `npusched fit` set, by these rows:\n# {}\n{}", plan.config,
                     RowNames(plan), EmitYaml(root));
}

std::string FitTable(const FitPlan& plan, const FitOutcome& outcome) {
  TextGrid parameters({{"parameter", false}, {"before", true}, {"after", true}, {"range", false}});
  for (std::size_t i = 0; i < plan.parameters.size(); ++i) {
    const FitParameter& parameter = plan.parameters[i];
    parameters.Add({parameter.path, fmt::format("{:.4g}", parameter.start), fmt::format("{:.4g}", outcome.values[i]),
                    fmt::format("{:.4g} to {:.4g}", parameter.low, parameter.high)});
  }
  TextGrid rows({{"row", false},
                 {"published", true},
                 {"before", true},
                 {"error %", true},
                 {"after", true},
                 {"error %", true},
                 {"weight", true}});
  for (std::size_t i = 0; i < plan.rows.size(); ++i) {
    const AccuracyRow& before = outcome.before[i];
    const AccuracyRow& after = outcome.after[i];
    rows.Add({before.id, fmt::format("{:.4g}", before.published), fmt::format("{:.4g}", before.Nearest().predicted),
              fmt::format("{:+.1f}", before.ErrorPct()), fmt::format("{:.4g}", after.Nearest().predicted),
              fmt::format("{:+.1f}", after.ErrorPct()), fmt::format("{:g}", plan.rows[i].weight)});
  }
  return fmt::format("{}\n{}\nloss {:.4f} before, {:.4f} after, {} evaluations\n", parameters.Print(false),
                     rows.Print(false), outcome.loss_before, outcome.loss_after, outcome.evaluations);
}

}  // namespace npusched
