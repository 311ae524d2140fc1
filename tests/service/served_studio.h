#pragma once
// ServedStudio: a driver host in this very process, which serves the studio to clients of the test, and a hand at the
// device: what a person does to it is done on a simulated thread beside the service.

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "base/temporary_folder.h"
#include "host/device_watch.h"
#include "host/machine.h"
#include "host/processor_load.h"
#include "portside/client.h"
#include "service/driver_host.h"

namespace portside::testing_support {

class ServedStudio {
 public:
  ServedStudio() : stop_(::eventfd(0, EFD_CLOEXEC)) {
    host::MachineOptions options;
    options.realtime = true;
    auto machine = host::Machine::create(options);
    EXPECT_TRUE(machine) << machine.error().to_string();
    if (!machine) return;
    machine_ = std::move(*machine);
    load_.emplace(*machine_);
    devices_.emplace(*machine_);
    const auto installed = machine_->install(STUDIO_INF);
    EXPECT_TRUE(installed) << installed.error().to_string();
    auto listener = service::Listener::create((folder_.path() / "host").string());
    EXPECT_TRUE(listener) << listener.error().to_string();
    if (!installed || !listener) return;
    auto host = service::DriverHost::create(*machine_, *load_, *devices_, std::move(*listener), stop_.get());
    EXPECT_TRUE(host) << host.error().to_string();
    if (!host) return;
    host_ = std::move(*host);
    host_->add_companion("hand", [this](const std::function<bool()>& over) { hand(over); });
    serves_ = std::thread([this] { ran_ = host_->run([] {}); });
  }
  ~ServedStudio() {
    const uint64_t one = 1;
    (void)!::write(stop_.get(), &one, sizeof one);
    if (serves_.joinable()) serves_.join();
    EXPECT_TRUE(ran_) << ran_.error().to_string();
    host_.reset();
    if (machine_) EXPECT_TRUE(machine_->uninstall());
    if (machine_) EXPECT_TRUE(machine_->findings().empty());
  }
  ServedStudio(const ServedStudio&) = delete;
  ServedStudio& operator=(const ServedStudio&) = delete;

  host::Machine& machine() { return *machine_; }
  service::DriverHost& host() { return *host_; }
  std::unique_ptr<Client> connect() {
    auto client = Client::connect((folder_.path() / "host").string());
    EXPECT_TRUE(client) << client.error().to_string();
    return client ? std::move(*client) : nullptr;
  }
  // On a simulated thread; waits until it is done.
  void by_hand(std::function<void()> act) {
    std::unique_lock lock(mutex_);
    act_ = std::move(act);
    done_.wait(lock, [this] { return !act_; });
  }

 private:
  void hand(const std::function<bool()>& over) {
    while (!over()) {
      std::function<void()> act;
      {
        const std::lock_guard lock(mutex_);
        act = act_;
      }
      if (act) {
        act();
        const std::lock_guard lock(mutex_);
        act_ = nullptr;
        done_.notify_all();
      }
      client::sleep_for(std::chrono::milliseconds(1));
    }
  }

  TemporaryFolder folder_;
  Descriptor stop_;
  std::unique_ptr<host::Machine> machine_;
  std::optional<host::ProcessorLoad> load_;
  std::optional<host::DeviceWatch> devices_;
  std::unique_ptr<service::DriverHost> host_;
  std::thread serves_;
  Result<> ran_;
  std::mutex mutex_;
  std::condition_variable done_;
  std::function<void()> act_;
};

}  // namespace portside::testing_support
