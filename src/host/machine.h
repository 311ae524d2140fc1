#pragma once
// Machine: one Windows. Built out of the layers; drivers are installed on root-enumerated or plugged-in devices, started, run by
// clients, removed and unloaded. Everything here is called on the host's own thread, with no simulated thread running.

#include <wdm.h>

#include <filesystem>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "hardware/device_maker.h"
#include "host/install_plan.h"
#include "host/installed_driver.h"
#include "host/rule_groups.h"
#include "kernel/bug_check.h"
#include "kernel/kernel_options.h"
#include "verifier/finding.h"

namespace portside::hardware {
class PciSlot;
class SoundJacks;
}  // namespace portside::hardware
namespace portside::io {
class Io;
struct DeviceNode;
}  // namespace portside::io
namespace portside::kernel {
class Kernel;
class Services;
}  // namespace portside::kernel
namespace portside::loader {
class Image;
class Loader;
class SourceLines;
}  // namespace portside::loader
namespace portside::memory {
class Memory;
class Segment;
}  // namespace portside::memory
namespace portside::portcls {
class PortCls;
}
namespace portside::report {
class Symbols;
}
namespace portside::verifier {
class Verifier;
}

namespace portside::host {

class MachineHardware;

struct MachineOptions {
  uint64_t seed = 1;
  bool realtime = false;  // CLOCK_MONOTONIC and host threads instead of virtual time and fibres
  bool verify = true;     // special pool, histories, rules
  // Verifying in virtual time: PAGE sections and paged pool are inaccessible while the IRQL is raised.
  bool protect_pageable = true;
  uint32_t rule_groups = kAllRuleGroups;  // of RuleGroup
  bool allow_missing_imports = false;
  // The longest that SetState may take, in the machine's time and the processor's together. Driver Verifier's limit
  // (0x72001) is not published: this one is ours, and generous.
  Nanoseconds set_state_limit = std::chrono::milliseconds(500);
  kernel::ScheduleOptions schedule;                // who runs next, in virtual time
  std::optional<Nanoseconds> timer_granularity;    // of KTIMER; none: 1 ms, as while audio plays
  Nanoseconds up_time = std::chrono::seconds(60);  // how long Windows has been running when the machine begins
  Nanoseconds work_item_delay{};                   // of a system that has much to do; zero: none
  Nanoseconds time_limit{};                        // of virtual time, at which the machine is stopped; zero: none
  std::optional<Nanoseconds> watchdog;             // KernelOptions::watchdog; none: its own
  std::filesystem::path drive_c;                   // empty: a folder of its own, gone with the machine
  std::shared_ptr<memory::Segment> ram;  // the machine's memory, when it is another's as well (QEMU's); null: its own
  // What names source lines in reports, shared with other machines; null: the machine makes it, and options() has it.
  std::shared_ptr<loader::SourceLines> source_lines;
  std::filesystem::path trace;  // file for the trace of the kernel's events; empty: none
};

// The name of the thread in which drivers are entered, started, stopped and removed.
inline constexpr const char* kSystemThread = "system";

// A thread of an application, for run().
struct ClientThread {
  std::string name;
  std::function<void()> body;
};

class Machine {
 public:
  static Result<std::unique_ptr<Machine>> create(const MachineOptions& options);
  // Removes devices and unloads drivers that are still installed; frees what a bug-checked machine kept.
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  // Puts a device on the machine's bus: a driver is then installed on its slot (InstallRequest::slot). `line`: the interrupt
  // line, when it is to be shared with another device.
  Result<hardware::PciSlot*> plug(const hardware::DeviceMaker& make, std::optional<uint32_t> line = {});
  // Of the first device that has jacks which somebody can listen to; null: there is none.
  hardware::SoundJacks* jacks();
  // Maps the image, calls DriverEntry, and AddDevice and START_DEVICE for each device. A failure names the step; what
  // was done is undone. A second driver may be installed beside the first; a driver that is installed already gets more
  // devices.
  Result<InstalledDriver*> install(const InstallRequest& request);
  Result<InstalledDriver*> install(const std::filesystem::path& driver) {
    return install(InstallRequest{.driver = driver});
  }
  // Of the last install, whether it succeeded or not: that the hardware is missing which the INF names; else empty.
  const std::string& absent_hardware() const { return absent_hardware_; }
  // QUERY_REMOVE_DEVICE, REMOVE_DEVICE, and DriverUnload with the driver's last device; then, when no driver is left,
  // the leak checks. What refuses stays installed. Files that clients left open are closed first.
  Result<> uninstall(InstalledDevice& device);
  Result<> uninstall(InstalledDriver& driver);
  // Everything. Nothing happens when nothing is installed.
  Result<> uninstall();
  std::list<InstalledDriver>& drivers();

  // Runs the bodies as simulated threads until all have returned. kMachineEnded when the machine bug-checks.
  Result<> run(std::vector<ClientThread> threads);
  Result<> run(std::function<void()> body);

  const MachineOptions& options() const { return options_; }
  memory::Memory& memory();
  kernel::Kernel& kernel();
  kernel::Services& services();
  io::Io& io();
  portcls::PortCls& portcls();
  loader::Loader& loader();
  verifier::Verifier& verifier();
  MachineHardware& hardware();
  report::Symbols& symbols();

  // Of the driver that was installed first, and of its first device; null when there is none.
  loader::Image* image();
  io::DeviceNode* device();
  const std::optional<kernel::BugCheckRecord>& bug_check() const;
  // It bug-checked, or reached its time limit: nothing runs in it any more. Any thread.
  bool ended() const;
  std::vector<verifier::Finding> findings() const;
  // Time since the machine was made, on its own clock.
  Nanoseconds now() const;

 private:
  explicit Machine(const MachineOptions& options);
  Result<> build();
  Result<hardware::PciSlot*> slot_of(const InstallRequest& request);
  Result<> uninstall_by(const std::function<Result<>()>& step);

  struct Parts;
  MachineOptions options_;
  std::string absent_hardware_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace portside::host
