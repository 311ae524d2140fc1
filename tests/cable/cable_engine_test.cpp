// The cable's "DMA engine" as host code, against a kernel of a few lines: a clock that the test moves, one timer, and
// events that count. What goes in comes out, for every format, rate and size of buffer.

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <optional>
#include <vector>

#include "cable/cable.h"

namespace {

constexpr LONGLONG kFrequency = 10'000'000;

// The kernel that the cable sees.
struct FakeKernel {
  LONGLONG now = 1000;
  std::optional<LONGLONG> due;
  PEXT_CALLBACK callback = nullptr;
  PVOID context = nullptr;
  int locked = 0;
  int timers = 0;
  LONGLONG late = 0;  // how late each callback comes
  std::vector<PKEVENT> signalled;
} kernel;

}  // namespace

extern "C" {
LARGE_INTEGER NTAPI KeQueryPerformanceCounter(PLARGE_INTEGER frequency) {
  if (frequency) frequency->QuadPart = kFrequency;
  LARGE_INTEGER now;
  now.QuadPart = kernel.now;
  return now;
}
PEX_TIMER NTAPI ExAllocateTimer(PEXT_CALLBACK callback, PVOID context, ULONG) {
  kernel.callback = callback;
  kernel.context = context;
  ++kernel.timers;
  return reinterpret_cast<PEX_TIMER>(&kernel);
}
BOOLEAN NTAPI ExSetTimer(PEX_TIMER, LONGLONG due, LONGLONG period, PEXT_SET_PARAMETERS) {
  EXPECT_LT(due, 0);
  EXPECT_EQ(period, 0);
  kernel.due = kernel.now - due;
  return FALSE;
}
BOOLEAN NTAPI ExCancelTimer(PEX_TIMER, PEXT_CANCEL_PARAMETERS) {
  kernel.due.reset();
  return TRUE;
}
BOOLEAN NTAPI ExDeleteTimer(PEX_TIMER, BOOLEAN cancel, BOOLEAN wait, PEXT_DELETE_PARAMETERS) {
  EXPECT_TRUE(cancel);
  EXPECT_TRUE(wait) << "a callback under way uses the cable";
  kernel.due.reset();
  --kernel.timers;
  return TRUE;
}
VOID NTAPI KeInitializeSpinLock(PKSPIN_LOCK lock) { *lock = 0; }
KIRQL NTAPI KeAcquireSpinLockRaiseToDpc(PKSPIN_LOCK) {
  EXPECT_EQ(kernel.locked++, 0) << "taken twice";
  return 0;
}
VOID NTAPI KeReleaseSpinLock(PKSPIN_LOCK, KIRQL) { --kernel.locked; }
LONG NTAPI KeSetEvent(PRKEVENT event, KPRIORITY, BOOLEAN wait) {
  EXPECT_FALSE(wait);
  kernel.signalled.push_back(event);
  return 0;
}
PVOID NTAPI ExAllocatePool2(POOL_FLAGS, SIZE_T bytes, ULONG) { return std::calloc(1, bytes); }
VOID NTAPI ExFreePoolWithTag(PVOID p, ULONG) { std::free(p); }
KIRQL NTAPI KeGetCurrentIrql() { return kernel.locked ? 2 : 0; }
}

namespace {

// Moves the clock to `time`, letting the timer fire on its way.
void run_until(LONGLONG time, const std::function<void()>& after_each = {}) {
  while (kernel.due && *kernel.due + kernel.late <= time) {
    kernel.now = *kernel.due + kernel.late;
    kernel.due.reset();
    kernel.callback(reinterpret_cast<PEX_TIMER>(&kernel), kernel.context);
    if (after_each) after_each();
  }
  kernel.now = time;
}

LONGLONG milliseconds(double ms) { return static_cast<LONGLONG>(ms * kFrequency / 1000); }

class CableTest : public testing::Test {
 protected:
  void SetUp() override {
    kernel = {};
    Cable* cable = nullptr;
    ASSERT_EQ(Cable::create(&cable), STATUS_SUCCESS);
    cable_.adopt(cable);
  }
  void TearDown() override {
    cable_.reset();
    EXPECT_EQ(kernel.timers, 0);
    EXPECT_EQ(kernel.locked, 0);
  }

  ComPointer<Cable> cable_;
};

// One end, its buffer, and a client that is told by events.
struct Client {
  Client(Cable& cable, bool capture, SampleFormat format, ULONG frames, ULONG parts)
      : cable(cable), end(capture, cable.level(capture)), parts(parts) {
    end.format = format;
    buffer.assign(static_cast<size_t>(frames) * format.bytes_per_frame(), format.silence());
    cable.attach_buffer(end, buffer.data(), frames, parts ? frames / parts : 0);
    entry.event = &event;
    cable.add_event(end, entry);
  }
  ~Client() {
    cable.stop(end);
    EXPECT_EQ(cable.remove_event(end, &event), &entry);
    EXPECT_EQ(cable.remove_event(end, &event), nullptr);
    cable.detach_buffer(end);
  }
  size_t part_bytes() const { return buffer.size() / parts; }
  int take_events() { return static_cast<int>(std::erase(kernel.signalled, &event)); }

