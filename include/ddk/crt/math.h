// For driver targets alone. The kit links these statically (libcntpr); here the host exports them.
#pragma once
#ifdef __cplusplus
extern "C" {
#endif
double __cdecl sin(double x);
double __cdecl cos(double x);
double __cdecl tan(double x);
double __cdecl asin(double x);
double __cdecl acos(double x);
double __cdecl atan(double x);
double __cdecl atan2(double y, double x);
double __cdecl sqrt(double x);
double __cdecl exp(double x);
double __cdecl log(double x);
double __cdecl log10(double x);
double __cdecl pow(double x, double y);
double __cdecl floor(double x);
double __cdecl ceil(double x);
double __cdecl fabs(double x);
long __cdecl labs(long v);
int __cdecl abs(int v);
double __cdecl fmod(double x, double y);
#ifdef __cplusplus
}
#endif
#define HUGE_VAL __builtin_huge_val()
#ifdef _USE_MATH_DEFINES
#define M_PI 3.14159265358979323846
#endif
