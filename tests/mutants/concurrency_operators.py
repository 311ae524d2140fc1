"""Mistakes with locks, IRQL, timers, threads and requests that are under way."""
from operators import Edit, all_calls, call_statements, code, drop, operator, span, whole

PAIRS = {"ExAcquireFastMutex": "ExReleaseFastMutex", "KeAcquireSpinLock": "KeReleaseSpinLock", "WdfSpinLockAcquire": "WdfSpinLockRelease"}
GUARD = "SpinLockGuard"
# May be called at PASSIVE_LEVEL, or up to APC_LEVEL, alone.
LOW_IRQL = {"PcNewPort", "PcRegisterSubdevice", "PcRegisterPhysicalConnection", "PcRegisterAdapterPowerManagement",
            "PcRegisterAdapterPnpManagement", "PcNewRegistryKey", "PcGetPhysicalDeviceObject", "AllocatePagesForMdl",
            "AllocateContiguousPagesForMdl", "MapAllocatedPages", "UnmapAllocatedPages", "FreePagesFromMdl", "ZwCreateFile", "ZwWriteFile",
            "ZwClose", "ZwDeviceIoControlFile", "PsCreateSystemThread", "IoCreateDevice", "IoDeleteDevice", "IoCreateSymbolicLink",
            "IoDeleteSymbolicLink", "IoGetDeviceInterfaces", "KeWaitForSingleObject", "ExAcquireFastMutex", "AddStreamResource",
            "RemoveStreamResource", "MmAllocateContiguousMemory", "MmFreeContiguousMemory", "ObReferenceObjectByHandle", "ExDeleteTimer",
            "QueryValueKey", "AllocNotificationBuffer", "ExUuidCreate"}
LOCK = "KSPIN_LOCK mutant_lock; KIRQL mutant_irql; KeInitializeSpinLock(&mutant_lock); KeAcquireSpinLock(&mutant_lock, &mutant_irql);"
UNLOCK = "KeReleaseSpinLock(&mutant_lock, mutant_irql);"


def locks(source):
    """(function, acquisition, release or None): None for a guard, which releases at the end of its scope."""
    for function, statement in source.statements():
        siblings, at = statement.place()
        if not siblings:
            continue
        if statement.kind == "declaration" and source.is_(statement.first, GUARD):
            yield function, statement, None
        call = source.whole_call(statement)
        if call and call.name in PAIRS:
            for other in siblings[at + 1:]:
                release = source.whole_call(other)
                if release and release.name == PAIRS[call.name]:
                    yield function, statement, other
                    break


@operator("miss-lock", "locks", "what a lock guards is done without it")
def miss_lock(source):
    for function, taken, released in locks(source):
        yield function.name, [drop(source, taken)] + ([drop(source, released)] if released else [])


@operator("drop-unlock", "locks", "a lock is taken and not released")
def drop_unlock(source):
    for function, _, released in locks(source):
        if released:
            yield function.name, drop(source, released)
    for function, statement, _ in call_statements(source, set(PAIRS.values())):
        if function.name.startswith("~"):
            yield function.name, drop(source, statement)


@operator("early-unlock", "locks", "a lock is released before the last thing that it guards")
def early_unlock(source):
    for function, taken, released in locks(source):
        siblings, at = taken.place()
        end = siblings.index(released) if released else len(siblings)
        inside = [s for s in siblings[at + 1:end] if s.kind not in ("declaration", "return")]
        if released and inside:
            moved = inside[-1]
            yield function.name, [whole(source, moved, code(source, released)), whole(source, released, code(source, moved))]
        elif not released and inside and siblings[-1].kind != "return" and not any(s.kind == "declaration" for s in siblings[at + 1:]):
            # The guard's scope ends before the last statement.
            first, last = siblings[at], inside[-1]
            start, stop = source.tokens[first.first].start, source.tokens[last.first].start
            yield function.name, Edit(start, stop, "{ " + source.text[start:stop].rstrip() + " } ")


@operator("call-under-lock", "irql", "a call that waits or touches pageable memory is made with a spin lock held")
def call_under_lock(source):
    for function, statement in source.statements():
        siblings, _ = statement.place()
        if statement.kind not in ("call", "declaration", "assignment", "return"):
            continue
        if not any(c.name in LOW_IRQL for c in source.calls(statement.first, statement.last)) or statement.children:
            continue
        text = code(source, statement)
        if statement.kind == "return":
            text = f"{{ {LOCK} const auto mutant_result = {text[len('return'):].strip()} {UNLOCK} return mutant_result; }}"
        elif statement.kind == "declaration" and siblings:
            text = f"{LOCK} {text} {UNLOCK}"
        else:
            text = f"{{ {LOCK} {text} {UNLOCK} }}"
        yield function.name, whole(source, statement, text)


