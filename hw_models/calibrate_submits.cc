#include <algorithm>

#include "hw_models/calibrate_parts.h"
#include "hw_models/least_squares.h"

namespace npusched {
namespace {

// The steps that a submit pays once, whatever it does: one sum to the capture.
constexpr const char* kOnce = "slot, sync and finalize are paid once each: the capture tells their sum";

std::vector<double> CountsOf(const Program& program, const Inference& inference, TaskId t) {
  const auto args = program.Args(t);
  const bool allocates = std::ranges::any_of(args, [](const Arg& arg) { return arg.tag == ArgTag::kOutput; });
  const SubmitCounts& counts = inference.counts[t];
  return {1.0,
          allocates ? 1.0 : 0.0,
          static_cast<double>(program.Deps(t).size()),
          static_cast<double>(counts.lookups),
          static_cast<double>(counts.entries_walked),
          static_cast<double>(counts.inserts),
          static_cast<double>(args.size()),
          static_cast<double>(inference.graph.Producers(t).size())};
}

CostEstimate Estimate(const CostFit& fit, std::size_t cost, std::string key) {
  return {.key = std::move(key),
          .value_ns = fit.value(cost),
          .residual_ns = fit.residual(),
          .samples = fit.samples(cost),
          .told = fit.told(cost),
          .note = {}};
}

// The program's own time and scope ends lie between two calls.
void FitGaps(const Capture& capture, const SubmitCosts& base, std::vector<CostEstimate>* costs) {
  const std::vector<CapturedSubmit>& submits = capture.timing->submits;
  const std::vector<ScopeEvent>& events = capture.program.scope_events;
  CostFit fit({Ns(base.user_code), Ns(base.scope_end)});
  std::size_t next = 0;
  for (TaskId t = 0; t < submits.size(); ++t) {
    double ends = 0;
    for (; next < events.size() && events[next].before <= t; ++next)
      ends += events[next].kind == ScopeEvent::Kind::kEnd ? 1 : 0;
    if (t == 0) continue;
    const double counts[] = {1.0, ends};
    fit.Add(counts, Ns(submits[t].begin - submits[t - 1].end));
  }
  fit.Solve();
  costs->push_back(Estimate(fit, 0, "submit.user_code_ns"));
  costs->push_back(Estimate(fit, 1, "submit.scope_end_ns"));
}

}  // namespace

std::vector<CostEstimate> FitSubmits(const Capture& capture, const Inference& inference, const SubmitCosts& base) {
  std::vector<CostEstimate> costs;
  const std::vector<CapturedSubmit>& submits = capture.timing->submits;
  if (submits.empty()) return costs;
  const double once = Ns(base.slot + base.sync + base.finalize);
  CostFit fit({once, Ns(base.heap), Ns(base.explicit_dep), Ns(base.lookup), Ns(base.lookup_entry), Ns(base.insert),
               Ns(base.payload_tensor), Ns(base.fanin_edge)});
  for (TaskId t = 0; t < submits.size(); ++t) {
    fit.Add(CountsOf(capture.program, inference, t), Ns(submits[t].end - submits[t].begin));
  }
  fit.Solve();
  FitGaps(capture, base, &costs);
  const double scale = once > 0 ? fit.value(0) / once : 0;
  for (const auto& [key, share] : {std::pair("submit.slot_ns", base.slot), std::pair("submit.sync_ns", base.sync),
                                   std::pair("submit.finalize_ns", base.finalize)}) {
    CostEstimate cost = Estimate(fit, 0, key);
    cost.value_ns = once > 0 ? Ns(share) * scale : fit.value(0) / 3;
    cost.told = false;
    cost.note = kOnce;
    costs.push_back(std::move(cost));
  }
  const char* const keys[] = {"submit.heap_ns",         "submit.explicit_dep_ns", "submit.lookup_ns",
                              "submit.lookup_entry_ns", "submit.insert_ns",       "submit.payload_tensor_ns",
                              "submit.fanin_edge_ns"};
  for (std::size_t i = 0; i < std::size(keys); ++i) costs.push_back(Estimate(fit, i + 1, keys[i]));
  return costs;
}

}  // namespace npusched
