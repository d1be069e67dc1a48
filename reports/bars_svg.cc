#include "reports/bars_svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <string_view>
#include <vector>

#include "reports/svg_text.h"
#include "reports/text.h"

namespace npusched {
namespace {

// Pixels.
constexpr int kWidth = 900;
constexpr int kLeft = 132;
constexpr int kPlot = 560;  // of the longest makespan
constexpr int kTextLine = 17;
constexpr int kBar = 12;
constexpr int kStack = 22;
constexpr std::size_t kTitleBytes = 84;  // of a line
constexpr int kLetter = 6;               // a generous mean

struct Look {
  std::string_view spoken;
  std::string_view colour;
  std::size_t hatching = 0;
  std::string_view ink;  // of a text on it
};

// As in report.html, by Cause.
constexpr std::array<Look, kCauses> kCauseLooks = {{{"kernel", "#3b4f68", 0, "#fff"},
                                                    {"dependency wait", "#7c8a1e", 2, "#fff"},
                                                    {"orchestrator", "#7446a8", 2, "#fff"},
                                                    {"scheduler", "#b3123f", 1, "#fff"},
                                                    {"core busy", "#9fb3cd", 3, "#111"},
                                                    {"ring full", "#8b5e34", 1, "#fff"},
                                                    {"memory contention", "#0f766e", 1, "#fff"},
                                                    {"switch", "#c9b8dd", 2, "#111"}}};
constexpr std::array<std::string_view, kBounds> kBoundNames = {"critical path",    "AIC work",     "AIV work",
                                                               "memory bandwidth", "orchestrator", "scheduler threads"};

std::string LabelOf(const VariantSummary& variant) {
  std::string label = variant.name;
  for (const PointValue& value : variant.point) label += fmt::format(", {} = {}", value.key, value.value);
  return label;
}

class Bars {
 public:
  explicit Bars(const ScenarioSummary& summary) : summary_(summary) {
    for (const VariantSummary& variant : summary.variants) longest_ = std::max(longest_, variant.makespan);
  }

  std::string Draw(const std::string& title) {
    int y = 12;
    for (const std::string& line : WrapText(title, kTitleBytes)) {
      y += kTextLine;
      Text("t", 12, y, line);
    }
    for (const VariantSummary& variant : summary_.variants) y = DrawVariant(variant, y + 14);
    y = DrawLegend(y + 26) + 12;
    std::string out = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" role=\"img\" "
        "font-family=\"system-ui,Helvetica,Arial,sans-serif\" font-size=\"11\">\n<title>{2}</title>\n{3}"
        "<rect class=\"bg\" width=\"{0}\" height=\"{1}\"/>\n",
        kWidth, y, XmlText(title), Style());
    return out + body_ + "</svg>\n";
  }

 private:
  static std::string Style() {
    std::string patterns = HatchPattern("binds", "fill=\"#c2410c\"", kHatchings[1]);
    std::string style =
        ".bg{fill:#fff}.t{font-size:16px;font-weight:600;fill:#111}.n{font-size:13px;font-weight:600;fill:#111}"
        ".h{fill:#333}.l{fill:#444;text-anchor:end}.v{fill:#333}.s{fill:#b03a08;font-weight:600}.track{fill:#f4f5f7}"
        ".m{fill:#15181c}.f{fill:#a7aeb8}.d{fill:url(#binds)}.limit{stroke:#15181c;stroke-dasharray:2 2}"
        ".p{font-size:10.5px;text-anchor:middle}";
    for (std::size_t i = 0; i < kCauses; ++i) {
      const Look& look = kCauseLooks[i];
      if (look.hatching == 0) {
        style += fmt::format(".c{}{{fill:{}}}", i, look.colour);
      } else {
        style += fmt::format(".c{0}{{fill:url(#c{0})}}", i);
        patterns +=
            HatchPattern(fmt::format("c{}", i), fmt::format("fill=\"{}\"", look.colour), kHatchings[look.hatching]);
      }
    }
    return fmt::format("<style>{}</style>\n<defs>\n{}</defs>\n", style, patterns);
  }

  void Text(std::string_view style, double x, int y, std::string_view text) {
    body_ += fmt::format("<text class=\"{}\" x=\"{}\" y=\"{}\">{}</text>\n", style, x, y, XmlText(text));
  }
  void Rect(std::string_view style, Picoseconds from, Picoseconds to, int y, int height) {
    body_ += fmt::format("<rect class=\"{}\" x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" height=\"{}\"/>\n", style,
                         kLeft + X(from), y, X(to) - X(from), height);
  }
  // Pixels from the left of the plot.
  [[nodiscard]] double X(Picoseconds t) const {
    return longest_ == 0 ? 0 : kPlot * static_cast<double>(t) / static_cast<double>(longest_);
  }

