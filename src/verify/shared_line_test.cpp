#include "verify/shared_line_test.h"

#include <fmt/format.h>

#include "base/machine_context.h"
#include "io/interrupt_table.h"
#include "io/io.h"

namespace portside::verify {
namespace {

using std::chrono::milliseconds;

Result<> stream(const Subject& subject) {
  io::InterruptTable& interrupts = current<io::Io>().interrupt_objects();
  TRY_ASSIGN(const auto stream, TestStream::open(subject));
  TRY(stream->run());
  for (int i = 0; i < 3; ++i) {
    TRY(stream->pass(milliseconds(7)));
    interrupts.interrupt_by_another();
  }
  TRY(stream->set_state(KSSTATE_PAUSE));
  TRY(stream->pass(milliseconds(7)));
  interrupts.interrupt_by_another();
  return stream->set_state(KSSTATE_STOP);
}

}  // namespace

bool has_interrupts() { return current<io::Io>().interrupt_objects().has_any(); }

void test_shared_line(Verdicts& verdicts, const Subject& subject) {
  Verdict verdict(verdicts, "another device interrupts", subject.text(), "ddi/wdm/nc-wdm-kservice_routine");
  if (const Result<> streamed = stream(subject); !streamed)
    verdict.not_applicable(fmt::format("refused with {}", streamed.error().to_string()));
}

}  // namespace portside::verify
