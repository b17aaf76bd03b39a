"""Goes through a copied log from its first entry and believes nothing."""

from collections import Counter
from dataclasses import dataclass

import rules
import trust
import tree
from disagreement import Disagreement, must
from fold import Fold
from ledger import Ledger
from realms import prior_means
from source import Copy


@dataclass
class Replayed:
    ledger: Ledger
    fold: Fold
    levels: list[list[bytes]]
    kinds: Counter


def replay(copy: Copy) -> Replayed:
    """Checks every entry and every epoch, the checkpoint and the tree."""
    checkpoint, key = open_head(copy)
    must(checkpoint.size == len(copy.entries), "LOG_SIZE", f"{len(copy.entries)} entries of {checkpoint.size}")
    levels = tree.levels([tree.leaf_hash(entry) for entry in copy.entries])
    root = tree.root_of(levels, checkpoint.size)
    must(root == checkpoint.root, "PROOF_ROOT_WRONG", f"the entries have the root {root.hex()}")
    replayed = replay_entries(copy)
    must(replayed.ledger.key_at(checkpoint.size) == key, "CHECKPOINT_SIGNATURE_INVALID", "by a key of another time")
    replayed.levels = levels
    return replayed


def open_head(copy: Copy) -> tuple[tree.Checkpoint, bytes]:
    """The checkpoint and its key: the log's first one, or the one that the log
    says after it was handed over to another home."""
    try:
        return tree.open_checkpoint(copy.note, copy.origin, copy.log_key), copy.log_key
    except Disagreement as error:
        if error.code != "CHECKPOINT_SIGNATURE_INVALID":
            raise
        key = replay_entries(copy).ledger.key_at(len(copy.entries))
        if key == copy.log_key:
            raise
        return tree.open_checkpoint(copy.note, copy.origin, key), key


def replay_entries(copy: Copy) -> Replayed:
    """Checks every entry and every epoch, without the tree."""
    ledger = Ledger(copy.log_key)
    must(ledger.root_realm == copy.root_realm, "REALM_UNKNOWN", "another root realm than the log key's")
    fold = Fold(ledger)
    kinds: Counter = Counter()
    parameters = trust.parameters_hash()
    for sequence, entry in enumerate(copy.entries):
        try:
            signed, event, event_id = rules.check_entry(entry)
            ledger.append(signed, event, event_id)
            kind = event.WhichOneof("body")
            kinds[kind] += 1
            if kind != "epoch_closed":
                fold.add(event_id, event)
                if ledger.comes_from:
                    bring_along(ledger, fold, event)
                continue
            body = event.epoch_closed
            must(body.parameters_hash == parameters, "PARAMETERS_DIFFER", body.parameters_hash.hex())
            fold.close(body.closed_at_us)
            must(
                body.state_root == fold.state_root,
                "STATE_ROOT_DIFFERS",
                f"epoch {body.epoch}: the log says {body.state_root.hex()}, "
                f"its events say {fold.state_root.hex()} ({fold.changed} records changed)",
            )
        except Disagreement as error:
            raise Disagreement(error.code, f"entry {sequence}: {error}") from error
    return Replayed(ledger, fold, [], kinds)


def bring_along(ledger: Ledger, fold: Fold, event) -> None:
    """What the author of a join brings along, as of the last closed epoch."""
    source = ledger.comes_from
    values = fold.values(fold.home(source), event.author)
    view = ledger.realms.view(source, event.realm, values)
    fold.join(event.realm, event.author, prior_means(view))
