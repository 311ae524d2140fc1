// Card: the AC'97 card: its ports, its codec, its interrupt, and its two DMA engines. The miniports share it, and it
// goes with the last of them.
#pragma once

#include <portcls.h>

#include "bus_master.h"
#include "com_object.h"
#include "mixer_level.h"
#include "shared_interrupt.h"
#include "stream_format.h"

class Card final : public Counted<Card> {
 public:
  // PASSIVE_LEVEL, but where it says otherwise. The card comes with one reference.
  static NTSTATUS create(PDEVICE_OBJECT device, PRESOURCELIST resources, Card** result);
  ~Card();

  void suspend();
  void resume();
  // No interrupt, no DPC and no port access of ours after it. May be called again.
  void let_go();

  BusMaster& master(bool capture) { return masters_[capture]; }
  const MixerLevel& level(bool capture) const { return levels_[capture]; }
  void set_volume(bool capture, ULONG channel, LONG volume);
  void set_muted(bool capture, bool muted);
  const ConverterFormats& formats() const { return formats_; }

  // The converter's rate (AC'97 2.3, §5.8.3). STATUS_NOT_SUPPORTED: it did not take it.
  NTSTATUS set_rate(bool capture, ULONG rate);

 private:
  Card();
  NTSTATUS start();
  NTSTATUS create_masters(PDEVICE_OBJECT device);
  NTSTATUS reset_codec();
  USHORT read_codec(ULONG reg);
  void write_codec(ULONG reg, USHORT value);
  bool own_codec();
  static bool on_interrupt(void* context, ULONG* causes);
  static void on_completions(void* context, ULONG causes);

  PortBlock mixer_, bus_;
  PowerGate gate_;  // of the bus master's ports
  PDMA_ADAPTER dma_adapter_ = nullptr;
  BusMaster masters_[2];  // render, capture
  MixerLevel levels_[2];
  ConverterFormats formats_ = {};
  ULONG rates_[2] = {48000, 48000};
  FAST_MUTEX codec_mutex_;  // of the codec's registers, and of levels_
  bool awake_ = false;
  SharedInterrupt interrupt_{&Card::on_interrupt, &Card::on_completions, this};  // causes: a bit for each of masters_
};
