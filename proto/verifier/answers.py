"""What the API must say about an identity, made from the fold."""

import trust
import wire
from disagreement import must
from replay import Replayed
from rules import COMPETENCE
from trust import LAMBDA, LAMBDAS, decayed

NAMES = ("reliability", "integrity", "competence", "prestige", "vigilance", "fidelity")


def _value(days, today: int, before: tuple[int, int], dimension: int, domain: str) -> dict:
    evidence = decayed(days, today, before)
    return {
        "dimension": NAMES[dimension - 1],
        "domain": domain,
        "trust_ppm": evidence.trust_ppm(LAMBDAS[dimension - 1]),
        "confidence_ppm": evidence.confidence_ppm(),
        "positive": evidence.positive,
        "negative": evidence.negative,
        "unvoiced": evidence.unvoiced,
    }


def expected(replayed: Replayed, identity: bytes) -> dict:
    fold, ledger = replayed.fold, replayed.ledger
    realm = ledger.root_realm
    founder = identity in fold.founders[realm]
    sums = fold.records.get((realm, identity), {})
    priors = {d: fold.prior((realm, identity), d) for d in range(1, 7)}
    values = [_value(sums.get((d, ""), {}), fold.day, priors[d], d, "") for d in range(1, 7)]
    labels = sorted(where[1] for where in sums if where and where[1])
    has_voice, voice = fold.voice(realm, identity, fold.day)
    norm = trust.norm_ppm([value["trust_ppm"] for value in values])
    return {
        "subject": wire.did(ledger.identities[identity].namespace, identity),
        "realm": realm.hex(),
        "values": values,
        "domains": [
            _value(sums[COMPETENCE, label], fold.day, priors[COMPETENCE], COMPETENCE, label)
            for label in labels
        ],
        "norm_ppm": norm,
        "class": trust.class_of(norm),
        "standing_ppm": fold.standing(realm, identity, fold.day),
        "has_voice": has_voice,
        "voice": voice,
        "founder": founder,
        "epoch": ledger.epoch,
        "closed_at_us": ledger.closed_at,
    }


def compare(mine: dict, answer: dict) -> None:
    must(
        answer["epoch"] == mine["epoch"],
        "LOG_MOVED_ON",
        f"the server is at epoch {answer['epoch']}, the copy at {mine['epoch']}: run again",
    )
    for name, value in mine.items():
        must(
            answer[name] == value,
            "TRUST_DIFFERS",
            f"{mine['subject']} {name}: the server says {answer[name]}, the log says {value}",
        )
