// Small pieces of text that every view writes the same way: exact microseconds, core names, quoting.
//
//   std::string out;
//   AppendUs(out, 12'345'678);   // "12.345678"
//   AppendUs(out, 2'500'000);    // "2.5"
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"
#include "graphs/program.h"
#include "hw_models/machine.h"
#include "sim/trace.h"

namespace npusched {

void AppendInt(std::string& out, std::int64_t value);

// Microseconds without a rounding error: at most six decimals, trailing zeros dropped.
void AppendUs(std::string& out, Picoseconds t);

// The double nearest to the decimal number of microseconds; times 1e6 and rounded it is `t` again (below 2^53 ps).
inline double NearestUs(Picoseconds t) { return static_cast<double>(t) / 1e6; }

// "AIC_3", "AIV_0": numbered from 0 within their type.
std::string CoreName(const Machine& machine, CoreId core);

// "aic", "aiv", "mix", "dummy", "alloc".
std::string_view NameOf(CoreShape shape);

// "complete", "dispatch", ...: a phase of a scheduler thread.
std::string_view NameOf(PhaseKind kind);

// Bytes that are not UTF-8 become U+FFFD.
std::string Utf8(std::string_view text);

// With quotes and escapes; bytes that are not UTF-8 become U+FFFD.
std::string JsonString(std::string_view text);

// For the text and attributes of XML and SVG: specials escaped, bytes that are not UTF-8 become U+FFFD.
std::string XmlText(std::string_view text);

// Quoted (RFC 4180) only when it has to be.
std::string CsvField(std::string_view text);

}  // namespace npusched
