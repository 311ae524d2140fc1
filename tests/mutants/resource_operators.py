"""Mistakes with what is allocated, mapped, counted, and given back."""
from cpp_source import KEYWORDS
from operators import (all_calls, call_statements, code, condition, drop, first_return, mentions, operator, span, whole)

UNMAPS = {"UnmapAllocatedPages", "MmUnmapLockedPages", "MmUnmapIoSpace"}
FREES = {"FreePagesFromMdl", "ExFreePoolWithTag", "ExFreePool", "ExFreePool2", "IoFreeWorkItem", "IoFreeMdl", "IoFreeIrp", "IoDeleteDevice",
         "MmFreeContiguousMemory", "MmFreePagesFromMdl", "ZwClose", "ObDereferenceObject", "ExDeleteTimer", "FreeNotificationBuffer",
         "WdfObjectDelete"}
UNREGISTERS = {"IoDeleteSymbolicLink", "RemoveStreamResource", "RemoveEntryList", "PcUnregisterSubdevice",
               "PcUnregisterAdapterPowerManagement", "IoUnregisterPlugPlayNotification", "IoDisconnectInterrupt", "release_clock",
               "stream_closed", "detach_buffer", "set_detector_events", "set_jack_events", "set_recorder", "remove"}
# What takes memory or an object: the argument that says how much.
SIZES = {"ExAllocatePool2": 1, "ExAllocatePoolWithTag": 1, "AllocatePagesForMdl": 1, "AllocateContiguousPagesForMdl": 2,
         "MmAllocateContiguousMemory": 0, "AllocNotificationBuffer": 1}


def ends_in_error(source, statement):
    """Whether the statement stands in a block that then leaves its function with an error."""
    siblings, _ = statement.place()
    if not siblings or statement.parent.parent is None or statement.parent.parent.kind != "if":
        return False
    back = first_return(source, statement.parent)
    return back is not None and (mentions(source, back, "status", "nullptr") or "STATUS_" in code(source, back) or code(source, back) == "return;")


@operator("drop-unmap", "resources", "a view of pages is not unmapped")
def drop_unmap(source):
    for function, statement, _ in call_statements(source, UNMAPS):
        yield function.name, drop(source, statement)


@operator("drop-free", "resources", "memory, an object or a handle is not given back")
def drop_free(source):
    for function, statement, _ in call_statements(source, FREES):
        if not ends_in_error(source, statement):
            yield function.name, drop(source, statement)
    for function, statement in source.statements():
        if statement.kind == "delete":
            yield function.name, drop(source, statement)


@operator("leak-on-error", "resources", "a way out with an error forgets to give back what was taken before it")
def leak_on_error(source):
    for function, statement, call in call_statements(source):
        if ends_in_error(source, statement) and (call.name in FREES or call.name in UNMAPS or call.name in UNREGISTERS or
                                                 call.name in ("Release", "stop", "destroy")):
            yield function.name, drop(source, statement)


@operator("free-twice", "resources", "what was given back or unmapped is given back again")
def free_twice(source):
    for function, statement, _ in call_statements(source, FREES | UNMAPS):
        again = code(source, statement)
        yield function.name, whole(source, statement, "{ " + again + " " + again + " }")


@operator("use-after-free", "resources", "what uses a resource and what frees it change places")
def use_after_free(source):
    for function, statement in source.statements():
        siblings, at = statement.place()
        if not siblings or not frees(source, statement):
            continue
        freed = argument_words(source, statement)
        for before in reversed(siblings[:at]):
            acts = before.kind in ("call", "if", "assignment") and not first_return(source, before.then)
            if acts and freed & words(source, before.first, before.last):
                yield function.name, [whole(source, before, code(source, statement)), whole(source, statement, code(source, before))]
                break


def argument_words(source, statement):
    call = source.whole_call(statement.then if statement.kind == "if" else statement)
    return words(source, call.open, call.close) if call.arguments else words(source, call.start, call.at - 1)


def words(source, first, last):
    """The variables that are named there: no functions, no keywords, no constants."""
    found = set()
    for i in range(first, last):
        token = source.tokens[i]
        if token.kind == "id" and not source.is_(i + 1, "(", "::") and token.text[0].islower() and token.text not in KEYWORDS:
            found.add(token.text)
    return found - {"nullptr", "this"}


def frees(source, statement):
    """A call that gives something back, perhaps under an if of its own."""
    if statement.kind == "if" and not statement.otherwise:
        statement = statement.then
    call = source.whole_call(statement)
    return call is not None and (call.name in FREES or call.name in UNMAPS or call.name == "Release")


