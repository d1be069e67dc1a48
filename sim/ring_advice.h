// After a deadlock: the smallest size of what ran out with which the same run completes.
//
// Found by running again, each run a few milliseconds: sizes double until one completes, then the gap is halved.
//
//   Deadlock deadlock;
//   if (!RunNative(input, &deadlock).ok()) text += Describe(AdviseSize(input, deadlock));
//   // "rings.slots 41 is the smallest that completes"
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/deadlock.h"
#include "sim/engine.h"

namespace npusched {

struct RingAdvice {
  enum class Outcome : std::uint8_t {
    kNone,      // no size is to blame
    kSmallest,  // `size` completes, one less does not
    kBetween,   // `size` completes; the search ended before the smallest was found
    kGivenUp,   // nothing up to `fails` completes; the search ended there
    kHelpless,  // nothing completes, however large it is
  };
  Outcome outcome = Outcome::kNone;
  std::string key;         // "rings.slots", or "rings.slots of ring 2" where the rings differ
  std::int64_t size = 0;   // completes
  std::int64_t fails = 0;  // the largest known not to complete
};

// Rings that share a size keep sharing it. The effort is bounded by a number of simulated submits.
RingAdvice AdviseSize(const RunInput& input, const Deadlock& deadlock);

// One clause for a message; empty for kNone.
std::string Describe(const RingAdvice& advice);

// The key of a runtime file that sizes a resource: "slots", "heap_bytes", ...
std::string_view SizeKey(RingResource resource);
// Its size in one ring.
std::int64_t SizeOf(const RingSizes& sizes, RingResource resource, int ring);

}  // namespace npusched
