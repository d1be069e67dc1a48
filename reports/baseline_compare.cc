// What moved between two baselines, in words.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "base/check.h"
#include "reports/baseline.h"

namespace npusched {
namespace {

class VariantComparison {
 public:
  VariantComparison(const VariantBaseline& before, const VariantBaseline& now,
                    const std::map<std::string, double>& tolerances, std::vector<Finding>& findings)
      : before_(before), now_(now), tolerances_(tolerances), findings_(findings) {}

  void Run() {
    Kernels();
    for (const auto& [key, count] : now_.counts) {
      const std::uint64_t was = before_.counts.at(key);
      if (was != count) Add(key, fmt::format("{} {}, the baseline has {}", key, count, was));
    }
    Edges();
    Times();
    if (before_.bound_by != now_.bound_by) {
      Add("bound_by", fmt::format("bound by {}, the baseline by {}", now_.bound_by, before_.bound_by));
    }
    CriticalTasks();
  }

 private:
  void Add(const std::string& key, const std::string& text) { findings_.push_back({now_.name, key, text}); }

  [[nodiscard]] bool Within(const std::string& key, double was, double is) const {
    const auto found = tolerances_.find(key);
    const double percent = found == tolerances_.end() ? 0 : found->second;
    constexpr double kHalfPicosecondUs = 0.5e-6;
    return std::abs(is - was) <= std::max(std::abs(was) * percent / 100, kHalfPicosecondUs);
  }

  void Kernels() {
    for (const auto& [name, kernel] : now_.kernels) {
      const auto was = before_.kernels.find(name);
      if (was == before_.kernels.end()) {
        Add("kernels", fmt::format("kernel {} is new: {} tasks", name, kernel.count));
      } else if (was->second.count != kernel.count) {
        Add("kernels",
            fmt::format("kernel {} {} tasks: {}, the baseline has {}", name,
                        kernel.count > was->second.count ? "gained" : "lost", kernel.count, was->second.count));
      }
    }
    for (const auto& [name, kernel] : before_.kernels) {
      if (!now_.kernels.contains(name))
        Add("kernels", fmt::format("kernel {} is gone: it had {} tasks", name, kernel.count));
    }
  }

  static std::string Edges(std::uint64_t count) { return fmt::format("{} edge{}", count, count == 1 ? "" : "s"); }

  void Edges() {
    const auto rule = [](const EdgeGroup& e) {
      return fmt::format("{} -> {} by {}", e.producer, e.consumer, e.source);
    };
    for (const auto& [edge, count] : now_.edges) {
      const auto was = before_.edges.find(edge);
      const std::uint64_t had = was == before_.edges.end() ? 0 : was->second;
      if (count > had)
        Add("edges",
            fmt::format("{} appeared: {} ({}, the baseline has {})", Edges(count - had), rule(edge), count, had));
      if (count < had)
        Add("edges", fmt::format("{} went: {} ({}, the baseline has {})", Edges(had - count), rule(edge), count, had));
    }
    for (const auto& [edge, count] : before_.edges) {
      if (!now_.edges.contains(edge)) Add("edges", fmt::format("{} went: {} (none is left)", Edges(count), rule(edge)));
    }
  }

  void Moved(const std::string& key, const std::string& what, double was, double is) {
    const std::string by = was > 0 ? fmt::format(" ({:+.2f} %)", 100 * (is / was - 1)) : "";
    Add(key, fmt::format("{} {:.3f} us, the baseline has {:.3f}{}", what, is, was, by));
  }

  void Times() {
    for (const auto& [name, kernel] : now_.kernels) {
      const auto was = before_.kernels.find(name);
      if (was == before_.kernels.end() || Within("mean_us", was->second.mean_us, kernel.mean_us)) continue;
      Moved("mean_us", fmt::format("kernel {} takes", name), was->second.mean_us, kernel.mean_us);
    }
    for (const auto& [key, us] : now_.times_us) {
      const double was = before_.times_us.at(key);
      if (!Within(key, was, us)) Moved(key, key, was, us);
    }
  }

  void CriticalTasks() {
    std::map<std::string, std::string> kernels = now_.critical_tasks;
    kernels.insert(before_.critical_tasks.begin(), before_.critical_tasks.end());
    for (const auto& [kernel, unused] : kernels) {
      const std::vector<std::uint32_t> was = Ordinals(before_, kernel);
      const std::vector<std::uint32_t> is = Ordinals(now_, kernel);
      std::vector<std::uint32_t> joined;
      std::vector<std::uint32_t> left;
      std::set_difference(is.begin(), is.end(), was.begin(), was.end(), std::back_inserter(joined));
      std::set_difference(was.begin(), was.end(), is.begin(), is.end(), std::back_inserter(left));
      if (!joined.empty())
        Add("critical_tasks", fmt::format("joined the critical path: {} {}", kernel, Ranges(joined)));
      if (!left.empty()) Add("critical_tasks", fmt::format("left the critical path: {} {}", kernel, Ranges(left)));
    }
  }

  static std::vector<std::uint32_t> Ordinals(const VariantBaseline& v, const std::string& kernel) {
    const auto found = v.critical_tasks.find(kernel);
    if (found == v.critical_tasks.end()) return {};
    Result<std::vector<std::uint32_t>> ordinals = ParseRanges(found->second);
    NPU_CHECK(ordinals.ok());  // ReadBaseline refused what is none
    return *std::move(ordinals);
  }

  const VariantBaseline& before_;
  const VariantBaseline& now_;
  const std::map<std::string, double>& tolerances_;
  std::vector<Finding>& findings_;
};

}  // namespace

std::vector<Finding> CompareBaselines(const Baseline& before, const Baseline& now) {
  std::vector<Finding> findings;
  const auto find = [](const Baseline& in, const std::string& name) {
    return std::ranges::find(in.variants, name, &VariantBaseline::name);
  };
  for (const VariantBaseline& variant : now.variants) {
    const auto was = find(before, variant.name);
    if (was == before.variants.end()) {
      findings.push_back({variant.name, "variants", "the variant is not in the baseline"});
    } else {
      VariantComparison(*was, variant, before.tolerances, findings).Run();
    }
  }
  for (const VariantBaseline& variant : before.variants) {
    if (find(now, variant.name) == now.variants.end()) {
      findings.push_back({variant.name, "variants", "the variant of the baseline is gone"});
    }
  }
  return findings;
}

}  // namespace npusched
