"""Mistakes with sizes, positions, counts, lists, and the tables that describe a filter."""
from operators import all_calls, code, cut, cut_before, operator, span, whole

COPIES = {"RtlZeroMemory": 1, "RtlFillMemory": 1, "RtlCopyMemory": 2, "copy_frames": 2}
UNITS = ("bytes_per_frame()", "frame_bytes")
POSITIONS = {"PlayOffset", "WriteOffset", "u64PositionInBlocks", "u64QPCPosition", "position", "number", "count", "counter", "bytes"}
OTHER_NAME = {"KSPIN_DATAFLOW_IN": "KSPIN_DATAFLOW_OUT", "KSPIN_DATAFLOW_OUT": "KSPIN_DATAFLOW_IN",
              "KSCATEGORY_RENDER": "KSCATEGORY_CAPTURE", "KSCATEGORY_CAPTURE": "KSCATEGORY_RENDER",
              "KSCATEGORY_REALTIME": "KSCATEGORY_TOPOLOGY", "KSCATEGORY_TOPOLOGY": "KSCATEGORY_REALTIME",
              "KSPIN_COMMUNICATION_SINK": "KSPIN_COMMUNICATION_SOURCE", "KSPIN_COMMUNICATION_NONE": "KSPIN_COMMUNICATION_SINK",
              "KSDATAFORMAT_SUBTYPE_PCM": "KSDATAFORMAT_SUBTYPE_IEEE_FLOAT", "KSDATAFORMAT_SUBTYPE_IEEE_FLOAT": "KSDATAFORMAT_SUBTYPE_PCM",
              "KSDATAFORMAT_SPECIFIER_WAVEFORMATEX": "KSDATAFORMAT_SPECIFIER_NONE", "KSNODETYPE_VOLUME": "KSNODETYPE_MUTE",
              "KSNODETYPE_MUTE": "KSNODETYPE_VOLUME", "KSNODETYPE_DAC": "KSNODETYPE_ADC", "KSNODETYPE_ADC": "KSNODETYPE_DAC",
              "KSNODEPIN_STANDARD_IN": "KSNODEPIN_STANDARD_OUT", "KSNODEPIN_STANDARD_OUT": "KSNODEPIN_STANDARD_IN",
              "CLSID_PortTopology": "CLSID_PortWaveRT", "CLSID_PortWaveRT": "CLSID_PortTopology",
              "eVolumeAttribute": "eMuteAttribute", "eMuteAttribute": "eVolumeAttribute",
              "KSNODETYPE_AUDIO_LOOPBACK": "KSCATEGORY_AUDIO", "KSNODETYPE_AUDIO_KEYWORDDETECTOR": "KSCATEGORY_AUDIO",
              "KSNODETYPE_SPEAKER": "KSNODETYPE_LINE_CONNECTOR"}
CACHE_TYPES = {"MmCached": ("MmNonCached", "MmWriteCombined"), "MmWriteCombined": ("MmNonCached", "MmCached"),
               "MmNonCached": ("MmCached",)}


def binary(source, i, *texts):
    token = source.tokens[i]
    return token.text in texts and token.spaced and source.tokens[i + 1].spaced


def operand_after(source, i):
    """The last token of the operand that follows the operator at i: a postfix expression."""
    j = i + 1
    while source.is_(j, "-", "!", "~", "&", "*"):
        j += 1
    while True:
        if source.is_(j + 1, "(", "["):
            j = source.match[j + 1]
        elif source.is_(j + 1, "<") and not source.tokens[j + 1].spaced:
            j = source._skip_angles(j + 1) - 1
        elif source.is_(j + 1, "->", ".", "::"):
            j += 2
        elif source.tokens[j].text == "(":
            j = source.match[j]
        else:
            return j


@operator("wrong-cache-type", "memory", "pages are mapped with another cache type, or another is reported")
def wrong_cache_type(source):
    for function in source.functions:
        for i in range(function.body.first, function.body.last):
            for other in CACHE_TYPES.get(source.tokens[i].text, ()):
                yield function.name, span(source, i, i, other)


