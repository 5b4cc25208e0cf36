#include <float.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__FAST_MATH__)
#error "compile without -ffast-math: it changes the results"
#endif
#if defined(FLT_EVAL_METHOD) && (FLT_EVAL_METHOD == 1 || FLT_EVAL_METHOD == 2)
#error "this compiler keeps more digits than a float has; use SSE (-msse2 -mfpmath=sse)"
#endif
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off")
#endif
/* Numbers too small to be normal count as zero, as in retrograd. Elsewhere than on x86 they are kept. */
#if defined(__SSE__)
#include <xmmintrin.h>
#define FLUSH_BEGIN                     \
  const unsigned saved = _mm_getcsr(); \
  _mm_setcsr((saved & ~0x6000u) | 0x8040u)
#define FLUSH_END _mm_setcsr(saved)
#else
#define FLUSH_BEGIN (void)0
#define FLUSH_END (void)0
#endif
#if defined(__GNUC__)
#define NOT_INLINED __attribute__((noinline))
#else
#define NOT_INLINED
#endif

