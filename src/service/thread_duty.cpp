#include "service/thread_duty.h"

#include <sched.h>
#include <sys/prctl.h>

namespace portside::service {

void ThreadDuty::take_up(const char* name, int priority) const {
  // For people: in top, in a debugger.
  (void)::prctl(PR_SET_NAME, name);
  if (priority_ == 0) return;
  const sched_param parameters{.sched_priority = priority};
  (void)::sched_setscheduler(0, priority ? SCHED_FIFO : SCHED_OTHER, &parameters);
}

}  // namespace portside::service
