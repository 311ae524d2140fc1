#pragma once
// Status: why something failed, as a code a driver understands and a sentence a person understands.

#include <cstdint>
#include <string>
#include <string_view>

namespace portside {

// The value is the NTSTATUS that the ABI edge returns, so that no layer translates.
enum class StatusCode : uint32_t {
  kOk = 0,
  kPending = 0x00000103,
  kTimeout = 0x00000102,
  kBufferOverflow = 0x80000005,
  kNoMoreEntries = 0x8000001A,
  kUnsuccessful = 0xC0000001,
  kNotImplemented = 0xC0000002,
  kAccessViolation = 0xC0000005,
  kInvalidHandle = 0xC0000008,
  kInvalidParameter = 0xC000000D,
  kNoSuchDevice = 0xC000000E,
  kInvalidDeviceRequest = 0xC0000010,
  kEndOfFile = 0xC0000011,
  kNoMemory = 0xC0000017,
  kNotMappedView = 0xC0000019,
  kInvalidViewSize = 0xC000001F,
  kConflictingAddresses = 0xC0000018,
  kAccessDenied = 0xC0000022,
  kBufferTooSmall = 0xC0000023,
  kObjectTypeMismatch = 0xC0000024,
  kObjectNameInvalid = 0xC0000033,
  kObjectNameNotFound = 0xC0000034,
  kObjectNameCollision = 0xC0000035,
  kObjectPathNotFound = 0xC000003A,
  kDataLateError = 0xC000003D,
  kDataOverrun = 0xC000003C,
  kMutantNotOwned = 0xC0000046,
  kSemaphoreLimitExceeded = 0xC0000047,
  kInvalidImageFormat = 0xC000007B,
  kInsufficientResources = 0xC000009A,
  kDeviceNotReady = 0xC00000A3,
  kNotSupported = 0xC00000BB,
  kInvalidInfoClass = 0xC0000003,
  kInfoLengthMismatch = 0xC0000004,
  kObjectPathSyntaxBad = 0xC000003B,
  kSharingViolation = 0xC0000043,
  kDeletePending = 0xC0000056,
  kDiskFull = 0xC000007F,
  kFileIsADirectory = 0xC00000BA,
  kDirectoryNotEmpty = 0xC0000101,
  kNotADirectory = 0xC0000103,
  kCannotDelete = 0xC0000121,
  kKeyDeleted = 0xC000017C,
  kChildMustBeVolatile = 0xC0000181,
  kIoDeviceError = 0xC0000185,
  kInternalError = 0xC00000E5,
  kDeviceDoesNotExist = 0xC00000C0,
  kEntrypointNotFound = 0xC0000139,
  kDllNotFound = 0xC0000135,
  kCancelled = 0xC0000120,
  kDriverEntrypointNotFound = 0xC0000263,
  kInvalidDeviceState = 0xC0000184,
  kInvalidBufferSize = 0xC0000206,
  kNotFound = 0xC0000225,
  kPropsetNotFound = 0xC0000230,
  kDeviceBusy = 0x80000011,
  kRevisionMismatch = 0xC0000059,
  kNoMatch = 0xC0000272,
  kDeviceRemoved = 0xC00002B6,
  kMachineEnded = 0xC0000350,  // STATUS_HOST_DOWN: the machine has bug-checked
};

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(StatusCode code, std::string sentence = {}, uint32_t detail = 0)
      : code_(code), detail_(detail), sentence_(std::move(sentence)) {}
  static Status ok() { return {}; }
  // A code that a driver returned, whose value may be outside the enumeration.
  static Status from_nt(int32_t nt, std::string sentence = {}) {
    return Status(static_cast<StatusCode>(static_cast<uint32_t>(nt)), std::move(sentence));
  }

  bool is_ok() const { return static_cast<int32_t>(code_) >= 0; }  // NT_SUCCESS
  StatusCode code() const { return code_; }
  int32_t nt() const { return static_cast<int32_t>(code_); }
  const std::string& sentence() const { return sentence_; }
  // A layer's own reason, finer than the code (memory::reason_of); 0 when there is none.
  uint32_t detail() const { return detail_; }
  // "STATUS_INVALID_PARAMETER (0xC000000D): the sentence"
  std::string to_string() const;

  bool operator==(StatusCode code) const { return code_ == code; }

 private:
  StatusCode code_ = StatusCode::kOk;
  uint32_t detail_ = 0;
  std::string sentence_;
};

// "STATUS_INVALID_PARAMETER", or "0xC000ABCD" for a code without a name here.
std::string status_name(uint32_t code);

}  // namespace portside
