// Finds the smallest value of a function of a few bounded variables, without derivatives.
//
//   Minimum best = Minimize({0.5, 0.5}, 400, [](std::span<const double> x) { return x[0] * x[0] + x[1]; });
//
// The subplex method: Nelder-Mead on small groups of variables in turn, which copes with kinks and with variables
// that hardly matter. No randomness: the same start gives the same result.
#pragma once

#include <functional>
#include <span>
#include <vector>

namespace npusched {

struct Minimum {
  std::vector<double> x;
  double value = 0;
  int evaluations = 0;
};

// Every variable lies in [0, 1]. Ends after `most` evaluations, or when a step no longer changes x by more than a
// thousandth. A function that returns NaN ends it early. REQUIRES: a start within the bounds, not empty.
Minimum Minimize(std::vector<double> start, int most, const std::function<double(std::span<const double>)>& function);

}  // namespace npusched
