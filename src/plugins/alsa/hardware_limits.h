#pragma once
// HardwareLimits: what an endpoint takes, as the constraints that alsa-lib knows.
//
// A driver's formats are a list of whole formats; ioplug's constraints are one list a parameter, each by itself. Their
// product is offered, and a combination that the driver does not have is refused when the parameters are set, with a
// sentence that names what it has: an application is never given another format than it set.

#include <alsa/asoundlib.h>

#include <string>
#include <vector>

#include "portside/client.h"

namespace portside::alsa {

// 24 bits in the upper three bytes of four are ALSA's S32_LE, whose lowest byte is not heard; its S24_LE has them in
// the lower three.
snd_pcm_format_t alsa_format(SampleType type);

class HardwareLimits {
 public:
  explicit HardwareLimits(const EndpointInfo& endpoint);

  const std::vector<unsigned>& formats() const { return formats_; }
  const std::vector<unsigned>& channels() const { return channels_; }
  const std::vector<unsigned>& rates() const { return rates_; }

  // Frames of a buffer, in any rate.
  unsigned minimum_frames() const { return minimum_frames_; }
  unsigned maximum_frames() const { return maximum_frames_; }
  unsigned smallest_frame_bytes() const { return smallest_frame_; }
  unsigned largest_frame_bytes() const { return largest_frame_; }

  // Every format of the endpoint that is these three (they differ in their channel masks), the best first.
  Result<std::vector<StreamFormat>> match(snd_pcm_format_t format, unsigned channels, unsigned rate) const;
  // Every distinct pair of channel count and mask.
  std::vector<StreamFormat> layouts() const;

 private:
  std::string id_;
  std::vector<StreamFormat> all_;
  std::vector<unsigned> formats_, channels_, rates_;
  unsigned minimum_frames_ = 0, maximum_frames_ = 0;
  unsigned smallest_frame_ = 0, largest_frame_ = 0;
};

}  // namespace portside::alsa
