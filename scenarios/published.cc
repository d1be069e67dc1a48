#include "scenarios/published.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "scenarios/config_search.h"

namespace npusched {
namespace {

namespace fs = std::filesystem;

constexpr const char* kShipped = "ascend_a2a3";
constexpr const char* kReadingKeys[] = {"scenario", "variant", "metric", "minus", "over", "scale"};

// Beside the published file, else in the library: scenarios/ next to the configs.
Result<fs::path> FindScenario(const std::string& name, const Location& where, const std::string& path) {
  std::error_code ec;
  const fs::path beside = fs::path(where.file).parent_path() / name;
  if (fs::is_regular_file(beside, ec)) {
    return beside.lexically_normal();
  }
  const Result<ConfigNode> shipped = ConfigSearch(".").Resolve(ConfigNode::Scalar(kShipped), "published");
  if (shipped.ok()) {
    const fs::path library = fs::path(shipped->where.file).parent_path() / "../../scenarios" / name;
    if (fs::is_regular_file(library, ec)) {
      return library.lexically_normal();
    }
  }
  return InputError(where, fmt::format("{}: expected the path of a scenario, got '{}'", path, name));
}

void ReadFigure(MapReader& read, const ConfigNode& node, FigureRef* figure) {
  std::string scenario;
  read.Required("scenario", &scenario);
  read.Optional("variant", &figure->variant);
  read.Required("metric", &figure->metric);
  figure->where = node.where;
  if (!read.status().ok()) {
    return;
  }
  Result<fs::path> found = FindScenario(scenario, node.Find("scenario")->where, read.path() + ".scenario");
  if (!found.ok()) {
    read.Absorb(found.error());
    return;
  }
  figure->scenario = *std::move(found);
}

// `minus` and `over`: what they leave out is as in the figure they go with.
void ReadOther(MapReader& read, const ConfigNode& node, const char* key, std::optional<FigureRef>* out) {
  const ConfigNode* other = read.Child(key);
  if (other == nullptr) {
    return;
  }
  if (other->kind != NodeKind::kMap) {
    read.Fail(key, "expected a map of scenario, variant and metric");
    return;
  }
  ConfigNode merged;
  for (const char* part : {"scenario", "variant", "metric"}) {
    if (const ConfigNode* given = node.Find(part); given != nullptr) merged.At(part) = *given;
  }
  merged.where = other->where;
  Merge(merged, *other);
  MapReader read_other(merged, read.path() + "." + key);
  ReadFigure(read_other, merged, &out->emplace());
  read.Absorb(read_other.Finish());
}

Result<PublishedReading> ReadReading(const ConfigNode& node, const std::string& path) {
  PublishedReading reading;
  MapReader read(node, path);
  read.Optional("name", &reading.name);
  read.Optional("scale", &reading.scale);
  ReadFigure(read, node, &reading.figure);
  ReadOther(read, node, "minus", &reading.minus);
  ReadOther(read, node, "over", &reading.over);
  if (Status s = read.Finish(); !s.ok()) {
    return s.error();
  }
  return reading;
}

// The row's own keys are one reading; a list under `readings` gives several, each over those keys.
Status ReadReadings(MapReader& read, const ConfigNode& node, PublishedRow* row) {
  ConfigNode common;
  common.kind = NodeKind::kMap;
  common.where = node.where;
  for (const char* key : kReadingKeys) {
    if (const ConfigNode* given = read.Child(key); given != nullptr) common.At(key) = *given;
  }
  const ConfigNode* list = read.Child("readings");
  if (list == nullptr && common.entries.empty()) {
    return {};
  }
  if (list != nullptr && (list->kind != NodeKind::kList || list->items.empty())) {
    read.Fail("readings", "expected a list of at least one reading");
    return {};
  }
  const std::size_t count = list == nullptr ? 1 : list->items.size();
  for (std::size_t i = 0; i < count; ++i) {
    ConfigNode merged = common;
    std::string path = read.path();
    if (list != nullptr) {
      merged.where = list->items[i].where;
      Merge(merged, list->items[i]);
      path += fmt::format(".readings[{}]", i);
    }
    Result<PublishedReading> reading = ReadReading(merged, path);
    if (!reading.ok()) {
      return reading.error();
    }
    row->readings.push_back(*std::move(reading));
  }
  return {};
}

Result<PublishedRow> ReadRow(const ConfigNode& node, const std::string& path) {
  PublishedRow row;
  row.where = node.where;
  MapReader read(node, path);
  read.Required("id", &row.row.id);
  int kind = 0;
  read.RequiredEnum("kind", {"fit", "check"}, &kind);
  row.row.kind = static_cast<RowKind>(kind);
  int certainty = 0;
  read.OptionalEnum("certainty", {"certain", "contexts", "weak"}, &certainty);
  row.row.certainty = static_cast<Certainty>(certainty);
  read.Optional("what", &row.row.what);
  read.Required("value", &row.row.published);
  if (read.Has("value") && row.row.published == 0) {
    read.Fail("value", "expected a number other than 0, which an error can be stated against");
  }
  read.Required("unit", &row.row.unit);
  read.Optional("source", &row.row.source);
  if (read.status().ok()) {
    read.Absorb(ReadReadings(read, node, &row));
  }
  if (Status s = read.Finish(); !s.ok()) {
    return s.error();
  }
  return row;
}

// Rows that name no scenario take what the row of the same id in `from` is compared with.
Status TakeReadings(const PublishedFile& from, PublishedFile* to) {
  for (PublishedRow& row : to->rows) {
    if (!row.readings.empty()) {
      continue;
    }
    const auto same = std::find_if(from.rows.begin(), from.rows.end(),
                                   [&](const PublishedRow& other) { return other.row.id == row.row.id; });
    if (same == from.rows.end() || same->readings.empty()) {
      return InputError(row.where, fmt::format("row {}: expected scenario, variant and metric; {} has no row of this "
                                               "id to take them from",
                                               row.row.id, from.file.string()));
    }
    row.readings = same->readings;
  }
  return {};
}

}  // namespace

Result<PublishedFile> LoadPublished(const fs::path& file) {
  Result<ConfigNode> root = LoadYaml(file);
  if (!root.ok()) {
    return root.error();
  }
  PublishedFile published;
  published.file = file;
  MapReader read(*root, "");
  int schema = 0;
  read.RequiredEnum("schema", {"npusched.published/1"}, &schema);
  const ConfigNode* rows = read.RequiredChild("rows");
  if (rows != nullptr && rows->kind != NodeKind::kList) {
    read.Fail("rows", "expected a list");
  }
  if (Status s = read.Finish(); !s.ok()) {
    return s.error();
  }
  std::set<std::string> ids;
  for (const ConfigNode& item : rows->items) {
    Result<PublishedRow> row = ReadRow(item, fmt::format("rows[{}]", published.rows.size()));
    if (!row.ok()) {
      return row.error();
    }
    if (!ids.insert(row->row.id).second) {
      return InputError(row->where, fmt::format("rows[{}].id: expected each row once, got '{}' again",
                                                published.rows.size(), row->row.id));
    }
    published.rows.push_back(*std::move(row));
  }
  return published;
}

Result<PublishedFile> LoadShippedPublished() {
  Result<ConfigNode> found = ConfigSearch(".").Resolve(ConfigNode::Scalar(kShipped), "published");
  if (!found.ok()) {
    return found.error();
  }
  return LoadPublished(found->where.file);
}

Result<PublishedFile> LoadPublishedOrShipped(const std::string& named) {
  if (named.empty()) {
    return LoadShippedPublished();
  }
  Result<PublishedFile> published = LoadPublished(named);
  if (!published.ok()) {
    return published;
  }
  const bool complete = std::all_of(published->rows.begin(), published->rows.end(),
                                    [](const PublishedRow& row) { return !row.readings.empty(); });
  if (complete) {
    return published;
  }
  Result<PublishedFile> shipped = LoadShippedPublished();
  if (!shipped.ok()) {
    return shipped;
  }
  if (Status s = TakeReadings(*shipped, &*published); !s.ok()) {
    return s.error();
  }
  return published;
}

}  // namespace npusched
