#include "hw_models/least_squares.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

namespace npusched {
namespace {

// How firmly a cost holds to its start, against all measurements together: only where they say nothing.
constexpr double kHold = 1e-9;
constexpr int kRounds = 30;
constexpr double kLeastDistance = 1e-3;  // of a picosecond clock, in ns

}  // namespace

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

void CostFit::Add(std::span<const double> counts, double sum) {
  counts_.insert(counts_.end(), counts.begin(), counts.end());
  sums_.push_back(sum);
}

std::size_t CostFit::samples(std::size_t cost) const {
  std::size_t count = 0;
  for (std::size_t i = 0; i < sums_.size(); ++i) count += counts_[i * start_.size() + cost] != 0 ? 1 : 0;
  return count;
}

std::vector<double> CostFit::Distances() const {
  std::vector<double> distances;
  for (std::size_t i = 0; i < sums_.size(); ++i) {
    double explained = 0;
    for (std::size_t c = 0; c < values_.size(); ++c) explained += counts_[i * values_.size() + c] * values_[c];
    distances.push_back(std::abs(sums_[i] - explained));
  }
  return distances;
}

void CostFit::Solve() {
  if (sums_.empty()) return;
  std::vector<double> weights(sums_.size(), 1);
  for (int round = 0; round < kRounds; ++round) {
    SolveOnce(weights);
    const std::vector<double> distances = Distances();
    residual_ = Median(distances);
    const double scale = std::max(residual_, kLeastDistance);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const double far = distances[i] / scale;
      weights[i] = 1 / (1 + far * far);
    }
  }
}

// In units of the starts, so that one hold fits all. A cost that would be negative is none.
void CostFit::SolveOnce(const std::vector<double>& weights) {
  const auto n = static_cast<Eigen::Index>(start_.size());
  const auto unit = [this](Eigen::Index c) { return std::max(start_[static_cast<std::size_t>(c)], 1.0); };
  Eigen::MatrixXd normal = Eigen::MatrixXd::Zero(n, n);
  Eigen::VectorXd right = Eigen::VectorXd::Zero(n);
  Eigen::VectorXd row(n);
  for (std::size_t i = 0; i < sums_.size(); ++i) {
    for (Eigen::Index c = 0; c < n; ++c) row[c] = counts_[i * start_.size() + static_cast<std::size_t>(c)] * unit(c);
    normal.noalias() += weights[i] * row * row.transpose();
    right.noalias() += weights[i] * sums_[i] * row;
  }
  const double hold = kHold * std::max(normal.diagonal().maxCoeff(), 1e-300);
  std::vector<bool> none(start_.size(), false);
  for (bool again = true; again;) {
    again = false;
    Eigen::MatrixXd system = normal;
    Eigen::VectorXd target = right;
    for (Eigen::Index c = 0; c < n; ++c) {
      system(c, c) += hold;
      target[c] += hold * start_[static_cast<std::size_t>(c)] / unit(c);
      if (!none[static_cast<std::size_t>(c)]) continue;
      system.row(c).setZero();
      system.col(c).setZero();
      system(c, c) = 1;
      target[c] = 0;
    }
    const Eigen::LDLT<Eigen::MatrixXd> solver(system);
    const Eigen::VectorXd solution = solver.solve(target);
    const Eigen::MatrixXd inverse = solver.solve(Eigen::MatrixXd::Identity(n, n));
    told_.assign(start_.size(), false);
    for (Eigen::Index c = 0; c < n; ++c) {
      const auto at = static_cast<std::size_t>(c);
      values_[at] = solution[c] * unit(c);
      told_[at] = none[at] || inverse(c, c) * hold < 0.5;
      const bool negative = !none[at] && solution[c] < 0;
      none[at] = none[at] || negative;
      again = again || negative;
    }
  }
}

}  // namespace npusched
