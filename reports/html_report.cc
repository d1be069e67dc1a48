#include "reports/html_report.h"

#include <fmt/format.h>

#include "base/version.h"
#include "reports/answer.h"
#include "reports/html_page.h"
#include "reports/summary_json.h"
#include "reports/text.h"

namespace npusched {
namespace {

using Json = nlohmann::ordered_json;

// As the content of a script element: no "<" that could end it.
std::string ScriptJson(const Json& json) {
  std::string out;
  for (const char c : json.dump(-1, ' ', false, Json::error_handler_t::replace)) {
    if (c == '<') {
      out += "\\u003c";
    } else {
      out.push_back(c);
    }
  }
  return out;
}

Json Describe(const HtmlOptions& options, const ScenarioSummary& summary, const std::string& answer,
              std::span<const HtmlRun> runs) {
  Json json;
  json["schema"] = "npusched.report/1";
  json["version"] = kVersion;
  json["scenario"] = summary.scenario;
  json["engine"] = summary.engine;
  json["question"] = options.question;
  json["answer"] = answer;
  json["causes"] = Json::array();  // by number, as the columns have them
  for (int i = 0; i < kCauses; ++i) json["causes"].push_back(NameOf(static_cast<Cause>(i)));
  json["variants"] = Json::array();
  for (std::size_t i = 0; i < summary.variants.size(); ++i) {
    Json variant;
    variant["label"] = i < runs.size() && !runs[i].label.empty() ? runs[i].label : SpokenName(summary.variants[i]);
    variant["spoken"] = SpokenName(summary.variants[i]);
    variant["bound"] = SpokenName(summary.variants[i].bounds.Binding());
    variant["summary"] = VariantJson(summary.variants[i]);
    if (i < runs.size() && !runs[i].columns.empty()) variant["run"] = runs[i].meta;
    json["variants"].push_back(std::move(variant));
  }
  return json;
}

// The runs, from the first, that the page has room for.
std::span<const HtmlRun> Drawn(std::span<const HtmlRun> runs) {
  std::size_t bytes = 0;
  std::size_t drawn = 0;
  while (drawn < runs.size() && drawn < kMostDrawnRuns) {
    bytes += runs[drawn].columns.size();
    if (bytes > kMostColumnBytes) break;
    ++drawn;
  }
  return runs.first(drawn);
}

}  // namespace

std::string HtmlReport(const HtmlOptions& options, const ScenarioSummary& summary, std::span<const HtmlRun> runs) {
  runs = Drawn(runs);
  const std::string answer = Answer(summary);
  const std::string question = options.question.empty() ? summary.scenario : options.question;
  std::string data = fmt::format("<script type=\"application/json\" id=\"report\">{}</script>\n",
                                 ScriptJson(Describe(options, summary, answer, runs)));
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (runs[i].columns.empty()) continue;
    data += fmt::format("<script type=\"text/plain\" id=\"columns-{}\">{}</script>\n", i, runs[i].columns);
  }
  const auto part = [&](std::string_view name) -> std::string {
    if (name == "title") return XmlText(summary.scenario);
    if (name == "question") return XmlText(question);
    if (name == "answer") return XmlText(answer);
    if (name == "style") return std::string(kPageStyle);
    if (name == "data") return std::move(data);
    NPU_CHECK(name == "script");
    return std::string(kPageScript);
  };
  // "{{name}}" in the page stands for a part.
  std::string out;
  std::string_view rest = kPageTemplate;
  for (std::size_t at = rest.find("{{"); at != std::string_view::npos; at = rest.find("{{")) {
    const std::size_t end = rest.find("}}", at);
    NPU_CHECK(end != std::string_view::npos);
    out += rest.substr(0, at);
    out += part(rest.substr(at + 2, end - at - 2));
    rest.remove_prefix(end + 2);
  }
  return out.append(rest);
}

}  // namespace npusched
