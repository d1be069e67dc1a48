#include "graphs/synthetic.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "graphs/builder.h"

namespace npusched {
namespace {

// Results share buffers in small groups: few enough rows that a look-up stays short, enough that
// buffers do not outweigh tasks.
constexpr std::int64_t kRowsPerBuffer = 4;
constexpr std::int64_t kRowElements = 256;

// Independent sequences of draws from one seed.
enum class Stream : std::uint64_t { kEdges, kDurations, kCores };

std::uint64_t SeedOf(std::uint64_t seed, Stream stream) { return RandomBits(seed, static_cast<std::uint64_t>(stream)); }

// Chooses producers among `candidates`, ascending and distinct.
class ProducerDraw {
 public:
  explicit ProducerDraw(const SyntheticOptions& options)
      : degree_(options.degree), probability_(options.edge_probability), seed_(SeedOf(options.seed, Stream::kEdges)) {}

  const std::vector<std::int64_t>& Next(std::int64_t candidates) {
    chosen_.clear();
    if (degree_ > 0) {
      DrawDegree(candidates);
    } else if (probability_ > 0) {
      DrawProbability(candidates);
    }
    return chosen_;
  }

 private:
  // Floyd's sampling: each subset is equally likely, with one draw for each element.
  void DrawDegree(std::int64_t candidates) {
    for (std::int64_t top = std::max<std::int64_t>(0, candidates - degree_); top < candidates; ++top) {
      const std::int64_t pick = RandomInRange(seed_, counter_++, 0, top);
      const bool taken = std::find(chosen_.begin(), chosen_.end(), pick) != chosen_.end();
      chosen_.push_back(taken ? top : pick);
    }
    std::sort(chosen_.begin(), chosen_.end());
  }
  // Jumps from one success to the next, so that the effort follows the edges, not the candidates.
  void DrawProbability(std::int64_t candidates) {
    for (std::int64_t at = 0;; ++at) {
      const double gap = Gap();
      if (gap >= static_cast<double>(candidates - at)) return;
      at += static_cast<std::int64_t>(gap);
      chosen_.push_back(at);
    }
  }
  double Gap() {
    const double unit = 1 - RandomUnit(seed_, counter_++);  // in (0, 1]
    return probability_ >= 1 ? 0 : std::floor(std::log(unit) / std::log1p(-probability_));
  }

  std::int64_t degree_;
  double probability_;
  std::uint64_t seed_;
  std::uint64_t counter_ = 0;
  std::vector<std::int64_t> chosen_;
};

// The results of some tasks, a row each.
class Rows {
 public:
  Rows(Builder& b, std::int64_t count) : b_(&b) {
    for (std::int64_t first = 0; first < count; first += kRowsPerBuffer) {
      const std::int64_t rows = std::min(kRowsPerBuffer, count - first);
      buffers_.push_back(b.External("result", DType::kFloat32, {rows, kRowElements}));
    }
  }
  Tensor operator[](std::int64_t i) { return b_->Rows(buffers_[i / kRowsPerBuffer], i % kRowsPerBuffer, 1); }
  [[nodiscard]] const std::vector<Tensor>& buffers() const { return buffers_; }

 private:
  Builder* b_;
  std::vector<Tensor> buffers_;
};

class SyntheticProgram {
 public:
  explicit SyntheticProgram(const SyntheticOptions& options)
      : o_(options),
        duration_seed_(SeedOf(options.seed, Stream::kDurations)),
        core_seed_(SeedOf(options.seed, Stream::kCores)) {}

  Program Emit() {
    switch (o_.pattern) {
      case SyntheticPattern::kChain:
        Chain();
        break;
      case SyntheticPattern::kForkJoin:
        ForkJoin();
        break;
      case SyntheticPattern::kLayered:
        Layered();
        break;
      case SyntheticPattern::kRandom:
        Random();
        break;
      case SyntheticPattern::kIndependent:
        Independent();
        break;
    }
    return b_.Finish();
  }

 private:
  // A kernel on either engine; only those used are declared.
  struct Role {
    Launch aic;
    Launch aiv;
  };
  Role Declare(const std::string& name) {
    switch (o_.core) {
      case SyntheticCore::kAic:
        return {.aic = b_.Kernel(name, CoreShape::kAic), .aiv = {}};
      case SyntheticCore::kAiv:
        return {.aic = {}, .aiv = b_.Kernel(name, CoreShape::kAiv)};
      case SyntheticCore::kMixed:
        break;
    }
    return {.aic = b_.Kernel(name + "_aic", CoreShape::kAic), .aiv = b_.Kernel(name + "_aiv", CoreShape::kAiv)};
  }
  Submission Submit(const Role& role) {
    const std::uint64_t n = submitted_++;
    const bool aic =
        o_.core == SyntheticCore::kAic || (o_.core == SyntheticCore::kMixed && RandomInRange(core_seed_, n, 0, 1) == 0);
    Submission task = b_.Submit(aic ? role.aic : role.aiv);
    return task.Lasting(RandomInRange(duration_seed_, n, o_.shortest, o_.longest));
  }

  void Chain() {
    const Role link = Declare("link");
    const Tensor token = b_.External("token", DType::kFloat32, {1, kRowElements});
    b_.Sequential(o_.tasks, [&](std::int64_t) { Submit(link).InOut(token); });
  }

  void Independent() {
    const Role task = Declare("task");
    Rows results(b_, o_.tasks);
    b_.Parallel(o_.tasks, [&](std::int64_t i) { Submit(task).Out(results[i]); });
  }

  void ForkJoin() {
    const Role fork = Declare("fork");
    const Role branch = Declare("branch");
    const Role join = Declare("join");
    Tensor token = b_.External("token", DType::kFloat32, {1, kRowElements});
    Submit(fork).Out(token);
    for (std::int64_t round = 0; round < o_.depth; ++round) {
      b_.Scope(ScopeKind::kAuto, [&] {
        Rows results(b_, o_.width);
        b_.Parallel(o_.width, [&](std::int64_t i) { Submit(branch).In(token).Out(results[i]); });
        token = b_.External("token", DType::kFloat32, {1, kRowElements});
        Submission task = Submit(join);
        for (const Tensor& rows : results.buffers()) task.In(rows);
        task.Out(token);
      });
    }
  }

  void Layered() {
    const Role node = Declare("node");
    ProducerDraw draw(o_);
    Rows before(b_, 0);
    for (std::int64_t layer = 0; layer < o_.depth; ++layer) {
      Rows results(b_, o_.width);
      b_.Parallel(o_.width, [&](std::int64_t i) {
        Submission task = Submit(node);
        for (const std::int64_t producer : draw.Next(layer == 0 ? 0 : o_.width)) task.In(before[producer]);
        task.Out(results[i]);
      });
      std::swap(before, results);
    }
  }

  void Random() {
    const Role node = Declare("node");
    ProducerDraw draw(o_);
    Rows results(b_, o_.tasks);
    b_.Parallel(o_.tasks, [&](std::int64_t i) {
      Submission task = Submit(node);
      for (const std::int64_t producer : draw.Next(i)) task.In(results[producer]);
      task.Out(results[i]);
    });
  }

  const SyntheticOptions& o_;
  std::uint64_t duration_seed_;
  std::uint64_t core_seed_;
  std::uint64_t submitted_ = 0;
  Builder b_{"synthetic"};
};

}  // namespace

Program EmitSynthetic(const SyntheticOptions& options) { return SyntheticProgram(options).Emit(); }

}  // namespace npusched
