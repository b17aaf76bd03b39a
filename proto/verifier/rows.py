"""The rows of evidence that count a fixed weight, once for each name
(details.md, Evidence)."""

from collections.abc import Iterator
from dataclasses import dataclass

import rules
import wire
from rules import COMPETENCE, FIDELITY, INTEGRITY, RELIABILITY, VIGILANCE
from trust import PARAMETERS
from wire import event_pb as pb

POSITIVE, NEGATIVE, UNVOICED = range(3)

# Class of a finding, dimension, sign, weight.
FINDINGS = {
    pb.FINDING_CLAIM_TRUE: ("claim", INTEGRITY, POSITIVE, PARAMETERS.claim_true),
    pb.FINDING_CLAIM_FALSE_MINOR: ("claim", INTEGRITY, NEGATIVE, PARAMETERS.claim_false_minor),
    pb.FINDING_CLAIM_FALSE_SIGNIFICANT: ("claim", INTEGRITY, NEGATIVE, PARAMETERS.claim_false_significant),
    pb.FINDING_CLAIM_FALSE_FRAUD: ("claim", INTEGRITY, NEGATIVE, PARAMETERS.claim_false_fraud),
    pb.FINDING_PROPOSAL_SPAM: ("spam", FIDELITY, NEGATIVE, PARAMETERS.proposal_spam),
    pb.FINDING_BREACH_CONTRACT: ("breach", FIDELITY, NEGATIVE, PARAMETERS.breach_contract),
    pb.FINDING_BREACH_REALM: ("breach", FIDELITY, NEGATIVE, PARAMETERS.breach_realm),
    pb.FINDING_BREACH_AXIOM: ("breach", FIDELITY, NEGATIVE, PARAMETERS.breach_axiom),
}
SEVERITIES = {
    pb.SEVERITY_LOW: PARAMETERS.anomaly_low,
    pb.SEVERITY_MEDIUM: PARAMETERS.anomaly_medium,
    pb.SEVERITY_HIGH: PARAMETERS.anomaly_high,
    pb.SEVERITY_CRITICAL: PARAMETERS.anomaly_critical,
}


@dataclass(frozen=True)
class Row:
    """What one event gives one subject in one dimension, if its name is new."""

    name: tuple
    subject: bytes
    dimension: int
    sign: int
    weight: int
    # Of a receipt: the other side. A kept one weighs what its voice does.
    client: bytes | None = None

    @property
    def kept(self) -> bool:
        return self.client is not None and self.sign == POSITIVE

    @property
    def own_act(self) -> bool:
        """A vote or a day's cosignature: counts, but not in the standing."""
        return self.name[0] in ("vote", "day")


def of(event, realm: bytes, today: int) -> Iterator[Row]:
    """The rows of an event whose trust counts in `realm`."""
    kind = event.WhichOneof("body")
    body = getattr(event, kind)
    match kind:
        case "receipt":
            yield from _receipt(body.terms)
        case "equivocation_proof":
            yield from _proof(body, realm)
        case "credential_revoked" if body.fraud:
            weight = PARAMETERS.credential_fraud
            yield Row(("fraud", body.credential), body.subject, INTEGRITY, NEGATIVE, weight)
        case "judgement" if body.finding in FINDINGS:
            what, dimension, sign, weight = FINDINGS[body.finding]
            yield Row((what, body.target), body.subject, dimension, sign, weight)
        case "anomaly_judged":
            sign = POSITIVE if body.confirmed else NEGATIVE
            weight = SEVERITIES[body.severity] if body.confirmed else PARAMETERS.anomaly_false
            yield Row(("report", body.report), body.reporter, VIGILANCE, sign, weight)
        case "epoch_cosigned":
            name = ("day", realm, event.author, today)
            yield Row(name, event.author, VIGILANCE, POSITIVE, PARAMETERS.cosignature)
        case "vote":
            name = ("vote", realm, event.author, body.proposal)
            yield Row(name, event.author, FIDELITY, POSITIVE, PARAMETERS.vote_cast)
        case "proposal_closed" if body.outcome == pb.PROPOSAL_OUTCOME_EXECUTED:
            name = ("proposal", body.proposal)
            yield Row(name, body.proposer, COMPETENCE, POSITIVE, PARAMETERS.proposal_competence)
            yield Row(name, body.proposer, FIDELITY, POSITIVE, PARAMETERS.proposal_fidelity)


def _receipt(terms) -> Iterator[Row]:
    sign, weight = {
        pb.RECEIPT_OUTCOME_KEPT: (POSITIVE, 0),
        pb.RECEIPT_OUTCOME_BROKEN: (NEGATIVE, PARAMETERS.receipt_broken),
        pb.RECEIPT_OUTCOME_ABORTED_BY_PERFORMER: (NEGATIVE, PARAMETERS.receipt_aborted),
    }.get(terms.outcome, (None, 0))
    if sign is not None:
        name = ("terms", wire.hash32(wire.encode(terms)))
        yield Row(name, terms.performer, RELIABILITY, sign, weight, terms.client)


def _proof(body, realm: bytes) -> Iterator[Row]:
    (half, one), (_, two) = rules.equivocation(body)
    if one.prev == two.prev:
        name = ("prev", realm, half.public_key, one.prev)
        yield Row(name, one.author, FIDELITY, NEGATIVE, PARAMETERS.equivocation)
        return
    said = one.epoch_cosigned
    name = ("cosigned", realm, half.public_key, said.log_key, said.epoch)
    for dimension in (INTEGRITY, FIDELITY):
        yield Row(name, one.author, dimension, NEGATIVE, PARAMETERS.contradiction)
