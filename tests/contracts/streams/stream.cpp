// Stream. See stream.h.
#include "stream.h"

namespace {
PHYSICAL_ADDRESS anywhere() {
  PHYSICAL_ADDRESS high;
  high.QuadPart = MAXLONGLONG;
  return high;
}
}  // namespace

Stream::Stream(IPortWaveRTStream* port, bool capture) : port_(port), capture_(capture) {
  if (CASE_IS(PagesKept)) port_->AddRef();  // breaks PageInterfaceLeaked
  if (CASE_IS(RegisterInBytes) || CASE_IS(RegisterNull) || CASE_IS(ClockWithoutFrequency))
    register_ = static_cast<ULONGLONG*>(MmAllocateContiguousMemory(PAGE_SIZE, anywhere()));
}

Stream::~Stream() {
  if (CASE_IS(PagesKept) && !WRONG(PagesKept)) port_->Release();
  if (register_) MmFreeContiguousMemory(register_);
}

STDMETHODIMP Stream::QueryInterface(REFIID iid, PVOID* result) {  // answers ReferenceMissing InterfaceNotGiven
  // answers UnknownInterfaceGiven PointerAfterRefusal HeldInterfaceRefused IdentityDiffers
  if (!WRONG(PointerLeft)) *result = nullptr;
  if (IsEqualGUID(iid, IID_IMiniportWaveRTStreamNotification)) {
    *result = static_cast<IMiniportWaveRTStreamNotification*>(this);
    if (WRONG(QueryGivesNull)) *result = nullptr;
    if (!WRONG(QueryGivesNull) && !WRONG(QueryWithoutReference)) AddRef();
    return STATUS_SUCCESS;
  }
  if (IsEqualGUID(iid, IID_IUnknown)) {
    if (WRONG(UnknownRefused)) return STATUS_INVALID_PARAMETER;
    if (WRONG(TwoIdentities) && ++identities_ % 2)
      return hand_out(static_cast<IMiniportWaveRTOutputStream*>(this), result);
  }
  if (IsEqualGUID(iid, IID_IUnknown) || IsEqualGUID(iid, IID_IMiniportWaveRTStream))
    return hand_out(static_cast<IMiniportWaveRTStream*>(this), result);
  if (IsEqualGUID(iid, IID_IMiniportWaveRTOutputStream) && !capture_)
    return hand_out(static_cast<IMiniportWaveRTOutputStream*>(this), result);
  if (IsEqualGUID(iid, IID_IMiniportWaveRTInputStream) && capture_)
    return hand_out(static_cast<IMiniportWaveRTInputStream*>(this), result);
  // To none of those that the port would call.
  const bool ports = IsEqualGUID(iid, IID_IMiniportWaveRTOutputStream) ||
                     IsEqualGUID(iid, IID_IMiniportWaveRTInputStream) || IsEqualGUID(iid, IID_IDrmAudioStream);
  if (WRONG(AnyInterface) && !ports) return hand_out(static_cast<IMiniportWaveRTStream*>(this), result);
  return STATUS_INVALID_PARAMETER;
}

STDMETHODIMP_(NTSTATUS) Stream::SetState(KSSTATE state) {  // answers ReleasedTooOften SetStateTooSlow
  if (state == KSSTATE_RUN) {
    has_run_ = true;
    engine_.run();
  }
  if (state < KSSTATE_RUN) engine_.pause();
  if (state == KSSTATE_ACQUIRE && state_ == KSSTATE_STOP && WRONG(ReleasesItself)) Release();
  if (state == KSSTATE_PAUSE && CASE_IS(SlowSetState)) {
    LARGE_INTEGER time;
    time.QuadPart = WRONG(SlowSetState) ? -10000000 : -1000;
    KeDelayExecutionThread(KernelMode, FALSE, &time);
  }
  if (state == KSSTATE_STOP) {
    kept_packets_ = engine_.completed();
    kept_bytes_ = engine_.bytes();
    engine_.reset();
    read_ = 0;
    ended_ = false;
    if (WRONG(FreesInStop)) free_pages();
  }
  state_ = state;
  return STATUS_SUCCESS;
}

