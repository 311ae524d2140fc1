// Goes before every source of a driver built PREEMPTIBLE: what the C runtime's functions touch is seen too.
#pragma redefine_extname memcpy __tsan_memcpy
#pragma redefine_extname memmove __tsan_memmove
#pragma redefine_extname memset __tsan_memset
