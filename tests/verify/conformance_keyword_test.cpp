// The conformance check: each assertion of a keyword detector's pin fails on a driver made for it.

#include "client/offered_formats.h"
#include "conformance_fixture.h"
#include "verify/buffer_sizes.h"
#include "verify/format_test.h"
#include "verify/keyword_stream.h"
#include "verify/pin_conformance.h"

namespace portside::verify::testing {
namespace {

class KeywordConformance : public Conformance {
 protected:
  void with_keyword_pin(const std::function<void()>& body) {
    with_driver([&] {
      Wayward::bursts = true;
      capture_.endpoint.role = client::PinRole::kKeyword;
      body();
    });
  }
};

TEST_F(KeywordConformance, APinThatBurstsPassesWithoutAPosition) {
  with_keyword_pin([&] {
    test_keyword_stream(verdicts_, capture_, Tolerances::scaled(0.1));
    test_format(verdicts_, capture_, client::Proposal::kTaken, published_);
    test_buffer_sizes(verdicts_, capture_, {});
    expect_all(Outcome::kPassed);
    EXPECT_EQ(measured("keyword stream", "faster than real time"), 1);
    EXPECT_GT(measured("keyword stream", "packets"), 50);
  });
}
TEST_F(KeywordConformance, SamplingInstantsThatAreOffFail) {
  with_keyword_pin([&] {
    Wayward::counter_rate = 1.05;
    test_keyword_stream(verdicts_, capture_, published_);
    expect_broken("keyword stream", RuleId::kReadPacketCounterWrong);
    EXPECT_NEAR(measured("keyword stream", "rate error"), 5, 0.1);
  });
}
TEST_F(KeywordConformance, PacketsThatAreCountedOnAfterStopFail) {
  with_keyword_pin([&] {
    Wayward::numbers_go_on = true;
    test_keyword_stream(verdicts_, capture_, published_);
    expect_broken("keyword stream", RuleId::kNoRestart);
  });
}
TEST_F(KeywordConformance, APinThatWaitsForItsKeywordIsNoFault) {
  with_keyword_pin([&] {
    Wayward::kept_packets = 0;
    test_keyword_stream(verdicts_, capture_, published_);
    expect_all(Outcome::kNotApplicable);
  });
}
TEST_F(KeywordConformance, ABufferForSpeechThatIsRefusedIsWarnedOf) {
  with_keyword_pin([&] {
    Wayward::most_buffer = 48000 * 4 / 10;
    test_buffer_sizes(verdicts_, capture_, {});
    EXPECT_EQ(only("keyword buffer").outcome, Outcome::kWarned) << only("keyword buffer").sentence;
    EXPECT_TRUE(verdicts_.broken.empty());
  });
}
TEST_F(KeywordConformance, APinThatStreamsByPositionsIsTestedByThem) {
  with_keyword_pin([&] {
    Wayward::bursts = false;
    Wayward::moves_in_pause = true;
    test_keyword_stream(verdicts_, capture_, published_);
    EXPECT_EQ(only("keyword stream").outcome, Outcome::kNotApplicable);
    expect_broken("state control", RuleId::kPositionMovesInPause);
  });
}

}  // namespace
}  // namespace portside::verify::testing
