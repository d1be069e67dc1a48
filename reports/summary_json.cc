#include "reports/summary_json.h"

#include "reports/race_views.h"
#include "reports/text.h"

namespace npusched {
namespace {

using Json = nlohmann::ordered_json;

// "64" and "true" stay a number and a bool; what is no JSON is a string.
Json PointValueJson(const std::string& value) {
  Json parsed = Json::parse(value, nullptr, /*allow_exceptions=*/false);
  return parsed.is_discarded() ? Json(value) : parsed;
}

Json TasksJson(const VariantSummary& variant) {
  Json by_kernel = Json::object();
  for (const KernelSummary& kernel : variant.kernels) by_kernel[kernel.name] = kernel.count;
  const TaskCounts& tasks = variant.tasks;
  return {{"total", tasks.total},
          {"allocs", tasks.allocs},
          {"dummies", tasks.dummies},
          {"by_kernel", std::move(by_kernel)},
          {"by_core", {{"aic", tasks.aic}, {"aiv", tasks.aiv}, {"mix", tasks.mix}}}};
}

Json KernelsJson(const std::vector<KernelSummary>& kernels) {
  Json json = Json::object();
  for (const KernelSummary& kernel : kernels) {
    json[kernel.name] = {{"count", kernel.count},
                         {"rows", kernel.rows},
                         {"core", NameOf(kernel.core)},
                         {"mean_us", NearestUs(kernel.mean)},
                         {"busy_us", NearestUs(kernel.busy)},
                         {"first_start_us", NearestUs(kernel.first_start)},
                         {"last_end_us", NearestUs(kernel.last_end)},
                         {"distinct_cores", kernel.distinct_cores},
                         {"peak_concurrency", kernel.peak_concurrency}};
  }
  return json;
}

// An engine that did not run has no figures.
Json AgreementJson(const VariantSummary& variant) {
  const auto& agreement = variant.agreement;
  const Json own = NearestUs(variant.makespan);
  return {{"native_us", variant.native ? own : Json()},
          {"simgrid_us", agreement        ? Json(NearestUs(agreement->simgrid))
                         : variant.native ? Json()
                                          : own},
          {"max_task_difference_us", agreement ? Json(NearestUs(agreement->max_task_difference)) : Json()}};
}

// Nothing to compare with: null.
Json ReplayJson(const std::optional<Replay>& replay) {
  if (!replay) return {};
  Json kernels = Json::object();
  for (const KernelReplay& kernel : replay->kernels) {
    kernels[kernel.name] = {{"captured_latency_us", NearestUs(kernel.captured)},
                            {"predicted_latency_us", NearestUs(kernel.predicted)},
                            {"error_pct", ErrorPct(kernel.captured, kernel.predicted)}};
  }
  return {{"captured_makespan_us", NearestUs(replay->captured)},
          {"predicted_makespan_us", NearestUs(replay->predicted)},
          {"error_pct", ErrorPct(replay->captured, replay->predicted)},
          {"kernels", std::move(kernels)}};
}

Json OverheadJson(const VariantSummary& variant, const Overhead& overhead) {
  return {{"aic", Percent(overhead.aic, variant.makespan)},
          {"aiv", Percent(overhead.aiv, variant.makespan)},
          {"all", Percent(overhead.all, variant.makespan)},
          {"has", Percent(overhead.has, variant.makespan)}};
}

// Not looked for is not zero.
Json RacePairsJson(const VariantSummary& variant) {
  const auto count = [&](Hazard hazard) {
    return variant.race_pairs ? Json(variant.race_pairs->at(static_cast<std::size_t>(hazard))) : Json();
  };
  return {{"raw", count(Hazard::kRaw)}, {"waw", count(Hazard::kWaw)}, {"war", count(Hazard::kWar)}};
}

template <typename Name, std::size_t kCount>
Json TimesJson(const std::array<Picoseconds, kCount>& times) {
  Json json = Json::object();
  for (std::size_t i = 0; i < kCount; ++i) json[std::string(NameOf(static_cast<Name>(i)))] = NearestUs(times[i]);
  return json;
}

Json DeadlockJson(const DeadlockSummary& deadlock) {
  const auto known = [](auto value, auto none) { return value == none ? Json() : Json(value); };
  return {{"code", deadlock.code},
          {"message", deadlock.message},
          {"at_us", NearestUs(deadlock.at)},
          {"task", known(deadlock.task, kNoTask)},
          {"kernel", deadlock.kernel},
          {"scope", known(deadlock.scope, kNoId)},
          {"ring", known(deadlock.ring, -1)},
          {"resource", deadlock.resource},
          {"size", known(deadlock.size, std::int64_t{0})},
          {"smallest_size", known(deadlock.smallest, std::int64_t{0})}};
}

void Blank(Json& json) {
  if (!json.is_object()) {
    json = nullptr;
    return;
  }
  for (Json& value : json) Blank(value);
}

// A run that did not end has no times: null, not 0.
void BlankTimes(Json& json) {
  for (const char* key :
       {"critical_path_us", "makespan_us", "bounds_us", "bound_by", "overhead_pct", "parked_beside_idle_pct", "waits",
        "utilisation_pct", "attribution_us", "engine_agreement", "fingerprint"}) {
    Blank(json[key]);
  }
  for (Json& kernel : json["kernels"]) {
    for (const auto& [key, value] : kernel.items()) {
      if (key != "count" && key != "core") value = nullptr;
    }
  }
}

}  // namespace

Json PointJson(const std::vector<PointValue>& point) {
  Json json = Json::object();
  for (const PointValue& value : point) json[value.key] = PointValueJson(value.value);
  return json;
}

Json VariantJson(const VariantSummary& variant) {
  const EdgeCounts& edges = variant.edges;
  Json json;
  json["name"] = variant.name;
  json["point"] = PointJson(variant.point);
  json["tasks"] = TasksJson(variant);
  json["edges"] = {{"unique_pairs", edges.unique_pairs},
                   {"creator", edges.creator},
                   {"tensormap", edges.tensormap},
                   {"explicit", edges.explicit_deps}};
  json["longest_chain_tasks"] = variant.longest_chain_tasks;
  json["critical_path_us"] = NearestUs(variant.bounds[Bound::kCriticalPath]);
  json["critical_path_with_runtime_us"] = NearestUs(variant.critical_path_with_runtime);
  json["makespan_us"] = NearestUs(variant.makespan);
  json["wall_s"] = {{"emit", variant.wall.emit}, {"infer", variant.wall.infer}, {"simulate", variant.wall.simulate}};
  json["kernels"] = KernelsJson(variant.kernels);
  json["bounds_us"] = TimesJson<Bound>(variant.bounds.values);
  json["bound_by"] = NameOf(variant.bounds.Binding());
  json["bound_next"] = NameOf(variant.bounds.Next());
  const Picoseconds bound = variant.bounds[variant.bounds.Binding()];
  json["makespan_over_bound"] = bound == 0 ? 0.0 : static_cast<double>(variant.makespan) / static_cast<double>(bound);
  json["overhead_pct"] = OverheadJson(variant, variant.overhead);
  json["captured_overhead_pct"] = OverheadJson(variant, variant.captured_overhead);
  json["parked_beside_idle_pct"] = {{"aic", Percent(variant.parked.aic, variant.makespan)},
                                    {"aiv", Percent(variant.parked.aiv, variant.makespan)}};
  json["waits"] = {{"linked", variant.waits.linked},
                   {"redundant", variant.waits.redundant},
                   {"dep_entries", variant.waits.dep_entries},
                   {"resolve_us", NearestUs(variant.waits.resolve)}};
  json["utilisation_pct"] = {{"aic", variant.aic_utilisation_pct}, {"aiv", variant.aiv_utilisation_pct}};
  json["attribution_us"] = TimesJson<Cause>(variant.attribution);
  json["engine_agreement"] = AgreementJson(variant);
  json["fingerprint"] = variant.fingerprint;
  json["replay"] = ReplayJson(variant.replay);
  json["race_pairs"] = RacePairsJson(variant);
  json["races"] = RacesJson(variant.races);
  json["status"] = variant.status;
  if (variant.deadlock) {
    json["deadlock"] = DeadlockJson(*variant.deadlock);
    BlankTimes(json);
  }
  return json;
}

std::string SummaryJson(const ScenarioSummary& summary) {
  Json json;
  json["schema"] = "npusched.summary/1";
  json["scenario"] = summary.scenario;
  json["engine"] = summary.engine;
  json["variants"] = Json::array();
  for (const VariantSummary& variant : summary.variants) json["variants"].push_back(VariantJson(variant));
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace npusched
