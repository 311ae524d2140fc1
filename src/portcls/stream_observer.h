#pragma once
// StreamObserver: what can be seen happening to a WaveRT stream, the seven IPortWaveRTStream methods first of all.
// Everything is told on the thread that did it, after it was done and in the order it was done.

#include <ks.h>
#include <ksmedia.h>
#include <wdm.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/clock.h"
#include "base/stack.h"
#include "base/status.h"
#include "memory/mdl_record.h"

namespace portside::portcls {

// The methods of IPortWaveRTStream, in vtable order.
enum class PageMethod : uint8_t {
  kAllocatePagesForMdl,
  kAllocateContiguousPagesForMdl,
  kMapAllocatedPages,
  kUnmapAllocatedPages,
  kFreePagesFromMdl,
  kGetPhysicalPagesCount,
  kGetPhysicalPageAddress,
};
const char* name_of(PageMethod method);  // "AllocatePagesForMdl"

// Which stream: unique in the life of a machine.
using StreamId = uint64_t;

struct StreamInfo {
  StreamId id = 0;
  std::string subdevice;  // the name given to PcRegisterSubdevice
  uint32_t pin = 0;
  bool capture = false;
  bool keyword = false;         // the pin is a keyword detector's: KSNODETYPE_AUDIO_KEYWORDDETECTOR
  std::vector<uint8_t> format;  // the KSDATAFORMAT the stream was opened with
};

// Events about what a miniport's method returned carry, as `method`, one frame: where that method begins. There is no
// driver stack when it has returned, and a report points there instead (method_place.h). Empty when nobody listens.

// IMiniportWaveRT::NewStream returned.
struct NewStreamCall {
  StreamInfo info;
  Status status;
  bool gave_stream = false;
  StackTrace method;
};

// One call of a driver to IPortWaveRTStream, with all that is needed to judge it.
struct PageCall {
  StreamId stream = 0;
  uint64_t sequence = 0;  // 0 is the stream's first page call
  PageMethod method = PageMethod::kAllocatePagesForMdl;

  // Arguments, as the method has them; the others stay zero.
  PhysicalAddress low, high;
  uint64_t bytes = 0;
  PMDL mdl = nullptr;
  KernelAddress base;
  uint32_t index = 0;
  MEMORY_CACHING_TYPE cache = MmNonCached;

  // What was answered: the MDL, the base, the page count or the physical address; 0 when refused.
  uint64_t result = 0;
  // Why it was refused (an allocator, a mapping), or what was wrong with a call that returns nothing.
  Status status;
  bool struct_in_rax = false;  // GetPhysicalPageAddress in mingw's convention (ABI.md, Struct return)