  Cable& cable;
  CableEnd end;
  ULONG parts;
  std::vector<UCHAR> buffer;
  KEVENT event;
  EventEntry entry;
};

// A sound whose every sample tells its place.
UCHAR sample_byte(size_t i) { return static_cast<UCHAR>((i * 2654435761u) >> 13); }

class RenderClient : public Client {
 public:
  RenderClient(Cable& cable, SampleFormat format, ULONG frames, ULONG parts)
      : Client(cable, false, format, frames, parts) {
    for (ULONG i = 0; i < parts; ++i) fill_next();
  }
  void on_wake() {
    for (int n = take_events(); n > 0; --n) fill_next();
  }

 private:
  void fill_next() {
    for (size_t i = 0; i < part_bytes(); ++i, ++written_) buffer[written_ % buffer.size()] = sample_byte(written_);
  }
  size_t written_ = 0;
};

class CaptureClient : public Client {
 public:
  CaptureClient(Cable& cable, SampleFormat format, ULONG frames, ULONG parts)
      : Client(cable, true, format, frames, parts) {}
  void on_wake() {
    for (int n = take_events(); n > 0; --n) {
      for (size_t i = 0; i < part_bytes(); ++i, ++read_) heard.push_back(buffer[read_ % buffer.size()]);
    }
  }
  std::vector<UCHAR> heard;

