//! The keys of a log, followed from home to home by what they have signed.

use erynoa_events::{Body, Checkpoint};
use erynoa_kernel::PublicKey;

use crate::light::Outcome;
use crate::light::{Claim, EntryClaim, LogKey, check_event, check_place, head_of};

/// Most hand-overs that are followed.
pub(crate) const MOST_HAND_OVERS: u32 = 100;

/// The keys to which `start` has handed the log, one after the other: each is
/// added to the log's identity by one before it, in an entry that lies in the
/// tree of this head. `start` is the first of them.
pub(crate) fn followed(start: PublicKey, claim: &Claim, head: &Checkpoint) -> Vec<PublicKey> {
    let mut keys = vec![start];
    for entry in &claim.hand_overs {
        let Ok(event) = check_event(entry) else { continue };
        let Body::KeyAdded(added) = &event.event().body else { continue };
        let is_of_log = event.event().author == claim.identity && keys.contains(&event.signer());
        if is_of_log && is_under(entry, head) {
            keys.push(added.public_key);
        }
    }
    keys
}

fn is_under(entry: &EntryClaim, head: &Checkpoint) -> bool {
    let is_of_head = entry
        .inclusion
        .as_ref()
        .is_some_and(|proof| proof.size == head.size && proof.root == head.root);
    is_of_head && check_place(entry) == (Outcome::Holds, Outcome::Holds)
}

/// The head in the note, and the key that speaks for the log in it: the one that
/// was claimed, or one to which that has handed the log.
///
/// # Errors
/// The code of why it is no head of the log.
pub(crate) fn present_head(
    claim: &Claim,
    note: &str,
) -> Result<(Checkpoint, PublicKey), &'static str> {
    let direct = head_of(note, &claim.log);
    let Err(code) = direct else { return direct.map(|head| (head, claim.log.key)) };
    let head = Checkpoint::parse_unverified(note).map_err(|_| code)?;
    let origin = &claim.log.origin;
    followed(claim.log.key, claim, &head)
        .into_iter()
        .rev()
        .find_map(|key| Some((head_of(note, &LogKey { origin: origin.clone(), key }).ok()?, key)))
        .ok_or(code)
}
