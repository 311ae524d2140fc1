#include "client/filter.h"

#include "base/machine_context.h"
#include "io/io.h"

namespace portside::client {

Result<KsFile> KsFile::open(std::u16string_view symbolic_link) {
  KsFile file;
  TRY_ASSIGN(file.handle_, current<io::Io>().requests().open(symbolic_link));
  return file;
}

Result<KsFile> KsFile::open_pin(std::span<const std::byte> connect) const {
  // KSNAME_Pin: the name of the pin factory, a backslash, then the structure as it is.
  static constexpr std::u16string_view kPin = u"{146F1A80-4791-11D0-A5D6-28DB04C10000}\\";
  std::vector<std::byte> name(kPin.size() * sizeof(char16_t) + connect.size());
  std::memcpy(name.data(), kPin.data(), kPin.size() * sizeof(char16_t));
  std::memcpy(name.data() + kPin.size() * sizeof(char16_t), connect.data(), connect.size());
  KsFile file;
  TRY_ASSIGN(file.handle_, current<io::Io>().requests().open_relative(handle_, name));
  return file;
}

void KsFile::close() {
  if (handle_) (void)current<io::Io>().requests().close(std::exchange(handle_, {}));
}

Result<io::IoOutcome> KsFile::property(std::span<const std::byte> request, std::span<std::byte> value) const {
  return current<io::Io>().requests().device_control(handle_, IOCTL_KS_PROPERTY, request, value);
}

Result<std::vector<std::byte>> KsFile::get_bytes(std::span<const std::byte> request) const {
  TRY_ASSIGN(const io::IoOutcome size, property(request, {}));
  // Zero bytes asked for: STATUS_BUFFER_OVERFLOW, a warning, with the size that is needed.
  if (size.status != STATUS_BUFFER_OVERFLOW && size.status != STATUS_BUFFER_TOO_SMALL && !size.ok())
    return fail(Status::from_nt(size.status));
  constexpr uint64_t kMost = 1 << 20;
  if (size.information > kMost)
    return fail(StatusCode::kUnsuccessful, "the driver asks for more than 1 MiB for a property");
  std::vector<std::byte> value(size.information);
  if (value.empty()) return value;
  TRY_ASSIGN(const io::IoOutcome got, property(request, value));
  if (!got.ok()) return fail(Status::from_nt(got.status));
  if (got.information < value.size()) value.resize(got.information);
  return value;
}

KSPROPERTY property_request(const GUID& set, ULONG id, ULONG flags) {
  KSPROPERTY property{};
  property.Set = set;
  property.Id = id;
  property.Flags = flags;
  return property;
}

KSP_PIN pin_request(const GUID& set, ULONG id, ULONG pin, ULONG flags) {
  KSP_PIN request{};
  request.Property = property_request(set, id, flags);
  request.PinId = pin;
  return request;
}

KSP_NODE node_request(const GUID& set, ULONG id, ULONG node, ULONG flags) {
  KSP_NODE request{};
  request.Property = property_request(set, id, flags | KSPROPERTY_TYPE_TOPOLOGY);
  request.NodeId = node;
  return request;
}

namespace {

struct Header {
  ULONG size = 0, count = 0;
};

Header header_of(std::span<const std::byte> bytes) {
  Header header;
  if (bytes.size() < sizeof(KSMULTIPLE_ITEM)) return {};
  std::memcpy(&header.size, bytes.data(), sizeof header.size);
  std::memcpy(&header.count, bytes.data() + sizeof header.size, sizeof header.count);
  return header;
}

}  // namespace

std::vector<std::span<const std::byte>> data_range_items(std::span<const std::byte> bytes) {
  std::vector<std::span<const std::byte>> items;
  const Header header = header_of(bytes);
  size_t at = sizeof(KSMULTIPLE_ITEM);
  for (ULONG i = 0; i < header.count && at + sizeof(ULONG) <= bytes.size(); ++i) {
    ULONG size;  // of a KSDATARANGE its FormatSize, of an attribute list its Size: both come first
    std::memcpy(&size, bytes.data() + at, sizeof size);
    if (size < sizeof(KSMULTIPLE_ITEM) || size > bytes.size() - at) break;
    items.push_back(bytes.subspan(at, size));
    at += (size + 7) / 8 * 8;
  }
  return items;
}

std::vector<std::span<const std::byte>> fixed_items(std::span<const std::byte> bytes, size_t item_bytes) {
  std::vector<std::span<const std::byte>> items;
  const Header header = header_of(bytes);
  size_t at = sizeof(KSMULTIPLE_ITEM);
  for (ULONG i = 0; i < header.count && at + item_bytes <= bytes.size(); ++i, at += item_bytes)
    items.push_back(bytes.subspan(at, item_bytes));
  return items;
}

std::u16string to_utf16(std::string_view ascii) { return {ascii.begin(), ascii.end()}; }

std::string to_utf8(std::u16string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    uint32_t c = text[i];
    if (c >= 0xD800 && c < 0xDC00 && i + 1 < text.size() && text[i + 1] >= 0xDC00 && text[i + 1] < 0xE000)
      c = 0x10000 + ((c - 0xD800) << 10) + (text[++i] - 0xDC00);
    const auto put = [&out](uint32_t byte) { out += static_cast<char>(byte); };
    if (c < 0x80) put(c);
    else if (c < 0x800) put(0xC0 | c >> 6), put(0x80 | (c & 0x3F));
    else if (c < 0x10000) put(0xE0 | c >> 12), put(0x80 | (c >> 6 & 0x3F)), put(0x80 | (c & 0x3F));
    else put(0xF0 | c >> 18), put(0x80 | (c >> 12 & 0x3F)), put(0x80 | (c >> 6 & 0x3F)), put(0x80 | (c & 0x3F));
  }
  return out;
}

}  // namespace portside::client
