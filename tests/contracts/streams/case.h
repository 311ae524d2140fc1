// Which mistake misuse_streams.sys makes: the registry's Parameters\Case names it, Parameters\Wrong says whether it is made.
#pragma once
#define SAMPLE_POOL_TAG 'rtSM'
#include <drmk.h>
#include <ntstrsafe.h>
#include <portcls.h>

#include "com_object.h"

// Reads both. DriverEntry's.
NTSTATUS read_case(PUNICODE_STRING registry_path);
bool case_is(const WCHAR* name);
bool case_is_wrong(const WCHAR* name);
// The mistake of that name is made in this run.
#define WRONG(name) case_is_wrong(L## #name)
// The mistake or its right twin is.
#define CASE_IS(name) case_is(L## #name)
