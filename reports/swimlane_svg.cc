#include "reports/swimlane_svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <vector>

#include "reports/attribution.h"
#include "reports/summary.h"
#include "reports/svg_text.h"
#include "reports/swimlane_lanes.h"
#include "reports/text.h"

namespace npusched {
namespace {

// Pixels, except where a name says tenths: coordinates along time are integers of tenths of a pixel.
constexpr int kWidth = 900;
constexpr int kLeft = 92;
constexpr int kPlot = 794;
constexpr std::int64_t kPlotTenths = 10 * std::int64_t{kPlot};
constexpr std::int64_t kLeftTenths = 10 * std::int64_t{kLeft};
constexpr int kTextLine = 17;            // pitch of a line of text
constexpr std::size_t kTitleBytes = 84;  // of a line
constexpr std::int64_t kHatchedTenths = 60;
constexpr std::int64_t kRectTenths = 10;

// Okabe and Ito's colours, told apart by people who do not see all of them. Seven colours and four hatchings give
// every kernel up to the 28th a look of its own, and neighbours in rank differ in both.
constexpr std::array<std::string_view, 7> kColours = {"#0072b2", "#e69f00", "#009e73", "#cc79a7",
                                                      "#56b4e9", "#d55e00", "#f0e442"};
constexpr int kLooks = static_cast<int>(kColours.size() * kHatchings.size());
constexpr std::string_view kHighlight = "#d55e00";

constexpr std::array<std::string_view, 4> kLaneNames = {"Orchestrator", "Scheduler", "AIC", "AIV"};  // by LaneKind

struct Panel {
  const SwimlanePanel& given;
  Attribution attribution;
  VariantSummary summary;
  LaneBars bars;
};

class Picture {
 public:
  Picture(std::span<const SwimlanePanel> panels, const SwimlaneOptions& options) : options_(options) {
    for (const SwimlanePanel& given : panels) {
      Attribution attribution = Attribute(given.input, given.trace);
      VariantSummary summary = Summarize(given.input, given.trace, attribution);
      panels_.push_back({given, std::move(attribution), std::move(summary), {}});
    }
    FindWindow();
    FindLooks();
    for (Panel& panel : panels_) CollectBars(panel);
    std::vector<const LaneBars*> bars;
    for (const Panel& panel : panels_) bars.push_back(&panel.bars);
    lanes_ = PlaceLanes(bars, !options_.highlight.empty());
  }

  std::string Draw(const std::string& title) {
    int y = 12;
    for (const std::string& line : WrapText(title, kTitleBytes)) {
      y += kTextLine;
      Text("t", 12, y, line);
    }
    y += 14;
    for (const Panel& panel : panels_) y = DrawPanel(panel, y);
    y = DrawLegend(y + 22);
    std::string out = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" role=\"img\" "
        "font-family=\"system-ui,Helvetica,Arial,sans-serif\" font-size=\"11\">\n<title>{2}</title>\n",
        kWidth, y, XmlText(title));
    out += Style();
    out += fmt::format("<rect class=\"bg\" width=\"{}\" height=\"{}\"/>\n", kWidth, y);
    return out + body_ + "</svg>\n";
  }

 private:
  // -- what is shown
  void FindWindow() {
    from_ = options_.from;
    to_ = options_.to;
    if (from_ < to_) return;
    from_ = kNever;
    to_ = 0;
    for (const Panel& panel : panels_) {
      const RunTrace& trace = panel.given.trace;
      from_ = std::min(from_, trace.tasks.empty() ? trace.first_start : trace.tasks.front().submit_begin);
      to_ = std::max(to_, trace.last_end);
    }
    from_ = std::min(from_, to_);
    to_ = std::max(to_, from_ + 1);
  }

  // Kernels by busy time of all panels, then by name.
  void FindLooks() {
    if (!options_.highlight.empty()) {
      kernels_ = {options_.highlight};
    } else {
      std::map<std::string, Picoseconds> busy;
      for (const Panel& panel : panels_) {
        for (const KernelSummary& kernel : panel.summary.kernels) busy[kernel.name] += kernel.busy;
      }
      for (const auto& [name, time] : busy) kernels_.push_back(name);
      std::stable_sort(kernels_.begin(), kernels_.end(),
                       [&](const std::string& a, const std::string& b) { return busy[a] > busy[b]; });
      kernels_.resize(std::min<std::size_t>(kernels_.size(), kLooks));
    }
    for (std::size_t i = 0; i < kernels_.size(); ++i) looks_[kernels_[i]] = static_cast<int>(i);
  }