// answers PositionNotZeroAtStart PositionNotZeroAfterStop PositionMovesInPause PositionOutsideBuffer
STDMETHODIMP_(NTSTATUS)
Stream::GetPosition(PKSAUDIO_POSITION position) {  // answers PositionBackwards PositionAheadOfTime
  LONGLONG bytes = engine_.bytes();
  const ULONG ring = engine_.buffer_bytes() ? engine_.buffer_bytes() : 1;
  static LONG reads = 0;
  ++reads;
  if (WRONG(StartsAt64) && !has_run_) bytes = 64;
  if (WRONG(KeepsPosition) && state_ == KSSTATE_STOP) bytes = kept_bytes_;
  if (WRONG(DriftsInPause) && state_ == KSSTATE_PAUSE && bytes) bytes += 4 * reads;
  if (WRONG(ZeroInPause) && state_ == KSSTATE_PAUSE) bytes = 0;
  if (WRONG(RunsFast)) bytes *= 2;
  if (WRONG(StepsBack) && engine_.running() && bytes >= 400 && reads % 2) bytes -= 400;
  ULONGLONG offset = static_cast<ULONGLONG>(bytes) % ring;
  if (WRONG(LinearPosition)) offset = static_cast<ULONGLONG>(bytes);
  position->PlayOffset = offset;
  position->WriteOffset = offset;
  return STATUS_SUCCESS;
}

PMDL Stream::foreign_pages(ULONG bytes) {
  PHYSICAL_ADDRESS low = {}, skip = {};
  foreign_ = true;
  return MmAllocatePagesForMdl(low, anywhere(), skip, bytes);
}

NTSTATUS Stream::allocate(ULONG count, ULONG requested, PMDL* mdl, ULONG* actual, ULONG* offset,
                          MEMORY_CACHING_TYPE* cache) {
  if (mdl_) return STATUS_INVALID_DEVICE_STATE;
  const ULONG unit = kFrameBytes * (count ? count : 1);
  ULONG bytes = (requested + unit - 1) / unit * unit;
  *offset = 0;
  *cache = MmCached;
  *actual = bytes;
  *mdl = nullptr;
  const bool plain = count == 0;
  if (WRONG(NoBuffer) && plain) return STATUS_SUCCESS;
  const bool odd = (WRONG(OddBuffer) && plain) || (WRONG(OddPackets) && !plain);
  const bool beyond = WRONG(OffsetBeyondPage) && plain;
  const ULONG more = beyond ? 2 * PAGE_SIZE : odd ? kFrameBytes : 0;
  mdl_ = WRONG(ForeignBuffer) && plain  // breaks BufferEndOverrun
             ? foreign_pages(bytes)
             : port_->AllocatePagesForMdl(anywhere(), bytes + more);
  if (!mdl_ || MmGetMdlByteCount(mdl_) < bytes + more) {
    free_pages();
    return STATUS_INSUFFICIENT_RESOURCES;
  }
  if (!foreign_) view_ = port_->MapAllocatedPages(mdl_, MmCached);
  if (!foreign_ && !view_) {
    free_pages();
    return STATUS_INSUFFICIENT_RESOURCES;
  }
  if (plain ? WRONG(SmallBuffer) : WRONG(SmallNotificationBuffer)) bytes -= unit;
  if (odd) bytes += plain ? 2 : kFrameBytes;
  engine_.set_buffer(static_cast<UCHAR*>(view_), bytes, count);
  *mdl = mdl_;
  *actual = bytes;
  if (beyond) *offset = PAGE_SIZE;
  if (WRONG(BadCacheTypeGiven) && plain) *cache = static_cast<MEMORY_CACHING_TYPE>(17);
  if (WRONG(CacheTypesDiffer) && plain) *cache = MmWriteCombined;
  return STATUS_SUCCESS;
}

