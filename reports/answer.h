// The answer of a scenario in one sentence, from its figures alone: which variant is fastest, what changed in it, what
// holds it there. Pages open with it.
//
//   Answer(summary)
//   "silu_manual is 1.18x as fast as inferred (1511.3 µs instead of 1780.5 µs): silu runs on 12 cores instead of 1, and
//    it is bound by the orchestrator (69 %) instead of the critical path."
#pragma once

#include <string>

#include "reports/summary.h"

namespace npusched {

// "critical path", "AIC work": a bound as a sentence names it.
std::string SpokenName(Bound bound);

// "the critical path", "AIC work": the same where a sentence wants an article.
std::string WithArticle(Bound bound);

// "inferred", or "a at vocab_chunk 64" for a point of a sweep.
std::string SpokenName(const VariantSummary& variant);

// Variants that did not end well are counted, not compared. Empty without variants.
std::string Answer(const ScenarioSummary& summary);

}  // namespace npusched