@operator("pageable-code", "irql", "code that runs at DISPATCH_LEVEL is put into a pageable section")
def pageable_code(source):
    for at, directive in enumerate(source.directives):
        words = directive.text.split()
        # The pragma that leaves the pageable section, when code follows it.
        if words[:2] == ["#pragma", "code_seg()"] and any(source.tokens[f.first].start > directive.end for f in source.functions):
            yield None, Edit(directive.start, directive.end, '#pragma code_seg("PAGE")')
    includes = [d.end for d in source.directives if d.text.startswith("#include")]
    if includes and source.functions and not any(d.text.startswith("#pragma code_seg") for d in source.directives) and source.name.endswith(".cpp"):
        # A file of which nothing is pageable.
        last = max(includes)
        yield None, Edit(last, last, ' // made pageable\n#pragma code_seg("PAGE")')


@operator("plain-counter", "locks", "a counter that several threads change is changed without an interlocked operation")
def plain_counter(source):
    for function, call in all_calls(source, {"InterlockedIncrement", "InterlockedDecrement", "InterlockedIncrement64"}):
        target = source.of(call.open + 1, call.close - 1).lstrip("&")
        sign = "++" if "Increment" in call.name else "--"
        yield function.name, span(source, call.at, call.close, f"({sign}{target})")


@operator("drop-timer-cancel", "timers", "a timer is neither cancelled nor deleted")
def drop_timer_cancel(source):
    for function, statement, _ in call_statements(source, {"ExCancelTimer", "KeCancelTimer", "ExDeleteTimer", "KeFlushQueuedDpcs"}):
        yield function.name, drop(source, statement)


@operator("timer-no-wait", "timers", "a timer is deleted without waiting for a callback that is under way")
def timer_no_wait(source):
    for function, call in all_calls(source, {"ExDeleteTimer"}):
        for cancel, wait in (("TRUE", "FALSE"), ("FALSE", "FALSE")):
            yield function.name, span(source, call.arguments[1][0], call.arguments[2][1], f"{cancel}, {wait}")


@operator("drop-timer-set", "timers", "a timer is not set, or set once and not again")
def drop_timer_set(source):
    for function, statement, _ in call_statements(source, {"ExSetTimer", "KeSetTimer", "KeSetTimerEx"}):
        yield function.name, drop(source, statement)


@operator("timer-absolute", "timers", "a time from now is given as a time of day")
def timer_absolute(source):
    for function, call in all_calls(source, {"ExSetTimer", "KeSetTimer", "KeSetTimerEx"}):
        first, last = call.arguments[1]
        text = source.of(first, last)
        if "-" in text:
            yield function.name, span(source, first, last, text.replace("-", ""))


@operator("timer-low-resolution", "timers", "a timer that needs a high resolution is an ordinary one")
def timer_low_resolution(source):
    for function, call in all_calls(source, {"ExAllocateTimer"}):
        yield function.name, span(source, *call.arguments[2], "0")


@operator("drop-wait", "threads", "what a thread still uses is taken away without waiting for it")
def drop_wait(source):
    for function, statement, _ in call_statements(source, {"KeWaitForSingleObject"}):
        yield function.name, drop(source, statement)


@operator("drop-signal", "threads", "an event is not set")
def drop_signal(source):
    for function, statement, _ in call_statements(source, {"KeSetEvent"}):
        yield function.name, drop(source, statement)


@operator("drop-complete", "requests", "a request is never completed")
def drop_complete(source):
    for function, statement, _ in call_statements(source, {"IoCompleteRequest", "PcCompletePendingPropertyRequest"}):
        yield function.name, drop(source, statement)


@operator("complete-twice", "requests", "a request is completed twice")
def complete_twice(source):
    for function, statement, _ in call_statements(source, {"IoCompleteRequest", "PcCompletePendingPropertyRequest"}):
        again = code(source, statement)
        yield function.name, whole(source, statement, "{ " + again + " " + again + " }")


@operator("pend-wrongly", "requests", "a request is pended without being marked or kept, or is kept and said to be done")
def pend_wrongly(source):
    for function, statement, _ in call_statements(source, {"IoMarkIrpPending"}):
        yield function.name, drop(source, statement)
    for function, statement in source.statements():
        if code(source, statement) == "return STATUS_PENDING;":
            yield function.name, whole(source, statement, "return STATUS_SUCCESS;")