  void CollectBars(Panel& panel) {
    std::vector<int> looks;
    for (const Kernel& kernel : panel.given.input.program.kernels) {
      const auto found = looks_.find(kernel.name);
      looks.push_back(found == looks_.end() ? kGrey : found->second);
    }
    panel.bars = BarsByLane(panel.given.input, panel.given.trace, looks, {from_, to_});
  }

  // -- pieces
  // Tenths of a pixel from the left of the plot. REQUIRES: from_ <= t <= to_.
  [[nodiscard]] std::int64_t X(Picoseconds t) const {
    Picoseconds part = t - from_;
    Picoseconds span = to_ - from_;
    for (; span > INT64_MAX / kPlotTenths / 2; span /= 2) part /= 2;
    return part * kPlotTenths / span;
  }
  [[nodiscard]] Picoseconds Clip(Picoseconds t) const { return std::clamp(t, from_, to_); }

  static std::string Tenths(std::int64_t value) {
    return value % 10 == 0 ? fmt::format("{}", value / 10) : fmt::format("{}.{}", value / 10, value % 10);
  }

  void Text(std::string_view style, int x, int y, std::string_view text) {
    body_ += fmt::format("<text class=\"{}\" x=\"{}\" y=\"{}\">{}</text>\n", style, x, y, XmlText(text));
  }

  [[nodiscard]] std::string Style() const {
    std::string style =
        ".bg{fill:#fff}.t{font-size:16px;font-weight:600;fill:#111}.n{font-size:13px;font-weight:600;fill:#111}"
        ".h{fill:#333}.s{font-size:13px;font-weight:600;fill:#b84e00}.a{fill:#555;text-anchor:middle}.l{fill:#444;font-"
        "size:9px;text-anchor:end}.b{font-size:8px;"
        "pointer-events:none}.lane{fill:#f4f5f7}.grid{stroke:#d8dce2;stroke-width:1}.end{stroke:#111;"
        "stroke-dasharray:3 2}.c{fill:none;stroke:#111;stroke-opacity:.8;stroke-linejoin:round}.k{fill:#b4bac4}";
    std::string patterns;
    for (int i = 0; i < static_cast<int>(kernels_.size()); ++i) {
      const std::string_view colour = options_.highlight.empty() ? kColours[ColourOf(i)] : kHighlight;
      style += fmt::format(".k{}{{fill:{}}}", i, colour);
      const std::string_view hatching = kHatchings[static_cast<std::size_t>(i) % kHatchings.size()];
      if (hatching.empty()) continue;
      style += fmt::format(".p{0}{{fill:url(#p{0})}}", i);
      patterns += HatchPattern(fmt::format("p{}", i), fmt::format("class=\"k{}\"", i), hatching);
    }
    return fmt::format("<style>{}</style>\n<defs>\n{}</defs>\n", style, patterns);
  }
  static std::size_t ColourOf(int look) { return static_cast<std::size_t>(look) % kColours.size(); }

  // The class of a bar: hatched when there is room to see it.
  static std::string ClassOf(int look, bool wide) {
    if (look == kGrey) return "k";
    const bool hatched = wide && static_cast<std::size_t>(look) % kHatchings.size() != 0;
    return fmt::format("{}{}", hatched ? 'p' : 'k', look);
  }

  // -- a panel
  int DrawPanel(const Panel& panel, int y) {
    const VariantSummary& summary = panel.summary;
    const Bound bound = summary.bounds.Binding();
    y += kTextLine;
    Text("n", 12, y, panel.given.name);
    Text("h", 12 + 8 * static_cast<int>(panel.given.name.size()) + 12, y,
         fmt::format("makespan {} us, bound by {} {} us", ShortUs(summary.makespan), NameOf(bound),
                     ShortUs(summary.bounds[bound])));
    for (const KernelSummary& kernel : summary.kernels) {
      if (kernel.name != options_.highlight) continue;
      y += kTextLine;
      const std::string at_once =
          kernel.peak_concurrency == 1 ? "one after another" : fmt::format("up to {} at once", kernel.peak_concurrency);
      Text("s", 12, y,
           fmt::format("{}: {} on {} core{}, {}, from {} to {} us", kernel.name, kernel.rows, kernel.distinct_cores,
                       kernel.distinct_cores == 1 ? "" : "s", at_once, ShortUs(kernel.first_start),
                       ShortUs(kernel.last_end)));
    }
    y += 8;
    for (const Lane& lane : lanes_) {
      body_ += fmt::format("<rect class=\"lane\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>\n", kLeft, y + lane.y,
                           kPlot, lane.height());
    }
    DrawAxis(y);
    DrawLaneNames(y);
    for (const Lane& lane : lanes_) DrawLane(panel, lane, y + lane.y);
    DrawChain(panel, y);
    DrawEnd(panel, y);
    return y + HeightOf(lanes_) + 2 * kTextLine;
  }

