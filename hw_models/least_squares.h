// Costs from measured sums: which prices per item explain how long things took?
//
// Robust least squares with a known starting point. Where the measurements cannot tell two items apart, the start's
// proportions stay; a few sums that hold something else (a wait, an interrupt) lose their weight.
//
//   CostFit fit({"lookup", "insert"}, {119, 150});
//   fit.Add({3, 1}, 507);      // three look-ups and an insert took 507
//   fit.Solve();
//   fit.value(0), fit.told(0), fit.residual();
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace npusched {

class CostFit {
 public:
  // `start`: at least 0 each.
  explicit CostFit(std::vector<double> start) : start_(std::move(start)), values_(start_) {}

  // REQUIRES: as many counts as costs.
  void Add(std::span<const double> counts, double sum);
  void Solve();

  [[nodiscard]] double value(std::size_t cost) const { return values_[cost]; }
  // Whether the measurements tell this cost, rather than its start. After Solve.
  [[nodiscard]] bool told(std::size_t cost) const { return told_.size() > cost && told_[cost]; }
  // Sums that say something of this cost.
  [[nodiscard]] std::size_t samples(std::size_t cost) const;
  // The median distance of a sum from what the costs explain.
  [[nodiscard]] double residual() const { return residual_; }
  [[nodiscard]] std::size_t size() const { return sums_.size(); }

 private:
  void SolveOnce(const std::vector<double>& weights);
  [[nodiscard]] std::vector<double> Distances() const;

  std::vector<double> start_;
  std::vector<double> values_;
  std::vector<bool> told_;
  std::vector<double> counts_;  // row after row
  std::vector<double> sums_;
  double residual_ = 0;
};

// 0 of nothing.
double Median(std::vector<double> values);

}  // namespace npusched
