#pragma once
// A host in a test's hand: the position moves when the test says so, and everything that was told is kept.

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "portside/client.h"

namespace portside::testing {

struct FakeStreamState {
  StreamFacts facts;
  std::vector<std::byte> bytes;
  StreamState state = StreamState::kStop;
  std::vector<StreamState> states;  // as they were entered
  uint64_t position = 0, written = 0, read = 0, end = 0;
  uint64_t step = 0;  // frames that each look at the position moves it by, in RUN
  int event = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  uint64_t notifications = 0;
  Status alive;
  Status refusal;  // of the next states
  bool open = true;
  std::function<void()> before_count, before_position;  // what happens just before a client looks

  ~FakeStreamState() { ::close(event); }

  uint64_t wake_frames = 0;
  uint64_t ahead = 0;  // of what the device is done with: where it ought to be by now

  // The device has come to `frames`; what lies on a frame to wake at notifies.
  void play_to(uint64_t frames) {
    const uint64_t each = wake_frames;
    const uint64_t passed = each == 0 ? 0 : frames / each - position / each;
    position = frames;
    for (uint64_t i = 0; i < passed; ++i) notify();
  }
  void notify() {
    ++notifications;
    ring();
  }
  void ring() {
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t bytes_written = ::write(event, &one, sizeof one);
  }
};

class FakeStream : public Stream {
 public:
  explicit FakeStream(std::shared_ptr<FakeStreamState> state) : state_(std::move(state)) {}
  ~FakeStream() override { state_->open = false; }

  const StreamFacts& facts() const override { return state_->facts; }
  std::span<std::byte> buffer() const override { return state_->bytes; }
  Result<> set_state(StreamState next) override {
    if (!state_->alive.is_ok()) return fail(state_->alive);
    if (!state_->refusal.is_ok()) return fail(state_->refusal);
    state_->states.push_back(next);
    state_->state = next;
    if (next == StreamState::kStop) state_->position = 0;
    return {};
  }
  void tell_written(uint64_t frames) override { state_->written = frames; }
  void tell_last(uint64_t frames) override { state_->end = frames; }
  void tell_read(uint64_t frames) override { state_->read = frames; }
  StreamPosition position() const override {
    if (state_->before_position) state_->before_position();
    if (state_->state == StreamState::kRun && state_->step != 0) state_->play_to(state_->position + state_->step);
    return {state_->position + state_->ahead, {}, state_->position};
  }
  std::optional<uint64_t> read(DeviceRegister) const override { return std::nullopt; }
  int notification_fd() const override { return state_->event; }
  uint64_t notifications() const override {
    if (state_->before_count) state_->before_count();
    return state_->notifications;
  }
  uint64_t glitches() const override { return 0; }
  Status alive() const override { return state_->alive; }

 private:
  std::shared_ptr<FakeStreamState> state_;
};

struct FakeHost {
  std::vector<EndpointInfo> endpoints;
  std::vector<StreamRequest> requests;
  std::shared_ptr<FakeStreamState> stream;  // the last that was opened
  uint32_t extra_frames = 0;                // that the driver adds to a buffer
  uint32_t notifications = 2, latency_frames = 0;
  Status refusal;  // of the next open
  std::map<std::pair<std::string, uint32_t>, std::vector<int32_t>> controls;
  std::vector<Client::Change> changes;
  int changes_event = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  std::string snapshot;
  std::function<void()> before_snapshot;
  Status alive;

  ~FakeHost() { ::close(changes_event); }
  void change(Client::Change what) {
    changes.push_back(std::move(what));
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t bytes_written = ::write(changes_event, &one, sizeof one);
  }
};

class FakeClient : public Client {
 public:
  explicit FakeClient(FakeHost& host) : host_(host) {}

  Result<std::vector<EndpointInfo>> endpoints() override { return host_.endpoints; }
  Result<std::unique_ptr<Stream>> open(const StreamRequest& request) override {
    host_.requests.push_back(request);
    if (!host_.refusal.is_ok()) return fail(host_.refusal);
    auto state = std::make_shared<FakeStreamState>();
    state->facts = {.format = request.format,
                    .buffer_frames = request.buffer_frames + host_.extra_frames,
                    .notifications = std::min(request.notifications, host_.notifications),
                    .latency_frames = host_.latency_frames};
    state->wake_frames = request.wake_frames;
    state->bytes.assign(size_t{state->facts.buffer_frames} * request.format.frame_bytes(), std::byte{0x55});
    host_.stream = state;
    return std::make_unique<FakeStream>(state);
  }
  Result<std::vector<int32_t>> control(std::string_view endpoint, uint32_t id) override {
    const auto at = host_.controls.find({std::string(endpoint), id});
    if (at == host_.controls.end()) return fail(StatusCode::kNotFound, "no such control");
    return at->second;
  }
  Result<> set_control(std::string_view endpoint, uint32_t id, std::span<const int32_t> values) override {
    host_.controls[{std::string(endpoint), id}].assign(values.begin(), values.end());
    return {};
  }
  int changes_fd() const override { return host_.changes_event; }
  Result<std::vector<Change>> take_changes() override {
    if (!host_.alive.is_ok()) return fail(host_.alive);
    uint64_t count = 0;
    [[maybe_unused]] const ssize_t cleared = ::read(host_.changes_event, &count, sizeof count);
    return std::exchange(host_.changes, {});
  }
  Result<std::string> snapshot() override {
    if (host_.before_snapshot) host_.before_snapshot();
    if (!host_.alive.is_ok()) return fail(host_.alive);
    return host_.snapshot;
  }

 private:
  FakeHost& host_;
};

}  // namespace portside::testing
