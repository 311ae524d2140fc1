// Meant to be included many times: no guard.
#pragma pack(push, 8)