@operator("size-off-by-one", "sizes", "a copy, a fill or a size that is handed out is one too long or too short")
def size_off_by_one(source):
    for function, call in all_calls(source, COPIES):
        first, last = call.arguments[COPIES[call.name]]
        for change in ("+ 1", "- 1"):
            yield function.name, span(source, first, last, f"({source.of(first, last)}) {change}")
    for function, statement in source.statements():
        if statement.kind == "assignment":
            equals = source.top_level(statement.first, statement.last - 1, "=")
            if equals and ("bytes" in target(source, statement, equals).lower() or target(source, statement, equals).endswith(("Size", "length"))):
                value = source.of(equals[0] + 1, statement.last - 1)
                for change in ("+ 1", "- 1"):
                    yield function.name, span(source, equals[0] + 1, statement.last - 1, f"({value}) {change}")


def target(source, statement, equals):
    return source.of(statement.first, equals[-1] - 1).lstrip("*")


@operator("half-size", "sizes", "half of a size is taken: of a pointer in place of a structure, of a shorter structure")
def half_size(source):
    for function in source.functions:
        for i in range(function.body.first, function.body.last):
            if source.is_(i, "sizeof") and source.is_(i + 1, "("):
                yield function.name, span(source, i, source.match[i + 1], f"(sizeof({source.of(i + 2, source.match[i + 1] - 1)}) / 2)")


@operator("loop-bound", "sizes", "a loop goes one too far, or begins one too late")
def loop_bound(source):
    for function, statement in source.statements():
        if statement.kind == "for":
            for i in range(*statement.condition):
                if binary(source, i, "<"):
                    yield function.name, span(source, i, i, "<=")
                if binary(source, i, "=") and source.is_(i + 1, "0", "1"):
                    yield function.name, span(source, i + 1, i + 1, str(int(source.tokens[i + 1].text) + 1))


@operator("not-wrapped", "positions", "a position is not brought back into its buffer, a count not into its unit")
def not_wrapped(source):
    for function in source.functions:
        for i in range(function.body.first, function.body.last):
            if binary(source, i, "%"):
                yield function.name, cut(source, i, operand_after(source, i))


@operator("wrong-unit", "positions", "frames are taken for bytes, or bytes for frames")
def wrong_unit(source):
    for function in source.functions:
        for i in range(function.body.first, function.body.last):
            if binary(source, i, "*", "/"):
                last = operand_after(source, i)
                if source.of(i + 1, last).endswith(UNITS) or "bytes_per_frame()" in source.of(i + 1, last):
                    yield function.name, cut(source, i, last)


@operator("position-off-by-one", "positions", "a position, a packet's number or a count that is handed out is one too high or too low")
def position_off_by_one(source):
    for function, statement in source.statements():
        if statement.kind == "assignment":
            equals = source.top_level(statement.first, statement.last - 1, "=")
            names = [source.tokens[e - 1].text for e in equals]
            handed_out = source.is_(statement.first, "*") or source.is_(statement.first + 1, "->")
            if equals and handed_out and set(names) & POSITIONS:
                value = source.of(equals[-1] + 1, statement.last - 1)
                for change in ("+ 1", "- 1"):
                    yield function.name, span(source, equals[-1] + 1, statement.last - 1, f"({value}) {change}")


@operator("position-jumps", "positions", "a position goes on by the wrong number of frames")
def position_jumps(source):
    for function, statement in source.statements():
        if statement.kind == "assignment":
            steps = source.top_level(statement.first, statement.last - 1, "+=")
            if steps and any(word in source.of(statement.first, steps[0] - 1) for word in ("position", "done", "offset", "clock_frame")):
                value = source.of(steps[0] + 1, statement.last - 1)
                for changed in (f"({value}) + 1", f"({value}) / 2"):
                    yield function.name, span(source, steps[0] + 1, statement.last - 1, changed)
        if statement.kind == "step" and any(word in code(source, statement) for word in ("position", "frame", "offset")):
            yield function.name, whole(source, statement, code(source, statement) * 2)


