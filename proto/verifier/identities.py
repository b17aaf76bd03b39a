"""Identities, keys, controllers and recovery (details.md, Identities)."""

from dataclasses import dataclass

import rules
import wire
from disagreement import must
from rules import ASSERTION, RECOVERY, SIGN_IN

SELF, GUILD = 1, 2
MAX_CHAIN = 16


@dataclass
class Key:
    owner: bytes
    purposes: frozenset[int]
    live: bool = True

    def asserts_for(self, identity: bytes) -> bool:
        return self.owner == identity and self.live and ASSERTION in self.purposes


@dataclass
class Identity:
    namespace: int
    controller: bytes | None
    recovery_delay_us: int
    deactivated: bool = False


@dataclass
class Recovery:
    """Waits for its delay. `since` is the time of the epoch that includes it."""

    key: bytes
    recovery_key: bytes
    since: int | None = None


class Identities:
    """All identities and keys after the entries seen so far."""

    def __init__(self) -> None:
        self.all: dict[bytes, Identity] = {}
        self.keys: dict[bytes, Key] = {}
        self.waiting: dict[bytes, Recovery] = {}
        # Keys of recoveries are somebody's from the event on.
        self.promised: dict[bytes, bytes] = {}

    def root(self, identity: bytes) -> bytes:
        """End of the chain of controllers."""
        return self.chain(identity)[-1]

    def chain(self, identity: bytes) -> list[bytes]:
        """The identity and those above it."""
        chain = [identity]
        while controller := self.all[chain[-1]].controller:
            chain.append(controller)
        return chain

    def is_active(self, identity: bytes) -> bool:
        return not any(self.all[above].deactivated for above in self.chain(identity))

    def must_know(self, identity: bytes) -> None:
        must(identity in self.all, "IDENTITY_UNKNOWN", identity.hex())

    def ever_owned(self, identity: bytes, key: bytes) -> bool:
        known = self.keys.get(key)
        return (known is not None and known.owner == identity) or self.promised.get(key) == identity

    def asserts(self, identity: bytes, key: bytes) -> bool:
        known = self.keys.get(key)
        return known is not None and known.asserts_for(identity)

    def check_author(self, signed, event, kind: str) -> None:
        if kind == "identity_created":
            must(event.author not in self.all, "IDENTITY_EXISTS", event.author.hex())
            return
        must(event.author in self.all, "EVENT_KEY_UNKNOWN", event.author.hex())
        must(self.is_active(event.author), "EVENT_AUTHOR_INACTIVE", event.author.hex())
        key = self.keys.get(signed.public_key)
        must(key is not None and key.owner == event.author, "EVENT_KEY_UNKNOWN", signed.public_key.hex())
        must(key.live, "EVENT_KEY_REVOKED", signed.public_key.hex())
        if kind == "identity_recovered":
            own = (key for key in self.keys.values() if key.owner == event.author and key.live)
            must(any(RECOVERY in key.purposes for key in own), "RECOVERY_UNAVAILABLE", event.author.hex())
            must(RECOVERY in key.purposes, "EVENT_KEY_PURPOSE", signed.public_key.hex())
        else:
            must(ASSERTION in key.purposes, "EVENT_KEY_PURPOSE", signed.public_key.hex())

    def _new(self, *keys: bytes) -> None:
        for key in keys:
            must(key not in self.keys and key not in self.promised, "KEY_IN_USE", key.hex())

    def _consents(self, controller) -> None:
        held = self.asserts(controller.identity, controller.public_key)
        must(held, "CONTROLLER_INVALID", "key of the controller")
        must(self.is_active(controller.identity), "CONTROLLER_INVALID", "the controller is not active")
        end = self.all[self.root(controller.identity)].namespace
        must(end in (SELF, GUILD), "CONTROLLER_INVALID", "the chain does not end in a self or guild")

    def identity_created(self, body, event, signed) -> None:
        recovery = [body.recovery_key] if body.recovery_key else []
        self._new(signed.public_key, *recovery)
        controller = body.controller.identity or None
        if controller:
            self._consents(body.controller)
            must(len(self.chain(controller)) < MAX_CHAIN + 1, "CONTROLLER_DEPTH", "more than 16 links")
        delay_us = (body.recovery_delay_s or rules.USUAL_DELAY_S) * 1_000_000
        self.all[event.author] = Identity(body.namespace, controller, delay_us)
        self.keys[signed.public_key] = Key(event.author, frozenset((SIGN_IN, ASSERTION)))
        for key in recovery:
            self.keys[key] = Key(event.author, frozenset((RECOVERY,)))

    def key_added(self, body, event, signed) -> None:
        self._new(body.public_key)
        self.keys[body.public_key] = Key(event.author, frozenset(body.purposes))

    def key_revoked(self, body, event, signed) -> None:
        waiting = self.waiting.get(event.author)
        if waiting and waiting.key == body.public_key:
            del self.waiting[event.author]
            return
        key = self.keys.get(body.public_key)
        must(key is not None and key.owner == event.author and key.live, "KEY_UNKNOWN", body.public_key.hex())
        left = any(other.asserts_for(event.author) for other in self.keys.values() if other is not key)
        must(left or ASSERTION not in key.purposes, "KEY_LAST", "the last live assertion key")
        key.live = False

    def controller_set(self, body, event, signed) -> None:
        self.must_know(body.identity)
        child = self.all[body.identity]
        must(not child.deactivated, "IDENTITY_DEACTIVATED", body.identity.hex())
        must(child.controller == event.author, "CONTROLLER_FOREIGN", "not the present controller")
        self.must_know(body.controller.identity)
        above = self.chain(body.controller.identity)
        must(body.identity not in above, "CONTROLLER_CYCLE", body.controller.identity.hex())
        self._consents(body.controller)
        below = max(
            (self.chain(other).index(body.identity) for other in self.all if body.identity in self.chain(other)),
            default=0,
        )
        must(below + len(above) <= MAX_CHAIN, "CONTROLLER_DEPTH", "more than 16 links")
        child.controller = body.controller.identity

    def identity_deactivated(self, body, event, signed) -> None:
        self.must_know(body.identity)
        must(event.author in self.chain(body.identity), "CONTROLLER_FOREIGN", "not in the chain of controllers")
        identity = self.all[body.identity]
        must(not identity.deactivated, "IDENTITY_DEACTIVATED", body.identity.hex())
        identity.deactivated = True
        self.waiting.pop(body.identity, None)
        for key in self.keys.values():
            if key.owner == body.identity:
                key.live = False

    def identity_recovered(self, body, event, signed) -> None:
        must(event.author not in self.waiting, "RECOVERY_PENDING", "one recovery waits at a time")
        keys = [body.public_key] + ([body.recovery_key] if body.recovery_key else [])
        self._new(*keys)
        for key in keys:
            self.promised[key] = event.author
        self.waiting[event.author] = Recovery(body.public_key, body.recovery_key)

    def close(self, closed_at: int) -> None:
        """The end of an epoch: recoveries whose delay has passed take effect."""
        for identity, recovery in list(self.waiting.items()):
            if recovery.since is None:
                recovery.since = closed_at
            elif closed_at >= recovery.since + self.all[identity].recovery_delay_us:
                del self.waiting[identity]
                for key in self.keys.values():
                    gone = RECOVERY not in key.purposes or recovery.recovery_key
                    if key.owner == identity and gone:
                        key.live = False
                self.keys[recovery.key] = Key(identity, frozenset((SIGN_IN, ASSERTION)))
                if recovery.recovery_key:
                    self.keys[recovery.recovery_key] = Key(identity, frozenset((RECOVERY,)))