  // Grid lines with times below.
  void DrawAxis(int y) {
    const Picoseconds span = to_ - from_;
    Picoseconds step = 1;
    for (int i = 0; span / step > 9 && step < kNever / 10; ++i) step = i % 3 == 1 ? step / 2 * 5 : step * 2;
    for (Picoseconds t = (from_ + step - 1) / step * step; t <= to_; t += step) {
      const std::string x = Tenths(X(t) + kLeftTenths);
      body_ += fmt::format("<path class=\"grid\" d=\"M{} {}V{}\"/>\n", x, y, y + HeightOf(lanes_) + 3);
      std::string time;
      AppendUs(time, t);
      body_ += fmt::format("<text class=\"a\" x=\"{}\" y=\"{}\">{}</text>\n", x, y + HeightOf(lanes_) + 14, time);
    }
    Text("l", kLeft - 6, y + HeightOf(lanes_) + 14, "us");
  }

  // A tall lane has its name; thin ones share one.
  void DrawLaneNames(int y) {
    for (std::size_t i = 0; i < lanes_.size();) {
      const Lane& lane = lanes_[i];
      const std::string_view kind = kLaneNames[static_cast<std::size_t>(lane.key.kind)];
      std::size_t end = i + 1;
      while (!lane.tall && end < lanes_.size() && !lanes_[end].tall && lanes_[end].key.kind == lane.key.kind) ++end;
      const int middle = (lane.y + lanes_[end - 1].y + lanes_[end - 1].height()) / 2;
      std::string name(kind);
      if (end - i > 1) {
        const bool first = i == 0 || lanes_[i - 1].key.kind != lane.key.kind;
        name = fmt::format("{} {}{}{}", end - i, first ? "" : "more ", kind,
                           lane.key.kind == LaneKind::kScheduler ? "s" : "");
      } else if (lane.key.kind != LaneKind::kOrchestrator) {
        name = fmt::format("{} {}", kind, lane.key.index);
      }
      Text("l", kLeft - 6, y + middle + 4, name);
      i = end;
    }
  }

  void DrawLane(const Panel& panel, const Lane& lane, int y) {
    const auto found = panel.bars.find(lane.key);
    if (found == panel.bars.end()) return;
    body_ += fmt::format("<g transform=\"translate({},{})\">\n", kLeft, y);
    const Picoseconds half_pixel = (to_ - from_) / (kPlotTenths / 5);
    std::map<int, std::string> slivers;  // too narrow for a rect of their own: one path for each look
    for (const Bar& bar : MergeBars(found->second, half_pixel, !options_.highlight.empty())) {
      const std::int64_t x = X(bar.begin);
      const std::int64_t width = X(bar.end) - x;
      if (width < kRectTenths) {
        // Drawn half a pixel wide at least, or nobody would see it.
        const std::string drawn = Tenths(std::max<std::int64_t>(width, 5));
        slivers[bar.look] += fmt::format("M{} 0h{}v{}h-{}z", Tenths(x), drawn, lane.height(), drawn);
        continue;
      }
      body_ += fmt::format("<rect class=\"{}\" x=\"{}\" width=\"{}\" height=\"{}\"/>\n",
                           ClassOf(bar.look, width >= kHatchedTenths), Tenths(x),
                           Tenths(width > 30 ? width - 4 : width), lane.height());
      DrawBarName(bar.look, lane, x, width);
    }
    for (const auto& [look, path] : slivers) {
      body_ += fmt::format("<path class=\"{}\" d=\"{}\"/>\n", ClassOf(look, false), path);
    }
    body_ += "</g>\n";
  }

