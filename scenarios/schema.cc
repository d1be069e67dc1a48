#include "scenarios/schema.h"

#include "scenarios/program.h"
#include "scenarios/schema_table.h"

namespace npusched {
namespace {

using Json = nlohmann::ordered_json;

std::vector<std::string> Words(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    words.emplace_back(text.substr(0, space));
    text.remove_prefix(std::min(space + 1, text.size()));
  }
  return words;
}

Json Reference(std::string_view name) { return {{"$ref", "#/$defs/" + std::string(name)}}; }

// Numbers with their source are maps; YAML reads 308_after as text, but 489 as a number.
Json TypeOf(const SchemaRow& row) {
  Json type;
  const std::vector<std::string> words = Words(row.type);
  if (row.type.starts_with('#')) {
    type = Reference(row.type.substr(1));
  } else if (words.front() == "const") {
    type = {{"const", words[1]}};
  } else if (words.front() == "enum") {
    type["enum"] = Json::array();
    for (std::size_t i = 1; i < words.size(); ++i) {
      type["enum"].push_back(words[i]);
      if (const Json number = Json::parse(words[i], nullptr, false); number.is_number()) {
        type["enum"].push_back(number);
      }
      if (words[i] == "on" || words[i] == "off") {
        type["enum"].push_back(words[i] == "on");  // as readers of YAML 1.1 take them
      }
    }
  } else {
    type = {{"type", row.type}};
  }
  type["description"] = row.text;
  return type;
}

Json MapOf(std::string_view map) {
  Json schema = {{"type", "object"}, {"additionalProperties", false}, {"properties", Json::object()}};
  Json required = Json::array();
  for (const SchemaRow& row : kSchemaRows) {
    if (row.map != map) {
      continue;
    }
    const bool must = row.key.starts_with('!');
    const std::string key(row.key.substr(must ? 1 : 0));
    schema["properties"][key] = TypeOf(row);
    if (must) {
      required.push_back(key);
    }
  }
  if (!required.empty()) {
    schema["required"] = required;
  }
  return schema;
}

Json ListOf(Json items) { return {{"type", "array"}, {"items", std::move(items)}, {"minItems", 1}}; }

// Keys such as program.workload.batch.
Json DottedKeys(Json values) {
  return {{"type", "object"},
          {"patternProperties", {{R"(^(program|hardware|runtime|model|numeric)(\..+)?$)", std::move(values)}}},
          {"additionalProperties", false}};
}

Json RandomBetween(bool seeded) {
  Json random = {{"type", "object"},
                 {"properties", {{"random", Reference("pair")}}},
                 {"required", {"random"}},
                 {"additionalProperties", false}};
  if (seeded) {
    random["properties"]["seed"] = Reference("number");
  }
  return random;
}

// Each with one key.
Json Edits() {
  const auto with = [](const char* text, Json keys) {
    return Json{
        {"type", "object"}, {"description", text}, {"properties", std::move(keys)}, {"additionalProperties", false}};
  };
  const Json name = {{"type", "string"}};
  const Json count = Reference("number");
  Json tags = Json::array({"INPUT", "INOUT", "OUTPUT_EXISTING", "NO_DEP"});
  const Json tag = {{"enum", std::move(tags)}};
  Json edits;
  edits["tag"] = with("Another tag for an argument", {{"kernel", name}, {"arg", count}, {"to", tag}});
  edits["manual"] = with("Buffers that inference leaves out", {{"buffer", name}, {"kernel", name}, {"arg", count}});
  edits["add_deps"] =
      with("Explicit dependencies on all earlier tasks of a kernel, or the last, or those that share data",
           {{"from", name}, {"to", name}, {"through", name}, {"last", {{"type", "boolean"}}}});
  edits["drop_deps"] = with("Explicit dependencies that go", {{"from", name}, {"to", name}});
  edits["duration"] = with("How long rows last", {{"kernel", name}, {"to_us", count}, {"scale", count}});
  edits["blocks"] = with("How many blocks share the work of a task", {{"kernel", name}, {"to", count}});
  edits["merge"] = with("Every so many tasks become one", {{"kernel", name}, {"every", count}});
  edits["split"] =
      with("One task becomes so many",
           {{"kernel", name}, {"into", count}, {"cut", {{"type", "array"}, {"items", {{"type", "integer"}}}}}});
  return {{"type", "object"},
          {"properties", std::move(edits)},
          {"minProperties", 1},
          {"maxProperties", 1},
          {"additionalProperties", false}};
}

Json Definitions() {
  Json defs;
  defs["file_name"] = {{"type", "string"}, {"pattern", "^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,63}$"}};
  defs["number"] = {{"oneOf",
                     {{{"type", "number"}},
                      {{"type", "object"},
                       {"description", "A number and where it comes from; outside `range` it needs a `reason`"},
                       {"properties",
                        {{"value", {{"type", "number"}}},
                         {"range", Reference("pair")},
                         {"source", {{"type", "string"}}},
                         {"reason", {{"type", "string"}}}}},
                       {"required", {"value"}},
                       {"additionalProperties", false}}}}};
  defs["pair"] = {{"type", "array"}, {"items", {{"type", "number"}}}, {"minItems", 2}, {"maxItems", 2}};
  defs["scalar"] = {{"type", {"number", "boolean", "string"}}};
  defs["config"] = {{"type", {"string", "object"}}};
  defs["changes"] = DottedKeys(Json(true));
  defs["sweep"] = DottedKeys(ListOf(Json(true)));
  defs["point"] = DottedKeys(Reference("scalar"));
  defs["numeric"] = MapOf("numeric");
  defs["variants"] = ListOf(MapOf("variants"));
  defs["edits"] = ListOf(Edits());
  defs["expectations"] = {{"type", "array"}, {"items", MapOf("expect")}};
  defs["contexts"] = {{"oneOf", {Reference("number"), ListOf({{"type", "integer"}}), RandomBetween(true)}}};
  defs["sizes"] = {{"oneOf", {Reference("number"), ListOf({{"type", "integer"}})}}};
  defs["duration"] = {{"oneOf", {Reference("number"), RandomBetween(false)}}};
  Json programs = Json::array();
  for (const std::string& kind : ProgramKinds()) {
    programs.push_back(MapOf(kind));
  }
  defs["program"] = {{"oneOf", std::move(programs)}};
  for (const char* map : {"qwen3_decode.model", "qwen3_decode.tiles", "qwen3_decode.workload"}) {
    defs[map] = MapOf(map);
  }
  return defs;
}

}  // namespace

Json ScenarioSchema() {
  Json schema;
  schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
  schema["$id"] = "npusched.scenario/1";
  schema["title"] = "A scenario of npusched";
  schema.update(MapOf(""));
  // A file that extends another may leave out what that one says, inside the program too.
  schema["if"] = {{"not", {{"required", {"extends"}}}}};
  schema["then"] = {{"required", schema["required"]}, {"properties", {{"program", Reference("program")}}}};
  schema["properties"]["program"].erase("$ref");
  schema["properties"]["program"]["type"] = "object";
  schema.erase("required");
  schema["$defs"] = Definitions();
  return schema;
}

std::vector<std::string> SchemaKeys(std::string_view map) {
  std::vector<std::string> keys;
  for (const SchemaRow& row : kSchemaRows) {
    if (row.map == map) {
      keys.emplace_back(row.key.substr(row.key.starts_with('!') ? 1 : 0));
    }
  }
  return keys;
}

}  // namespace npusched
