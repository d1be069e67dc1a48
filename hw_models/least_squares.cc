#include "hw_models/least_squares.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

namespace npusched {
namespace {

constexpr double kSaysSomething = 1e-10;  // of the most that measurements can say of a combination of costs
constexpr double kBlurred = 1e-6;
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

namespace {

// Solutions of the normal equations: one of them, and the directions in which the measurements tell nothing.
struct Solutions {
  Eigen::VectorXd some;
  Eigen::MatrixXd free;            // column by column
  std::vector<bool> undetermined;  // costs that a free direction changes
};

// Costs are compared at equal footing: each column in units of its own length.
Solutions SolveNormal(const Eigen::MatrixXd& normal, const Eigen::VectorXd& right) {
  const Eigen::VectorXd length = normal.diagonal().cwiseSqrt();
  const Eigen::VectorXd shrink = length.unaryExpr([](double l) { return l > 0 ? 1 / l : 0; });
  const Eigen::MatrixXd even = shrink.asDiagonal() * normal * shrink.asDiagonal();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> modes(even);
  Solutions solutions{
      .some = Eigen::VectorXd::Zero(normal.rows()), .free = Eigen::MatrixXd(normal.rows(), 0), .undetermined = {}};
  Eigen::VectorXd blur = Eigen::VectorXd::Zero(normal.rows());
  for (Eigen::Index k = 0; k < normal.rows(); ++k) {
    const Eigen::VectorXd mode = modes.eigenvectors().col(k);
    const Eigen::VectorXd step = shrink.cwiseProduct(mode);
    if (modes.eigenvalues()[k] > kSaysSomething) {
      solutions.some += mode.dot(shrink.cwiseProduct(right)) / modes.eigenvalues()[k] * step;
    } else if (step.norm() > 0) {
      solutions.free.conservativeResize(Eigen::NoChange, solutions.free.cols() + 1);
      solutions.free.rightCols(1) = step;
      blur += mode.cwiseAbs2();
    }
  }
  for (Eigen::Index c = 0; c < normal.rows(); ++c) {
    solutions.undetermined.push_back(length[c] == 0 || blur[c] > kBlurred);
  }
  return solutions;
}

// Of all solutions the one whose undetermined costs have the proportions of their starts, as far as that goes.
// Units are the starts: equal values are the starts' proportions.
Eigen::VectorXd InProportion(const Solutions& solutions) {
  const Eigen::Index free = solutions.free.cols();
  if (free == 0) return solutions.some;
  Eigen::MatrixXd system = Eigen::MatrixXd::Zero(solutions.some.size(), free + 1);
  Eigen::VectorXd target = Eigen::VectorXd::Zero(solutions.some.size());
  for (Eigen::Index c = 0; c < solutions.some.size(); ++c) {
    if (!solutions.undetermined[static_cast<std::size_t>(c)]) continue;
    system.row(c).head(free) = solutions.free.row(c);
    system(c, free) = -1;  // the common factor
    target[c] = -solutions.some[c];
  }
  const Eigen::VectorXd steps = system.completeOrthogonalDecomposition().solve(target);
  return solutions.some + solutions.free * steps.head(free);
}

}  // namespace

// A cost that nothing speaks of keeps its start, and one that would be negative is none.
void CostFit::SolveOnce(const std::vector<double>& weights) {
  const std::size_t n = start_.size();
  const auto unit = [this](std::size_t c) { return std::max(start_[c], 1.0); };
  std::vector<bool> none(n, false);
  for (bool again = true; again;) {
    again = false;
    std::vector<std::size_t> spoken;  // costs to be found
    for (std::size_t c = 0; c < n; ++c) {
      if (!none[c] && samples(c) > 0) spoken.push_back(c);
    }
    const auto size = static_cast<Eigen::Index>(spoken.size());
    Eigen::MatrixXd normal = Eigen::MatrixXd::Zero(size, size);
    Eigen::VectorXd right = Eigen::VectorXd::Zero(size);
    Eigen::VectorXd row(size);
    for (std::size_t i = 0; i < sums_.size(); ++i) {
      for (Eigen::Index k = 0; k < size; ++k) {
        const std::size_t c = spoken[static_cast<std::size_t>(k)];
        row[k] = counts_[i * n + c] * unit(c);
      }
      normal.noalias() += weights[i] * row * row.transpose();
      right.noalias() += weights[i] * sums_[i] * row;
    }
    const Solutions solutions = SolveNormal(normal, right);
    const Eigen::VectorXd found = InProportion(solutions);
    told_ = none;
    for (Eigen::Index k = 0; k < size; ++k) {
      const std::size_t c = spoken[static_cast<std::size_t>(k)];
      told_[c] = !solutions.undetermined[static_cast<std::size_t>(k)];
      values_[c] = std::max(found[k], 0.0) * unit(c);
      none[c] = found[k] < 0;
      again = again || none[c];
    }
  }
}

}  // namespace npusched