  // When it fits.
  void DrawBarName(int look, const Lane& lane, std::int64_t x, std::int64_t width) {
    if (look == kGrey || !lane.tall) return;
    const std::string& name = kernels_[static_cast<std::size_t>(look)];
    if (width < 46 * static_cast<std::int64_t>(name.size()) + 40) return;
    const bool dark = options_.highlight.empty() && ColourOf(look) % 2 == 1;
    body_ += fmt::format("<text class=\"b\" fill=\"{}\" x=\"{}\" y=\"7.5\">{}</text>\n", dark ? "#111" : "#fff",
                         Tenths(x + 20), XmlText(name));
  }

  // From lane to lane in time, below the names of the bars: submits on the Orchestrator, the rest, waits too, on the
  // core of the walk's row.
  void DrawChain(const Panel& panel, int y) {
    std::map<LaneKey, std::string> levels;
    for (const Lane& lane : lanes_) levels[lane.key] = fmt::format("{}.5", y + lane.y + lane.height() - 1);
    std::string path;
    std::string level;
    std::string last_x;
    const std::vector<Segment>& walk = panel.attribution.segments;
    for (const Segment& segment : std::vector<Segment>(walk.rbegin(), walk.rend())) {
      const bool submit = segment.cause == Cause::kOrchestrator || segment.cause == Cause::kRingFull;
      if ((!submit && segment.row == kNoId) || segment.end <= from_ || segment.begin >= to_) continue;
      const LaneKey key =
          submit ? LaneKey{} : LaneOf(panel.given.input.machine, panel.given.trace.rows[segment.row].core);
      const auto found = levels.find(key);
      if (found == levels.end()) continue;
      const std::string begin = Tenths(X(Clip(segment.begin)) + kLeftTenths);
      if (path.empty()) {
        path = fmt::format("M{} {}", begin, found->second);
      } else if (found->second != level) {
        path += fmt::format("H{}V{}", begin, found->second);
      }
      level = found->second;
      last_x = Tenths(X(Clip(segment.end)) + kLeftTenths);
    }
    if (!path.empty()) body_ += fmt::format("<path class=\"c\" d=\"{}H{}\"/>\n", path, last_x);
  }

  void DrawEnd(const Panel& panel, int y) {
    const Picoseconds end = panel.given.trace.last_end;
    if (end <= from_ || end > to_) return;
    body_ += fmt::format("<path class=\"end\" d=\"M{} {}V{}\"/>\n", Tenths(X(end) + kLeftTenths), y - 4,
                         y + HeightOf(lanes_) + 3);
  }

  // Returns where the picture ends.
  int DrawLegend(int y) {
    int x = 12;
    const auto place = [&](std::string_view text) {
      const int width = 34 + 7 * static_cast<int>(text.size());
      if (x > 12 && x + width > kWidth - 12) {
        x = 12;
        y += kTextLine;
      }
      Text("h", x + 22, y, text);
      x += width;
      return x - width;
    };
    const auto box = [&](std::string_view text, int look) {
      const int left = place(text);
      body_ += fmt::format("<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"17\" height=\"9\"/>\n", ClassOf(look, true),
                           left, y - 9);
    };
    for (std::size_t i = 0; i < kernels_.size(); ++i) box(kernels_[i], static_cast<int>(i));
    box(options_.highlight.empty() ? "schedulers, others" : "everything else", kGrey);
    const int chain = place("chain that decides the makespan");
    body_ += fmt::format("<path class=\"c\" d=\"M{} {}h17\"/>\n", chain, y - 4);
    const int end = place("end of the run");
    body_ += fmt::format("<path class=\"end\" d=\"M{} {}v12\"/>\n", end + 9, y - 10);
    place("AIC: cube core, AIV: vector core");
    return y + 12;
  }

  const SwimlaneOptions& options_;
  std::vector<Panel> panels_;
  Picoseconds from_ = 0;
  Picoseconds to_ = 1;
  std::vector<std::string> kernels_;  // by look
  std::map<std::string, int> looks_;
  std::vector<Lane> lanes_;
  std::string body_;
};

}  // namespace

std::string SwimlaneSvg(const std::string& title, std::span<const SwimlanePanel> panels,
                        const SwimlaneOptions& options) {
  return Picture(panels, options).Draw(title);
}

}  // namespace npusched
