#include "scenarios/verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "scenarios/scenario.h"

namespace npusched {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// Of the small scenario's first variant.
Result<CaseVerification> VerifySmall(const std::vector<std::string>& set) {
  const Result<Scenario> scenario = LoadScenario(NPUSCHED_SOURCE_DIR "/scenarios/verify_small.yaml", set);
  EXPECT_TRUE(scenario.ok()) << scenario.error().ToString();
  const Result<Case> one = CaseList::Open(*scenario)->Make(0);
  if (!one.ok()) return one.error();
  return VerifyCase(*one, nullptr);
}

TEST(Verify, TheBasePassesBothWays) {
  const Result<CaseVerification> result = VerifySmall({});
  ASSERT_TRUE(result.ok());
  EXPECT_TRUE(result->passed());
  EXPECT_FALSE(result->races.racy());
  EXPECT_TRUE(result->numbers->passed());
  EXPECT_THAT(VerificationText(*result), StartsWith("base: pass\n"));
  const auto json = nlohmann::json::parse(VerificationJson("verify_small", {*result}));
  EXPECT_EQ(json["verdict"], "pass");
  EXPECT_EQ(json["variants"][0]["numbers"]["tensors"][3]["name"], "logits");
  EXPECT_EQ(json["variants"][0]["numbers"]["argmax"]["equal"], 5);
}

TEST(Verify, AMissingFenceFailsBothWays) {
  for (const char* change : {"program.rope=unfenced", "program.silu=unfenced"}) {
    const Result<CaseVerification> result = VerifySmall({change});
    ASSERT_TRUE(result.ok());
    EXPECT_FALSE(result->passed());
    EXPECT_TRUE(result->races.racy());
    EXPECT_FALSE(result->numbers->passed());
    EXPECT_THAT(VerificationText(*result), HasSubstr("logits[0, 0]: got nan, expected"));
    const auto json = nlohmann::json::parse(VerificationJson("verify_small", {*result}));
    EXPECT_EQ(json["verdict"], "fail");
    EXPECT_TRUE(json["variants"][0]["numbers"]["tensors"][3]["mismatches"][0]["got"].is_null());
  }
}

TEST(Verify, ARaceFailsEvenWhenTheNumbersComeOutRight) {
  CaseVerification verification = *VerifySmall({});
  verification.races.groups.resize(1);
  EXPECT_TRUE(verification.numbers->passed());
  EXPECT_FALSE(verification.passed());
}

TEST(Verify, TheSeedAndThePrecisionComeFromTheScenario) {
  const CaseVerification one = *VerifySmall({});
  const CaseVerification two = *VerifySmall({"numeric.seed=2", "numeric.reference=double"});
  EXPECT_TRUE(two.passed());
  EXPECT_EQ(two.options.seed, 2);
  EXPECT_EQ(two.options.reference, Precision::kDouble);
  EXPECT_NE(one.numbers->tensors[3].max_error, two.numbers->tensors[3].max_error);
  const Result<CaseVerification> unknown = VerifySmall({"numeric.sed=2"});
  ASSERT_FALSE(unknown.ok());
  EXPECT_THAT(unknown.error().ToString(), HasSubstr("did you mean 'seed'?"));
}

TEST(Verify, TheSameInputsGiveTheSameBytes) {
  EXPECT_EQ(VerificationJson("s", {*VerifySmall({})}), VerificationJson("s", {*VerifySmall({})}));
}

TEST(Verify, OtherProgramsAreSearchedForRacesAlone) {
  const Result<Scenario> scenario = LoadScenario(NPUSCHED_SOURCE_DIR "/scenarios/tiny_chain.yaml", {});
  const Result<CaseVerification> result = VerifyCase(*CaseList::Open(*scenario)->Make(0), nullptr);
  ASSERT_TRUE(result.ok());
  EXPECT_TRUE(result->passed());
  EXPECT_FALSE(result->numbers.has_value());
  EXPECT_THAT(VerificationText(*result), HasSubstr("numbers not compared: only qwen3_decode"));
}

}  // namespace
}  // namespace npusched
