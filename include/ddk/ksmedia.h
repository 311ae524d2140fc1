// Kernel streaming for media, the audio part (DDI reference: ksmedia; "Audio Property Sets").
#pragma once
#include <ks.h>
#include <wtypes.h>
#include <mmreg.h>
#include <portside/ksmedia_guids.h>
#include <portside/ksnode_guids.h>
#include <portside/ksmedia_formats.h>
#include <portside/ksmedia_audio.h>
#include <portside/ksmedia_rtaudio.h>
#include <portside/ksmedia_jack.h>
#include <portside/ksmedia_modern.h>
