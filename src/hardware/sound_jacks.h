#pragma once
// SoundJacks: the world outside a model of a card: what comes out of its jacks, and what is spoken into them. For those who
// hold what is heard against what an application played.

#include <cstddef>
#include <string>
#include <vector>

#include "hardware/sound_file.h"

namespace portside::hardware {

class SoundJacks {
 public:
  struct Heard {
    std::string jack;  // "line-out"; empty: nothing came out of any
    SoundShape shape;  // as it was last
    std::vector<std::byte> frames;
  };

  virtual ~SoundJacks() = default;
  // What comes out is kept from here on, until it is no longer.
  virtual void start_listening() = 0;
  // Of that jack, since then; without a name, of the one that has played most.
  virtual Heard heard(const std::string& jack = {}) = 0;
  virtual void stop_listening() = 0;
  // What every input hears from here on, once, in the shape of whatever stream records it, then silence. Empty: what the
  // model was made with, once more.
  virtual void speak(std::vector<std::byte> frames) = 0;
  // Jacks that notice what is plugged into them: all the other way round than the model was made, or as it was made; and what is
  // spoken is spoken into the other input as well. False: it is so already, or there is no such thing.
  virtual bool replug(bool /*other_way*/) { return false; }
};

}  // namespace portside::hardware
