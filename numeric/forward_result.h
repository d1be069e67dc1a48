// What a decode forward leaves behind, from the executor or from the reference: the tensors to compare.
#pragma once

#include <cstdint>

#include "graphs/program.h"
#include "numeric/device_memory.h"
#include "numeric/matrix.h"

namespace npusched {

// Rows of sequences, those that pad the batch left out. A tensor that the program does not make is empty.
struct ForwardResult {
  Matrix hidden;  // [batch, hidden] after the last layer
  Matrix k_rows;  // [layers x batch, KV heads x head_dim]: what each sequence adds to the cache
  Matrix v_rows;
  Matrix logits;  // [batch, vocab]
};

// From the memory after a program of EmitQwen3Decode has run.
ForwardResult Collect(const Program& program, const DeviceMemory& memory, std::int64_t batch);

}  // namespace npusched
