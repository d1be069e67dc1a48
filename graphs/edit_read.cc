#include <fmt/format.h>

#include "graphs/edit.h"

namespace npusched {
namespace {

constexpr Range kCount{.min = 2, .max = 65'536};

void ReadTag(MapReader& read, Edit* edit) {
  int tag = 0;
  read.Required("kernel", &edit->kernel);
  read.Required("arg", &edit->arg, Range{.min = 0, .max = 65'535});
  read.RequiredEnum("to", {"INPUT", "INOUT", "OUTPUT_EXISTING", "NO_DEP"}, &tag);
  constexpr ArgTag kTags[] = {ArgTag::kInput, ArgTag::kInOut, ArgTag::kOutputExisting, ArgTag::kNoDep};
  edit->tag = kTags[tag];
}

void ReadManual(MapReader& read, Edit* edit) {
  read.Optional("buffer", &edit->buffer);
  read.Optional("kernel", &edit->kernel);
  read.Optional("arg", &edit->arg, Range{.min = 0, .max = 65'535});
  const bool by_kernel = !edit->kernel.empty() && edit->arg >= 0;
  if (edit->buffer.empty() == !by_kernel || (!edit->buffer.empty() && (!edit->kernel.empty() || edit->arg >= 0))) {
    read.Fail("buffer", "expected either the name of a buffer, or kernel and arg");
  }
}

void ReadDeps(MapReader& read, Edit* edit) {
  read.Required("from", &edit->from);
  read.Required("to", &edit->to);
  if (edit->kind != EditKind::kAddDeps) return;
  read.Optional("through", &edit->through);
  read.Optional("last", &edit->last);
}

void ReadDuration(MapReader& read, Edit* edit) {
  read.Required("kernel", &edit->kernel);
  read.OptionalTime("to_us", &edit->duration);
  read.Optional("scale", &edit->scale, Range{.min = 0, .max = 1e6});
  if (read.Has("to_us") == read.Has("scale")) read.Fail("scale", "expected either to_us or scale");
  if (edit->duration > 1'000'000 * kPsPerUs) read.Fail("to_us", "expected at most one second");
}

Status ReadEdit(EditKind kind, const ConfigNode& node, const std::string& path, Edit* edit) {
  MapReader read(node, path);
  edit->kind = kind;
  edit->where = node.where;
  switch (kind) {
    case EditKind::kTag:
      ReadTag(read, edit);
      break;
    case EditKind::kManual:
      ReadManual(read, edit);
      break;
    case EditKind::kAddDeps:
    case EditKind::kDropDeps:
      ReadDeps(read, edit);
      break;
    case EditKind::kDuration:
      ReadDuration(read, edit);
      break;
    case EditKind::kBlocks:
      read.Required("kernel", &edit->kernel);
      read.Required("to", &edit->count, Range{.min = 1, .max = kCount.max});
      break;
    case EditKind::kMerge:
      read.Required("kernel", &edit->kernel);
      read.Required("every", &edit->count, kCount);
      break;
    case EditKind::kSplit:
      read.Required("kernel", &edit->kernel);
      read.Required("into", &edit->count, kCount);
      read.Optional("cut", &edit->cut, Range{.min = 0, .max = 65'535});
      break;
  }
  return read.Finish();
}

}  // namespace

Result<std::vector<Edit>> ReadEdits(const ConfigNode& list, const std::string& path) {
  static const std::vector<std::string> kNames = {"tag",      "manual", "add_deps", "drop_deps",
                                                  "duration", "blocks", "merge",    "split"};
  if (list.kind != NodeKind::kList) return InputError(list.where, path + ": expected a list of edits");
  std::vector<Edit> edits;
  for (const ConfigNode& item : list.items) {
    const std::string at = fmt::format("{}[{}]", path, edits.size());
    if (item.kind != NodeKind::kMap || item.entries.size() != 1) {
      return InputError(item.where, fmt::format("{}: expected a map with one of {}", at, fmt::join(kNames, ", ")));
    }
    const ConfigNode::Entry& entry = item.entries.front();
    const auto found = std::find(kNames.begin(), kNames.end(), entry.key);
    if (found == kNames.end()) {
      const std::string near = NearestName(entry.key, kNames);
      return InputError(entry.where, fmt::format("{}: unknown edit '{}', expected one of {}{}", at, entry.key,
                                                 fmt::join(kNames, ", "),
                                                 near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
    }
    Edit edit;
    const auto kind = static_cast<EditKind>(found - kNames.begin());
    if (Status s = ReadEdit(kind, entry.value, fmt::format("{}.{}", at, entry.key), &edit); !s.ok()) return s.error();
    edits.push_back(std::move(edit));
  }
  return edits;
}

}  // namespace npusched
