"""Mistakes with IRQL and time, for the twins (twins.py): a call that is made too high, a routine that does not come back to the IRQL at which
it was called, one that takes far too long."""
from operators import Edit, call_statements, code, operator, span, whole

RAISE = "KIRQL mutant_irql; KeRaiseIrql(DISPATCH_LEVEL, &mutant_irql);"
LOWER = "KeLowerIrql(mutant_irql);"
RAISES_ITSELF = {"KeRaiseIrql", "KeLowerIrql", "KfRaiseIrql", "KeAcquireSpinLock", "KeReleaseSpinLock"}


def working_functions(source):
    """Those that call something."""
    for function in source.functions:
        if any(source.calls(function.body.first, function.body.last)):
            yield function


@operator("raised-call", "levels", "a call is made at DISPATCH_LEVEL")
def raised_call(source):
    for function, statement, call in call_statements(source):
        if call.name not in RAISES_ITSELF:
            yield function.name, whole(source, statement, f"{{ {RAISE} {code(source, statement)} {LOWER} }}")
    for function, statement in source.statements():
        if statement.kind == "assignment" and source.is_(statement.last - 1, ")"):
            yield function.name, whole(source, statement, f"{{ {RAISE} {code(source, statement)} {LOWER} }}")


@operator("left-raised", "levels", "a routine returns at a higher IRQL than it was called at")
def left_raised(source):
    for function in working_functions(source):
        at = source.tokens[function.body.last].start
        if not source.of(function.body.first, function.body.last).rstrip("} ;").endswith("return"):
            yield function.name, Edit(at, at, f" {RAISE} ")


@operator("long-stall", "time", "a routine waits for hardware in one long stall")
def long_stall(source):
    for function in working_functions(source):
        at = source.tokens[function.body.first].end
        yield function.name, Edit(at, at, " KeStallExecutionProcessor(200000);")


@operator("long-poll", "time", "a routine asks hardware again and again, in short stalls")
def long_poll(source):
    for function in working_functions(source):
        at = source.tokens[function.body.first].end
        yield function.name, Edit(at, at, " for (int mutant_n = 0; mutant_n < 20000; ++mutant_n) KeStallExecutionProcessor(50);")


@operator("long-sleep", "time", "a routine sleeps for a second")
def long_sleep(source):
    for function in working_functions(source):
        at = source.tokens[function.body.first].end
        yield function.name, Edit(at, at, " { LARGE_INTEGER mutant_time; mutant_time.QuadPart = -10'000'000; "
                                          "KeDelayExecutionThread(KernelMode, FALSE, &mutant_time); }")


@operator("thousandfold", "time", "a number in thousandths: milliseconds for microseconds, bytes for kilobytes")
def thousandfold(source):
    for function in source.functions:
        for call in source.calls(function.body.first, function.body.last):
            for first, last in call.arguments:
                if first == last and source.tokens[first].kind == "num" and source.tokens[first].text not in ("0", "1"):
                    yield function.name, span(source, first, last, f"({source.tokens[first].text} * 1000)")
