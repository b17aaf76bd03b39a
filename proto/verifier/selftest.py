"""The verifier against the known answers, and against logs that lie."""

import base64
import dataclasses
import json

import ed25519
import ranking
import rules
import trust
import tree
import wire
from author import Signer
from disagreement import Disagreement, must
from fold import Fold
from ledger import CRAFT, Ledger
from replay import bring_along, replay, replay_entries
from scenario import START_US, Village
from source import Copy
from trust import Decayed, PARAMETERS, LAMBDA
from wire import event_pb as pb

VECTORS = wire.PROTO / "testdata"
# Bodies that change nothing of what is verified here, or need a vote about rules.
NOT_IN_THE_VILLAGE = {"custom", "delegation_revoked", "member_banned", "realm_rules_changed"}


def same(own, given, what: str) -> None:
    must(own == given, "SELF_TEST", f"{what}: {own!r} is not {given!r}")


def run():
    """All checks; a line about each group."""
    vectors = json.loads((VECTORS / "vectors.json").read_text())
    numbers = json.loads((VECTORS / "trust_vectors.json").read_text())
    yield f"names: {names(vectors)} known answers"
    yield f"events: {events(vectors)} accepted, {refused(vectors)} refused with the right code"
    yield f"tree, proofs, checkpoints, cosignatures, sign-in: {log(vectors)} known answers"
    yield f"trust: {trust_numbers(numbers)} known answers, {examples()} examples of the specification"
    yield f"rows of evidence: {logs_of_rows(numbers)} logs, the state root of each epoch"
    copy = small_log()
    yield f"a log of {len(copy.entries)} entries made here: agrees"
    yield f"tampering: {tampered_copies(copy) + lies(copy)} changed copies, all found"


def hexed(items: list[str]) -> list[bytes]:
    return [bytes.fromhex(item) for item in items]


def names(vectors) -> int:
    for case in vectors["uid"]:
        made = wire.uid(case["tag"], case["version"], case["content_utf8"].encode())
        same(made.hex(), case["uid"], "uid")
    for case in vectors["did"]:
        namespace = case["namespace"]
        made = wire.did(namespace, wire.identity_uid(namespace, bytes.fromhex(case["public_key"])))
        same(made, case["did"], "did")
    for key in hexed(vectors["small_order"]):
        same(ed25519.is_small_order(key), True, f"small order {key.hex()}")
    return len(vectors["uid"]) + len(vectors["did"]) + len(vectors["small_order"])


def events(vectors) -> int:
    for case in vectors["events"]:
        entry = bytes.fromhex(case["signed_event"])
        signed, event, event_id = rules.check_entry(entry)
        same(event_id.hex(), case["id"], case["name"])
        same(signed.event.hex(), case["event"], case["name"])
        signer = Signer(bytes.fromhex(case["secret_key"]))
        same(signer.key.hex(), case["public_key"], case["name"])
        same(signer.sign(wire.event_message(signed.event)), signed.signature, case["name"])
        slow = ed25519.verify_zip215(signed.public_key, wire.event_message(signed.event), signed.signature)
        same(slow, True, f"{case['name']} by the slow rules")
    return len(vectors["events"])


def code_of(check) -> str | None:
    try:
        check()
    except Disagreement as error:
        return error.code
    return None


def refused(vectors) -> int:
    for case in vectors["refused"]:
        entry = bytes.fromhex(case["signed_event"])
        same(code_of(lambda: rules.check_entry(entry)), case["code"], case["name"])
    return len(vectors["refused"])


