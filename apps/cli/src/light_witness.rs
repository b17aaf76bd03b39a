//! The witnesses under a head, and what they weigh.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use erynoa_events::{Checkpoint, find_cosignature, is_small_order, witness_verifier_key};
use erynoa_kernel::{Did, IdentityId, Namespace, PublicKey};

use crate::light::{LogKey, Outcome};

/// A witness of the log, as the realm's witness set or the user names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Witness {
    /// DID of its identity; empty for one that the user names by its key.
    pub(crate) did: String,
    pub(crate) name: String,
    /// Keys under which it may cosign.
    pub(crate) keys: Vec<PublicKey>,
    pub(crate) weight: u64,
}

/// What a witness has said of a checkpoint.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) witness: Witness,
    pub(crate) outcome: Outcome,
    /// When, seconds since the Unix epoch; `None` for the log's own signature,
    /// which has no time.
    pub(crate) time_s: Option<u64>,
    /// Whether one of its keys founds its DID, so that nobody has to be believed
    /// that the two belong together.
    pub(crate) is_self_certified: bool,
}

/// All of them.
#[derive(Clone, Debug)]
pub(crate) struct Count {
    /// Size of the head that they were counted on.
    pub(crate) size: Option<u64>,
    pub(crate) said: Vec<Said>,
    pub(crate) signed: u64,
    pub(crate) total: u64,
}

/// DID under which a node with this key signs.
pub(crate) fn craft_did(key: &PublicKey) -> String {
    let identity = IdentityId::of(Namespace::Craft, key);
    Did { namespace: Namespace::Craft, identity }.to_string()
}

/// The default set: the log stands for itself.
pub(crate) fn home_alone(log: &LogKey) -> Witness {
    let (did, name) = (craft_did(&log.key), log.origin.clone());
    Witness { did, name, keys: vec![log.key], weight: 1 }
}

impl Witness {
    /// Whether the DID is that of the identity that one of the keys founds.
    fn is_self_certified(&self) -> bool {
        self.did.parse::<Did>().is_ok_and(|did| {
            self.keys.iter().any(|key| IdentityId::of(did.namespace, key) == did.identity)
        })
    }

    /// A node's DID is made of its key, so one that is not names another node.
    fn is_foreign(&self) -> bool {
        self.did.starts_with("did:erynoa:craft:") && !self.is_self_certified()
    }

    /// Nodes sign under the DID that their key founds, others under the DID or
    /// name by which the witness set knows them.
    fn names(&self, key: &PublicKey) -> [String; 3] {
        [craft_did(key), self.did.clone(), self.name.clone()]
    }
}

/// Whether a signature line of the note claims to be one of this witness key.
fn is_claimed(note: &str, name: &str, key: &PublicKey) -> bool {
    let verifier = witness_verifier_key(name, key);
    // A name with a plus sign or a space names no key.
    let (Some(id), false) = (verifier.split('+').nth(1), name.contains(['+', ' '])) else {
        return false;
    };
    let Some((_, lines)) = note.rsplit_once("\n\n") else { return false };
    lines.lines().any(|line| {
        let signature = line.strip_prefix("\u{2014} ").and_then(|line| line.split_once(' '));
        signature.is_some_and(|(signer, encoded)| {
            let bytes = BASE64_STANDARD.decode(encoded).unwrap_or_default();
            signer == name && bytes.get(..4).is_some_and(|found| hex::encode(found) == id)
        })
    })
}

/// Counts a set on a note whose head the log has signed; `None` when there is
/// none. One key speaks for one witness, however often it is named. The weights
/// of a set sum to less than 2⁶⁴, see [`total_weight`].
pub(crate) fn count_on(head: Option<(&str, &Checkpoint)>, set: &[Witness], log: &LogKey) -> Count {
    let mut used: Vec<PublicKey> = Vec::new();
    let mut count =
        Count { size: head.map(|(_, head)| head.size), said: Vec::new(), signed: 0, total: 0 };
    for witness in set {
        let keys: Vec<_> = witness.keys.iter().filter(|key| !used.contains(key)).copied().collect();
        used.extend(&keys);
        let (outcome, time_s) = match head {
            _ if witness.is_foreign() => (Outcome::Fails("WITNESS_KEY_FOREIGN"), None),
            Some((note, _)) => said_by(note, witness, &keys, log),
            None => (Outcome::Open("COSIGNATURES_MISSING"), None),
        };
        count.total = count.total.saturating_add(witness.weight);
        if outcome == Outcome::Holds {
            count.signed = count.signed.saturating_add(witness.weight);
        }
        let is_self_certified = witness.is_self_certified();
        count.said.push(Said { witness: witness.clone(), outcome, time_s, is_self_certified });
    }
    count
}

fn said_by(
    note: &str,
    witness: &Witness,
    keys: &[PublicKey],
    log: &LogKey,
) -> (Outcome, Option<u64>) {
    let (mut time_s, mut is_claimed_by_it) = (None, false);
    for key in keys {
        for name in witness.names(key) {
            is_claimed_by_it |= is_claimed(note, &name, key);
            // Under a key of small order anybody can sign.
            let found = find_cosignature(note, &name, key).filter(|_| !is_small_order(key));
            time_s = time_s.max(found.map(|found| found.time_s));
        }
    }
    // Of a checkpoint that is given here the log's own signature holds.
    if time_s.is_some() || keys.contains(&log.key) {
        (Outcome::Holds, time_s)
    } else if is_claimed_by_it {
        (Outcome::Fails("COSIGNATURE_INVALID"), None)
    } else {
        (Outcome::Open("COSIGNATURES_MISSING"), None)
    }
}

/// Σ of the weights; `None` when it is no number of 64 bits, and the set none.
pub(crate) fn total_weight(set: &[Witness]) -> Option<u64> {
    set.iter().try_fold(0_u64, |sum, witness| sum.checked_add(witness.weight))
}

/// How a set differs from the one before, a line each. A new name alone is no
/// change, as it proves nothing.
pub(crate) fn changes(before: &[Witness], now: &[Witness]) -> Vec<String> {
    let sorted = |witness: &Witness| {
        let mut keys: Vec<String> = witness.keys.iter().map(ToString::to_string).collect();
        keys.sort();
        keys
    };
    let mut changes = Vec::new();
    for witness in now {
        match before.iter().find(|old| old.did == witness.did) {
            None => changes.push(format!("added {}", witness.did)),
            Some(old) => {
                if sorted(old) != sorted(witness) {
                    changes.push(format!("keys of {}", witness.did));
                }
                if old.weight != witness.weight {
                    changes.push(format!("weight of {}", witness.did));
                }
            }
        }
    }
    let gone = before.iter().filter(|old| !now.iter().any(|witness| witness.did == old.did));
    changes.extend(gone.map(|old| format!("removed {}", old.did)));
    changes
}
