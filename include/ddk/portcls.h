// The port class driver, for WaveRT and Topology (DDI reference: portcls).
#pragma once
#include <punknown.h>
#include <ks.h>
#include <ksmedia.h>
#include <drmk.h>
#include <portside/pc_types.h>
#include <portside/pc_services.h>
#include <portside/pc_power.h>
#include <portside/pc_ports.h>
#include <portside/pc_miniports.h>
#include <portside/pc_engine.h>
#include <portside/pc_wavecyclic.h>
#include <portside/pc_functions.h>
#undef INTERFACE  // wdm.h has a structure of that name
