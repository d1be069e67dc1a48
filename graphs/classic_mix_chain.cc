// Four MIX tasks of many blocks in a row, of hw-native-sys/simpler: what starting a whole die costs.
#include "graphs/builder.h"
#include "graphs/classic.h"
#include "graphs/classic_case.h"

namespace npusched {
namespace {

Program Emit(std::int64_t blocks, Picoseconds spin) {
  Builder b("mix_chain");
  const auto declare = [&](const char* name) { return b.Kernel(name, CoreShape::kMix); };
  const auto token = [&](const char* name) { return b.New(name, DType::kFloat32, {128}); };
  const auto submit = [&](const Launch& kernel) {
    return b.Submit(kernel).Blocks(static_cast<std::uint32_t>(blocks)).Lasting(spin);
  };
  const Launch t0 = declare("t0");
  const Launch t1 = declare("t1");
  const Launch t2 = declare("t2");
  const Launch t3 = declare("t3");
  const Tensor out = b.External("out", DType::kFloat32, {128});
  const Tensor x0 = token("x0");
  const Tensor x1 = token("x1");
  const Tensor x2 = token("x2");
  submit(t0).Creates(x0);
  submit(t1).In(x0, x0, x0, x0).Creates(x1);
  submit(t2).In(x1, x1, x1, x1, x1, x1, x1, x1).Creates(x2);
  submit(t3).In(x2, x2, x2, x2, x2, x2, x2, x2, x2, x2, x2, x2).OutExisting(out);
  return b.Finish();
}

}  // namespace

Result<Program> EmitMixChain(const ConfigNode& program, const ConfigNode& cases) {
  std::int64_t blocks = 0;
  Picoseconds spin = 0;
  CaseReader read("mix_chain", program, cases);
  read.Size("blocks", &blocks);
  read.Time("spin_us", &spin);
  if (Status status = read.Finish(); !status.ok()) return status.error();
  return Emit(blocks, spin);
}

}  // namespace npusched
