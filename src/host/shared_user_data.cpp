#include "host/shared_user_data.h"

#include <array>
#include <cstring>

#include "kernel/machine_clock.h"

namespace portside::host {
namespace {

class Page {
 public:
  template <class T>
  void put(size_t offset, T value) {
    std::memcpy(bytes_.data() + offset, &value, sizeof value);
  }
  // KSYSTEM_TIME: low, high, high again, for readers who look at the high part twice.
  void put_time(size_t offset, uint64_t value) {
    put<uint32_t>(offset, static_cast<uint32_t>(value));
    put<uint32_t>(offset + 4, static_cast<uint32_t>(value >> 32));
    put<uint32_t>(offset + 8, static_cast<uint32_t>(value >> 32));
  }
  void copy(uint64_t offset, void* out, unsigned count) const {
    if (offset + count <= bytes_.size()) std::memcpy(out, bytes_.data() + offset, count);
  }

 private:
  std::array<unsigned char, SharedUserData::kBytes> bytes_{};
};

}  // namespace

void SharedUserData::read(uint64_t address, void* bytes, unsigned count) {
  kernel::MachineClock& clock = kernel_.clock();
  Page page;
  const auto ticks = static_cast<uint64_t>(clock.tick_count());
  page.put<uint32_t>(0x000, static_cast<uint32_t>(ticks));              // TickCountLowDeprecated
  page.put<uint32_t>(0x004, 0x0FA00000);                                // TickCountMultiplier: 15.625 ms * 2^24
  page.put_time(0x008, static_cast<uint64_t>(clock.interrupt_time()));  // InterruptTime, 100 ns
  page.put_time(0x014, static_cast<uint64_t>(clock.system_time()));     // SystemTime, 100 ns since 1601
  constexpr char16_t kRoot[] = u"C:\\Windows";
  for (size_t i = 0; i < std::size(kRoot); ++i) page.put(0x030 + 2 * i, kRoot[i]);  // NtSystemRoot
  page.put<uint32_t>(0x260, 19045);                                                 // NtBuildNumber
  page.put<uint32_t>(0x264, 1);                                                     // NtProductType: NtProductWinNt
  page.put<uint8_t>(0x268, 1);                                                      // ProductTypeIsValid
  page.put<uint32_t>(0x26C, 10);                                                    // NtMajorVersion
  page.put<uint32_t>(0x270, 0);                                                     // NtMinorVersion
  page.put<uint64_t>(0x300, 10'000'000);                                            // QpcFrequency
  page.put_time(0x320, ticks);                                                      // TickCount
  page.put<uint32_t>(0x3C0, kernel::Kernel::kProcessorCount);                       // ActiveProcessorCount
  page.copy(address - kBase, bytes, count);
}

}  // namespace portside::host
