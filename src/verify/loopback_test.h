#pragma once
// Loopback: a driver whose capture endpoint gives back, bit for bit, what is played to one of its render endpoints.
// Whether it does is found out by playing to it. Where it does, once, it has to do so always: in every buffer, without
// a gap, from RUN on and over PAUSE, in every format. No page of the documentation promises such a device; what is
// asserted is what a WaveRT device is (audio/understanding-the-wavert-port-driver): it moves the samples of its buffer,
// one after the other, with no help from software.

#include <optional>
#include <vector>

#include "verify/loop_pair.h"
#include "verify/verdicts.h"

namespace portside::verify {

inline constexpr const char* kDeviceMovesPage = "audio/understanding-the-wavert-port-driver";

// A pair, and the formats that both of its pins take, the one first in which it was found.
struct Loop {
  LoopPair pair;
  std::vector<client::AudioFormat> formats;
};

// One of each width, of each number of channels and of each rate, all else as usual; the most usual one first.
std::vector<client::AudioFormat> one_of_each_kind(std::vector<client::AudioFormat> formats);

// Plays to each render endpoint and listens to each capture endpoint. On a simulated thread.
std::vector<Loop> find_loops(const std::vector<client::Endpoint>& endpoints);

// One format, in one of the shapes that buffers and notifications may have.
inline constexpr unsigned kLoopShapes = 6;
void test_loop_format(Verdicts& verdicts, const LoopPair& pair, const client::AudioFormat& format, unsigned variant);
// Of a driver that is said to give back what it plays: there is such a pair.
void test_loop_there(Verdicts& verdicts, bool there);
// RUN, PAUSE, RUN of the one stream and of the other; STOP and RUN.
void test_loop_states(Verdicts& verdicts, const LoopPair& pair, const client::AudioFormat& format);
// The two streams in different formats: the capture stream is filled all the same.
void test_loop_of_two_formats(Verdicts& verdicts, const Loop& loop);
// What a capture endpoint records while nothing is played: something, up to its position.
void test_capture_written(Verdicts& verdicts, const client::Endpoint& endpoint, const client::AudioFormat& format);

}  // namespace portside::verify
