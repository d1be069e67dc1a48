// Independent pieces of work side by side, with results that do not depend on how many run at once.
#pragma once

#include <tbb/info.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <vector>

#include "base/result.h"

namespace npusched {

// Calls `work(i)`, which returns a Status, for 0..count-1, up to `jobs` at once (0: as many as the machine has
// threads). The error of the lowest failing index is the one returned, whatever finished first; what comes after
// it may be left out.
template <typename Work>
Status ForEach(std::size_t count, int jobs, const Work& work) {
  std::vector<Status> statuses(count);
  std::atomic<std::size_t> first_failed = count;
  const int threads = tbb::info::default_concurrency();
  tbb::task_arena arena(jobs > 0 ? std::min(jobs, threads) : threads);
  arena.execute([&] {
    const auto run = [&](std::size_t i) {
      if (i > first_failed) {
        return;
      }
      statuses[i] = work(i);
      if (!statuses[i].ok()) {
        std::size_t seen = first_failed;
        while (i < seen && !first_failed.compare_exchange_weak(seen, i)) {
        }
      }
    };
    tbb::parallel_for(std::size_t{0}, count, run, tbb::simple_partitioner());
  });
  return first_failed < count ? statuses[first_failed] : Status();
}

}  // namespace npusched
