#include "scenarios/minimize.h"

#include <nlopt.h>

#include <cmath>
#include <memory>

#include "base/check.h"

namespace npusched {
namespace {

constexpr double kStep = 0.15;       // of the first moves, as a part of the range
constexpr double kTolerance = 1e-3;  // of x

struct Search {
  const std::function<double(std::span<const double>)>& function;
  nlopt_opt method;
  Minimum best;
};

double Evaluate(unsigned count, const double* x, double* /*gradient*/, void* data) {
  auto& search = *static_cast<Search*>(data);
  const double value = search.function({x, count});
  if (std::isnan(value)) {
    nlopt_force_stop(search.method);
    return HUGE_VAL;
  }
  // The first of equals stays: the start, when nothing is better.
  if (++search.best.evaluations == 1 || value < search.best.value) {
    search.best.x.assign(x, x + count);
    search.best.value = value;
  }
  return value;
}

}  // namespace

Minimum Minimize(std::vector<double> start, int most, const std::function<double(std::span<const double>)>& function) {
  NPU_CHECK(!start.empty());
  const std::unique_ptr<nlopt_opt_s, decltype(&nlopt_destroy)> method(
      nlopt_create(NLOPT_LN_SBPLX, static_cast<unsigned>(start.size())), nlopt_destroy);
  Search search{function, method.get(), {start, 0, 0}};
  nlopt_set_min_objective(method.get(), Evaluate, &search);
  nlopt_set_lower_bounds1(method.get(), 0);
  nlopt_set_upper_bounds1(method.get(), 1);
  nlopt_set_initial_step1(method.get(), kStep);
  nlopt_set_xtol_abs1(method.get(), kTolerance);
  nlopt_set_maxeval(method.get(), most);
  double value = 0;
  (void)nlopt_optimize(method.get(), start.data(), &value);  // however it ended, `best` is the best seen
  return search.best;
}

}  // namespace npusched
