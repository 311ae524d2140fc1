// MIDI streams belong to other miniports than ours; the name exists for includes.
#pragma once
#include <portcls.h>
