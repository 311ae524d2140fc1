// The name exists for includes: driver sources take nothing from it, their endpoints' effects live in user mode.
#pragma once
#include <guiddef.h>
