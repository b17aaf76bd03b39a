"""Combine and chain: estimates that nothing replicated depends on."""

import math

MAX_HOPS = 5
# Kept below the value so that a chain is never rounded above its weakest link.
NUDGE_PPM = 1e-7
SCALE = 10**18


def chain_ppm(values: list[int]) -> int:
    """Trust through at most five hops; ascending, t(k)^(√k − √(k−1))."""
    if not values or len(values) > MAX_HOPS:
        return 0
    product = 1.0
    for k, value in enumerate(sorted(values), start=1):
        product *= math.pow(value / 1e6, math.sqrt(k) - math.sqrt(k - 1))
    return min(min(values), math.floor(product * 1e6 + NUDGE_PPM))


def combine_ppm(values: list[int]) -> int:
    """1 − ∏(1 − a), the product rounded up at 10⁻¹⁸."""
    doubt = SCALE
    for part in sorted((1_000_000 - value) * 10**12 for value in values):
        doubt = -(-doubt * part // SCALE)
    return (SCALE - doubt) // 10**12
