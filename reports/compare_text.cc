#include <fmt/format.h>

#include <cmath>

#include "reports/compare.h"
#include "reports/html_page.h"
#include "reports/text.h"
#include "reports/text_grid.h"

namespace npusched {
namespace {

using Json = nlohmann::ordered_json;

std::string ValueText(const Json& value) {
  if (value.is_null()) return "-";
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) return fmt::format("{:.2f}", value.get<double>());
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// "+1273", "-269.19"
std::string DeltaText(const Difference& difference) {
  const auto& [key, before, after] = difference;
  if (!before.is_number() || !after.is_number()) return "";
  if (before.is_number_integer() && after.is_number_integer()) {
    return fmt::format("{:+}", after.get<std::int64_t>() - before.get<std::int64_t>());
  }
  return fmt::format("{:+.2f}", after.get<double>() - before.get<double>());
}

std::string ChangeText(double change) { return change == 0 ? "" : fmt::format("{:+.1f} %", 100 * change); }

std::string Headline(const VariantComparison& variant) {
  if (variant.differences.empty()) return fmt::format("{}: the same in all {} figures", variant.name, variant.same);
  const double ratio = variant.makespan_before_us == 0 ? 0 : variant.makespan_after_us / variant.makespan_before_us - 1;
  return fmt::format("{}: makespan {:.2f} -> {:.2f} us{}; {} figures differ, {} are the same", variant.name,
                     variant.makespan_before_us, variant.makespan_after_us,
                     ratio == 0 ? "" : fmt::format(" ({})", ChangeText(ratio)), variant.differences.size(),
                     variant.same);
}

std::string OnlyIn(const std::vector<std::string>& variants, const std::string& file) {
  return variants.empty() ? "" : fmt::format("only in {}: {}\n", file, fmt::join(variants, ", "));
}

}  // namespace

std::string ComparisonText(const Comparison& comparison, const ComparisonNames& names) {
  std::string out = fmt::format("{} -> {}\n", names.before, names.after);
  out += OnlyIn(comparison.only_before, names.before) + OnlyIn(comparison.only_after, names.after);
  for (const VariantComparison& variant : comparison.variants) {
    out += "\n" + Headline(variant) + "\n";
    if (variant.differences.empty()) continue;
    TextGrid grid({{"figure", false}, {"before"}, {"after"}, {"difference"}, {"change"}});
    for (const Difference& d : variant.differences) {
      grid.Add({d.key, ValueText(d.before), ValueText(d.after), DeltaText(d), ChangeText(d.Change())});
    }
    out += grid.Print(/*color=*/false);
  }
  return out;
}

std::string ComparisonHtml(const Comparison& comparison, const ComparisonNames& names) {
  std::string out = fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{0} and {1} - "
      "npusched</title>\n"
      "<link rel=\"icon\" href=\"data:,\">\n<style>\n{2}</style>\n</head>\n<body>\n<header id=\"top\">\n<p "
      "class=\"kicker\">npusched "
      "compare</p>\n<h1>{0} &#8594; {1}</h1>\n<p id=\"answer\">{3}</p>\n</header>\n",
      XmlText(names.before), XmlText(names.after), kPageStyle,
      comparison.Same() ? "The two results are the same." : "The figures that differ, variant by variant.");
  for (const auto& [variants, file] :
       {std::pair(&comparison.only_before, &names.before), std::pair(&comparison.only_after, &names.after)}) {
    if (!variants->empty()) out += "<p class=\"note\">" + XmlText(OnlyIn(*variants, *file)) + "</p>\n";
  }
  for (const VariantComparison& variant : comparison.variants) {
    out += fmt::format("<h2>{}</h2>\n", XmlText(Headline(variant)));
    if (variant.differences.empty()) continue;
    out +=
        "<div class=\"scroll\"><table class=\"figures\">\n<thead><tr><th>figure</th><th class=\"n\">before</th><th "
        "class=\"n\">after</th><th class=\"n\">difference</th><th class=\"n\">change</th></tr></thead>\n<tbody>\n";
    for (const Difference& d : variant.differences) {
      out += fmt::format(
          "<tr><th scope=\"row\">{}</th><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>"
          "<td class=\"n{}\">{}</td></tr>\n",
          XmlText(d.key), XmlText(ValueText(d.before)), XmlText(ValueText(d.after)), DeltaText(d),
          std::abs(d.Change()) >= 0.1 ? " moved" : "", ChangeText(d.Change()));
    }
    out += "</tbody>\n</table></div>\n";
  }
  return out + "</body>\n</html>\n";
}

}  // namespace npusched