  // Each draws below `y` and returns where it ends.
  int DrawVariant(const VariantSummary& variant, int y) {
    y += kTextLine;
    Text("n", 12, y, LabelOf(variant));
    if (variant.deadlock) {
      y += kTextLine;
      Text("s", 12, y, fmt::format("{} {}: no times", variant.status, variant.deadlock->code));
      return y;
    }
    y = DrawBounds(variant, y + 8);
    return DrawAttribution(variant, y + 6);
  }

  int DrawBounds(const VariantSummary& variant, int y) {
    const int top = y;
    Line("makespan", "m", variant.makespan, y, ShortUs(variant.makespan) + " us", "h");
    std::array<std::size_t, kBounds> order{};
    std::iota(order.begin(), order.end(), 0);
    const auto& values = variant.bounds.values;
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] > values[b]; });
    for (const std::size_t i : order) {
      if (values[i] <= 0) continue;
      y += kBar + 4;
      const bool binds = static_cast<Bound>(i) == variant.bounds.Binding();
      Line(kBoundNames[i], binds ? "d" : "f", values[i], y,
           fmt::format("{} us, {:.0f} %{}", ShortUs(values[i]), Percent(values[i], variant.makespan),
                       binds ? ": binds" : ""),
           binds ? "s" : "v");
    }
    y += kBar;
    body_ += fmt::format("<path class=\"limit\" d=\"M{:.1f} {}V{}\"/>\n", kLeft + X(variant.makespan), top - 3, y + 3);
    return y;
  }

  void Line(std::string_view name, std::string_view style, Picoseconds value, int y, std::string_view figure,
            std::string_view figure_style) {
    Text("l", kLeft - 8, y + kBar - 2, name);
    Rect("track", 0, longest_, y, kBar);
    Rect(style, 0, value, y, kBar);
    Text(figure_style, kLeft + kPlot + 10, y + kBar - 2, figure);
  }

  int DrawAttribution(const VariantSummary& variant, int y) {
    Text("l", kLeft - 8, y + kStack / 2 + 4, "where it went");
    Picoseconds at = 0;
    for (std::size_t i = 0; i < kCauses; ++i) {
      const Picoseconds part = variant.attribution[i];
      if (part <= 0) continue;
      Rect(fmt::format("c{}", i), at, at + part, y, kStack);
      const std::string share = fmt::format("{:.0f} %", Percent(part, variant.makespan));
      const std::string named = fmt::format("{} {}", kCauseLooks[i].spoken, share);
      const double room = X(part) - 8;
      const std::string& text = room > kLetter * static_cast<double>(named.size()) ? named : share;
      if (room > kLetter * static_cast<double>(text.size())) {
        body_ += fmt::format("<text class=\"p\" fill=\"{}\" x=\"{:.1f}\" y=\"{}\">{}</text>\n", kCauseLooks[i].ink,
                             kLeft + (X(at) + X(at + part)) / 2, y + kStack / 2 + 4, text);
      }
      at += part;
    }
    return y + kStack;
  }

  int DrawLegend(int y) {
    int x = 12;
    for (std::size_t i = 0; i < kCauses; ++i) {
      const auto has = [&](const VariantSummary& variant) { return variant.attribution[i] > 0; };
      if (!std::ranges::any_of(summary_.variants, has)) continue;
      const int width = 34 + 7 * static_cast<int>(kCauseLooks[i].spoken.size());
      if (x > 12 && x + width > kWidth - 12) {
        x = 12;
        y += kTextLine;
      }
      body_ += fmt::format("<rect class=\"c{}\" x=\"{}\" y=\"{}\" width=\"17\" height=\"9\"/>\n", i, x, y - 9);
      Text("h", x + 22, y, kCauseLooks[i].spoken);
      x += width;
    }
    y += kTextLine;
    Text("h", 12, y, "grey: lower bounds of the makespan; hatched: the one that binds; dotted: the makespan");
    return y;
  }

  const ScenarioSummary& summary_;
  Picoseconds longest_ = 0;
  std::string body_;
};

}  // namespace

std::string BarsSvg(const std::string& title, const ScenarioSummary& summary) { return Bars(summary).Draw(title); }

}  // namespace npusched
