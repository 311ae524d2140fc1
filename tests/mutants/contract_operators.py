"""Mistakes with checks, statuses, order, and what is handed to the caller."""
from operators import (all_calls, call_statements, code, condition, cut, cut_before, drop, first_return, guards, mentions, operator, span, whole)

NOT_A_CALL = {"PAGED_CODE"}
# Statuses that a page tells apart.
EXCHANGED = {"STATUS_BUFFER_OVERFLOW": "STATUS_BUFFER_TOO_SMALL", "STATUS_BUFFER_TOO_SMALL": "STATUS_BUFFER_OVERFLOW",
             "STATUS_DATA_LATE_ERROR": "STATUS_DATA_OVERRUN", "STATUS_DATA_OVERRUN": "STATUS_DATA_LATE_ERROR",
             "STATUS_NO_MATCH": "STATUS_INVALID_DEVICE_REQUEST"}


def is_status_check(source, statement):
    return condition(source, statement).startswith("!NT_SUCCESS(")


def is_memory_check(source, statement):
    text = condition(source, statement)
    return text.startswith("!") and text[1:].replace("_", "").replace("->", "").replace(".", "").isalnum()


@operator("ignore-status", "checks", "a call's status is not looked at")
def ignore_status(source):
    for function, statement, _ in guards(source):
        if is_status_check(source, statement):
            yield function.name, drop(source, statement)
    for function, statement in source.statements():
        if statement.kind == "if" and condition(source, statement).startswith("NT_SUCCESS(") and not statement.otherwise:
            yield function.name, whole(source, statement, code(source, statement.then))


@operator("drop-check", "checks", "what must be refused is not")
def drop_check(source):
    for function, statement, _ in guards(source):
        if not is_status_check(source, statement) and not is_memory_check(source, statement):
            yield function.name, drop(source, statement)


@operator("negate-check", "checks", "a condition is the wrong way round")
def negate_check(source):
    for function, statement in source.statements():
        if statement.kind == "if" and not source.is_(statement.first + 1, "constexpr") and not source.top_level(*statement.condition, "="):
            yield function.name, span(source, *statement.condition, f"!({condition(source, statement)})")


@operator("drop-condition", "checks", "one of several conditions is forgotten")
def drop_condition(source):
    for function, statement in source.statements():
        if statement.kind in ("if", "return") and (statement.kind == "if" or not source.is_(statement.last - 1, "return")):
            first, last = statement.condition if statement.kind == "if" else (statement.first + 1, statement.last - 1)
            if last < first or statement.kind == "return" and source.top_level(first, last, "?", "{"):
                continue
            for joint in ("||", "&&"):
                cuts = source.top_level(first, last, joint)
                if not cuts or joint == "&&" and source.top_level(first, last, "||"):
                    continue
                bounds = [first - 1] + cuts + [last + 1]
                operands = [(a + 1, b - 1) for a, b in zip(bounds, bounds[1:])]
                for at, (a, b) in enumerate(operands):
                    if at:
                        yield function.name, cut(source, operands[at - 1][1] + 1, b)
                    else:
                        yield function.name, cut_before(source, a, operands[1][0])


@operator("check-boundary", "checks", "a comparison is off by one at its boundary")
def check_boundary(source):
    other = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
    for function, statement in source.statements():
        if statement.kind == "if":
            for i in range(statement.condition[0], statement.condition[1] + 1):
                token = source.tokens[i]
                if token.text in other and token.spaced and source.tokens[i + 1].spaced:
                    yield function.name, span(source, i, i, other[token.text])


@operator("success-for-error", "statuses", "an error is reported as success")
def success_for_error(source):
    for function, statement in source.statements():
        if statement.kind == "return" and source.is_(statement.last, ";") and statement.last == statement.first + 2:
            status = source.tokens[statement.first + 1].text
            if status == "status" and first_return_of_check(source, statement) or status.startswith("STATUS_") and status not in ("STATUS_SUCCESS", "STATUS_PENDING"):
                yield function.name, whole(source, statement, "return STATUS_SUCCESS;")


def first_return_of_check(source, statement):
    parent = statement.parent
    while parent is not None and parent.kind == "block":
        parent = parent.parent
    return parent is not None and parent.kind == "if" and is_status_check(source, parent)


@operator("error-for-success", "statuses", "success is reported as an error")
def error_for_success(source):
    for function, statement in source.statements():
        if code(source, statement) == "return STATUS_SUCCESS;":
            yield function.name, whole(source, statement, "return STATUS_UNSUCCESSFUL;")


@operator("wrong-error", "statuses", "another error is reported than the page says")
def wrong_error(source):
    for function in source.functions:
        for i in range(function.body.first, function.body.last):
            if source.tokens[i].text in EXCHANGED:
                yield function.name, span(source, i, i, EXCHANGED[source.tokens[i].text])