@operator("wrong-count", "notifications", "notifications come at another interval than asked for")
def wrong_count(source):
    for function in source.functions:
        for i in range(function.body.first, function.body.last):
            if binary(source, i, "/") and source.tokens[i + 1].text in ("notification_count", "packet_count", "parts"):
                yield function.name, cut(source, i, i + 1)
            if source.is_(i, "notification_count", "packet_count") and binary(source, i + 1, "!=") and source.tokens[i + 2].kind == "num":
                yield function.name, span(source, i + 2, i + 2, str(int(source.tokens[i + 2].text) + 1))


@operator("packet-off-by-one", "positions", "a packet's number is compared or counted one off")
def packet_off_by_one(source):
    for function in source.functions:
        if "ackets::" not in function.name and not source.name.startswith("packets"):
            continue
        for i in range(function.body.first, function.body.last):
            if source.is_(i, "number", "current", "done", "written_", "read_", "completed", "whole") and source.is_(
                    i + 1, ")", ";", "<", "-", ">=", ">", "==", "+") and not source.is_(i - 1, "&", "*", ".", "->"):
                yield function.name, span(source, i, i, f"({source.tokens[i].text} + 1)")


@operator("wrong-removal", "lists", "another entry than the one meant is taken out of a list")
def wrong_removal(source):
    for function, call in all_calls(source, {"RemoveEntryList"}):
        yield function.name, span(source, call.at, call.at, "RemoveHeadList")


@operator("other-element", "lists", "an array is read or written at another place")
def other_element(source):
    for function in source.functions:
        for i in range(function.body.first, function.body.last):
            if source.is_(i, "[") and source.tokens[i - 1].kind == "id" and source.is_(i + 1, "0", "1") and source.is_(i + 2, "]"):
                yield function.name, span(source, i + 1, i + 1, "1" if source.is_(i + 1, "0") else "0")


@operator("other-name", "tables", "a table or a call names another direction, category, type or format")
def other_name(source):
    for i, token in enumerate(source.tokens):
        if token.text in OTHER_NAME:
            function = source.function_at(i)
            yield function.name if function else None, span(source, i, i, OTHER_NAME[token.text])


@operator("short-table", "tables", "a table is said to have one row less than it has")
def short_table(source):
    for i, token in enumerate(source.tokens):
        if token.text == "ARRAYSIZE" and source.is_(i + 1, "("):
            function = source.function_at(i)
            close = source.match[i + 1]
            yield function.name if function else None, span(source, i, close, f"({source.of(i, close)} - 1)")


@operator("drop-flag", "tables", "a property's row does not say that it can be read, written or asked about")
def drop_flag(source):
    for i, token in enumerate(source.tokens):
        if token.text in ("KSPROPERTY_TYPE_GET", "KSPROPERTY_TYPE_SET", "KSPROPERTY_TYPE_BASICSUPPORT", "KSEVENT_TYPE_BASICSUPPORT"):
            function = source.function_at(i)
            name = function.name if function else None
            if binary(source, i + 1, "|"):
                yield name, cut_before(source, i, i + 2)
            elif binary(source, i - 1, "|"):
                yield name, cut(source, i - 1, i)


@operator("wrong-node", "tables", "a connection or a registration names another pin or node")
def wrong_node(source):
    other = {"kInputPin": "kOutputPin", "kOutputPin": "kInputPin", "kVolumeNode": "kMuteNode", "kMuteNode": "kVolumeNode",
             "kRenderHostPin": "kRenderBridgePin", "kRenderBridgePin": "kRenderHostPin", "kCaptureHostPin": "kCaptureBridgePin",
             "kCaptureBridgePin": "kCaptureHostPin"}
    for i, token in enumerate(source.tokens):
        if token.text in other and source.is_(i - 1, "::"):
            function = source.function_at(i)
            yield function.name if function else None, span(source, i, i, other[token.text])
