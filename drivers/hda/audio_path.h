// AudioPath: the widgets between a converter and a pin, as the connection lists wire them (HDA 1.0a §7.1.2), and how
// they are switched so that sound gets through.
#pragma once

#include "amplifier.h"

class AudioPath {
 public:
  static constexpr ULONG kMaxHops = 8;

  // The shortest way from `pin` back to an output converter, or from an input converter back to an input pin. Neither
  // end is in use by another path: `is_taken(node)`. False: there is none.
  template <class IsTaken>
  bool find_output(const Codec& codec, const Widget& pin, IsTaken is_taken) {
    return search(codec, pin, [&](const Widget& w) {
      return w.type == WidgetType::kAudioOutput && !w.is_digital() && !is_taken(w.node);
    });
  }
  template <class IsEnd>
  bool find_input(const Codec& codec, const Widget& converter, IsEnd is_end) {
    return search(codec, converter, is_end);
  }

  ULONG length() const { return length_; }
  // hop(0) is what the search began with; each hop hears the next one.
  const Widget& hop(ULONG i) const { return *hops_[i].widget; }
  const Widget& last() const { return hop(length_ - 1); }

  // Where its volume and its mute are: the first amplifier from the converter on that can. May not exist.
  Amplifier find_volume(bool output) const;
  Amplifier find_mute(bool output) const;

  // Selects the inputs, opens the amplifiers at 0 dB, enables the pin. PASSIVE_LEVEL. Done again after power-up.
  NTSTATUS open(const Codec& codec, bool output) const;

  // Frames that a sample is under way through the widgets (§7.3.4.6, Delay).
  ULONG delay_frames() const;

 private:
  struct Hop {
    const Widget* widget;
    ULONG input;  // which of its connections leads to the next hop
  };

  template <class IsEnd>
  bool search(const Codec& codec, const Widget& from, IsEnd is_end);
  bool step(const Codec& codec, ULONG depth);
  template <class Pick>
  Amplifier pick(bool output, Pick pick) const;
  NTSTATUS open_hop(const Codec& codec, ULONG i) const;
  static NTSTATUS open_amplifier(const Codec& codec, const Amplifier& amplifier, bool mute);
  static NTSTATUS open_pin(const Codec& codec, const Widget& pin, bool output);

  Hop hops_[kMaxHops] = {};
  ULONG length_ = 0;
};

// Iterative deepening: the first way found is a shortest one, and no list of visited nodes is needed, as depth is
// bounded.
template <class IsEnd>
bool AudioPath::search(const Codec& codec, const Widget& from, IsEnd is_end) {
  for (ULONG wanted = 2; wanted <= kMaxHops; ++wanted) {
    hops_[0] = {&from, 0};
    ULONG depth = 1;
    while (depth > 0) {
      Hop& hop = hops_[depth - 1];
      const bool can_go_on = depth < wanted && hop.input < hop.widget->connection_count;
      if (!can_go_on) {
        if (--depth > 0) ++hops_[depth - 1].input;
        continue;
      }
      const Widget* next = codec.find(hop.widget->connections[hop.input]);
      if (!next) {
        ++hop.input;
        continue;
      }
      if (depth + 1 == wanted) {
        if (is_end(*next)) {
          hops_[depth] = {next, 0};
          length_ = wanted;
          return true;
        }
        ++hop.input;
        continue;
      }
      // A converter or a pin in the middle of a way is the end of another one.
      if (next->type != WidgetType::kMixer && next->type != WidgetType::kSelector) {
        ++hop.input;
        continue;
      }
      hops_[depth++] = {next, 0};
    }
  }
  length_ = 0;
  return false;
}
