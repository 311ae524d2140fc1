#include "portcls/method_place.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstring>

#include "portcls/com_ptr.h"

namespace portside::portcls {
namespace {

template <class Method>
uint64_t address_of(Method method) {
  // Of a virtual member: 1 + its offset in the vtable (Itanium C++ ABI, 2.3).
  uint64_t words[2];
  static_assert(sizeof method == sizeof words);
  std::memcpy(words, &method, sizeof words);
  return (words[0] - 1) / sizeof(void*);
}

TEST(MethodPlace, SlotsAreThoseOfTheInterfaces) {
  EXPECT_EQ(address_of(&IUnknown::QueryInterface), kSlotQueryInterface);
  EXPECT_EQ(address_of(&IUnknown::Release), kSlotRelease);
  EXPECT_EQ(address_of(&IMiniport::GetDescription), kSlotGetDescription);
  EXPECT_EQ(address_of(&IMiniport::DataRangeIntersection), kSlotDataRangeIntersection);
  EXPECT_EQ(address_of(&IMiniportWaveRT::NewStream), kSlotNewStream);
  EXPECT_EQ(address_of(&IMiniportWaveRT::GetDeviceDescription), kSlotGetDeviceDescription);
  EXPECT_EQ(address_of(&IMiniportWaveRTStream::SetState), kSlotSetState);
  EXPECT_EQ(address_of(&IMiniportWaveRTStream::GetPosition), kSlotGetPosition);
  EXPECT_EQ(address_of(&IMiniportWaveRTStream::AllocateAudioBuffer), kSlotAllocateAudioBuffer);
  EXPECT_EQ(address_of(&IMiniportWaveRTStream::FreeAudioBuffer), kSlotFreeAudioBuffer);
  EXPECT_EQ(address_of(&IMiniportWaveRTStream::GetHWLatency), kSlotGetHWLatency);
  EXPECT_EQ(address_of(&IMiniportWaveRTStream::GetPositionRegister), kSlotGetPositionRegister);
  EXPECT_EQ(address_of(&IMiniportWaveRTStream::GetClockRegister), kSlotGetClockRegister);
  EXPECT_EQ(address_of(&IMiniportWaveRTStreamNotification::AllocateBufferWithNotification),
            kSlotAllocateBufferWithNotification);
  EXPECT_EQ(address_of(&IMiniportWaveRTStreamNotification::RegisterNotificationEvent), kSlotRegisterNotificationEvent);
  EXPECT_EQ(address_of(&IMiniportWaveRTStreamNotification::UnregisterNotificationEvent),
            kSlotUnregisterNotificationEvent);
  EXPECT_EQ(address_of(&IMiniportWaveRTOutputStream::SetWritePacket), kSlotSetWritePacket);
  EXPECT_EQ(address_of(&IMiniportWaveRTOutputStream::GetOutputStreamPresentationPosition),
            kSlotGetPresentationPosition);
  EXPECT_EQ(address_of(&IMiniportWaveRTOutputStream::GetPacketCount), kSlotGetPacketCount);
  EXPECT_EQ(address_of(&IMiniportWaveRTInputStream::GetReadPacket), kSlotGetReadPacket);
}

// Code that is only looked at.
class Code {
 public:
  Code()
      : bytes_(static_cast<uint8_t*>(mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
    std::memset(bytes_, 0x90, 4096);
  }
  ~Code() { munmap(bytes_, 4096); }
  uint64_t put(size_t at, std::initializer_list<uint8_t> code) {
    std::copy(code.begin(), code.end(), bytes_ + at);
    return reinterpret_cast<uint64_t>(bytes_ + at);
  }

 private:
  uint8_t* bytes_;
};

uint64_t found(uint64_t function) { return function_place(reinterpret_cast<const void*>(function)).frames[0]; }

TEST(MethodPlace, ThunksAreFollowed) {
  Code code;
  const uint64_t method = code.put(0x40, {0x53, 0x48, 0x83, 0xEC, 0x20});
  EXPECT_EQ(found(method), method + 1);
  // sub rcx, 8; jmp near
  EXPECT_EQ(found(code.put(0x00, {0x48, 0x83, 0xE9, 0x08, 0xE9, 0x37, 0, 0, 0})), method + 1);
  // sub rcx, 0x90; jmp short
  EXPECT_EQ(found(code.put(0x10, {0x48, 0x81, 0xE9, 0x90, 0, 0, 0, 0xEB, 0x27})), method + 1);
  // jmp backwards to the first thunk
  EXPECT_EQ(found(code.put(0x80, {0xE9, 0x7B, 0xFF, 0xFF, 0xFF})), method + 1);
  // sub rcx without a jump is a method that begins so
  const uint64_t plain = code.put(0xA0, {0x48, 0x83, 0xE9, 0x08, 0xC3});
  EXPECT_EQ(found(plain), plain + 1);
}

TEST(MethodPlace, AJumpToItselfEnds) {
  Code code;
  EXPECT_NE(found(code.put(0, {0xEB, 0xFE})), 0u);
}

TEST(MethodPlace, NothingHasNoPlace) {
  EXPECT_TRUE(method_place(nullptr, 0).empty());
  EXPECT_TRUE(function_place(nullptr).empty());
}

}  // namespace
}  // namespace portside::portcls
