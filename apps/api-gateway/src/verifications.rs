//! What this gateway has been asked to check since it started.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use erynoa_proto::api::v1 as api;

/// Checks that are remembered one by one; of those before only the number is
/// kept, so that strangers cannot fill the memory.
const REMEMBERED: usize = 100;

#[derive(Default)]
struct Counted {
    /// Newest first.
    last: VecDeque<api::Verification>,
    genuine: u64,
    outdated: u64,
    refused: u64,
}

/// The checks of documents.
#[derive(Default)]
pub struct Verifications(Mutex<Counted>);

impl Verifications {
    fn counted(&self) -> MutexGuard<'_, Counted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers what was found.
    pub(crate) fn note(&self, found: &api::VerifyDocumentResponse, at_us: u64) {
        let failed =
            |step: &&api::VerificationStep| step.outcome() == api::VerificationOutcome::Failed;
        let is_certificate = found.report_kind.is_empty() && !found.subject.is_empty();
        let one = api::Verification {
            at_us,
            verdict: found.verdict,
            verification_hash: found.verification_hash.clone(),
            kind: if is_certificate { "certificate" } else { &found.report_kind }.to_owned(),
            failed_step: found
                .steps
                .iter()
                .find(failed)
                .map(|s| s.name.clone())
                .unwrap_or_default(),
        };
        let mut counted = self.counted();
        match found.verdict() {
            api::VerificationVerdict::Genuine => counted.genuine += 1,
            api::VerificationVerdict::Outdated => counted.outdated += 1,
            api::VerificationVerdict::Refused | api::VerificationVerdict::Unspecified => {
                counted.refused += 1;
            }
        }
        counted.last.truncate(REMEMBERED - 1);
        counted.last.push_front(one);
    }

    pub(crate) fn list(&self) -> api::ListVerificationsResponse {
        let counted = self.counted();
        api::ListVerificationsResponse {
            verifications: counted.last.iter().cloned().collect(),
            genuine: counted.genuine,
            outdated: counted.outdated,
            refused: counted.refused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_hundred_checks_are_listed_newest_first_and_all_are_counted() {
        let verifications = Verifications::default();
        for at_us in 0..REMEMBERED as u64 {
            verifications.note(&api::VerifyDocumentResponse::default(), at_us);
        }
        assert_eq!(verifications.list().verifications.len(), REMEMBERED);
        let genuine = api::VerifyDocumentResponse {
            verdict: api::VerificationVerdict::Genuine.into(),
            subject: "did:erynoa:someone".to_owned(),
            ..Default::default()
        };
        verifications.note(&genuine, 100);
        let listed = verifications.list();
        assert_eq!(listed.verifications.len(), REMEMBERED);
        assert_eq!(listed.verifications[0].at_us, 100);
        assert_eq!(listed.verifications[0].kind, "certificate");
        assert_eq!((listed.genuine, listed.outdated, listed.refused), (1, 0, 100));
    }
}
