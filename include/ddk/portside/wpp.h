// What the WPP preprocessor would have written into a .tmh ("WPP Software Tracing"): portside_add_driver() makes headers that
// include this one, and trace messages come to nothing, as they do on Windows while nobody listens.
#pragma once
#include <evntrace.h>

#define WPP_INIT_TRACING(...) ((void)0)
#define WPP_CLEANUP(...) ((void)0)
#define DoTraceMessage(...) ((void)0)
