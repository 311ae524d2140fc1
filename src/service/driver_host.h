#pragma once
// DriverHost: the service of one machine: takes clients in, serves what they ask, and owns their streams. serve() runs
// on a simulated thread, which is the service thread; all else here is called on it unless said otherwise. The service
// thread never asks the driver anything, but for the endpoints, before anybody is served: streams, clients' controls and
// the watch over controls have threads of their own.

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "service/bell.h"
#include "service/control_inbox.h"
#include "service/control_lane.h"
#include "service/control_watch.h"
#include "service/endpoint_table.h"
#include "service/listener.h"
#include "service/session.h"
#include "service/stream_board.h"
#include "service/stream_host.h"
#include "service/thread_duty.h"

namespace portside::host {
class DeviceWatch;
class Machine;
class ProcessorLoad;
}  // namespace portside::host

namespace portside::service {

class DriverHost {
 public:
  // `stop`: readable when the service shall end (a signalfd).
  // `load`: of the machine's processors, for those who watch. `devices`: made before the driver was installed.
  static Result<std::unique_ptr<DriverHost>> create(host::Machine& machine, const host::ProcessorLoad& load,
                                                    host::DeviceWatch& devices, std::unique_ptr<Listener> listener,
                                                    int stop);
  // Not in a machine that has ended: its threads stand in it for good, with this object and its streams on their
  // stacks.
  ~DriverHost();

  // What its threads may have; before run().
  void schedule(ThreadDuty duty) { duty_ = duty; }
  // A simulated thread beside the service; `over` is asked in between.
  void add_companion(std::string name, std::function<void(const std::function<bool()>& over)> body) {
    companions_.push_back({std::move(name), std::move(body)});
  }
  // Told of the endpoints, from when they are served and whenever they are others.
  void list_by(std::function<void(std::span<const EndpointInfo>)> list) { list_ = std::move(list); }
  // The host's own thread: serves until told to stop, or until the machine ends. kMachineEnded then; clients have been
  // told. `ready`: called when clients are served from then on.
  Result<> run(const std::function<void()>& ready);

  const std::string& driver_name() const { return driver_name_; }
  const EndpointTable& endpoints() const { return endpoints_; }
  // How many controls are asked for twice a second, because the driver does not tell when they change. Any thread.
  size_t polled_controls() const { return watch_ ? watch_->polled() : 0; }
  Result<> open(const std::shared_ptr<Peer>& peer, uint32_t number, const StreamRequest& request);
  // Answered, or refused, when it comes to that.
  void ask(const std::shared_ptr<Peer>& peer, ControlLane::Request request);
  size_t streams_of(const Peer& peer) const;
  StreamHost* stream_of(const Peer& peer, uint32_t id) const;
  std::string snapshot() const;
  Session& take_in(std::shared_ptr<Peer> peer);
  // Of everybody, and waits until their streams are closed and their controls answered.
  void part_with_all();
  // Instead of run(): the service thread does this alone.
  Result<> run_with(const std::function<void()>& body);

 private:
  DriverHost(host::Machine& machine, const host::ProcessorLoad& load, host::DeviceWatch& devices,
             std::unique_ptr<Listener> listener, int stop)
      : machine_(machine), load_(load), devices_(devices), listener_(std::move(listener)), stop_(stop) {}
  Result<> read_endpoints();
  std::optional<Nanoseconds> patience(bool take_in_more) const;
  void serve();
  // False: the service ends.
  bool serve_once();
  void part_with(Session& session);
  // Taken in, or told why not.
  void greet(std::shared_ptr<Peer> peer);
  // Each was told to close.
  void await_all();
  void reap();
  // What the threads that ask the driver have found out.
  void hear();
  void tell(const EndpointTable::Change& change);
  void list() const;

  struct Companion {
    std::string name;
    std::function<void(const std::function<bool()>&)> body;
  };

  host::Machine& machine_;
  const host::ProcessorLoad& load_;
  host::DeviceWatch& devices_;
  std::unique_ptr<Listener> listener_;
  const int stop_;
  Bell nudge_;  // a stream or a lane is over, there is something in the inbox, or the machine has ended
  ControlInbox inbox_{nudge_};
  StreamBoard board_;
  std::string driver_name_;
  EndpointTable endpoints_;
  std::vector<std::unique_ptr<Session>> sessions_;
  std::vector<std::unique_ptr<StreamHost>> streams_;
  std::vector<std::unique_ptr<ControlLane>> lanes_;  // one a client that has asked for a control
  std::unique_ptr<ControlWatch> watch_;
  std::vector<Companion> companions_;
  ThreadDuty duty_;
  std::function<void(std::span<const EndpointInfo>)> list_;
  std::atomic<bool> over_ = false;
  bool full_ = false;  // nobody is taken in for now
  uint32_t next_stream_ = 1;
};

}  // namespace portside::service
