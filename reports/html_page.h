// The parts of report.html that are the same in every report: files of reports/html/, put into the program when it is
// built (cmake/embed.cmake).
#pragma once

#include <string_view>

namespace npusched {

extern const std::string_view kPageTemplate;  // page.html: {{title}}, {{style}}, {{data}}, {{script}}, ...
extern const std::string_view kPageStyle;     // page.css
extern const std::string_view kPageScript;    // page.js: bundled from src/ by tools/bundle

}  // namespace npusched
