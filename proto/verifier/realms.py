"""The tree of realms and what of somebody's trust another realm sees
(specification.md, section 7; details.md). Who may join, speak, judge and vote
is not looked at here."""

from dataclasses import dataclass, field

from disagreement import must
from trust import PARAMETERS

GAMMA = (9, 10)
# What a crossing keeps of R, I, C, P in tenths, besides gamma.
VIEW_TENTHS = (8, 9, 4, 3)


@dataclass
class Realm:
    parent: bytes | None
    partition: bool
    # Own rules of the category crossings by id, and those that wait.
    rules: dict[str, object] = field(default_factory=dict)
    waiting: dict[str, object] = field(default_factory=dict)
    # Founders, and whoever has ever joined: they bring nothing along again.
    arrived: set[bytes] = field(default_factory=set)

    def set(self, rules, now: int) -> None:
        """A rule takes the place of what has its id, whatever its category."""
        for rule in rules:
            if rule.effective_from_us <= now:
                self.waiting.pop(rule.id, None)
                self.rules[rule.id] = rule
            else:
                self.waiting[rule.id] = rule

    def remove(self, ids) -> None:
        for rule in ids:
            self.rules.pop(rule, None)
            self.waiting.pop(rule, None)

    def mature(self, now: int) -> None:
        waiting, self.waiting = self.waiting, {}
        self.set(waiting.values(), now)


class Realms:
    def __init__(self) -> None:
        self.all: dict[bytes, Realm] = {}
        self.closed_at = 0

    def create(self, body) -> None:
        must(body.realm not in self.all, "EVENT_FIELD_INVALID", "the realm exists already")
        if body.parent:
            must(body.parent in self.all, "REALM_UNKNOWN", body.parent.hex())
        realm = Realm(body.parent or None, body.partition)
        if not body.partition:
            realm.arrived.update(body.founders)
        realm.set(body.rules, self.closed_at)
        self.all[body.realm] = realm

    def change(self, realm: bytes, body) -> None:
        self.all[realm].remove(body.removed)
        self.all[realm].set(body.set, self.closed_at)

    def join(self, event) -> bytes | None:
        """The realm that the author brings trust along from, if any."""
        realm = self.all[event.realm]
        if event.author in realm.arrived:
            return None
        realm.arrived.add(event.author)
        return getattr(event.realm_joined, "from") or realm.parent

    def close(self, closed_at: int) -> None:
        self.closed_at = closed_at
        for realm in self.all.values():
            realm.mature(closed_at)

    def path(self, realm: bytes) -> list[bytes]:
        """From the root to the realm; a partition is the realm above it."""
        if self.all[realm].partition:
            realm = self.all[realm].parent
        path = [realm]
        while parent := self.all[path[0]].parent:
            path.insert(0, parent)
        return path

    def _edges(self, realm: bytes, name: str) -> set[bytes]:
        """Allowed or blocked neighbours: those of the realm and of all above."""
        return {
            other
            for above in self.path(realm)
            for rule in self.all[above].rules.values()
            if rule.WhichOneof("parameters") == "crossings"
            for other in getattr(rule.crossings, name)
        }

    def view(self, source: bytes, target: bytes, values: list[int]) -> list[int]:
        """Six values of somebody's trust in `source`, as `target` sees them."""
        up, down = self.path(source), self.path(target)
        if up == down:
            return values
        shared = sum(1 for a, b in zip(up, down) if a == b)
        way = up[: shared - 2 : -1] if shared > 1 else up[::-1]
        way += down[shared:]
        edges = 0
        for left, entered in zip(way, way[1:]):
            if entered in self._edges(left, "blocked") or left in self._edges(entered, "blocked"):
                return [0, 0, 0, 0, *values[4:]]
            edges += left not in self._edges(entered, "allowed")
        gained, lost = GAMMA[0] ** edges, GAMMA[1] ** edges * 10
        kept = [value * gained * tenths // lost for value, tenths in zip(values, VIEW_TENTHS)]
        return [*kept, *values[4:]]


def prior_means(view: list[int]) -> list[int]:
    return [max(PARAMETERS.crossed_floor_ppm, value) for value in view]
