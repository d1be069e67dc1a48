// report.html: a whole result as one page that needs no network, no server and no second file.
//
// Stands at the end of the flow: the summaries of all variants, and of each run what TakeHtmlRun kept. The page's
// script (reports/html/, drawn with D3) unpacks the columns in the browser; here they are only put into the page.
//
//   WriteFileAtomically("report.html", HtmlReport({.question = scenario.question}, summary, runs));
#pragma once

#include <span>
#include <string>

#include "reports/html_run.h"
#include "reports/summary.h"

namespace npusched {

// Of a sweep with more cases only so many can be drawn; all are in the tables.
inline constexpr std::size_t kMostDrawnRuns = 24;
// Columns in one page; runs after those that fill it are not drawn.
inline constexpr std::size_t kMostColumnBytes = 14'000'000;

struct HtmlOptions {
  std::string question;  // empty: the scenario's name stands for it
};

// `runs` are the first of the variants, in their order; one without columns is not drawn. Same inputs, same bytes.
std::string HtmlReport(const HtmlOptions& options, const ScenarioSummary& summary, std::span<const HtmlRun> runs);

}  // namespace npusched
