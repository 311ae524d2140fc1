#include "verify/protection_test.h"

#include <drmk.h>
#include <fmt/format.h>

#include <array>
#include <list>

#include "client/filter.h"
#include "io/io.h"
#include "portcls/portcls.h"
#include "verify/hearing.h"

namespace portside::verify {

using std::chrono::milliseconds;
using verifier::RuleId;

namespace {

constexpr const char* kRightsPage = "audio/content-ids-and-content-rights";
constexpr Nanoseconds kPlay = milliseconds(60);

struct Rights {
  const char* name;
  DRMRIGHTS rights;
};
const std::array kRights = {
    Rights{"CopyProtect", {.CopyProtect = TRUE}},
    Rights{"DigitalOutputDisable", {.DigitalOutputDisable = TRUE}},
    Rights{"CopyProtect and DigitalOutputDisable", {.CopyProtect = TRUE, .DigitalOutputDisable = TRUE}},
    Rights{"no protection", {}},
};

// A content of its own, known to DRMK while it is named.
class Content {
 public:
  explicit Content(const DRMRIGHTS& rights) : rights_(rights), id_(drm().create(rights)) {}
  ~Content() { (void)drm().destroy(id_); }
  Content(const Content&) = delete;
  Content& operator=(const Content&) = delete;

  // As DRMK does it, from the kernel. The driver's status; an error when the request could not be made.
  Result<NTSTATUS> name_to(client::Stream& stream) const {
    KSP_DRMAUDIOSTREAM_CONTENTID request{};
    request.Property =
        client::property_request(KSPROPSETID_DrmAudioStream, KSPROPERTY_DRMAUDIOSTREAM_CONTENTID, KSPROPERTY_TYPE_SET);
    KSDRMAUDIOSTREAM_CONTENTID content{id_, rights_};
    TRY_ASSIGN(const io::IoOutcome outcome,
               current<io::Io>().requests().device_control(
                   stream.pin().handle(), IOCTL_KS_PROPERTY, std::as_bytes(std::span(&request, 1)),
                   std::as_writable_bytes(std::span(&content, 1)), io::ControlOptions{.mode = KernelMode}));
    return outcome.status;
  }

 private:
  static portcls::DrmContents& drm() { return current<portcls::PortCls>().drm(); }
  const DRMRIGHTS rights_;
  const ULONG id_;
};

bool protects_nothing(NTSTATUS status) { return status == STATUS_NOT_FOUND || status == STATUS_NOT_SUPPORTED; }

constexpr const char* kNone = "the stream has no IDrmAudioStream: DRMK plays nothing protected to it";

}  // namespace

void test_protection(Verdicts& verdicts, const Subject& subject) {
  if (subject.endpoint.direction != client::Direction::kRender) return;
  Verdict verdict(verdicts, "protected content", subject.text(), kRightsPage);
  const Result<> done = [&]() -> Result<> {
    std::list<Content> contents;  // which the stream may ask about until it is closed
    TRY_ASSIGN(const auto stream, TestStream::open(subject));
    TRY_ASSIGN(const NTSTATUS first, contents.emplace_back(DRMRIGHTS{}).name_to(stream->stream()));
    if (protects_nothing(first)) {
      verdict.not_applicable(kNone);
      return {};
    }
    TRY(stream->run());
    for (const Rights& one : kRights) {
      TRY_ASSIGN(const NTSTATUS status, contents.emplace_back(one.rights).name_to(stream->stream()));
      verdict.measure(one.name, status >= 0 ? 1 : 0, "taken");
      // It may refuse what it cannot enforce, and has nothing to enforce here.
      if (status < 0 && !one.rights.CopyProtect && !one.rights.DigitalOutputDisable)
        verdict.warn(
            fmt::format("content without protection is refused with {}", status_name(static_cast<uint32_t>(status))));
      TRY(stream->pass(milliseconds(25)));
    }
    return {};
  }();
  if (!done) verdict.fail(done.error().to_string());
}

void test_protected_loop(Verdicts& verdicts, const LoopPair& pair, const client::AudioFormat& format) {
  Verdict verdict(verdicts, "protected content in the loopback",
                  fmt::format("{}, {}", pair.text(), format_name(format)), kRightsPage);
  const Result<> done = [&]() -> Result<> {
    PassageOptions options;
    options.format = format;
    const Content content(kRights.front().rights);
    TRY_ASSIGN(const auto passage, Passage::open(pair, options));
    TRY_ASSIGN(const NTSTATUS status, content.name_to(passage->render()));
    if (protects_nothing(status)) {
      verdict.not_applicable(kNone);
      return {};
    }
    if (status < 0) {
      verdict.not_applicable(fmt::format("content that may not be copied is refused with {}: it is not played",
                                         status_name(static_cast<uint32_t>(status))));
      return {};
    }
    TRY(passage->run());
    TRY(passage->pass(kPlay));
    const uint64_t played = passage->played_frames();
    TRY(passage->stop());
    if (hear(passage->marker(), passage->recorded(), played).begins)
      verdict.fail(RuleId::kProtectedContentRecorded, pair.text(),
                   "SetContentId took content with CopyProtect, and what is played comes out of the capture endpoint");
    return {};
  }();
  if (!done) verdict.not_applicable(done.error().to_string());
}

}  // namespace portside::verify
