#pragma once
// ControlWatch: sees to it that the host knows what changes without its doing: a knob or a jack of the device, the device
// itself. One simulated thread, which waits for the driver's events where it offers them (KSEVENT_CONTROL_CHANGE,
// KSEVENT_PINCAPS_JACKINFOCHANGE) and for what plug and play does; what tells nothing by itself it asks for twice a
// second, while somebody is connected. What it has seen goes to the inbox.

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "client/ks_event.h"
#include "client/process.h"
#include "host/device_watch.h"
#include "service/control_inbox.h"

namespace portside::service {

class ControlWatch final : public host::DeviceWatch::Listener {
 public:
  // On a simulated thread. `device`: what its INF calls it. `table`: as it was read just now.
  static Result<std::unique_ptr<ControlWatch>> create(std::string device, const EndpointTable& table,
                                                      ControlInbox& inbox);
  ~ControlWatch() override;

  // The thread's body, until end().
  void run();

  // From simulated threads:
  void end() { order(&Orders::end); }
  // Somebody is connected, or nobody.
  void follow(bool somebody);
  // Asks for a look at all that tells nothing by itself. Its number, which the inbox is told when it is over.
  uint64_t look();
  // How many controls tell nothing by themselves. Any thread.
  size_t polled() const { return polled_count_.load(std::memory_order_relaxed); }

  void interfaces_changed() override { order(&Orders::anew); }
  void removal_asked() override;
  void removal_refused() override { order(&Orders::anew); }

 private:
  struct Orders {
    bool end = false;
    bool let_go = false;  // of every file
    bool anew = false;    // what there is
    bool other = false;   // whether somebody is connected, or a look was asked for
  };
  // Controls whose changes are told by one event: one control, but for those beyond what can be waited for at once.
  struct Followed {
    std::unique_ptr<client::Event> told;
    std::vector<std::shared_ptr<const Control>> controls;
    std::vector<std::unique_ptr<client::KsEvent>> enabled;
  };

  ControlWatch(std::string device, ControlInbox& inbox) : device_(std::move(device)), inbox_(inbox) {}
  void order(bool Orders::* what);
  std::optional<size_t> wait();
  void attach();
  bool attach(const std::shared_ptr<const Control>& control);
  void detach();
  void read_anew();
  void look_if_due();
  void read(const std::vector<std::shared_ptr<const Control>>& controls);

  const std::string device_;
  ControlInbox& inbox_;
  std::unique_ptr<client::Event> wake_, let_gone_;

  Mutex mutex_;  // never held over a call that could wait
  Orders orders_ GUARDED_BY(mutex_);
  bool running_ GUARDED_BY(mutex_) = true;  // the thread has begun, or will
  bool somebody_ GUARDED_BY(mutex_) = false;
  uint64_t looks_ GUARDED_BY(mutex_) = 0;
  std::atomic<size_t> polled_count_ = 0;

  // The thread's.
  std::vector<std::shared_ptr<const Control>> controls_;
  std::map<std::u16string, client::KsFile> files_;  // before `followed_`, whose events are on them
  std::vector<Followed> followed_;
  std::vector<std::shared_ptr<const Control>> polled_;
  bool away_ = false;    // the device may be going: no file is opened
  bool unread_ = false;  // half a device was found: it is on its way
  uint64_t looked_ = 0;
  Nanoseconds looked_at_{0};
};

}  // namespace portside::service