  KIRQL irql = PASSIVE_LEVEL;
  StackTrace stack;
  Nanoseconds when{};
  bool stream_closed = false;               // the stream's last Release was over
  std::optional<memory::MdlRecord> before;  // the MDL as it was when the call came; of a dead MDL, from quarantine
};

struct StateChange {
  StreamId stream = 0;
  KSSTATE from = KSSTATE_STOP, to = KSSTATE_STOP;
  Status status;  // what the miniport's SetState returned
  Nanoseconds began{}, ended{};
  Nanoseconds processor_time{};  // of the host, spent by the calling thread inside the miniport's SetState
  bool implied = false;          // a step the port put in because the client jumped
  StackTrace method;
};

// The cyclic buffer as the miniport gave it and the client got it.
struct BufferInfo {
  StreamId stream = 0;
  bool with_notification = false;
  uint32_t notification_count = 0;
  uint64_t requested_bytes = 0;
  uint64_t actual_bytes = 0;
  uint32_t offset_in_first_page = 0;
  MEMORY_CACHING_TYPE cache = MmNonCached;
  PMDL mdl = nullptr;
  ClientAddress client;
  Status status;          // why the port refused what the miniport gave, or the miniport's own failure
  NTSTATUS returned = 0;  // by the miniport
  std::optional<memory::MdlRecord> record;  // what the MDL is, when it is known
  StackTrace method;
};

// Bytes of the buffer's last page behind its end, or of its first page before its offset, were changed (buffer_canary.h).
struct BufferOverrun {
  BufferInfo buffer;
  bool before = false;         // in the first page, before the buffer's offset
  uint64_t first_changed = 0;  // from the buffer's end; before: from the page's start
  uint64_t changed = 0;        // bytes
};

struct PositionRead {
  StreamId stream = 0;
  KSAUDIO_POSITION position{};
  Status status;
  Nanoseconds asked{}, when{};  // before the miniport's method was called, and when it had returned
  StackTrace method;
};

// IMiniportWaveRTOutputStream::GetOutputStreamPresentationPosition.
struct PresentationRead {
  StreamId stream = 0;
  KSAUDIO_PRESENTATION_POSITION position{};
  Status status;
  Nanoseconds asked{}, when{};
  uint64_t counter_asked = 0, counter_now = 0;  // the performance counter at those instants
  StackTrace method;
};

// IMiniportWaveRTStream::GetPositionRegister and GetClockRegister, before the port maps the register.
struct RegisterCall {
  StreamId stream = 0;
  bool clock = false;
  KSRTAUDIO_HWREGISTER given{};
  Status status;
  StackTrace method;
};

// A method returned success, and left an output as it was before the call.
struct UnfilledOutput {
  StreamId stream = 0;
  std::string method_name;  // "IMiniportWaveRTStream::GetHWLatency"
  std::string output;       // "CodecDelay"
  StackTrace method;
};

// IMiniportWaveRTOutputStream and IMiniportWaveRTInputStream, as a client's requests reach them.
enum class PacketMethod : uint8_t { kSetWritePacket, kGetPacketCount, kGetReadPacket };

struct PacketCall {
  StreamId stream = 0;
  PacketMethod method = PacketMethod::kSetWritePacket;
  uint32_t number = 0;  // of the packet; of GetPacketCount, the count
  uint32_t flags = 0;
  uint32_t end_bytes = 0;            // SetWritePacket: EosPacketLength
  uint64_t performance_counter = 0;  // GetReadPacket: of the packet's first sample
  bool more = false;                 // GetReadPacket
  Status status;
  Nanoseconds asked{}, when{};
  uint64_t counter_now = 0;  // the performance counter when the method had returned
  StackTrace place;          // where the method begins
};

struct NotificationSeen {
  StreamId stream = 0;
  PKEVENT event = nullptr;
  Nanoseconds when{};
  StackTrace method;
};

struct StreamClosed {
  StreamId stream = 0;
  std::string subdevice;
  uint32_t pin = 0;
  // MDLs that the stream's allocators gave and the driver has not freed when its stream object died.
  std::vector<memory::MdlRecord> leaked;
  bool miniport_stream_alive = false;  // the miniport's stream outlived the pin: somebody still holds a reference
  StackTrace method;                   // its Release
};

class StreamObserver {
 public:
  virtual ~StreamObserver() = default;
  virtual void on_new_stream(const NewStreamCall&) {}  // also one that failed
  virtual void on_stream_opened(const StreamInfo&) {}
  virtual void on_page_call(const PageCall&) {}
  virtual void on_buffer_allocated(const BufferInfo&) {}
  virtual void on_buffer_freeing(const BufferInfo&) {}  // the miniport is about to be told to free it
  virtual void on_buffer_freed(const BufferInfo&) {}
  virtual void on_buffer_overrun(const BufferOverrun&) {}
  virtual void on_state_changing(const StateChange&) {}  // before the miniport's SetState
  virtual void on_state_change(const StateChange&) {}
  virtual void on_position_read(const PositionRead&) {}
  virtual void on_presentation_read(const PresentationRead&) {}
  virtual void on_register_call(const RegisterCall&) {}
  virtual void on_output_unfilled(const UnfilledOutput&) {}
  virtual void on_packet_call(const PacketCall&) {}
  virtual void on_notification_registering(const NotificationSeen&) {}  // before the miniport is called
  virtual void on_notification_registered(const NotificationSeen&, const Status&) {}
  virtual void on_notification_unregistered(const NotificationSeen&, const Status&, bool forgotten_by_client) {}
  virtual void on_stream_closed(const StreamClosed&) {}
};

}  // namespace portside::portcls
