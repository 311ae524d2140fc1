#pragma once
// ControlInbox: what the threads that ask the driver have found out, on its way to the service thread, which never asks.
// Any thread.

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "service/bell.h"
#include "service/control.h"
#include "service/endpoint_table.h"

namespace portside::service {

class ControlInbox {
 public:
  struct News {
    std::optional<EndpointTable> table;  // instead of the one before; it goes before the readings
    std::vector<ControlReading> readings;
    uint64_t looked = 0;  // the latest look (ControlWatch::look) that is over
  };

  // `bell` is rung for each.
  explicit ControlInbox(const Bell& bell) : bell_(bell) {}
  void put(ControlReading reading) EXCLUDES(mutex_) {
    {
      MutexLock lock(mutex_);
      news_.readings.push_back(std::move(reading));
    }
    bell_.ring();
  }
  void put(EndpointTable table) EXCLUDES(mutex_) {
    {
      MutexLock lock(mutex_);
      news_.table = std::move(table);
    }
    bell_.ring();
  }
  void looked(uint64_t look) EXCLUDES(mutex_) {
    {
      MutexLock lock(mutex_);
      news_.looked = std::max(news_.looked, look);
    }
    bell_.ring();
  }
  News take() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return std::exchange(news_, {});
  }

 private:
  const Bell& bell_;
  Mutex mutex_;
  News news_ GUARDED_BY(mutex_);
};

}  // namespace portside::service
