#include "reports/answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace npusched {
namespace {

constexpr double kNoDifference = 1.001;  // a ratio of makespans below this is called none

std::string Share(const VariantSummary& variant) {
  return fmt::format("{:.0f} %", Percent(variant.bounds[variant.bounds.Binding()], variant.makespan));
}

// The kernel that changed the most in how many of its rows run at once, as a ratio.
std::string MovedKernel(const VariantSummary& base, const VariantSummary& variant) {
  constexpr double kMoved = 1.5;
  double most = kMoved;
  std::string text;
  for (const KernelSummary& kernel : variant.kernels) {
    const auto before =
        std::ranges::find_if(base.kernels, [&](const KernelSummary& k) { return k.name == kernel.name; });
    if (before == base.kernels.end() || before->count != kernel.count ||
        before->distinct_cores == kernel.distinct_cores) {
      continue;
    }
    const auto ratio = static_cast<double>(kernel.peak_concurrency) / std::max(1U, before->peak_concurrency);
    if (std::max(ratio, 1 / ratio) < most) continue;
    most = std::max(ratio, 1 / ratio);
    text = fmt::format("{} runs on {} core{} instead of {}", kernel.name, kernel.distinct_cores,
                       kernel.distinct_cores == 1 ? "" : "s", before->distinct_cores);
  }
  return text;
}

std::string Binding(const VariantSummary& base, const VariantSummary& variant) {
  const Bound bound = variant.bounds.Binding();
  const std::string now = fmt::format("bound by {} ({})", WithArticle(bound), Share(variant));
  if (base.bounds.Binding() == bound) return "it is still " + now;
  return fmt::format("it is {} instead of {}", now, WithArticle(base.bounds.Binding()));
}

std::string OfOne(const VariantSummary& variant) {
  return fmt::format("{} takes {:.1f} µs, bound by {} ({}).", SpokenName(variant), ToUs(variant.makespan),
                     WithArticle(variant.bounds.Binding()), Share(variant));
}

std::string OfMany(const std::vector<const VariantSummary*>& variants) {
  const VariantSummary& base = *variants.front();
  const auto makespan = [](const VariantSummary* v) { return v->makespan; };
  const VariantSummary& best = **std::ranges::min_element(variants, {}, makespan);
  if (&best == &base) {
    const VariantSummary& next = **std::min_element(
        variants.begin() + 1, variants.end(), [](const auto* a, const auto* b) { return a->makespan < b->makespan; });
    return fmt::format("Nothing here beats {} ({:.1f} µs): {} comes nearest with {:.1f} µs; {} is bound by {} ({}).",
                       SpokenName(base), ToUs(base.makespan), SpokenName(next), ToUs(next.makespan), SpokenName(base),
                       WithArticle(base.bounds.Binding()), Share(base));
  }
  const double ratio =
      static_cast<double>(base.makespan) / static_cast<double>(std::max<Picoseconds>(1, best.makespan));
  const std::string times = fmt::format("({:.1f} µs instead of {:.1f} µs)", ToUs(best.makespan), ToUs(base.makespan));
  if (ratio < kNoDifference) {
    return fmt::format("It makes no difference: {} is as fast as {} {}, both bound by {}.", SpokenName(best),
                       SpokenName(base), times, WithArticle(best.bounds.Binding()));
  }
  const std::string moved = MovedKernel(base, best);
  return fmt::format("{} is {}{:.2f}x as fast as {} {}: {}{}.", SpokenName(best),
                     variants.size() > 2 ? fmt::format("the fastest of {}, ", variants.size()) : "", ratio,
                     SpokenName(base), times, moved.empty() ? "" : moved + ", and ", Binding(base, best));
}

}  // namespace

std::string SpokenName(Bound bound) {
  constexpr std::array<std::string_view, kBounds> kNames = {"critical path",    "AIC work",     "AIV work",
                                                            "memory bandwidth", "orchestrator", "scheduler threads"};
  return std::string(kNames[static_cast<std::size_t>(bound)]);
}

std::string WithArticle(Bound bound) {
  const bool plain = bound == Bound::kAicWork || bound == Bound::kAivWork || bound == Bound::kMemoryBandwidth;
  return (plain ? "" : "the ") + SpokenName(bound);
}

std::string SpokenName(const VariantSummary& variant) {
  std::string name = variant.name;
  for (std::size_t i = 0; i < variant.point.size(); ++i) {
    const PointValue& value = variant.point[i];
    name += fmt::format("{}{} {}", i == 0 ? " at " : ", ", value.key.substr(value.key.rfind('.') + 1), value.value);
  }
  return name;
}

std::string Answer(const ScenarioSummary& summary) {
  std::vector<const VariantSummary*> ended;
  for (const VariantSummary& variant : summary.variants) {
    if (variant.status == "ok" && variant.makespan > 0) ended.push_back(&variant);
  }
  const std::size_t others = summary.variants.size() - ended.size();
  std::string text = ended.empty() ? "" : ended.size() == 1 ? OfOne(*ended.front()) : OfMany(ended);
  if (others > 0) {
    text += fmt::format("{}{} of {} did not run to an end.", text.empty() ? "" : " ", others, summary.variants.size());
  }
  return text;
}

}  // namespace npusched