@operator("drop-unregister", "resources", "what was registered, linked or counted is not taken back")
def drop_unregister(source):
    for function, statement, call in call_statements(source, UNREGISTERS):
        takes_back = not call.name.startswith("set_") or "nullptr" in code(source, statement)
        if takes_back and not ends_in_error(source, statement):
            yield function.name, drop(source, statement)


@operator("drop-release", "references", "a reference is not given back")
def drop_release(source):
    for function, statement, _ in call_statements(source, {"Release", "reset"}):
        if not ends_in_error(source, statement) and not code(source, statement).startswith(("voice.packets", "detector")):
            yield function.name, drop(source, statement)


@operator("drop-addref", "references", "a pointer is kept or handed out without a reference")
def drop_addref(source):
    for function, statement, _ in call_statements(source, {"AddRef"}):
        yield function.name, drop(source, statement)
    for function, call in all_calls(source, {"share"}):
        if function.name != "share":
            yield function.name, span(source, call.at, call.at, "adopt")


@operator("extra-reference", "references", "a reference that is already one's own is taken once more")
def extra_reference(source):
    for function, call in all_calls(source, {"adopt"}):
        argument = source.of(call.open + 1, call.close - 1)
        if function.name not in ("share", "adopt") and not argument.startswith("new "):
            yield function.name, span(source, call.at, call.at, "share")


@operator("release-twice", "references", "a reference is given back twice")
def release_twice(source):
    for function, statement, _ in call_statements(source, {"Release"}):
        again = code(source, statement)
        yield function.name, whole(source, statement, "{ " + again + " " + again + " }")


@operator("stale-pointer", "resources", "a pointer is not forgotten when what it points to goes")
def stale_pointer(source):
    for function, statement in source.statements():
        if statement.kind == "assignment" and code(source, statement).endswith("= nullptr;"):
            yield function.name, drop(source, statement)


@operator("wrong-tag", "resources", "pool is freed with another tag than it was allocated with")
def wrong_tag(source):
    for function, call in all_calls(source, {"ExFreePoolWithTag"}):
        first, last = call.arguments[1]
        yield function.name, span(source, first, last, "'gnrW'")


@operator("no-tag", "resources", "pool is allocated without a tag")
def no_tag(source):
    for function, call in all_calls(source, {"ExAllocatePool2", "ExAllocatePoolWithTag"}):
        yield function.name, span(source, *call.arguments[2], "0")


@operator("paged-pool", "resources", "memory that is touched at DISPATCH_LEVEL comes from paged pool")
def paged_pool(source):
    for function in source.functions:
        for i in range(function.body.first, function.body.last):
            if source.is_(i, "POOL_FLAG_NON_PAGED"):
                yield function.name, span(source, i, i, "POOL_FLAG_PAGED")
            if source.is_(i, "NonPagedPoolNx"):
                yield function.name, span(source, i, i, "PagedPool")


@operator("short-allocation", "resources", "an allocation is one byte, or a quarter, shorter than what is put into it")
def short_allocation(source):
    for function, call in all_calls(source, SIZES):
        first, last = call.arguments[SIZES[call.name]]
        size = source.of(first, last)
        yield function.name, span(source, first, last, f"({size}) - 1")
        yield function.name, span(source, first, last, f"({size}) / 4 * 3")


@operator("no-memory-check", "checks", "what an allocation returned is used without a look whether it is there")
def no_memory_check(source):
    for function, statement in source.statements():
        if statement.kind == "if" and not statement.otherwise and first_return(source, statement.then):
            text = condition(source, statement)
            if text.startswith("!") and text[1:].replace("_", "").replace("->", "").replace(".", "").isalnum():
                yield function.name, drop(source, statement)


@operator("unguarded", "checks", "what is done only for a pointer that is there is done always")
def unguarded(source):
    for function, statement in source.statements():
        if statement.kind == "if" and not statement.otherwise and statement.then.kind in ("call", "assignment"):
            text = condition(source, statement)
            if text.replace("_", "").replace(".", "").replace("->", "").isalnum() and not text.startswith(("capture", "last", "last")):
                yield function.name, whole(source, statement, code(source, statement.then))


@operator("dirty-memory", "resources", "memory is not zeroed or filled before somebody sees it")
def dirty_memory(source):
    for function, statement, _ in call_statements(source, {"RtlZeroMemory", "RtlFillMemory", "memset"}):
        yield function.name, drop(source, statement)


@operator("not-initialised", "resources", "an object of the kernel is used without having been initialised")
def not_initialised(source):
    for function, statement, call in call_statements(source):
        if "Initialize" in call.name or call.name == "PCSTREAMRESOURCE_DESCRIPTOR_INIT" or call.name == "RtlInitUnicodeString":
            yield function.name, drop(source, statement)
