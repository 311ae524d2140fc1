// StreamBody: what every stream of this driver does alike: states, the cyclic buffer, events, registers, positions. The
// three kinds of stream (render, offload, capture) are COM objects around one of these: stream_object.h.
#pragma once

#include "studio.h"

class WaveMiniport;

class StreamBody {
 public:
  StreamBody(WaveMiniport& miniport, IPortWaveRTStream* port_stream, ULONG pin, Source source);
  ~StreamBody();

  // Reads the format and claims the word clock. To be called once, before anything else.
  NTSTATUS open(const KSDATAFORMAT* format);

  Mixer& mixer();
  Studio& studio();
  Voice& voice() { return voice_; }
  ULONG buffer_bytes() const { return buffer_bytes_; }

  // IMiniportWaveRTStream
  NTSTATUS set_format(const KSDATAFORMAT* format);
  NTSTATUS set_state(KSSTATE state);
  NTSTATUS get_position(KSAUDIO_POSITION* position);  // up to DISPATCH_LEVEL
  NTSTATUS allocate(ULONG notification_count, ULONG requested_bytes, PMDL* mdl, ULONG* actual_bytes,
                    ULONG* offset_from_first_page, MEMORY_CACHING_TYPE* cache_type);
  void free(PMDL mdl);
  void get_latency(KSRTAUDIO_HWLATENCY* latency);
  NTSTATUS get_position_register(KSRTAUDIO_HWREGISTER* reg);
  NTSTATUS get_clock_register(KSRTAUDIO_HWREGISTER* reg);

  // IMiniportWaveRTStreamNotification
  NTSTATUS register_event(PKEVENT event);
  NTSTATUS unregister_event(PKEVENT event);

  // Frames that have left the jack: what the mixer has taken, less what is on its way.
  NTSTATUS presentation_position(KSAUDIO_PRESENTATION_POSITION* position);
  NTSTATUS packet_count(ULONG* count);

 private:
  PMDL allocate_pages(ULONG bytes, MEMORY_CACHING_TYPE* cache_type);

  ComPointer<WaveMiniport> miniport_;
  // Not AddRef'd: the port's object owns ours and outlives it.
  IPortWaveRTStream* port_stream_;
  const ULONG pin_;
  Voice voice_;
  bool has_clock_ = false;
  KSSTATE state_ = KSSTATE_STOP;
  PVOID mapping_ = nullptr;  // what MapAllocatedPages returned
  ULONG buffer_bytes_ = 0;
};
