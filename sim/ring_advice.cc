#include "sim/ring_advice.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sim/rings.h"

namespace npusched {
namespace {

// About two seconds of simulation.
constexpr std::uint64_t kMostSubmits = 2'000'000;
// The heap goes out in pieces of 1024 bytes: sizes in between make no difference.
constexpr std::int64_t kHeapUnit = 1024;

std::array<std::int64_t, kRings>* SizesOf(RingSizes& sizes, RingResource resource) {
  switch (resource) {
    case RingResource::kTaskSlots:
      return &sizes.slots;
    case RingResource::kHeap:
      return &sizes.heap_bytes;
    case RingResource::kDepEntries:
      return &sizes.dep_entries;
    case RingResource::kSpillEntries:
      return &sizes.spill_entries;
    case RingResource::kTensorMap:
      return nullptr;
  }
  return nullptr;
}

// What the whole program takes of a resource if nothing ever came back: more than that is never missed.
std::int64_t Everything(const RunInput& input, RingResource resource) {
  const Rings rings(input.runtime.rings, input.program, input.inference);
  std::int64_t all = 2;
  for (TaskId t = 0; t < input.program.tasks.size(); ++t) {
    const auto producers = static_cast<std::int64_t>(input.inference.graph.Producers(t).size());
    switch (resource) {
      case RingResource::kTaskSlots:
        all += 1;
        break;
      case RingResource::kHeap:
        all += rings.HeapBytes(t);
        break;
      case RingResource::kDepEntries:
        all += producers;
        break;
      case RingResource::kSpillEntries:
        all += std::max<std::int64_t>(0, producers - input.runtime.rings.inline_producers);
        break;
      case RingResource::kTensorMap:
        all += input.inference.counts[t].inserts;
        break;
    }
  }
  return all;
}

bool RanOut(RuntimeCode code) {
  switch (code) {
    case RuntimeCode::kScopeDeadlock:
    case RuntimeCode::kHeapRing:
    case RuntimeCode::kFlowControl:
    case RuntimeCode::kDepPool:
    case RuntimeCode::kTensorMap:
      return true;
    default:
      return false;
  }
}

// The same run with another size of one resource.
class Trials {
 public:
  Trials(const RunInput& input, const Deadlock& deadlock)
      : input_(input), resource_(deadlock.resource), ring_(input.program.tasks[deadlock.task].ring) {
    RingSizes sizes = input.runtime.rings;
    const auto* each = SizesOf(sizes, resource_);
    shared_ = each == nullptr || std::ranges::all_of(*each, [&](std::int64_t size) { return size == (*each)[0]; });
  }

  bool Completes(std::int64_t size) {
    submits_ += input_.program.tasks.size();
    RuntimeConfig runtime = input_.runtime;
    if (auto* each = SizesOf(runtime.rings, resource_); each == nullptr) {
      runtime.rings.tensor_map_entries = size;
    } else if (shared_) {
      each->fill(size);
    } else {
      (*each)[static_cast<std::size_t>(ring_)] = size;
    }
    RunInput input{input_.program, input_.inference, input_.machine, runtime, input_.costs};
    input.skip_idle = input_.skip_idle;
    return RunNative(input).ok();
  }
  [[nodiscard]] bool exhausted() const { return submits_ > kMostSubmits; }
  [[nodiscard]] std::string Key() const {
    const std::string key = fmt::format("rings.{}", SizeKey(resource_));
    return shared_ ? key : fmt::format("{} of ring {}", key, ring_);
  }
  [[nodiscard]] std::int64_t now() const { return SizeOf(input_.runtime.rings, resource_, ring_); }

 private:
  const RunInput& input_;
  RingResource resource_;
  int ring_;
  bool shared_ = true;  // all rings have the same size
  std::uint64_t submits_ = 0;
};

}  // namespace

std::string_view SizeKey(RingResource resource) {
  switch (resource) {
    case RingResource::kTaskSlots:
      return "slots";
    case RingResource::kHeap:
      return "heap_bytes";
    case RingResource::kDepEntries:
      return "dep_entries";
    case RingResource::kSpillEntries:
      return "spill_entries";
    case RingResource::kTensorMap:
      return "tensor_map_entries";
  }
  return "";
}

std::int64_t SizeOf(const RingSizes& sizes, RingResource resource, int ring) {
  RingSizes copy = sizes;
  const auto* each = SizesOf(copy, resource);
  return each == nullptr ? sizes.tensor_map_entries : (*each)[static_cast<std::size_t>(ring)];
}

RingAdvice AdviseSize(const RunInput& input, const Deadlock& deadlock) {
  if (!RanOut(deadlock.code)) return {};
  Trials trials(input, deadlock);
  const std::int64_t unit = deadlock.resource == RingResource::kHeap ? kHeapUnit : 1;
  const std::int64_t most = (Everything(input, deadlock.resource) + unit - 1) / unit;
  const auto result = [&](RingAdvice::Outcome outcome, std::int64_t completes, std::int64_t fails) {
    return RingAdvice{outcome, trials.Key(), completes * unit, fails * unit};
  };
  std::int64_t fails = trials.now() / unit;
  std::int64_t completes = 0;
  while (completes == 0) {
    if (fails >= most) return result(RingAdvice::Outcome::kHelpless, 0, fails);
    if (trials.exhausted()) return result(RingAdvice::Outcome::kGivenUp, 0, fails);
    const std::int64_t next = std::min(most, std::max<std::int64_t>(1, 2 * fails));
    (trials.Completes(next * unit) ? completes : fails) = next;
  }
  while (completes - fails > 1 && !trials.exhausted()) {
    const std::int64_t middle = fails + (completes - fails) / 2;
    (trials.Completes(middle * unit) ? completes : fails) = middle;
  }
  const bool smallest = completes - fails <= 1;
  return result(smallest ? RingAdvice::Outcome::kSmallest : RingAdvice::Outcome::kBetween, completes, fails);
}

std::string Describe(const RingAdvice& advice) {
  switch (advice.outcome) {
    case RingAdvice::Outcome::kNone:
      return "";
    case RingAdvice::Outcome::kSmallest:
      return fmt::format("{} {} is the smallest that completes", advice.key, advice.size);
    case RingAdvice::Outcome::kBetween:
      return fmt::format("{} {} completes; the search stopped before the smallest, which is above {}", advice.key,
                         advice.size, advice.fails);
    case RingAdvice::Outcome::kGivenUp:
      return fmt::format("no {} up to {} completes; the search stopped there", advice.key, advice.fails);
    case RingAdvice::Outcome::kHelpless:
      return fmt::format("no {} completes: something else runs out, too", advice.key);
  }
  return "";
}

}  // namespace npusched
