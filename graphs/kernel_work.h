// What a kernel does, in tiles: the emitter states it, hw_models turns it into time.
//
// A kernel is a list of loops for each core of its shape. A matmul of [16, 5120] x [5120, 256] in
// steps of 256 reads:  Loop{trips 20, stage 1, {Load w 256x256, Load a 16x256, Matmul 16x256x256}},
// Loop{trips 1, stage 1, {Store 16x256 fp32}}.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "graphs/tensor.h"

namespace npusched {

enum class OpKind : std::uint8_t { kLoad, kMatmul, kVector, kStore };

// Where the bytes of a load or store live.
enum class MemorySpace : std::uint8_t {
  kWeight,      // streamed once from HBM
  kCache,       // KV cache: HBM
  kActivation,  // written in this layer: L2 while it fits
};

enum class VectorOp : std::uint8_t {
  kAdd,
  kMul,
  kScale,
  kExp,
  kDiv,
  kCast,
  kMax,
  kRsqrt,
  kSum,
  kCopy,
  kFill,
};

// One operation of a loop body. Only the fields of its kind are set.
struct Op {
  OpKind kind = OpKind::kLoad;
  MemorySpace space = MemorySpace::kActivation;  // load, store
  VectorOp vector = VectorOp::kAdd;              // vector
  DType dtype = DType::kFloat32;                 // of the elements; matmul: of the operands
  std::uint8_t arg = 0xFF;                       // load, store: argument position in the task; 0xFF unknown
  bool atomic = false;                           // store: atomic add
  std::int64_t rows = 0;                         // load, store, vector: [rows, columns]; matmul: M
  std::int64_t columns = 0;                      // matmul: N
  std::int64_t depth = 0;                        // matmul: K

  friend bool operator==(const Op&, const Op&) = default;
};

struct Loop {
  std::int64_t trips = 1;
  std::int32_t stage = 1;  // 1: plain; 2: the next trip's loads overlap this trip's compute
  std::vector<Op> body;

  friend bool operator==(const Loop&, const Loop&) = default;
};

// The cores a kernel runs on, as bits of a slot mask and as positions in KernelWork::slots.
inline constexpr int kSlotAic = 0;
inline constexpr int kSlotAiv0 = 1;
inline constexpr int kSlotAiv1 = 2;
inline constexpr int kSlots = 3;

// The work of one block of a task. An AIC task fills slot 0, an AIV task slot 1, MIX two or three.
struct KernelWork {
  std::string name;  // of the kernel, for messages
  std::vector<Loop> slots[kSlots];

  friend bool operator==(const KernelWork&, const KernelWork&) = default;
};

}  // namespace npusched
