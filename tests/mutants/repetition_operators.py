"""Mistakes with calls that are right in themselves: made twice, made too early or too late, with an argument that is one too high, in a
wrong unit or of a kind that there is not. For the twins (twins.py), whose calls stand alone: in a whole driver most of them change nothing
that anybody could tell."""
from operators import all_calls, call_statements, code, operator, span, whole

TWICE_ALREADY = {"ExFreePool", "ExFreePoolWithTag", "IoFreeIrp", "IoFreeMdl", "MmFreePagesFromMdl", "FreePagesFromMdl", "UnmapAllocatedPages",
                 "MmUnmapLockedPages", "ZwClose", "ObDereferenceObject", "Release", "IoDeleteDevice"}
CACHE_TYPES = {"MmNonCached", "MmCached", "MmWriteCombined"}
LEVELS = {"DISPATCH_LEVEL": ("PASSIVE_LEVEL", "HIGH_LEVEL"), "APC_LEVEL": ("PASSIVE_LEVEL",), "PASSIVE_LEVEL": ("DISPATCH_LEVEL",)}


@operator("call-twice", "repetition", "a call is made twice")
def call_twice(source):
    for function, statement, call in call_statements(source):
        if call.name not in TWICE_ALREADY:
            text = code(source, statement)
            yield function.name, whole(source, statement, f"{{ {text} {text} }}")
    for function, statement in source.statements():
        if statement.kind == "assignment" and source.is_(statement.last - 1, ")"):
            text = code(source, statement)
            yield function.name, whole(source, statement, f"{{ {text} {text} }}")


@operator("argument-off-by-one", "repetition", "an argument is one too high")
def argument_off_by_one(source):
    for function, call in all_calls(source):
        for first, last in call.arguments:
            token = source.tokens[first]
            if first == last and (token.kind == "num" or token.kind == "id" and token.text[0].islower() and not token.text.endswith("_at")):
                yield function.name, span(source, first, last, f"({token.text} + 1)")


@operator("cache-type-of-none", "repetition", "a cache type that there is not")
def cache_type_of_none(source):
    for function in source.functions:
        for i in range(function.body.first, function.body.last):
            if source.tokens[i].text in CACHE_TYPES:
                yield function.name, span(source, i, i, "static_cast<MEMORY_CACHING_TYPE>(9)")


@operator("other-level", "repetition", "another IRQL is raised or lowered to")
def other_level(source):
    for function in source.functions:
        for i in range(function.body.first, function.body.last):
            for other in LEVELS.get(source.tokens[i].text, ()):
                yield function.name, span(source, i, i, other)