@operator("skip-call", "order", "a call whose status is used is not made, and taken to have succeeded")
def skip_call(source):
    for function, statement in source.statements():
        if statement.kind not in ("assignment", "declaration", "return") or statement.children:
            continue
        if statement.kind == "return":
            first = statement.first + 1
        else:
            equals = source.top_level(statement.first, statement.last - 1, "=")
            names_status = equals and source.is_(equals[0] - 1, "status")
            if not names_status:
                continue
            first = equals[0] + 1
        for call in source.calls(first, statement.last):
            if call.start == first and call.close == statement.last - 1 and gives_status(source, function, call):
                yield function.name, span(source, first, statement.last - 1, "STATUS_SUCCESS")
                break


def gives_status(source, function, call):
    declared = source.text[source.tokens[function.first].start:source.tokens[function.body.first].start]
    return "NTSTATUS" in declared and call.name not in ("NT_SUCCESS", "hand_out")


@operator("drop-call", "order", "a call is forgotten")
def drop_call(source):
    for function, statement, call in call_statements(source):
        if call.name not in NOT_A_CALL:
            yield function.name, drop(source, statement)


@operator("swap-calls", "order", "two calls are made in the wrong order")
def swap_calls(source):
    for function, statement in source.statements():
        siblings, at = statement.place()
        if not siblings or not acts(source, statement):
            continue
        for other in siblings[at + 1:]:
            if other.kind in ("label", "return", "jump"):
                break
            if acts(source, other):
                yield function.name, [whole(source, statement, code(source, other)), whole(source, other, code(source, statement))]
                break


def acts(source, statement):
    if statement.kind == "if" and not statement.otherwise and not first_return(source, statement.then):
        statement = statement.then
    call = source.whole_call(statement)
    return call is not None and call.name not in NOT_A_CALL


@operator("drop-result", "results", "an out parameter, or a field of what is handed out, is not filled in")
def drop_result(source):
    for function, statement in source.statements():
        if statement.kind == "assignment":
            equals = source.top_level(statement.first, statement.last - 1, "=")
            if source.is_(statement.first, "*") or equals and mentions_arrow(source, statement.first, equals[0]):
                yield function.name, drop(source, statement)


def mentions_arrow(source, first, end):
    return any(t.text == "->" for t in source.tokens[first:end])


@operator("drop-state", "results", "a change of state is not noted")
def drop_state(source):
    for function, statement in source.statements():
        if statement.kind == "step":
            yield function.name, drop(source, statement)
        if statement.kind == "assignment" and not source.is_(statement.first, "*"):
            equals = source.top_level(statement.first, statement.last - 1, "=", "+=", "-=", "|=", "&=")
            if not mentions_arrow(source, statement.first, equals[0] if equals else statement.last):
                yield function.name, drop(source, statement)


@operator("fall-through", "order", "a case goes on into the next")
def fall_through(source):
    for function, statement in source.statements():
        siblings, at = statement.place()
        if siblings and statement.parent.parent is not None and statement.parent.parent.kind == "switch":
            follows = at + 1 < len(siblings) and siblings[at + 1].kind == "label"
            if follows and (code(source, statement) == "break;" or code(source, statement) == "return STATUS_SUCCESS;"):
                yield function.name, drop(source, statement)


@operator("wrong-flag", "results", "TRUE stands where FALSE belongs, or the other way round")
def wrong_flag(source):
    other = {"TRUE": "FALSE", "FALSE": "TRUE", "true": "false", "false": "true"}
    for function in source.functions:
        for i in range(function.body.first, function.body.last):
            if source.tokens[i].text in other and not source.is_(i - 1, "==", "!="):
                yield function.name, span(source, i, i, other[source.tokens[i].text])


@operator("no-interface", "interfaces", "QueryInterface does not know an interface that the object has")
def no_interface(source):
    for function, statement in source.statements():
        if "QueryInterface" in function.name and statement.kind == "if":
            for call in source.calls(statement.condition[0], statement.condition[1] + 1):
                if call.name == "IsEqualGUID":
                    yield function.name, span(source, call.at, call.close, "false")


@operator("wrong-interface", "interfaces", "QueryInterface hands out a pointer to another interface")
def wrong_interface(source):
    for function, call in all_calls(source, {"hand_out"}):
        first, last = call.arguments[0]
        if source.is_(first, "static_cast") and "QueryInterface" in function.name:
            yield function.name, span(source, first, last, "reinterpret_cast<IUnknown*>(reinterpret_cast<UCHAR*>(this) + 8)")


@operator("pointer-after-failure", "interfaces", "a failed QueryInterface leaves a pointer in its out parameter")
def pointer_after_failure(source):
    for function, statement in source.statements():
        if "QueryInterface" in function.name and code(source, statement) == "*result = nullptr;":
            yield function.name, whole(source, statement, "*result = this;")