def log(vectors) -> int:
    for case in vectors["tree"]:
        leaves = [tree.leaf_hash(leaf) for leaf in hexed(case["leaves"])]
        same(tree.root_of(tree.levels(leaves), len(leaves)).hex(), case["root"], "tree")
    for case in vectors["inclusion"]:
        leaf, path = bytes.fromhex(case["leaf_hash"]), hexed(case["path"])
        root = tree.inclusion_root(leaf, case["sequence"], case["size"], path)
        same(root and root.hex(), case["root"], "inclusion")
    for case in vectors["consistency"]:
        old = bytes.fromhex(case["old_root"])
        roots = tree.consistency_roots(case["old_size"], case["new_size"], old, hexed(case["path"]))
        same(roots and [root.hex() for root in roots], [case["old_root"], case["new_root"]], "consistency")
    for case in vectors["checkpoint"]:
        key = bytes.fromhex(case["public_key"])
        note = case["note"].encode()
        opened = tree.open_checkpoint(note, case["origin"], key)
        same((opened.size, opened.root.hex()), (case["size"], case["root"]), "checkpoint")
        name, key_id, raw = case["verifier_key"].split("+", 2)
        same((name, key_id), (case["origin"], tree.key_id(case["origin"], key).hex()), "verifier key")
        same(base64.b64decode(raw), b"\x01" + key, "verifier key")
        other = note.replace(f"\n{case['size']}\n".encode(), f"\n{case['size'] + 1}\n".encode(), 1)
        same(
            code_of(lambda: tree.open_checkpoint(other, case["origin"], key)),
            "CHECKPOINT_SIGNATURE_INVALID",
            "checkpoint with another size",
        )
    for case in vectors["sign_in"]:
        fields = bytes.fromhex(case["challenge"]) + bytes.fromhex(case["identity"]) + case["origin"].encode()
        message = b"ERYNOA-SIGN-IN-V1" + fields
        same(message.hex(), case["message"], "sign-in")
        same(Signer(bytes.fromhex(case["secret_key"])).sign(message).hex(), case["signature"], "sign-in")
    for case in vectors["cosignatures"]:
        key = bytes.fromhex(case["public_key"])
        time = tree.cosigned_at(case["note"].encode(), case["name"], key)
        same(time, case["time_s"], case["case"])
        name, key_id, raw = case["verifier_key"].split("+", 2)
        same((name, key_id), (case["name"], tree.key_id(case["name"], key, 4).hex()), "verifier key")
        same(base64.b64decode(raw), b"\x04" + key, "verifier key")
    parts = ("tree", "inclusion", "consistency", "checkpoint", "cosignatures", "sign_in")
    return sum(len(vectors[part]) for part in parts)


def trust_numbers(numbers) -> int:
    for case in numbers["trust"]:
        parts = (int(case[name]) for name in ("alpha", "beta", "positive", "negative", "unvoiced"))
        same(Decayed(*parts).trust_ppm(case["lambda"]), case["trust_ppm"], f"trust {case}")
    for case in numbers["decay"]:
        both = (
            trust.decay(PARAMETERS.decay_positive, case["days"]),
            trust.decay(PARAMETERS.decay_negative, case["days"]),
        )
        same(both, (int(case["positive_factor"]), int(case["negative_factor"])), f"decay {case['days']}")
    for case in numbers["norm"]:
        same(trust.norm_ppm(case["values_ppm"], case["context"]), case["norm_ppm"], f"norm {case}")
    for case in numbers["chain"]:
        same(ranking.chain_ppm(case["values_ppm"]), case["trust_ppm"], f"chain {case}")
    return sum(len(numbers[part]) for part in ("trust", "decay", "norm", "chain"))


class Controllers:
    """Who stands at the end of whose chain, in the logs of the known answers."""

    def __init__(self, pairs) -> None:
        self.of = {bytes.fromhex(child): bytes.fromhex(parent) for child, parent in pairs}

    def root(self, identity: bytes) -> bytes:
        while identity in self.of:
            identity = self.of[identity]
        return identity


def logs_of_rows(numbers) -> int:
    for case in numbers["logs"]:
        controllers = Controllers(case["controllers"])
        fold = Fold(controllers)
        realm = bytes.fromhex(case["realm"])
        for number, epoch in enumerate(case["epochs"], start=1):
            for data in hexed(epoch["events"]):
                event = wire.decode(pb.Event, data)
                if event.WhichOneof("body") == "controller_set":
                    body = event.controller_set
                    controllers.of[body.identity] = body.controller.identity
                fold.add(wire.event_id(data), event)
            for join in epoch["joins"]:
                fold.join(bytes.fromhex(join["realm"]), bytes.fromhex(join["subject"]), join["means_ppm"])
            fold.close(int(epoch["closed_at_us"]))
            same(fold.state_root.hex(), epoch["state_root"], f"{case['name']}, epoch {number}")
        for told in case["trust"]:
            subject = (realm, bytes.fromhex(told["subject"]))
            own = (fold.values(*subject), fold.standing(*subject, fold.day), fold.voice(*subject, fold.day)[0])
            same(own, (told["values_ppm"], told["standing_ppm"], told["has_voice"]), case["name"])
            same(fold.record(subject).hex(), told["record"], case["name"])
    return len(numbers["logs"])


