#include "graphs/task_graph.h"

#include <cstddef>
#include <utility>

#include "base/check.h"

namespace npusched {

TaskGraph::TaskGraph(std::vector<std::uint64_t> first, std::vector<ProducerEdge> producers)
    : first_(std::move(first)), producers_(std::move(producers)) {
  NPU_CHECK(!first_.empty() && first_.front() == 0 && first_.back() == producers_.size());
  const std::uint32_t tasks = size();
  consumer_first_.assign(tasks + std::size_t{1}, 0);
  for (TaskId consumer = 0; consumer < tasks; ++consumer) {
    TaskId previous = kNoTask;
    for (const ProducerEdge& edge : Producers(consumer)) {
      NPU_CHECK(edge.producer < consumer && (previous == kNoTask || previous < edge.producer));
      previous = edge.producer;
      ++consumer_first_[edge.producer + std::size_t{1}];
    }
  }
  for (std::size_t t = 0; t < tasks; ++t) {
    consumer_first_[t + 1] += consumer_first_[t];
  }
  // Consumers are visited in ascending order, so each list comes out ascending.
  consumers_.resize(producers_.size());
  std::vector<std::uint64_t> next(consumer_first_.begin(), consumer_first_.end() - 1);
  for (TaskId consumer = 0; consumer < tasks; ++consumer) {
    for (const ProducerEdge& edge : Producers(consumer)) {
      consumers_[next[edge.producer]++] = consumer;
    }
  }
}

}  // namespace npusched
