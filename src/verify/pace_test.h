#pragma once
// Pace: positions go on over PAUSE where they stood; notifications come when the position passes the middle and the end
// of the buffer, at every rate, also after PAUSE and after STOP.

#include "verify/test_stream.h"
#include "verify/verdicts.h"

namespace portside::verify {

void test_resume(Verdicts& verdicts, const Subject& subject);
// `beside`: another endpoint, which runs meanwhile with events that come far less often.
void test_notification_pace(Verdicts& verdicts, const Subject& subject, unsigned notifications,
                            const std::optional<Subject>& beside = {});
// The packet count and the presentation position against the position; packets that are read, one after the other.
void test_counts(Verdicts& verdicts, const Subject& subject);

}  // namespace portside::verify