def examples() -> int:
    """The lines marked [E] of the sections that exist in this version."""

    def newcomer(positive: int = 0, negative: int = 0, unvoiced: int = 0) -> int:
        prior = (PARAMETERS.prior_alpha, PARAMETERS.prior_beta)
        return Decayed(*prior, positive, negative, unvoiced).trust_ppm(LAMBDA)

    unit = trust.MICRO
    key = bytes(range(32))
    uniform = [900_000, 900_000, 800_000, 700_000, 600_000, 900_000]
    cases = [
        (wire.uid(2, 1, b"test content").hex(), "00020001ead3df8af4aece7792496936f83b6b6d191a7f256585ce6b6028db16"),
        (wire.identity_uid(1, key).hex(), "00010001f91250bd4fc7fee41dc22fc0aaea86a8c56eef8febc057dd89966c9c"),
        (newcomer(), 100_000),
        (newcomer(positive=2 * unit), 357_142),
        (newcomer(positive=2 * unit, negative=unit), 192_307),
        (newcomer(positive=2 * unit, unvoiced=50 * unit), 192_307),
        (trust.norm_ppm(uniform) // 100, 8091),
        # Four digits of the specification are rounded, ppm are floored.
        (round(trust.norm_ppm(uniform, "finance") / 100), 8316),
        (ranking.combine_ppm([800_000, 700_000, 600_000]), 976_000),
        (ranking.chain_ppm([800_000] * 4), 640_000),
        (round(ranking.chain_ppm([900_000, 800_000]) / 100), 7658),
        (round(ranking.chain_ppm([500_000, 990_000]) / 1000), 498),
        (trust.parameters_hash().hex(), "4ec2f391af0b2bde01930180fb2acbc709e94bdf1073b2a78cd6ebd9d4171fd1"),
    ]
    for number, (own, given) in enumerate(cases):
        same(own, given, f"example {number}")
    return len(cases)


class Home:
    """The least that a home does: appends, closes epochs, signs checkpoints."""

    ORIGIN = "verifier.example/log"

    def __init__(self) -> None:
        self.signer = Signer(bytes([9]) * 32)
        self.ledger = Ledger(self.signer.key)
        self.fold = Fold(self.ledger)
        self.entries: list[bytes] = []
        self.day = START_US // trust.DAY_US
        self.greatest = 0

    def append(self, entry: bytes) -> bool:
        signed, event, event_id = rules.check_entry(entry)
        self.ledger.append(signed, event, event_id)
        self.fold.add(event_id, event)
        if self.ledger.comes_from:
            bring_along(self.ledger, self.fold, event)
        self.entries.append(entry)
        self.greatest = max(self.greatest, event.coordinate.wall_us)
        return True

    def say(self, realm: bytes, **body) -> None:
        self.append(self.signer.entry(self.ledger.log_identity, realm, self.greatest, **body))

    def submit(self, entry: bytes) -> bool:
        wall = rules.check_entry(entry)[1].coordinate.wall_us
        if wall // trust.DAY_US > self.greatest // trust.DAY_US:
            self.close()
        return self.append(entry)

    def decide(self, realm: bytes, proposal: bytes, proposer: bytes, outcome: int) -> None:
        """Closes a proposal; how votes are counted is not the verifier's."""
        body = pb.ProposalClosed(proposal=proposal, proposer=proposer, outcome=outcome)
        self.say(realm, proposal_closed=body)

    def close(self) -> None:
        closed_at = max(self.greatest, self.ledger.closed_at)
        self.fold.close(closed_at)
        self.say(
            wire.NULL,
            epoch_closed=pb.EpochClosed(
                epoch=self.ledger.epoch + 1,
                closed_at_us=closed_at,
                size=len(self.entries),
                state_root=self.fold.state_root,
                parameters_hash=trust.parameters_hash(),
            ),
        )
        # An epoch_closed belongs to no epoch.
        self.fold.open.clear()

    def copy(self) -> Copy:
        return sealed(self.signer, self.ledger.root_realm, self.entries)


def sealed(signer: Signer, realm: bytes, entries: list[bytes]) -> Copy:
    """A copy of a log with a true checkpoint over whatever is in it."""
    levels = tree.levels([tree.leaf_hash(entry) for entry in entries])
    root = base64.b64encode(tree.root_of(levels, len(entries))).decode()
    text = f"{Home.ORIGIN}\n{len(entries)}\n{root}\n"
    blob = tree.key_id(Home.ORIGIN, signer.key) + signer.sign(text.encode())
    note = f"{text}\n— {Home.ORIGIN} {base64.b64encode(blob).decode()}\n"
    return Copy(Home.ORIGIN, signer.key, realm, note.encode(), entries)


def small_log() -> Copy:
    home = Home()
    home.greatest = START_US
    created = pb.IdentityCreated(namespace=CRAFT, display_name="Log")
    home.say(wire.NULL, identity_created=created)
    village = Village(3, home.ledger.root_realm, home.submit)
    village.found()
    realm = home.ledger.root_realm
    founders = [village.founder.uid]
    home.say(realm, realm_created=pb.RealmCreated(realm=realm, name="Village", founders=founders))
    village.settle()
    village.live(40)
    village.hand_over()
    village.govern(home.decide)
    village.recover()
    village.live(30)
    for _ in range(3):
        village.cosign(home.ledger)
        village.step(0)
    village.step(1)
    village.cosign(home.ledger)
    village.leave()
    broken = village.broken()
    village.end_epoch()
    home.close()
    for what, entry in broken:
        must(code_of(lambda: home.ledger.append(*rules.check_entry(entry))) is not None, "SELF_TEST", what)
    copy = home.copy()
    missing = set(wire.BODIES.values()) - set(replay(copy).kinds) - NOT_IN_THE_VILLAGE
    must(not missing, "SELF_TEST", f"the village never says {missing}")
    return copy


def tampered_copies(copy: Copy) -> int:
    """Changes one bit of entries all over the log; the tree and the events find each."""
    count = 0
    for turn in range(16):
        sequence = (len(copy.entries) - 1) * turn // 15
        entry = bytearray(copy.entries[sequence])
        entry[(len(entry) - 1) * (turn * 7 % 16) // 15] ^= 1 << turn % 8
        entries = list(copy.entries)
        entries[sequence] = bytes(entry)
        changed = dataclasses.replace(copy, entries=entries)
        same(code_of(lambda: replay(changed)), "PROOF_ROOT_WRONG", f"a bit of entry {sequence} against the tree")
        found = code_of(lambda: rules.check_entry(entries[sequence]))
        must(found is not None, "SELF_TEST", f"a bit of entry {sequence} was changed and nobody saw it")
        count += 1
    return count


def lies(copy: Copy) -> int:
    """Copies that a dishonest log would sign: all signatures and the tree hold."""
    signer = Signer(bytes([9]) * 32)
    closings = [
        sequence
        for sequence, entry in enumerate(copy.entries)
        if wire.decode_entry(entry)[1].HasField("epoch_closed")
    ]
    # The last epoch holds one attestation of the founder, which counts.
    open_from = closings[-2] + 1
    told = []
    for name, value, code in (
        ("state_root", bytes([7]) * 32, "STATE_ROOT_DIFFERS"),
        ("parameters_hash", bytes([7]) * 32, "PARAMETERS_DIFFER"),
        ("size", 1, "EPOCH_INVALID"),
        ("epoch", 10**6, "EPOCH_INVALID"),
        ("closed_at_us", 1, "EPOCH_INVALID"),
    ):
        signed, event = wire.decode_entry(copy.entries[-1])
        setattr(event.epoch_closed, name, value)
        told.append((copy.entries[:-1] + [resigned(signer, event)], code))
    without = copy.entries[:open_from] + copy.entries[open_from + 1 : -1]
    signed, event = wire.decode_entry(copy.entries[-1])
    event.epoch_closed.size -= 1
    told.append((without + [resigned(signer, event)], "STATE_ROOT_DIFFERS"))
    swapped = list(copy.entries)
    swapped[0], swapped[1] = swapped[1], swapped[0]
    told.append((swapped, "LOG_IDENTITY_MISSING"))
    told.append((copy.entries + [copy.entries[-1]], "EVENT_DUPLICATE"))
    for entries, code in told:
        same(code_of(lambda: replay(sealed(signer, copy.root_realm, entries))), code, "a log that lies")
    other = dataclasses.replace(copy, root_realm=bytes(32))
    same(code_of(lambda: replay_entries(other)), "REALM_UNKNOWN", "another root realm")
    return len(told) + 1


def resigned(signer: Signer, event) -> bytes:
    data = wire.encode(event)
    signature = signer.sign(wire.event_message(data))
    return wire.encode(pb.SignedEvent(event=data, public_key=signer.key, signature=signature))
