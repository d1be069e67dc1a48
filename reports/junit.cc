#include "reports/junit.h"

#include <fmt/format.h>

#include <algorithm>

#include "reports/text.h"

namespace npusched {
namespace {

void AppendCase(const std::string& scenario, const std::string& variant, const std::vector<Finding>& findings,
                std::string& out) {
  std::string failure;
  for (const Finding& finding : findings) {
    if (finding.variant == variant) failure += XmlText(finding.text) + "\n";
  }
  out += fmt::format("  <testcase classname=\"npusched.{}\" name=\"{}\"", XmlText(scenario), XmlText(variant));
  out += failure.empty() ? "/>\n"
                         : fmt::format(">\n    <failure message=\"moved\">{}</failure>\n  </testcase>\n", failure);
}

}  // namespace

std::string JUnitXml(const Baseline& now, const std::vector<Finding>& findings) {
  std::vector<std::string> names;
  for (const VariantBaseline& variant : now.variants) names.push_back(variant.name);
  for (const Finding& finding : findings) {
    if (std::ranges::find(names, finding.variant) == names.end()) names.push_back(finding.variant);
  }
  const auto failed = std::ranges::count_if(names, [&](const std::string& name) {
    return std::ranges::find(findings, name, &Finding::variant) != findings.end();
  });
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  out += fmt::format("<testsuite name=\"{}\" tests=\"{}\" failures=\"{}\">\n", XmlText(now.scenario), names.size(),
                     failed);
  for (const std::string& name : names) AppendCase(now.scenario, name, findings, out);
  return out + "</testsuite>\n";
}

}  // namespace npusched
