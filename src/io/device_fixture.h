#pragma once
// For tests of devices and requests: a machine in which a fake driver can be started, and its device opened.
#include "io/fake_driver.h"
#include "io/io_fixture.h"

namespace portside::io {

inline constexpr GUID kAudio = {0x6994ad04, 0x93ef, 0x11d0, {0xa3, 0xcc, 0x00, 0xa0, 0xc9, 0x22, 0x31, 0x96}};
inline constexpr GUID kRender = {0x65e8773e, 0x8f56, 0x11d0, {0xa3, 0xb9, 0x00, 0xa0, 0xc9, 0x22, 0x31, 0x96}};

class IoTest : public IoMachine {
 protected:
  IoTest() { FakeDriver::reset(); }

  void start() {
    auto driver = io_->drivers().create({.name = "fake", .entry = &FakeDriver::entry});
    ASSERT_TRUE(driver) << driver.error().to_string();
    RootDeviceSpec spec;
    spec.hardware_ids = {u"ROOT\\FakeAudio"};
    auto node = io_->pnp().add_root_device(spec);
    ASSERT_TRUE(node) << node.error().to_string();
    node_ = *node;
    auto started = io_->pnp().start(*node_, *driver);
    ASSERT_TRUE(started) << started.error().to_string();
  }
  FileHandle open() {
    auto link = io_->interfaces().register_interface(node_->pdo, kAudio, u"wave");
    EXPECT_TRUE(link);
    (void)io_->interfaces().set_state(*link, true);
    auto file = io_->requests().open(*link);
    EXPECT_TRUE(file) << file.error().to_string();
    return file.value_or(FileHandle{});
  }

  DeviceNode* node_ = nullptr;
};

}  // namespace portside::io
