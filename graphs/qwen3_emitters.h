// The emitters of the published shapes, each in a file of its own.
#pragma once

#include "graphs/program.h"
#include "graphs/qwen3_sizes.h"

namespace npusched {

// REQUIRES of each: options of its shape that ReadQwen3Options could have returned.
Program EmitBaseShape(const Qwen3Options& options);
Program EmitShape275(const Qwen3Options& options);
Program EmitShape308(const Qwen3Options& options);
Program EmitShape349(const Qwen3Options& options);
Program EmitShape360(const Qwen3Options& options);
Program EmitShape420(const Qwen3Options& options);  // and 387
Program EmitShape489(const Qwen3Options& options);  // and 449
Program EmitShape558(const Qwen3Options& options);
Program EmitHeadShape(const Qwen3Options& options);

}  // namespace npusched
