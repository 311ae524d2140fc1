#include "io/irp_names.h"

#include <fmt/format.h>

#include <array>

namespace portside::io {

std::string major_name(uint8_t major) {
  // By their numbers, from 0 (wdm.h).
  constexpr std::array kNames = {"CREATE",
                                 "CREATE_NAMED_PIPE",
                                 "CLOSE",
                                 "READ",
                                 "WRITE",
                                 "QUERY_INFORMATION",
                                 "SET_INFORMATION",
                                 "QUERY_EA",
                                 "SET_EA",
                                 "FLUSH_BUFFERS",
                                 "QUERY_VOLUME_INFORMATION",
                                 "SET_VOLUME_INFORMATION",
                                 "DIRECTORY_CONTROL",
                                 "FILE_SYSTEM_CONTROL",
                                 "DEVICE_CONTROL",
                                 "INTERNAL_DEVICE_CONTROL",
                                 "SHUTDOWN",
                                 "LOCK_CONTROL",
                                 "CLEANUP",
                                 "CREATE_MAILSLOT",
                                 "QUERY_SECURITY",
                                 "SET_SECURITY",
                                 "POWER",
                                 "SYSTEM_CONTROL",
                                 "DEVICE_CHANGE",
                                 "QUERY_QUOTA",
                                 "SET_QUOTA",
                                 "PNP"};
  return major < kNames.size() ? fmt::format("IRP_MJ_{}", kNames[major]) : fmt::format("IRP_MJ 0x{:02x}", major);
}

}  // namespace portside::io