// answers BufferNotGiven BufferNotOfPort BufferSmallerThanRequested BufferNotWholeFrames BufferOffsetBeyondPage
STDMETHODIMP_(NTSTATUS)  // answers BufferCacheTypeInvalid BufferCacheTypesDiffer
Stream::AllocateAudioBuffer(ULONG requested, PMDL* mdl, ULONG* actual, ULONG* offset, MEMORY_CACHING_TYPE* cache) {
  return allocate(0, requested, mdl, actual, offset, cache);
}

STDMETHODIMP_(NTSTATUS)  // answers NotificationBufferSmaller PacketsOfUnequalSize
Stream::AllocateBufferWithNotification(ULONG count, ULONG requested, PMDL* mdl, ULONG* actual, ULONG* offset,
                                       MEMORY_CACHING_TYPE* cache) {
  if (count != 1 && count != 2) return STATUS_INVALID_PARAMETER;
  return allocate(count, requested, mdl, actual, offset, cache);
}

void Stream::free_pages() {
  engine_.set_buffer(nullptr, engine_.buffer_bytes(), engine_.packets());
  PMDL mdl = mdl_;
  mdl_ = nullptr;
  if (view_) port_->UnmapAllocatedPages(view_, mdl);
  view_ = nullptr;
  if (mdl && foreign_) {
    MmFreePagesFromMdl(mdl);
    ExFreePool(mdl);
  } else if (mdl) {
    port_->FreePagesFromMdl(mdl);  // breaks BufferFreedWhileInUse
  }
  foreign_ = false;
}

STDMETHODIMP_(VOID) Stream::FreeAudioBuffer(PMDL, ULONG) { free_pages(); }
STDMETHODIMP_(VOID) Stream::FreeBufferWithNotification(PMDL, ULONG) {
  if (WRONG(NotifiesAfterUnregister)) engine_.signal_former_event();
  free_pages();
}

STDMETHODIMP_(VOID) Stream::GetHWLatency(KSRTAUDIO_HWLATENCY* latency) {  // answers OutputNotFilled
  latency->FifoSize = 0;
  latency->ChipsetDelay = 0;
  if (!WRONG(LatencyUnfilled)) latency->CodecDelay = 0;
}

STDMETHODIMP_(NTSTATUS)
Stream::GetPositionRegister(KSRTAUDIO_HWREGISTER* reg) {  // answers RegisterRefusal RegisterWidth RegisterAddress
  if (WRONG(RegisterNotImplemented)) return STATUS_NOT_IMPLEMENTED;
  if (!CASE_IS(RegisterInBytes) && !CASE_IS(RegisterNull)) return STATUS_NOT_SUPPORTED;
  reg->Register = WRONG(RegisterNull) ? nullptr : register_;
  reg->Width = WRONG(RegisterInBytes) ? 4 : 32;
  reg->Accuracy = kFrameBytes;
  return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) Stream::GetClockRegister(KSRTAUDIO_HWREGISTER* reg) {  // answers ClockFrequency
  if (!CASE_IS(ClockWithoutFrequency)) return STATUS_NOT_SUPPORTED;
  reg->Register = register_;
  reg->Width = 64;
  reg->Numerator = 48000;
  reg->Denominator = WRONG(ClockWithoutFrequency) ? 0 : 1;
  reg->Accuracy = 1;
  return STATUS_SUCCESS;
}

