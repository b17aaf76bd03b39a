//! What the log says today about a certificate of before.

use std::collections::BTreeSet;

use erynoa_events::Dimension;
use erynoa_kernel::{Did, RealmId};
use erynoa_replica::Replica;
use erynoa_trust::{PartState, Target};

use crate::certificate::Certificate;
use crate::issue_certificate::Head;
use crate::verification::Present;

/// What the log of `replica`, under its newest checkpoint, says today. Of a
/// certificate of another log it says nothing good.
#[must_use]
pub fn present(replica: &Replica, head: &Head<'_>, certificate: &Certificate) -> Present {
    let consistency = replica.log.tree().consistency(certificate.checkpoint_size, head.size);
    let subject = certificate.id.parse::<Did>();
    let realm = certificate.realm.parse::<RealmId>();
    let mut live: BTreeSet<String> = BTreeSet::new();
    if let (Ok(subject), Ok(realm)) = (subject, realm) {
        for dimension in Dimension::ALL {
            let target = Target::Dimension(dimension);
            let explained = replica.trust.explain(&realm, &subject.identity, &target);
            let counts = explained.parts.iter().filter(|part| part.state == PartState::Live);
            live.extend(counts.map(|part| part.event.to_string()));
        }
    }
    let gone = certificate.top_evidence.iter().filter(|item| !live.contains(&item.event));
    Present {
        checkpoint: head.note.to_owned(),
        consistency: consistency.unwrap_or_default(),
        gone: gone.map(|item| item.event.clone()).collect(),
    }
}
