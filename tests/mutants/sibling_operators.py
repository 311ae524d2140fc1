"""Mistakes with what looks alike, for the twins (twins.py): another function of the same kind is called, arguments change places, a status
is another one, an object is another one of the same type."""
from operators import all_calls, call_statements, code, drop, operator, span, whole

# Called in place of one another; the arguments fit, or the compiler refuses the mutant.
SIBLINGS = [
    ("IoFreeMdl", "MmFreePagesFromMdl"), ("IoFreeMdl", "ExFreePool"), ("MmFreePagesFromMdl", "FreePagesFromMdl"),
    ("IoSkipCurrentIrpStackLocation", "IoCopyCurrentIrpStackLocationToNext"), ("IoSkipCurrentIrpStackLocation", "IoSetNextIrpStackLocation"),
    ("MmBuildMdlForNonPagedPool", "MmUnlockPages"), ("MmUnlockPages", "IoFreeMdl"),
    ("KeAcquireSpinLockAtDpcLevel", "KeReleaseSpinLockFromDpcLevel"), ("ExAcquireFastMutex", "ExReleaseFastMutex"),
    ("KeEnterCriticalRegion", "KeLeaveCriticalRegion"), ("KeEnterGuardedRegion", "KeLeaveGuardedRegion"),
    ("ExAcquireResourceExclusiveLite", "ExAcquireResourceSharedLite"), ("IoFreeIrp", "IoCompleteRequest"),
    ("IoDetachDevice", "IoDeleteDevice"), ("ObDereferenceObject", "ExFreePool"), ("ZwClose", "ObDereferenceObject"),
    ("ExFreePool", "IoFreeMdl"), ("PsTerminateSystemThread", "KeLeaveCriticalRegion"),
    ("READ_REGISTER_ULONG", "READ_REGISTER_USHORT"), ("WRITE_REGISTER_ULONG", "WRITE_REGISTER_USHORT"),
    ("READ_REGISTER_ULONG", "READ_REGISTER_UCHAR"), ("WRITE_REGISTER_ULONG", "WRITE_REGISTER_UCHAR"),
    ("PcCompletePendingPropertyRequest", "IoMarkIrpPending"),
]

GIVES_BACK = ("Free", "Ex", "Io", "Mm", "Ke", "Ob", "Zw", "Po", "Unmap", "Release")


@operator("sibling-call", "siblings", "a function is called that looks like the right one")
def sibling_call(source):
    for function, call in all_calls(source):
        for one, other in SIBLINGS:
            for name, replacement in ((one, other), (other, one)):
                if call.name == name:
                    yield function.name, span(source, call.at, call.at, replacement)


@operator("swap-arguments", "siblings", "two arguments change places")
def swap_arguments(source):
    for function, call in all_calls(source):
        for (a, b), (c, d) in zip(call.arguments, call.arguments[1:]):
            if source.of(a, b) != source.of(c, d):
                yield function.name, span(source, a, d, f"{source.of(c, d)}, {source.of(a, b)}")


@operator("pending-status", "siblings", "STATUS_PENDING is returned or set where the request has ended")
def pending_status(source):
    for function, statement in source.statements():
        text = code(source, statement)
        if statement.kind == "return" and ("status" in text.lower()) and "(" not in text:
            yield function.name, whole(source, statement, "return STATUS_PENDING;")
        if statement.kind == "assignment" and "IoStatus.Status =" in text:
            yield function.name, whole(source, statement, text.split("=")[0] + "= STATUS_PENDING;")


@operator("final-status", "siblings", "a status says that a request has ended that is still under way")
def final_status(source):
    for function, statement in source.statements():
        if statement.kind == "return" and "STATUS_PENDING" in code(source, statement):
            yield function.name, whole(source, statement, "return STATUS_SUCCESS;")


@operator("drop-bits", "siblings", "a flag is neither set nor cleared")
def drop_bits(source):
    for function, statement in source.statements():
        text = code(source, statement)
        if statement.kind == "assignment" and ("|=" in text or "&=" in text):
            yield function.name, drop(source, statement)


@operator("null-argument", "siblings", "a pointer is not passed on")
def null_argument(source):
    for function, call in all_calls(source):
        for first, last in call.arguments:
            token = source.tokens[first]
            if first == last and token.kind == "id" and token.text[0].islower() or last == first + 1 and token.text == "&":
                yield function.name, span(source, first, last, "nullptr")


@operator("early-free", "siblings", "a call moves before the one in front of it: what is given back is used afterwards")
def early_free(source):
    for function, statement, call in call_statements(source):
        siblings, at = statement.place()
        if not siblings or at == 0 or not call.name.startswith(GIVES_BACK):
            continue
        previous = siblings[at - 1]
        if previous.kind in ("call", "assignment"):
            yield function.name, span(source, previous.first, statement.last, code(source, statement) + " " + code(source, previous))
