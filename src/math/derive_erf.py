#!/usr/bin/env python3
"""Derives the polynomials of erf_table.hpp; prints them as C++ and the errors of the exact polynomials.

Tail. For a >= 0 and x = a/sqrt(2), Phi(-a) = erfc(x)/2 = exp(-a^2/2) erfcx(x)/2, and erfcx(x) (a + k)/2 is a smooth
function f of t = (a - k)/(a + k), which maps [0, inf) to [-1, 1) (the substitution of M. Shepherd and J. Laframboise,
"Chebyshev approximation of (1 + 2x) exp(x^2) erfc(x)", Mathematics of Computation 36, 1981). f is interpolated at
Chebyshev nodes of t([0, a_max]) with many terms, the series is cut, and the rest is written in powers of t.

Centre. erf(x)/x is an even entire function: the same method in the variable x^2 on [0, c^2].
The constant coefficient is printed minus 1: erf(x) = x + x Q(x^2) rounds less.

Reference values: erf by its series 2/sqrt(pi) exp(-x^2) sum 2^n x^(2n+1)/(2n+1)!! (DLMF 7.6.2), for x > 10 erfcx by
its continued fraction (DLMF 7.9.1), in 130 digits.
"""
from decimal import Decimal as D, getcontext

getcontext().prec = 130


def pi():
    # Machin: pi/4 = 4 atan(1/5) - atan(1/239).
    def atan_inverse(n):
        total, power, k = D(0), D(1) / n, 0
        while abs(power) > D(10) ** -128:
            total += (power if k % 2 == 0 else -power) / (2 * k + 1)
            power /= n * n
            k += 1
        return total
    return 4 * (4 * atan_inverse(5) - atan_inverse(239))


PI = pi()
ROOT_PI = PI.sqrt()


def cos(x):
    total, term, k = D(0), D(1), 0
    while abs(term) > D(10) ** -100:
        total += term
        k += 2
        term = -term * x * x / (k * (k - 1))
    return total


def series(x):
    """sum 2^n x^(2n+1)/(2n+1)!! = erf(x) exp(x^2) sqrt(pi)/2."""
    total, term, n = D(0), x, 0
    while abs(term) > D(10) ** -125:
        total += term
        n += 1
        term = term * 2 * x * x / (2 * n + 1)
    return total


def erf_over_x(x):
    return 2 / ROOT_PI if x == 0 else 2 / ROOT_PI * (-x * x).exp() * series(x) / x


def erfcx(x):
    if x <= 10:
        return (x * x).exp() - 2 / ROOT_PI * series(x)
    fraction = x
    for n in range(400, 0, -1):
        fraction = x + D(n) / 2 / fraction
    return 1 / (ROOT_PI * fraction)


def chebyshev(f, lo, hi, count):
    """Coefficients of the interpolant of f in T_j((2 t - lo - hi)/(hi - lo)), first one already halved."""
    angles = [PI * (2 * j + 1) / (2 * count) for j in range(count)]
    values = [f((lo + hi) / 2 + (hi - lo) / 2 * cos(a)) for a in angles]
    out = [2 * sum(v * cos(j * a) for v, a in zip(values, angles)) / count for j in range(count)]
    out[0] /= 2
    return out


def monomials(coefficients, lo, hi):
    """sum c_j T_j(u), u = a t + b, in powers of t."""
    a, b = 2 / (hi - lo), -(lo + hi) / (hi - lo)

    def times_u(p):
        out = [D(0)] * (len(p) + 1)
        for i, c in enumerate(p):
            out[i] += b * c
            out[i + 1] += a * c
        return out

    before, now = [D(1)], times_u([D(1)])
    total = [coefficients[0]] + [D(0)] * (len(coefficients) - 1)
    for c in coefficients[1:]:
        for i, p in enumerate(now):
            total[i] += c * p
        following = [2 * p for p in times_u(now)]
        for i, p in enumerate(before):
            following[i] -= p
        before, now = now, following
    return total


def horner(p, t):
    total = D(0)
    for c in reversed(p):
        total = total * t + c
    return total


def report(name, p, f, lo, hi, digits, less=0):
    """Prints p; its constant coefficient minus `less`."""
    worst = max(abs(horner(p, t) / f(t) - 1) for t in [lo + (hi - lo) * D(i) / 400 for i in range(401)])
    print(f"// {name}: degree {len(p) - 1}, relative error of the exact polynomial {worst:.2e}")
    print(",\n".join(f"{c:.{digits}e}" for c in [p[0] - less] + p[1:]))


def tail(name, k, a_max, degree, digits):
    k, a_max = D(k), D(a_max)

    def f(t):
        a = k * (1 + t) / (1 - t)
        return erfcx(a / D(2).sqrt()) * (a + k) / 2

    lo, hi = D(-1), (a_max - k) / (a_max + k)
    c = chebyshev(f, lo, hi, 44)
    report(f"{name} tail, k = {k}, a <= {a_max}", monomials(c[: degree + 1], lo, hi), f, lo, hi, digits)


def centre(name, limit, degree, digits):
    lo, hi = D(0), D(limit) ** 2
    f = lambda s: erf_over_x(s.sqrt())
    c = chebyshev(f, lo, hi, 30)
    report(f"{name} centre, |x| <= {limit}", monomials(c[: degree + 1], lo, hi), f, lo, hi, digits, less=1)


if __name__ == "__main__":
    tail("float", "4.25", "13.5", 9, 9)
    centre("float", "0.75", 5, 9)
    tail("double", "4.25", "38.5", 22, 17)
    centre("double", "0.75", 10, 17)
