#pragma once
// The names of a Windows memory descriptor list, without its layout: <wdm.h> holds that, and memory/mdl_memory.h
// writes it.

struct _MDL;
using PMDL = _MDL*;