 private:
  size_t read_ = 0;
};

// `heard` is silence, and from some whole frame on the sound, to the end. Returns the frames of sound.
size_t frames_identical(const std::vector<UCHAR>& heard, const SampleFormat& format) {
  size_t start = 0;
  const size_t frame = format.bytes_per_frame();
  const auto sound_starts_at = [&](size_t at) {
    for (size_t i = at; i < heard.size(); ++i)
      if (heard[i] != sample_byte(i - at)) return false;
    return true;
  };
  while (start < heard.size() && !sound_starts_at(start)) {
    for (size_t i = 0; i < frame; ++i)
      if (heard[start + i] != format.silence()) return 0;
    start += frame;
  }
  return (heard.size() - start) / frame;
}

TEST_F(CableTest, CarriesEveryFormatAndSizeOfBuffer) {
  struct Kind {
    USHORT bytes;
    BOOLEAN is_float;
  };
  for (const Kind kind : {Kind{1, FALSE}, Kind{2, FALSE}, Kind{3, FALSE}, Kind{4, FALSE}, Kind{4, TRUE}}) {
    for (const USHORT channels : {1, 2, 8}) {
      for (const ULONG rate : {8000u, 11025u, 44100u, 48000u, 96000u, 192000u}) {
        for (const double ms : {1.0, 3.0, 10.0, 100.0, 1000.0}) {
          if (ms > 100 && rate * channels * kind.bytes > 400'000) continue;  // seconds of test for nothing new
          const SampleFormat format = {rate, channels, kind.bytes, kind.is_float};
          const ULONG frames = static_cast<ULONG>(rate * ms / 1000) / 2 * 2;
          SCOPED_TRACE(testing::Message()
                       << rate << " Hz, " << channels << " channels, " << kind.bytes << " bytes, " << ms << " ms");
          CaptureClient capture(*cable_.get(), format, frames, 2);
          RenderClient render(*cable_.get(), format, frames, 2);
          const auto serve = [&] {
            render.on_wake();
            capture.on_wake();
          };
          ASSERT_EQ(cable_->run(capture.end), STATUS_SUCCESS);
          run_until(kernel.now + milliseconds(ms * 0.37), serve);
          ASSERT_EQ(cable_->run(render.end), STATUS_SUCCESS);
          const LONGLONG length = milliseconds(ms * 4.2);
          run_until(kernel.now + length, serve);
          // All but what is still in the capture buffer's unfinished part.
          EXPECT_GE(frames_identical(capture.heard, format) + frames, static_cast<size_t>(rate * ms * 4.2 / 1000));
          EXPECT_GT(frames_identical(capture.heard, format), frames * 2);
        }
      }
    }
  }
}

TEST_F(CableTest, IsExactWhenTheTimerIsLate) {
  const SampleFormat format = {48000, 2, 2, FALSE};
  kernel.late = milliseconds(0.9);
  RenderClient render(*cable_.get(), format, 960, 2);
  CaptureClient capture(*cable_.get(), format, 960, 2);
  const auto serve = [&] {
    render.on_wake();
    capture.on_wake();
  };
  cable_->run(render.end);
  cable_->run(capture.end);
  run_until(kernel.now + milliseconds(60'000), serve);
  EXPECT_EQ(frames_identical(capture.heard, format), capture.heard.size() / 4);
  EXPECT_GE(capture.heard.size() / 4, 48000u * 60 - 960);
}

TEST_F(CableTest, HearsSilenceWhenNothingIsRenderedOrInAnotherFormat) {
  const SampleFormat stereo = {48000, 2, 1, FALSE}, mono = {48000, 1, 1, FALSE};
  CaptureClient capture(*cable_.get(), stereo, 480, 2);
  RenderClient render(*cable_.get(), mono, 480, 2);
  std::fill(capture.buffer.begin(), capture.buffer.end(), 0x11);
  cable_->run(capture.end);
  run_until(kernel.now + milliseconds(20), [&] { capture.on_wake(); });
  cable_->run(render.end);
  run_until(kernel.now + milliseconds(20), [&] {
    render.on_wake();
    capture.on_wake();
  });
  EXPECT_GT(capture.heard.size(), 2000u);
  EXPECT_EQ(capture.heard, std::vector<UCHAR>(capture.heard.size(), 0x80));
}

TEST_F(CableTest, FreezesInPauseAndReturnsToZeroInStop) {
  const SampleFormat format = {48000, 2, 2, FALSE};
  RenderClient render(*cable_.get(), format, 4800, 2);
  EXPECT_EQ(cable_->offset_bytes(render.end), 0u);
  cable_->run(render.end);
  run_until(kernel.now + milliseconds(10));
  EXPECT_EQ(cable_->offset_bytes(render.end), 480u * 4);
  run_until(kernel.now + milliseconds(5));
  cable_->pause(render.end);
  EXPECT_FALSE(kernel.due) << "nothing to wake for";
  run_until(kernel.now + milliseconds(500));
  EXPECT_EQ(cable_->offset_bytes(render.end), 720u * 4);
  cable_->run(render.end);
  run_until(kernel.now + milliseconds(90));
  EXPECT_EQ(cable_->offset_bytes(render.end), (720u + 4320u - 4800u) * 4) << "the position is inside the buffer";
  cable_->stop(render.end);
  EXPECT_EQ(cable_->offset_bytes(render.end), 0u);
}

TEST_F(CableTest, DoesNotDriftInAnHour) {
  const SampleFormat format = {44100, 1, 2, FALSE};
  RenderClient render(*cable_.get(), format, 44100, 2);
  const LONGLONG start = kernel.now;
  cable_->run(render.end);
  run_until(start + milliseconds(3'600'000));
  cable_->offset_bytes(render.end);
  EXPECT_NEAR(static_cast<double>(render.end.position), 3600.0 * 44100, 1);
}

TEST_F(CableTest, NotifiesAtTheEndOrInTheMiddleAndAtTheEnd) {
  const SampleFormat format = {48000, 2, 2, FALSE};
  for (const ULONG parts : {1u, 2u}) {
    CaptureClient capture(*cable_.get(), format, 480, parts);
    cable_->run(capture.end);
    std::vector<ULONG> offsets;
    run_until(kernel.now + milliseconds(30) + 100, [&] {
      if (capture.take_events()) offsets.push_back(cable_->offset_bytes(capture.end) / 4);
    });
    EXPECT_EQ(offsets, parts == 1 ? std::vector<ULONG>({0, 0, 0}) : std::vector<ULONG>({240, 0, 240, 0, 240, 0}));
  }
}

TEST_F(CableTest, HasOnePlugAtEitherEnd) {
  const SampleFormat format = {48000, 2, 2, FALSE};
  RenderClient one(*cable_.get(), format, 480, 2), two(*cable_.get(), format, 480, 2);
  EXPECT_EQ(cable_->run(one.end), STATUS_SUCCESS);
  EXPECT_EQ(cable_->run(two.end), STATUS_INVALID_DEVICE_STATE);
  cable_->stop(one.end);
  EXPECT_EQ(cable_->run(two.end), STATUS_SUCCESS);
}

TEST_F(CableTest, VolumeActsAndZeroDecibelIsExact) {
  const SampleFormat format = {48000, 1, 2, FALSE};
  CaptureClient capture(*cable_.get(), format, 480, 2);
  RenderClient render(*cable_.get(), format, 480, 2);
  const auto serve = [&] {
    render.on_wake();
    capture.on_wake();
  };
  cable_->level(false).set_muted(0, true);
  cable_->run(capture.end);
  cable_->run(render.end);
  run_until(kernel.now + milliseconds(50), serve);
  EXPECT_EQ(capture.heard, std::vector<UCHAR>(capture.heard.size(), 0));
}

TEST_F(CableTest, CatchesUpAfterALongSleep) {
  const SampleFormat format = {48000, 2, 2, FALSE};
  CaptureClient capture(*cable_.get(), format, 480, 2);
  RenderClient render(*cable_.get(), format, 480, 2);
  cable_->run(capture.end);
  cable_->run(render.end);
  kernel.late = milliseconds(1000.0 * 3600 * 24 * 30);  // a month, in one step
  run_until(kernel.now + kernel.late + milliseconds(20));
  EXPECT_EQ(capture.end.position, render.end.position);
  EXPECT_EQ(capture.buffer, render.buffer) << "the last turn of the buffer";
}

}  // namespace
