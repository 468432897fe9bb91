"""Unsigned 60.18-digit fixed point as PRBMath version 2 computes it (``PRBMathUD60x18``), to the last digit.

Operands are non-negative; where the library reverts (an exponent over its limit, the logarithm of less than one),
``ValueError`` is raised.
"""

from math import isqrt

from keeper.domain.units import HALF_WAD, WAD

_LOG2_E = 1_442695040888963407
_EXP_LIMIT = 133_084258667509499441


def _roots_of_two() -> tuple[int, ...]:
    """2 ** 2**-i for i = 1..64 in 64 binary digits, to the nearest: the library's table of factors."""
    guard = 256
    root, roots = 2 << guard, []
    for _ in range(64):
        root = isqrt(root << guard)
        roots.append((root + (1 << guard - 65)) >> guard - 64)
    return tuple(roots)


_ROOTS = _roots_of_two()


def prb_mul(x: int, y: int) -> int:
    """x × y, half up (``mul``)."""
    return (x * y + HALF_WAD) // WAD


def prb_div(x: int, y: int) -> int:
    """x / y, down (``div``)."""
    return x * WAD // y


def prb_exp2(x: int) -> int:
    """2 ** x (``exp2``)."""
    if x >= 192 * WAD:
        raise ValueError(f"exp2 of {x} is over the library's limit")
    binary = (x << 64) // WAD
    result = 1 << 191
    for place, root in enumerate(_ROOTS):
        if binary >> (63 - place) & 1:
            result = (result * root) >> 64
    return result * WAD >> (191 - (binary >> 64))


def prb_exp(x: int) -> int:
    """e ** x (``exp``)."""
    if x >= _EXP_LIMIT:
        raise ValueError(f"exp of {x} is over the library's limit")
    return prb_exp2((x * _LOG2_E + HALF_WAD) // WAD)


def prb_log2(x: int) -> int:
    """The binary logarithm of a number of one or more (``log2``)."""
    if x < WAD:
        raise ValueError(f"log2 of {x}, which is less than one")
    whole = (x // WAD).bit_length() - 1
    result, rest = whole * WAD, x >> whole
    if rest == WAD:
        return result
    delta = HALF_WAD
    while delta:
        rest = rest * rest // WAD
        if rest >= 2 * WAD:
            result += delta
            rest >>= 1
        delta >>= 1
    return result


def prb_ln(x: int) -> int:
    """The natural logarithm of a number of one or more (``ln``)."""
    return prb_log2(x) * WAD // _LOG2_E
