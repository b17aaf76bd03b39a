"""What the bodies about realms must fulfil by themselves (details.md, Rules of
the fields). Each function is named as its body."""

import wire
from fields import PPM, TEXT, ascending, field, identity, ids, label, named, text
from wire import event_pb as pb

MAX_RULES = 32
MAX_PROPOSED = 16
HOUR_S = 3_600
ABOUT_RULES = (
    pb.PROPOSAL_KIND_PARAMETER,
    pb.PROPOSAL_KIND_RULE,
    pb.PROPOSAL_KIND_GOVERNANCE,
)


def realm_created(body, event, signed) -> None:
    field(body.realm == event.realm, "realm")
    label(body.name, 1, 128, "name")
    ids(body.founders, 1, 7, "founders")
    field(len(body.parent) in (0, 32), "parent")
    field(len(body.nonce) == (16 if body.parent else 0), "nonce")
    if body.parent:
        field(body.realm == wire.realm_uid(event.author, body), "realm")
        field(event.author in body.founders, "founders")
    text(body.description, "description")
    _rules(body.rules, MAX_RULES, "rules")


def realm_rules_changed(body, event, signed) -> None:
    field(len(body.proposal) == 32, "proposal")
    _rules(body.set, MAX_PROPOSED, "set")
    _rule_ids(body.removed)


def realm_joined(body, event, signed) -> None:
    # `from` is a word of Python's.
    field(len(getattr(body, "from")) in (0, 32), "from")
    field(len(body.endorsements) <= 8, "endorsements")
    ids([endorsement.identity for endorsement in body.endorsements], 0, 8, "endorsements")


def realm_left(body, event, signed) -> None:
    text(body.reason, "reason")


def member_banned(body, event, signed) -> None:
    identity(body.member, "member")
    field(len(body.proposal) == 32, "proposal")


def proposal(body, event, signed) -> None:
    field(1 <= body.kind <= 5, "kind")
    label(body.title, 1, 128, "title")
    text(body.text, "text")
    _rules(body.set, MAX_PROPOSED, "set")
    _rule_ids(body.removed)
    field(not {rule.id for rule in body.set} & set(body.removed), "removed")
    about_member = body.kind == pb.PROPOSAL_KIND_MEMBER
    field(len(body.member) == (32 if about_member else 0), "member")
    field(about_member or not body.admit, "admit")
    changes = bool(body.set) or bool(body.removed)
    field(changes == (body.kind in ABOUT_RULES), "set")


def vote(body, event, signed) -> None:
    field(len(body.proposal) == 32, "proposal")
    field(-10 <= body.votes <= 10, "votes")
    field((body.votes == 0) == body.veto, "votes")
    text(body.comment, "comment")


def proposal_closed(body, event, signed) -> None:
    field(len(body.proposal) == 32, "proposal")
    identity(body.proposer, "proposer")
    field(1 <= body.outcome <= 3, "outcome")


def _rule_ids(values) -> None:
    field(len(values) <= MAX_PROPOSED, "removed")
    for value in values:
        named(value, "removed")
    field(ascending(values), "removed")


def _rules(rules, most: int, name: str) -> None:
    field(len(rules) <= most, name)
    field(ascending([rule.id for rule in rules]), name)
    for rule in rules:
        named(rule.id, name)
        kind = rule.WhichOneof("parameters")
        field(kind is not None, name)
        field(_holds(kind, getattr(rule, kind)), f"{name}.{kind}")


def _holds(kind: str, rule) -> bool:
    match kind:
        case "min_trust":
            return rule.norm_ppm <= PPM
        case "dimension_minimum":
            return 1 <= rule.dimension <= 6 and rule.trust_ppm <= PPM
        case "credential_required":
            named(rule.type, kind)
        case "join":
            return 1 <= rule.policy <= 4
        case "isolation":
            return 1 <= rule.level <= 3
        case "judges":
            ids(rule.identities, 1, 32, kind)
        case "issuers":
            named(rule.type, kind)
            ids(rule.identities, 1, 32, kind)
        case "witnesses":
            ids([witness.identity for witness in rule.members], 1, 64, kind)
            return all(1 <= witness.weight <= 1_000 for witness in rule.members)
        case "governance_times":
            times = (rule.discussion_s, rule.voting_s, rule.timelock_s)
            return all(time == 0 or time >= HOUR_S for time in times)
        case "expression":
            return 1 <= len(rule.cedar.encode()) <= TEXT
        case "crossings":
            ids(rule.allowed, 0, 32, kind)
            ids(rule.blocked, 0, 32, kind)
    return True
