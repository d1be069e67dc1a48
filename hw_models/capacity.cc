#include "hw_models/capacity.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "hw_models/core_cycles.h"

namespace npusched {
namespace {

struct Need {
  double inputs = 0;    // loads of one trip
  double products = 0;  // most accumulators live at once
  double tile = 0;      // largest tile of a vector operation or store
};

Need NeedOf(const Loop& loop) {
  Need need;
  double accumulators = 0;
  for (const Op& op : loop.body) {
    switch (op.kind) {
      case OpKind::kLoad:
        need.inputs += TileBytes(op);
        break;
      case OpKind::kMatmul:
        accumulators += static_cast<double>(op.rows) * static_cast<double>(op.columns) * SizeOf(DType::kFloat32);
        need.products = std::max(need.products, accumulators);
        break;
      case OpKind::kStore:
        accumulators = 0;
        [[fallthrough]];
      case OpKind::kVector:
        need.tile = std::max(need.tile, TileBytes(op));
        break;
    }
  }
  return need;
}

class Checker {
 public:
  Checker(const std::string& kernel, std::size_t loop) : kernel_(kernel), loop_(loop) {}

  void Fits(double need, std::int64_t capacity, std::string_view buffer, const std::string& what) {
    if (status_.ok() && need > static_cast<double>(capacity)) {
      status_ = InputError({}, fmt::format("kernel {}, loop {}: {} {:.0f} bytes of {}, which holds {}", kernel_, loop_,
                                           what, need, buffer, capacity));
    }
  }
  [[nodiscard]] const Status& status() const { return status_; }

 private:
  const std::string& kernel_;
  std::size_t loop_;
  Status status_;
};

}  // namespace

Status CheckCapacity(std::span<const Loop> loops, int slot, const std::string& kernel, const Machine& machine) {
  for (std::size_t i = 0; i < loops.size(); ++i) {
    const Loop& loop = loops[i];
    const Need need = NeedOf(loop);
    const double inputs = need.inputs * loop.stage;
    const std::string loads = loop.stage == 1 ? "the loads of a trip need"
                                              : fmt::format("the loads of {} trips at once (stage) need", loop.stage);
    Checker check(kernel, i);
    if (slot == kSlotAic) {
      check.Fits(inputs, machine.l1_bytes, "L1", loads);
      check.Fits(need.products, machine.l0c_bytes, "L0C", "the products of a trip need");
    } else {
      check.Fits(inputs, machine.ub_bytes, "UB", loads);
      check.Fits(need.tile, machine.ub_bytes, "UB", "its largest tile needs");
    }
    if (!check.status().ok()) {
      return check.status();
    }
  }
  return {};
}

}  // namespace npusched
