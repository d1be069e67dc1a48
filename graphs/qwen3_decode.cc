#include "graphs/qwen3_decode.h"

#include "graphs/qwen3_emitters.h"

namespace npusched {

Program EmitQwen3Decode(const Qwen3Options& options) {
  if (options.layers == 0) return EmitBaseShape(options);  // the head alone
  switch (options.shape) {
    case Qwen3Shape::k275Before:
    case Qwen3Shape::k275After:
      return EmitShape275(options);
    case Qwen3Shape::k308Before:
    case Qwen3Shape::k308After:
      return EmitShape308(options);
    case Qwen3Shape::k349:
      return EmitShape349(options);
    case Qwen3Shape::k360:
      return EmitShape360(options);
    case Qwen3Shape::k387:
    case Qwen3Shape::k420:
      return EmitShape420(options);
    case Qwen3Shape::k449:
    case Qwen3Shape::k489:
      return EmitShape489(options);
    case Qwen3Shape::k558Before:
    case Qwen3Shape::k558After:
      return EmitShape558(options);
    case Qwen3Shape::kHead:
      return EmitHeadShape(options);
    case Qwen3Shape::kBase:
      break;
  }
  return EmitBaseShape(options);
}

Result<Program> EmitQwen3Decode(const ConfigNode& program, const ConfigNode& model) {
  Result<Qwen3Options> options = ReadQwen3Options(program, model);
  if (!options.ok()) return options.error();
  return EmitQwen3Decode(*options);
}

}  // namespace npusched
