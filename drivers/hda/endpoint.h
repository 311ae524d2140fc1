// Endpoint: one pin of a codec with the way to its converter: what Windows calls a speaker or a microphone. Holds what
// the codec has to be told again after a sleep: volume, mute, and the jack's wish to be heard.
#pragma once

#include <portcls.h>

#include "audio_path.h"
#include "com_object.h"
#include "stream_format.h"

class Endpoint {
 public:
  static constexpr ULONG kChannels = 2;  // an amplifier has a left and a right one (§7.3.3.7)

  // PASSIVE_LEVEL, all of it.
  // `pin` is to be an end of the path; `tag`: what its unsolicited responses carry (§7.3.3.14), unique on the codec.
  // False: no way leads to a converter, or there is nothing behind the pin.
  template <class IsTaken>
  bool find_output(Codec& codec, const Widget& pin, IsTaken is_taken) {
    return path_.find_output(codec, pin, is_taken) && (adopt(codec, false), true);
  }
  template <class IsTaken>
  bool find_input(Codec& codec, const Widget& converter, IsTaken is_taken) {
    return path_.find_input(codec, converter, [&](const Widget& w) { return leads_in(w) && !is_taken(w.node); }) &&
           (adopt(codec, true), true);
  }
  static bool leads_out(const Widget& pin);
  static bool leads_in(const Widget& pin);

  NTSTATUS open(UCHAR tag);
  // After a sleep: all of it again.
  NTSTATUS restore();

  bool capture() const { return capture_; }
  Codec& codec() const { return *codec_; }
  const Widget& pin() const { return capture_ ? path_.last() : path_.hop(0); }
  const Widget& converter() const { return capture_ ? path_.hop(0) : path_.last(); }
  const ConverterFormats& formats() const { return formats_; }
  ULONG delay_frames() const { return path_.delay_frames(); }
  UCHAR tag() const { return tag_; }

  // §7.3.3.8, §7.3.3.11: which stream number the converter listens to or speaks on, and in which format; 0 is none.
  NTSTATUS bind(UCHAR stream_number, USHORT link_format);

  const Amplifier& volume_amplifier() const { return volume_amplifier_; }
  const Amplifier& mute_amplifier() const { return mute_amplifier_; }
  LONG volume(ULONG channel) const { return volume_amplifier_.volume_of(steps_[channel]); }
  bool muted(ULONG channel) const { return muted_[channel]; }
  NTSTATUS set_volume(ULONG channel, LONG volume);
  NTSTATUS set_muted(ULONG channel, bool muted);

  // The jack: can it tell, is there a plug, has that changed since it was last looked at?
  bool detects_presence() const;
  bool has_jack() const { return configuration::connectivity(pin().configuration) != configuration::kFixed; }
  bool plugged() const { return plugged_; }
  // Asks the pin, and, if the answer is another one than before, tells whoever listens to the topology filter.
  void look_at_jack();
  // Through whom. The topology miniport's port, without a reference: it takes it back before it goes.
  void set_events(IPortEvents* events);

 private:
  void adopt(Codec& codec, bool capture);
  NTSTATUS write_amplifiers(ULONG channel);

  Codec* codec_ = nullptr;
  bool capture_ = false;
  UCHAR tag_ = 0;
  AudioPath path_;
  UCHAR stream_number_ = 0;
  USHORT link_format_ = 0;
  ConverterFormats formats_ = {};
  Amplifier volume_amplifier_, mute_amplifier_;
  FAST_MUTEX mutex_;  // of what follows: a step and its verb are one
  ULONG steps_[kChannels] = {};
  bool muted_[kChannels] = {};
  bool plugged_ = true;  // what cannot tell is taken to be there
  IPortEvents* events_ = nullptr;
};
