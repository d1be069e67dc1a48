#include "graphs/classic.h"

#include <array>

#include "base/check.h"

namespace npusched {
namespace {

struct Kind {
  std::string_view name;
  Result<Program> (*emit)(const ConfigNode&, const ConfigNode&);
};

// Attention with small rings is the batched program with other cases.
constexpr std::array kKinds = {
    Kind{"bgemm", EmitBgemm},
    Kind{"alternating", EmitAlternating},
    Kind{"batch_paged_attention", EmitBatchPagedAttention},
    Kind{"paged_attention_unroll", EmitPagedAttentionUnroll},
    Kind{"mix_chain", EmitMixChain},
    Kind{"sync_start_stress", EmitSyncStartStress},
    Kind{"back_pressure", EmitBackPressure},
};

constexpr auto kNames = [] {
  std::array<std::string_view, kKinds.size()> names;
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = kKinds[i].name;
  return names;
}();

}  // namespace

std::span<const std::string_view> ClassicKinds() { return kNames; }

Result<Program> EmitClassic(std::string_view kind, const ConfigNode& program, const ConfigNode& cases) {
  for (const Kind& each : kKinds) {
    if (each.name == kind) return each.emit(program, cases);
  }
  NPU_CHECK(false);
}

}  // namespace npusched
