#include "ks/pin_connect.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace portside::ks {
namespace {

std::vector<std::byte> name(std::u16string_view text, size_t tail = 0) {
  std::vector<std::byte> bytes(text.size() * 2 + tail, std::byte{0x5A});
  std::memcpy(bytes.data(), text.data(), text.size() * 2);
  return bytes;
}

TEST(CreateName, KnowsTheKindsOfObject) {
  const auto pin = name(u"{146F1A80-4791-11D0-A5D6-28DB04C10000}\\", 7);
  EXPECT_EQ(parse_create_name(pin).kind, CreateKind::kPin);
  EXPECT_EQ(parse_create_name(pin).parameters.size(), 7u) << "an odd number of bytes: the rest is binary";
  EXPECT_EQ(parse_create_name(name(u"{146f1a80-4791-11d0-a5d6-28db04c10000}\\")).kind, CreateKind::kPin)
      << "lower case";
  EXPECT_EQ(parse_create_name(name(u"{53172480-4791-11D0-A5D6-28DB04C10000}\\")).kind, CreateKind::kClock);
  EXPECT_EQ(parse_create_name(name(u"{642F5D00-4791-11D0-A5D6-28DB04C10000}\\")).kind, CreateKind::kAllocator);
  EXPECT_EQ(parse_create_name(name(u"{0621061A-EE75-11D0-B915-00A0C9223196}\\")).kind, CreateKind::kTopologyNode);
  EXPECT_EQ(parse_create_name(name(u"{146F1A80-4791-11D0-A5D6-28DB04C10000}/")).kind, CreateKind::kUnknown);
  EXPECT_EQ(parse_create_name(name(u"\\Wave")).kind, CreateKind::kUnknown);
  EXPECT_EQ(parse_create_name({}).kind, CreateKind::kUnknown);
}

std::vector<std::byte> connect_bytes(KSPIN_CONNECT connect = {}, ULONG format_bytes = sizeof(KSDATAFORMAT)) {
  KSDATAFORMAT format{};
  format.FormatSize = format_bytes;
  format.MajorFormat = KSDATAFORMAT_TYPE_AUDIO;
  std::vector<std::byte> bytes(sizeof connect + sizeof format);
  std::memcpy(bytes.data(), &connect, sizeof connect);
  std::memcpy(bytes.data() + sizeof connect, &format, sizeof format);
  return bytes;
}

TEST(PinConnect, RefusesWhatIsCutShort) {
  const auto whole = connect_bytes();
  EXPECT_TRUE(PinConnect::parse(whole));
  for (size_t bytes = 0; bytes < whole.size(); ++bytes) EXPECT_FALSE(PinConnect::parse(std::span(whole).first(bytes)));
  EXPECT_FALSE(PinConnect::parse(connect_bytes({}, sizeof(KSDATAFORMAT) + 1)));
}

TEST(PinConnect, ChecksCommunicationInterfaceMediumAndFormat) {
  KSDATARANGE range{};
  range.FormatSize = sizeof range;
  range.MajorFormat = KSDATAFORMAT_TYPE_AUDIO;
  PKSDATARANGE ranges[] = {&range};
  KSPIN_DESCRIPTOR pin{};
  pin.DataRangesCount = 1;
  pin.DataRanges = ranges;
  pin.Communication = KSPIN_COMMUNICATION_SINK;
  KSPIN_INTERFACE interface{};
  interface.Set = KSINTERFACESETID_Standard;
  KSPIN_MEDIUM medium{};
  medium.Set = KSMEDIUMSETID_Standard;
  const auto check = [&](const KSPIN_CONNECT& connect) {
    return validate_connect(*PinConnect::parse(connect_bytes(connect)), pin, std::span(&interface, 1),
                            std::span(&medium, 1))
        .code();
  };
  KSPIN_CONNECT good{};
  good.Interface = interface;
  good.Medium = medium;
  EXPECT_EQ(check(good), StatusCode::kOk);
  KSPIN_CONNECT bad = good;
  bad.PinToHandle = reinterpret_cast<HANDLE>(4);
  EXPECT_EQ(check(bad), StatusCode::kInvalidParameter);
  bad = good;
  bad.Interface.Id = 9;
  EXPECT_EQ(check(bad), StatusCode::kNoMatch);
  bad = good;
  bad.Medium.Id = 9;
  EXPECT_EQ(check(bad), StatusCode::kNoMatch);
  range.MajorFormat = KSDATAFORMAT_TYPE_STREAM;
  EXPECT_EQ(check(good), StatusCode::kNoMatch);
  pin.Communication = KSPIN_COMMUNICATION_NONE;
  EXPECT_EQ(check(good), StatusCode::kInvalidDeviceRequest);
}

}  // namespace
}  // namespace portside::ks
