// The control plugin through alsa-lib's own calls, on a host that a test moves by hand.
#include <gtest/gtest.h>

#include "plugins/alsa/ctl.h"
#include "plugins/alsa/fake_host_fixture.h"

namespace portside::alsa {
namespace {

class CtlTest : public ::testing::Test {
 protected:
  CtlTest() {
    EndpointInfo speaker{.id = "speaker", .name = "Speaker", .direction = Direction::kRender};
    speaker.controls = {{.id = 7,
                         .kind = ControlInfo::Kind::kVolume,
                         .name = "Speaker volume",
                         .channels = 2,
                         .minimum = -96 * 65536,
                         .maximum = 0,
                         .step = 65536,
                         .writable = true},
                        {.id = 8, .kind = ControlInfo::Kind::kMute, .name = "Speaker mute", .writable = true},
                        {.id = 9, .kind = ControlInfo::Kind::kJack, .name = "Headphone jack"}};
    host_.endpoints = {speaker};
    host_.controls = {{{"speaker", 7}, {-10 * 65536, -20 * 65536}}, {{"speaker", 8}, {0}}, {{"speaker", 9}, {1}}};
    EXPECT_EQ(Ctl::open(&ctl_, "test", std::make_unique<testing::FakeClient>(host_), host_.endpoints, SND_CTL_NONBLOCK),
              0);
  }
  ~CtlTest() override { snd_ctl_close(ctl_); }

  void name(const char* text, snd_ctl_elem_iface_t interface = SND_CTL_ELEM_IFACE_MIXER) {
    snd_ctl_elem_id_clear(id_);
    snd_ctl_elem_id_set_interface(id_, interface);
    snd_ctl_elem_id_set_name(id_, text);
    snd_ctl_elem_value_set_id(value_, id_);
  }

  testing::FakeHost host_;
  snd_ctl_t* ctl_ = nullptr;
  std::vector<char> id_memory_ = std::vector<char>(snd_ctl_elem_id_sizeof());
  std::vector<char> value_memory_ = std::vector<char>(snd_ctl_elem_value_sizeof());
  snd_ctl_elem_id_t* id_ = reinterpret_cast<snd_ctl_elem_id_t*>(id_memory_.data());
  snd_ctl_elem_value_t* value_ = reinterpret_cast<snd_ctl_elem_value_t*>(value_memory_.data());
};

TEST_F(CtlTest, VolumesAreReadAndSetByChannel_InDecibels) {
  name("Speaker Playback Volume");
  ASSERT_EQ(snd_ctl_elem_read(ctl_, value_), 0);
  EXPECT_EQ(snd_ctl_elem_value_get_integer(value_, 0), 86);
  EXPECT_EQ(snd_ctl_elem_value_get_integer(value_, 1), 76);
  snd_ctl_elem_value_set_integer(value_, 0, 96);
  EXPECT_EQ(snd_ctl_elem_write(ctl_, value_), 1);
  EXPECT_EQ((host_.controls[{"speaker", 7}]), (std::vector<int32_t>{0, -20 * 65536}));
  EXPECT_EQ(snd_ctl_elem_write(ctl_, value_), 0) << "nothing new";
  long decibels = 0;
  snd_ctl_elem_id_set_numid(id_, 1);  // by which alone alsa-lib looks for it
  ASSERT_EQ(snd_ctl_convert_to_dB(ctl_, id_, 76, &decibels), 0);
  EXPECT_EQ(decibels, -2000);
}

TEST_F(CtlTest, ASwitchIsOnWhereItSounds) {
  name("Speaker Playback Switch");
  ASSERT_EQ(snd_ctl_elem_read(ctl_, value_), 0);
  EXPECT_EQ(snd_ctl_elem_value_get_boolean(value_, 0), 1);
  snd_ctl_elem_value_set_boolean(value_, 0, 0);
  EXPECT_EQ(snd_ctl_elem_write(ctl_, value_), 1);
  EXPECT_EQ((host_.controls[{"speaker", 8}]), std::vector<int32_t>{1});
}

TEST_F(CtlTest, JacksAreTheCards_AndChangesAreEvents) {
  name("Headphone Jack", SND_CTL_ELEM_IFACE_CARD);
  ASSERT_EQ(snd_ctl_elem_read(ctl_, value_), 0);
  EXPECT_EQ(snd_ctl_elem_value_get_boolean(value_, 0), 1);
  EXPECT_LT(snd_ctl_elem_write(ctl_, value_), 0);

  ASSERT_EQ(snd_ctl_subscribe_events(ctl_, 1), 0);
  snd_ctl_event_t* event = nullptr;
  snd_ctl_event_malloc(&event);
  EXPECT_EQ(snd_ctl_read(ctl_, event), -EAGAIN);
  host_.change({.endpoint = "speaker", .control = 9});
  host_.change({.endpoint = "elsewhere", .control = 9});
  ASSERT_EQ(snd_ctl_read(ctl_, event), 1);
  EXPECT_STREQ(snd_ctl_event_elem_get_name(event), "Headphone Jack");
  EXPECT_EQ(snd_ctl_event_elem_get_mask(event), SND_CTL_EVENT_MASK_VALUE);
  EXPECT_EQ(snd_ctl_read(ctl_, event), -EAGAIN);
  host_.change({.endpoint = "speaker"});  // all of it
  for (int count = 0; count < 3; ++count) {
    EXPECT_EQ(snd_ctl_wait(ctl_, 0), 1) << "one after " << count << " is still there";
    EXPECT_EQ(snd_ctl_read(ctl_, event), 1);
  }
  EXPECT_EQ(snd_ctl_wait(ctl_, 0), 0);
  EXPECT_EQ(snd_ctl_read(ctl_, event), -EAGAIN);
  snd_ctl_event_free(event);
}

TEST_F(CtlTest, EveryElementIsListed) {
  snd_ctl_elem_list_t* list = nullptr;
  snd_ctl_elem_list_malloc(&list);
  ASSERT_EQ(snd_ctl_elem_list(ctl_, list), 0);
  EXPECT_EQ(snd_ctl_elem_list_get_count(list), 3u);
  snd_ctl_elem_list_free(list);
}

}  // namespace
}  // namespace portside::alsa
