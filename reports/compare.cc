#include "reports/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>
#include <utility>

namespace npusched {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kKernels = "kernels.";

// Every leaf of the variant, in the order of the file. Empty lists and objects count as leaves.
void Flatten(const Json& json, const std::string& path, std::vector<std::pair<std::string, Json>>* leaves) {
  if (json.is_object() && !json.empty()) {
    const std::string prefix = path.empty() ? "" : path + ".";
    for (const auto& [key, value] : json.items()) Flatten(value, prefix + key, leaves);
  } else {
    leaves->emplace_back(path, json);
  }
}

std::string NameOf(const Json& variant) {
  std::string name = variant["name"].get<std::string>();
  if (!variant.contains("point") || !variant["point"].is_object()) return name;
  std::size_t i = 0;
  for (const auto& [key, value] : variant["point"].items()) {
    name += fmt::format("{}{} {}", i++ == 0 ? " at " : ", ", key.substr(key.rfind('.') + 1),
                        value.is_string() ? value.get<std::string>() : value.dump());
  }
  return name;
}

// "kernels.silu.count" -> "silu"; the last part is never the kernel's name.
std::string KernelOf(const std::string& key) {
  if (!key.starts_with(kKernels)) return "";
  return key.substr(kKernels.size(), key.rfind('.') - kKernels.size());
}

VariantComparison CompareVariant(const Json& before, const Json& after) {
  VariantComparison result{.name = NameOf(before),
                           .makespan_before_us = before.value("makespan_us", 0.0),
                           .makespan_after_us = after.value("makespan_us", 0.0),
                           .differences = {}};
  std::vector<std::pair<std::string, Json>> first;
  std::vector<std::pair<std::string, Json>> second;
  Flatten(before, "", &first);
  Flatten(after, "", &second);
  std::map<std::string, Json> found(second.begin(), second.end());
  const auto skip = [](const std::string& key) {
    return key == "name" || key.starts_with("wall_s") || key.starts_with("point") || key.starts_with("tasks.by_kernel");
  };
  for (const auto& [key, value] : first) {
    const auto other = found.find(key);
    const Json now = other == found.end() ? Json() : other->second;
    if (other != found.end()) found.erase(other);
    if (skip(key)) continue;
    if (now == value) {
      ++result.same;
    } else {
      result.differences.push_back({key, value, now});
    }
  }
  for (const auto& [key, value] : second) {
    if (found.contains(key) && !skip(key)) result.differences.push_back({key, Json(), value});
  }
  std::map<std::string, double> moved;  // by kernel: the change of its busy time
  for (const Difference& difference : result.differences) {
    if (difference.key.ends_with(".busy_us")) {
      const auto number = [](const Json& json) { return json.is_number() ? json.get<double>() : 0.0; };
      moved[KernelOf(difference.key)] = std::abs(number(difference.after) - number(difference.before));
    }
  }
  std::ranges::stable_sort(result.differences, {}, [&](const Difference& difference) {
    const std::string kernel = KernelOf(difference.key);
    return kernel.empty() ? std::tuple(0, 0.0, kernel) : std::tuple(1, -moved[kernel], kernel);
  });
  return result;
}

Status CheckSummary(const Json& json, const std::string& file) {
  const auto fail = [&](const std::string& pointer, const std::string& expected) -> Status {
    return InputError({file, 0, 0, pointer}, "expected " + expected);
  };
  if (!json.is_object()) return fail("", "an object: a summary.json that npusched wrote");
  if (json.value("schema", Json()) != "npusched.summary/1") return fail("/schema", "\"npusched.summary/1\"");
  if (!json.contains("variants") || !json["variants"].is_array()) return fail("/variants", "a list");
  for (std::size_t i = 0; i < json["variants"].size(); ++i) {
    const Json& variant = json["variants"][i];
    if (!variant.is_object() || !variant.contains("name") || !variant["name"].is_string()) {
      return fail(fmt::format("/variants/{}/name", i), "the name of a variant");
    }
    if (variant.contains("makespan_us") && !variant["makespan_us"].is_number()) {
      return fail(fmt::format("/variants/{}/makespan_us", i), "a number");
    }
  }
  return {};
}

}  // namespace

double Difference::Change() const {
  if (!before.is_number() || !after.is_number() || before.get<double>() == 0) return 0;
  return after.get<double>() / before.get<double>() - 1;
}

bool Comparison::Same() const {
  return only_before.empty() && only_after.empty() &&
         std::ranges::all_of(variants, [](const VariantComparison& v) { return v.differences.empty(); });
}

Result<Comparison> CompareSummaries(const Json& before, const std::string& before_file, const Json& after,
                                    const std::string& after_file) {
  if (Status s = CheckSummary(before, before_file); !s.ok()) return s.error();
  if (Status s = CheckSummary(after, after_file); !s.ok()) return s.error();
  Comparison comparison;
  std::map<std::string, const Json*> others;
  for (const Json& variant : after["variants"]) others.emplace(NameOf(variant), &variant);
  for (const Json& variant : before["variants"]) {
    const auto other = others.find(NameOf(variant));
    if (other == others.end()) {
      comparison.only_before.push_back(NameOf(variant));
      continue;
    }
    comparison.variants.push_back(CompareVariant(variant, *other->second));
    others.erase(other);
  }
  for (const Json& variant : after["variants"]) {
    if (others.contains(NameOf(variant))) comparison.only_after.push_back(NameOf(variant));
  }
  return comparison;
}

}  // namespace npusched
