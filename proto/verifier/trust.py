"""Trust in integers (specification.md, section 5; details.md)."""

import functools
from dataclasses import dataclass
from math import isqrt

import wire

MICRO = 1_000_000
PPM = 1_000_000
DAY_US = 86_400_000_000
PARAMETERS = wire.record_pb.Parameters(
    prior_alpha=500_000,
    prior_beta=4_500_000,
    founder_alpha=9_000_000,
    founder_beta=1_000_000,
    # `lambda` is a word of Python's.
    **{"lambda": 6},
    lambda_strict=8,
    decay_positive=4_293_336_348,
    decay_negative=4_292_249_394,
    unvoiced_cap=MICRO,
    trust_floor_ppm=10_000,
    voice_threshold_ppm=300_000,
    voice_offset_ppm=100_000,
    founder_voice=2 * MICRO,
    budget=40,
    budget_days=91,
    receipt_broken=MICRO,
    receipt_aborted=500_000,
    equivocation=10 * MICRO,
    epoch_max_events=10_000,
    negative_attestation=MICRO,
    claim_true=MICRO,
    claim_false_minor=MICRO,
    claim_false_significant=5 * MICRO,
    claim_false_fraud=20 * MICRO,
    credential_issued=MICRO,
    credential_fraud=10 * MICRO,
    cosignature=100_000,
    contradiction=10 * MICRO,
    anomaly_low=MICRO,
    anomaly_medium=2 * MICRO,
    anomaly_high=5 * MICRO,
    anomaly_critical=10 * MICRO,
    anomaly_false=500_000,
    vote_cast=300_000,
    proposal_competence=MICRO,
    proposal_fidelity=500_000,
    proposal_spam=3 * MICRO,
    breach_contract=2 * MICRO,
    breach_realm=3 * MICRO,
    breach_axiom=10 * MICRO,
    vouch_answer=10 * MICRO,
    vouch_max_stake_ppm=300_000,
    crossed_strength=10 * MICRO,
    crossed_floor_ppm=100_000,
)
LAMBDA = getattr(PARAMETERS, "lambda")
STRICT = PARAMETERS.lambda_strict
# R I C P V and fidelity, in this order.
LAMBDAS = (LAMBDA, LAMBDA, LAMBDA, LAMBDA, STRICT, STRICT)
NORM_WEIGHTS = {
    "default": (17, 17, 17, 17, 16, 16),
    "finance": (25, 25, 15, 15, 10, 10),
    "social": (10, 15, 10, 30, 25, 10),
    "governance": (15, 20, 10, 10, 10, 35),
    "technical": (15, 15, 35, 10, 15, 10),
    "creative": (10, 15, 25, 25, 15, 10),
    "knowledge": (10, 30, 30, 15, 10, 5),
}

# Sums of one day: positive, negative, negative without a voice.
Sums = tuple[int, int, int]


def parameters_hash() -> bytes:
    return wire.hash32(wire.encode(PARAMETERS))


@functools.cache
def _factors(per_day: int) -> list[int]:
    return [1 << 32]


def decay(per_day: int, age: int) -> int:
    """m(age), over 2^32."""
    known = _factors(per_day)
    # Floored each day, it reaches 0 and stays there.
    while len(known) <= age and known[-1]:
        known.append(known[-1] * per_day >> 32)
    return known[age] if age < len(known) else 0


@dataclass(frozen=True)
class Decayed:
    """Evidence at a day, with the prior that it is judged by."""

    alpha: int
    beta: int
    positive: int
    negative: int
    unvoiced: int

    @property
    def against(self) -> int:
        return self.negative + min(self.unvoiced, PARAMETERS.unvoiced_cap)

    def trust_ppm(self, strictness: int) -> int:
        for_it = self.alpha + self.positive
        total = for_it + self.beta + strictness * self.against
        return max(PARAMETERS.trust_floor_ppm, for_it * PPM // total)

    def confidence_ppm(self) -> int:
        s = self.positive + self.against
        return s * PPM // (s + 5 * MICRO)


def prior(founder: bool, crossed_ppm: int | None = None) -> tuple[int, int]:
    """Alpha and beta; `crossed_ppm` is the mean that was brought along."""
    if founder:
        return PARAMETERS.founder_alpha, PARAMETERS.founder_beta
    if crossed_ppm is not None:
        alpha = PARAMETERS.crossed_strength * crossed_ppm // PPM
        return alpha, PARAMETERS.crossed_strength - alpha
    return PARAMETERS.prior_alpha, PARAMETERS.prior_beta


def decayed(days: dict[int, Sums], today: int, before: tuple[int, int]) -> Decayed:
    def total(index: int, per_day: int) -> int:
        return sum(sums[index] * decay(per_day, today - day) >> 32 for day, sums in days.items())

    return Decayed(
        *before,
        total(0, PARAMETERS.decay_positive),
        total(1, PARAMETERS.decay_negative),
        total(2, PARAMETERS.decay_negative),
    )


def voice_weight(standing_ppm: int, founder: bool) -> int:
    if founder:
        return PARAMETERS.founder_voice
    offset = PARAMETERS.voice_offset_ppm
    return max(0, standing_ppm - offset) * MICRO // (PPM - offset)


def norm_ppm(values: list[int], context: str = "default") -> int:
    weights = NORM_WEIGHTS[context]
    return isqrt(sum(w * x * x for w, x in zip(weights, values, strict=True)) // 100)


def class_of(norm: int) -> str:
    for bound, name in ((200_000, "newcomer"), (500_000, "established"), (800_000, "trusted")):
        if norm < bound:
            return name
    return "veteran"
