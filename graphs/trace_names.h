// The words of a submit trace, by the values of the enums they stand for.
#pragma once

#include <array>
#include <string_view>

namespace npusched {

inline constexpr std::string_view kSubmitTraceSchema = "npusched.submit_trace/1";
inline constexpr std::array<std::string_view, 5> kTagNames = {"INPUT", "OUTPUT", "INOUT", "OUTPUT_EXISTING", "NO_DEP"};
inline constexpr std::array<std::string_view, 5> kAccessNames = {"by_tag", "read", "write", "read_write", "accumulate"};
inline constexpr std::array<std::string_view, 5> kCoreNames = {"aic", "aiv", "mix", "dummy", "alloc"};
inline constexpr std::array<std::string_view, 2> kScopeNames = {"auto", "manual"};
inline constexpr std::array<std::string_view, 3> kScopeEventNames = {"begin_auto", "begin_manual", "end"};
inline constexpr std::array<std::string_view, 3> kSourceNames = {"explicit", "creator", "tensormap"};
inline constexpr std::array<std::string_view, 3> kOverlapNames = {"", "covered", "other"};

}  // namespace npusched
