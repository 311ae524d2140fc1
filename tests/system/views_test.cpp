// One page, three views: what the client writes, the miniport's view and the device's DMA view read, with no copy.

#include <algorithm>
#include <cstring>

#include "memory/memory.h"
#include "portcls/portcls.h"
#include "portcls/stream_observer.h"
#include "support/loopback.h"

namespace portside {
namespace {

// Remembers the render stream's MDL and the miniport's view of it.
class BufferWatch final : public portcls::StreamObserver {
 public:
  void on_page_call(const portcls::PageCall& call) override {
    if (call.method == portcls::PageMethod::kMapAllocatedPages && call.result) {
      mdl = call.mdl;
      kernel_view = KernelAddress(call.result);
    }
  }
  PMDL mdl = nullptr;
  KernelAddress kernel_view;
};

TEST(ThreeViews, AreOfTheSameBytes) {
  auto machine = testing_support::install(CABLE_SYS);
  ASSERT_TRUE(machine);
  BufferWatch watch;
  machine->portcls().stream_observers().add(watch);
  const auto ran = machine->run([&] {
    auto filters = client::list_filters();
    ASSERT_TRUE(filters);
    auto endpoint = client::find_endpoint(client::endpoints_of(*filters), client::Direction::kRender, "");
    ASSERT_TRUE(endpoint);
    client::StreamOptions options;
    options.buffer = std::chrono::milliseconds(100);
    auto stream = client::Stream::open(*endpoint, client::AudioFormat::parse("48000/16/2").value(), options);
    ASSERT_TRUE(stream) << stream.error().to_string();
    ASSERT_TRUE(watch.mdl);
    const std::span<std::byte> client_view = (*stream)->buffer();
    const auto* kernel_view = static_cast<const std::byte*>(watch.kernel_view.pointer());
    ASSERT_NE(static_cast<const void*>(client_view.data()), static_cast<const void*>(kernel_view))
        << "two views, not one";

    Random random(3);
    for (auto& byte : client_view) byte = static_cast<std::byte>(random.next());
    EXPECT_TRUE(std::equal(client_view.begin(), client_view.end(), kernel_view));

    // The device walks the pages by their physical addresses, in the order that the MDL names them.
    memory::Memory& memory = machine->memory();
    auto dma = memory.dma(watch.mdl);
    ASSERT_TRUE(dma);
    const uint32_t pages = memory.page_count(watch.mdl).value();
    ASSERT_GE(pages * kPageBytes, client_view.size());
    std::vector<std::byte> by_device;
    bool scattered = false;
    PhysicalAddress previous;
    for (uint32_t i = 0; i < pages; ++i) {
      const PhysicalAddress address = memory.page_address(watch.mdl, i).value();
      if (i && address != previous + kPageBytes) scattered = true;
      previous = address;
      auto page = dma->span(address, kPageBytes);
      ASSERT_TRUE(page) << page.error().to_string();
      ASSERT_NE(page->data(), kernel_view + i * kPageBytes);
      by_device.insert(by_device.end(), page->begin(), page->end());
    }
    EXPECT_TRUE(scattered) << "pages are scattered on purpose";
    EXPECT_TRUE(std::equal(client_view.begin(), client_view.end(), by_device.begin()));

    // And the other way: what the device writes, the others see.
    auto last = dma->span(memory.page_address(watch.mdl, 0).value(), kPageBytes);
    (*last)[17] = ~(*last)[17];
    EXPECT_EQ(client_view[17], (*last)[17]);
    EXPECT_EQ(kernel_view[17], (*last)[17]);
  });
  EXPECT_TRUE(ran) << ran.error().to_string();
  machine->portcls().stream_observers().remove(watch);
  EXPECT_TRUE(machine->uninstall());
  EXPECT_EQ(machine->memory().stats().live_views, 0u) << "every view is gone with its stream";
}

}  // namespace
}  // namespace portside
