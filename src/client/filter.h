#pragma once
// Filter and pin files, and property requests on them, as an application makes them: IOCTL_KS_PROPERTY through io.

#include <ks.h>
#include <ksmedia.h>
#include <wdm.h>
#include <windef.h>

#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "io/request.h"

namespace portside::client {

// An open file on a filter or a pin, closed with the object.
class KsFile {
 public:
  KsFile() = default;
  KsFile(KsFile&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  KsFile& operator=(KsFile&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~KsFile() { close(); }

  static Result<KsFile> open(std::u16string_view symbolic_link);
  // A pin of this filter: KSPIN_CONNECT, a KSDATAFORMAT and what belongs to it.
  Result<KsFile> open_pin(std::span<const std::byte> connect) const;
  void close();

  io::FileHandle handle() const { return handle_; }
  explicit operator bool() const { return static_cast<bool>(handle_); }

  // The driver's status and the bytes it wrote, whatever the status.
  Result<io::IoOutcome> property(std::span<const std::byte> request, std::span<std::byte> value) const;

  // GET of a value of fixed size: fails unless exactly that many bytes came back.
  template <class T, class Request>
  Result<T> get(const Request& request) const {
    T value{};
    TRY_ASSIGN(const io::IoOutcome outcome,
               property(std::as_bytes(std::span(&request, 1)), std::as_writable_bytes(std::span(&value, 1))));
    if (!outcome.ok()) return fail(Status::from_nt(outcome.status));
    if (outcome.information != sizeof(T))
      return fail(StatusCode::kUnsuccessful, "the driver answered with another size");
    return value;
  }
  template <class T, class Request>
  Result<> set(const Request& request, T value) const {
    TRY_ASSIGN(const io::IoOutcome outcome,
               property(std::as_bytes(std::span(&request, 1)), std::as_writable_bytes(std::span(&value, 1))));
    if (!outcome.ok()) return fail(Status::from_nt(outcome.status));
    return {};
  }
  // GET of a value of any size: asks for the size, then for the value.
  Result<std::vector<std::byte>> get_bytes(std::span<const std::byte> request) const;
  template <class Request>
  Result<std::vector<std::byte>> get_bytes(const Request& request) const {
    return get_bytes(std::as_bytes(std::span(&request, 1)));
  }

 private:
  io::FileHandle handle_;
};

KSPROPERTY property_request(const GUID& set, ULONG id, ULONG flags = KSPROPERTY_TYPE_GET);
KSP_PIN pin_request(const GUID& set, ULONG id, ULONG pin, ULONG flags = KSPROPERTY_TYPE_GET);
KSP_NODE node_request(const GUID& set, ULONG id, ULONG node, ULONG flags);

// The items of a KSMULTIPLE_ITEM, each checked to lie inside the bytes. KSDATARANGEs have their own sizes, rounded up to
// 8 bytes; others share the size that `item_bytes` gives.
std::vector<std::span<const std::byte>> data_range_items(std::span<const std::byte> multiple_item);
std::vector<std::span<const std::byte>> fixed_items(std::span<const std::byte> multiple_item, size_t item_bytes);

std::u16string to_utf16(std::string_view ascii);
std::string to_utf8(std::u16string_view text);

}  // namespace portside::client
