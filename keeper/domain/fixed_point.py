"""Fixed-point arithmetic with the contracts' own rounding.

The half-up family is Aave's and its forks' (``WadRayMath``, ``PercentageMath``); the up and down family is solmate's
``FixedPointMathLib``. Operands are non-negative; an overflow of uint256 that would revert on chain is not reproduced
here, since every caller's amounts are bounded far below it.
"""

from keeper.domain.units import BPS, HALF_RAY, HALF_WAD, RAY, WAD, Bps, Ray

SECONDS_PER_YEAR = 31_536_000


def ray_mul(a: int, b: int) -> int:
    """a × b / 1e27, half up (WadRayMath.rayMul)."""
    return (a * b + HALF_RAY) // RAY


def ray_div(a: int, b: int) -> int:
    """a × 1e27 / b, half up (WadRayMath.rayDiv)."""
    return (a * RAY + b // 2) // b


def wad_mul(a: int, b: int) -> int:
    """a × b / 1e18, half up (WadRayMath.wadMul)."""
    return (a * b + HALF_WAD) // WAD


def wad_div(a: int, b: int) -> int:
    """a × 1e18 / b, half up (WadRayMath.wadDiv)."""
    return (a * WAD + b // 2) // b


def percent_mul(value: int, share: Bps | int) -> int:
    """value × share / 1e4, half up (PercentageMath.percentMul)."""
    return (value * share + BPS // 2) // BPS


def percent_div(value: int, share: Bps | int) -> int:
    """value × 1e4 / share, half up (PercentageMath.percentDiv)."""
    return (value * BPS + share // 2) // share


def mul_div_down(a: int, b: int, c: int) -> int:
    """a × b / c, down (FixedPointMathLib.mulDivDown)."""
    return a * b // c


def mul_div_up(a: int, b: int, c: int) -> int:
    """a × b / c, up (FixedPointMathLib.mulDivUp)."""
    return -(-a * b // c)


def wad_pow(base: int, exponent: int) -> int:
    """base ** exponent at 1e18, by squaring, every product half up (FixedPointMathLib.rpow)."""
    result = base if exponent % 2 else WAD
    exponent //= 2
    while exponent:
        base = (base * base + HALF_WAD) // WAD
        if exponent % 2:
            result = (result * base + HALF_WAD) // WAD
        exponent //= 2
    return result


def compounded_interest(rate: Ray | int, seconds: int) -> Ray:
    """The growth of a debt index over ``seconds`` at a yearly ``rate``: three terms of the binomial series.

    Source: MathUtils.calculateCompoundedInterest of Aave v2, and BendDAO's after it: the rate is cut to a rate a second
    first.
    """
    if seconds == 0:
        return Ray(RAY)
    per_second = rate // SECONDS_PER_YEAR
    squared = ray_mul(per_second, per_second)
    cubed = ray_mul(squared, per_second)
    second_term = seconds * (seconds - 1) * squared // 2
    third_term = seconds * (seconds - 1) * max(seconds - 2, 0) * cubed // 6
    return Ray(RAY + per_second * seconds + second_term + third_term)


def compounded_interest_v3(rate: Ray | int, seconds: int) -> Ray:
    """As ``compounded_interest``, with the powers taken before the division (MathUtils of Aave v3 and ParaSpace)."""
    if seconds == 0:
        return Ray(RAY)
    squared = ray_mul(rate, rate) // (SECONDS_PER_YEAR * SECONDS_PER_YEAR)
    cubed = ray_mul(squared, rate) // SECONDS_PER_YEAR
    second_term = seconds * (seconds - 1) * squared // 2
    third_term = seconds * (seconds - 1) * max(seconds - 2, 0) * cubed // 6
    return Ray(RAY + rate * seconds // SECONDS_PER_YEAR + second_term + third_term)


def linear_interest(rate: Ray | int, seconds: int) -> Ray:
    """The growth of a supply index over ``seconds`` at a yearly ``rate`` (MathUtils.calculateLinearInterest)."""
    return Ray(RAY + rate * seconds // SECONDS_PER_YEAR)
