// Thin: file-system drivers are no concern of ours.
#pragma once
#include <wdm.h>