// answers WritePacketLate WritePacketOverrun WritePacketRefused WritePacketAfterEnd WritePacketFlags
STDMETHODIMP_(NTSTATUS)
Stream::SetWritePacket(ULONG number, DWORD flags, ULONG end_bytes) {  // answers EndOfStreamRefused EndOfStreamTooLong
  const bool last = flags & KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM;
  if (flags & ~static_cast<DWORD>(KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM) && !WRONG(TakesFlags))
    return STATUS_INVALID_PARAMETER;
  if (ended_ && !WRONG(ForgetsEnd)) return STATUS_INVALID_DEVICE_STATE;
  if (last && ((end_bytes > engine_.packet_bytes() && !WRONG(TakesLongEnd)) || WRONG(RefusesEnd)))
    return STATUS_INVALID_PARAMETER;
  const ULONG current = engine_.completed();
  const bool under_way = engine_.running() || engine_.bytes() % engine_.packet_bytes();
  if (number < current && !WRONG(TakesLate)) return STATUS_DATA_LATE_ERROR;
  if (number == current && under_way && !WRONG(TakesLate) && !WRONG(TakesCurrent)) return STATUS_DATA_LATE_ERROR;
  if (WRONG(RefusesNext) && number > current) return STATUS_DATA_LATE_ERROR;
  if (WRONG(RefusesNextAsTooMany) && number > current) return STATUS_DATA_OVERRUN;
  if (number >= current + engine_.packets() && !WRONG(TakesFar)) return STATUS_DATA_OVERRUN;
  ended_ = ended_ || last;
  return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) Stream::GetOutputStreamPresentationPosition(KSAUDIO_PRESENTATION_POSITION* position) {
  // answers PresentationOffTime PresentationBackwards PresentationCounterWrong
  LONGLONG counter = 0;
  const LONGLONG bytes = engine_.bytes(&counter);
  position->u64PositionInBlocks = static_cast<UINT64>(bytes) / kFrameBytes;
  if (WRONG(PresentationInBytes)) position->u64PositionInBlocks = static_cast<UINT64>(bytes);
  if (WRONG(PresentationWraps))
    position->u64PositionInBlocks = static_cast<UINT64>(bytes) % engine_.buffer_bytes() / kFrameBytes;
  position->u64QPCPosition = static_cast<UINT64>(WRONG(PresentationToCome) ? 2 * counter : counter);
  return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS)
Stream::GetPacketCount(ULONG* count) {  // answers PacketCountNotReset PacketCountBackwards PacketCountOffRate
  *count = engine_.completed() + (WRONG(CountKept) && state_ == KSSTATE_STOP ? kept_packets_ : 0);
  if (WRONG(CountWavers) && ++counted_ % 2 == 0 && *count) --*count;
  if (WRONG(CountSlow)) *count /= 4;
  return STATUS_SUCCESS;
}

// answers ReadPacketAhead ReadPacketRepeated ReadPacketRefusal ReadPacketFlags
STDMETHODIMP_(NTSTATUS)
Stream::GetReadPacket(ULONG* number, DWORD* flags, ULONG64* counter, BOOL* more) {  // answers ReadPacketCounterWrong
  LONGLONG now = 0;
  const LONGLONG bytes = engine_.bytes(&now);
  const ULONG done = static_cast<ULONG>(bytes / engine_.packet_bytes());
  if (WRONG(ReadsAgain) && done && read_ >= done) read_ = done - 1;
  if (done <= read_) return WRONG(RefusesOddly) ? STATUS_UNSUCCESSFUL : STATUS_DEVICE_NOT_READY;
  read_ = done - 1;  // what is older is being overwritten
  LARGE_INTEGER frequency;
  KeQueryPerformanceCounter(&frequency);
  const LONGLONG first = static_cast<LONGLONG>(read_ + (WRONG(ReadsTheEnd) ? 1 : 0)) * engine_.packet_bytes();
  const LONGLONG since = bytes - first;
  *counter = static_cast<ULONG64>(now - since * frequency.QuadPart / kBytesPerSecond);
  if (WRONG(ReadsTheFuture)) *counter = static_cast<ULONG64>(2 * now);
  *number = read_ + (WRONG(ReadsAhead) ? kept_packets_ : 0);
  *flags = WRONG(ReadFlags) ? 1 : 0;
  *more = FALSE;
  ++read_;
  return STATUS_SUCCESS;
}
