#include "hw_models/least_squares.h"

#include <gtest/gtest.h>

#include <array>

namespace npusched {
namespace {

TEST(CostFit, FindsThePricesOfItems) {
  CostFit fit({119, 150});
  fit.Add(std::array{3.0, 1.0}, 3 * 200 + 90);
  fit.Add(std::array{1.0, 2.0}, 200 + 2 * 90);
  fit.Solve();
  EXPECT_NEAR(fit.value(0), 200, 1e-6);
  EXPECT_NEAR(fit.value(1), 90, 1e-6);
  EXPECT_TRUE(fit.told(0) && fit.told(1));
  EXPECT_NEAR(fit.residual(), 0, 1e-6);
}

// Thousands of idle polls in one sum must not drown the one completion in another.
TEST(CostFit, ASmallSumCountsBesideAHugeOne) {
  CostFit fit({100, 115, 360});
  for (int i = 0; i < 200; ++i) fit.Add(std::array{24e4 + i, 1e4, 0.0}, (24e4 + i) * 70 + 1e4 * 150);
  fit.Add(std::array{24.0, 0.0, 1.0}, 24 * 70 + 620);
  fit.Solve();
  EXPECT_NEAR(fit.value(0), 70, 1e-3);
  EXPECT_NEAR(fit.value(1), 150, 1e-2);
  EXPECT_NEAR(fit.value(2), 620, 0.1);
  EXPECT_TRUE(fit.told(2));
}

TEST(CostFit, WhatOnlyASumTellsIsSharedInTheProportionOfTheStarts) {
  CostFit fit({300, 100, 50});
  fit.Add(std::array{1.0, 1.0, 0.0}, 800);
  fit.Add(std::array{2.0, 2.0, 1.0}, 1640);
  fit.Solve();
  EXPECT_NEAR(fit.value(0), 600, 1e-6);
  EXPECT_NEAR(fit.value(1), 200, 1e-6);
  EXPECT_NEAR(fit.value(2), 40, 1e-6);
  EXPECT_FALSE(fit.told(0) || fit.told(1));
  EXPECT_TRUE(fit.told(2));
}

TEST(CostFit, ACostThatNothingSpeaksOfKeepsItsStart) {
  CostFit fit({10, 20});
  fit.Add(std::array{1.0, 0.0}, 11);
  fit.Solve();
  EXPECT_EQ(fit.value(1), 20);
  EXPECT_FALSE(fit.told(1));
  EXPECT_EQ(fit.samples(1), 0U);
}

TEST(CostFit, SumsThatHoldSomethingElseLoseTheirWeight) {
  CostFit fit({100, 100});
  for (int i = 1; i <= 20; ++i) fit.Add(std::array{double(i), 1.0}, 70 * i + 30 + (i == 7 ? 5000 : 0));
  fit.Solve();
  EXPECT_NEAR(fit.value(0), 70, 0.01);
  EXPECT_NEAR(fit.value(1), 30, 0.1);
}

TEST(CostFit, APriceIsNeverBelowNothing) {
  CostFit fit({10, 10});
  fit.Add(std::array{1.0, 1.0}, 20);
  fit.Add(std::array{1.0, 2.0}, 19);
  fit.Solve();
  EXPECT_EQ(fit.value(1), 0);
  EXPECT_NEAR(fit.value(0), 19.5, 0.6);
}

}  // namespace
}  // namespace npusched
