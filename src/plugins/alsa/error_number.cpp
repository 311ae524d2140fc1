#include "plugins/alsa/error_number.h"

#include <alsa/asoundlib.h>

#include <cerrno>

#include "base/printable.h"

namespace portside::alsa {

int error_number(const Status& status) {
  switch (status.code()) {
    case StatusCode::kMachineEnded:
    case StatusCode::kDeviceRemoved:
    case StatusCode::kNoSuchDevice:
    case StatusCode::kDeviceDoesNotExist: return -ENODEV;
    case StatusCode::kObjectNameNotFound:
    case StatusCode::kObjectNameInvalid:  // no place where a host could be: $XDG_RUNTIME_DIR is not set
    case StatusCode::kNotFound: return -ENOENT;
    case StatusCode::kDeviceBusy:
    case StatusCode::kSharingViolation:
    case StatusCode::kInsufficientResources: return -EBUSY;  // a pin that has no instance left says the last
    case StatusCode::kNoMemory: return -ENOMEM;
    case StatusCode::kAccessDenied: return -EACCES;
    case StatusCode::kTimeout: return -ETIMEDOUT;
    case StatusCode::kInvalidParameter:
    case StatusCode::kNoMatch:
    case StatusCode::kNotSupported:
    case StatusCode::kInvalidDeviceRequest:
    case StatusCode::kInvalidBufferSize: return -EINVAL;
    default: return -EIO;
  }
}

int tell_error(const std::string& what, const Status& why) {
  SNDERR("portside: %s: %s", printable(what).c_str(), printable(why.to_string()).c_str());
  return error_number(why);
}

}  // namespace portside::alsa
