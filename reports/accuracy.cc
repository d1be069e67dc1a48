#include "reports/accuracy.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/check.h"

namespace npusched {

const AccuracyReading& AccuracyRow::Nearest() const {
  NPU_CHECK(!readings.empty());
  return *std::min_element(readings.begin(), readings.end(), [&](const AccuracyReading& a, const AccuracyReading& b) {
    return std::abs(a.predicted - published) < std::abs(b.predicted - published);
  });
}

double AccuracyRow::ErrorPct() const { return 100 * (Nearest().predicted / published - 1); }

RowGroup GroupOf(const AccuracyRow& row) {
  if (row.kind == RowKind::kFit) return RowGroup::kFit;
  return row.certainty == Certainty::kWeak ? RowGroup::kWeakCheck : RowGroup::kCheck;
}

AccuracySpread SpreadOf(std::span<const AccuracyRow> rows, RowGroup group) {
  AccuracySpread spread;
  std::vector<double> errors;
  for (const AccuracyRow& row : rows) {
    if (GroupOf(row) != group || row.readings.empty()) continue;
    const double error = row.ErrorPct();
    errors.push_back(std::abs(error));
    if (spread.worst_id.empty() || std::abs(error) > std::abs(spread.worst_pct)) {
      spread.worst_pct = error;
      spread.worst_id = row.id;
    }
  }
  spread.rows = errors.size();
  if (!errors.empty()) {
    std::sort(errors.begin(), errors.end());
    spread.median_pct = (errors[(errors.size() - 1) / 2] + errors[errors.size() / 2]) / 2;
  }
  return spread;
}

const char* NameOf(RowKind kind) { return kind == RowKind::kFit ? "fit" : "check"; }

const char* NameOf(Certainty certainty) {
  switch (certainty) {
    case Certainty::kCertain:
      return "certain";
    case Certainty::kContexts:
      return "contexts";
    case Certainty::kWeak:
      return "weak";
  }
  return "";
}

std::string AccuracyJson(std::span<const AccuracyRow> rows) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const AccuracyRow& row : rows) {
    nlohmann::ordered_json item = {{"id", row.id},
                                   {"kind", NameOf(row.kind)},
                                   {"certainty", NameOf(row.certainty)},
                                   {"published", row.published},
                                   {"predicted", nullptr},
                                   {"unit", row.unit},
                                   {"error_pct", nullptr}};
    if (!row.readings.empty()) {
      item["predicted"] = row.Nearest().predicted;
      item["error_pct"] = row.ErrorPct();
    }
    json.push_back(std::move(item));
  }
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace npusched
