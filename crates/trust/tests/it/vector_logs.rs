//! Small logs with the state root of each epoch and the trust at the end: one
//! for each row of evidence, and one in which all rows happen many times.

use erynoa_events::{
    AttestationRevoked, Body, Dimension, Finding, ProposalOutcome, ReceiptOutcome, Severity,
    VouchRevoked,
};
use serde_json::Value;

use super::Scatter;
use super::vector_story::Story;

const R: Dimension = Dimension::Reliability;
const I: Dimension = Dimension::Integrity;

/// All logs.
pub(crate) fn logs() -> Vec<Value> {
    vec![
        receipts(),
        vouches(),
        answers(),
        credentials(),
        claims(),
        breaches(),
        reports(),
        cosignatures(),
        governance(),
        crossings(),
        controllers(),
        everything(),
    ]
}

fn receipts() -> Value {
    let mut story = Story::new(&[0], &[0, 1, 2, 3]);
    let root = story.root;
    story.receipt(root, (1, 0), ReceiptOutcome::Kept, 1);
    story.receipt(story.partition, (2, 0), ReceiptOutcome::Kept, 1);
    story.receipt(root, (3, 5), ReceiptOutcome::Broken, 1);
    story.close(0);
    for nonce in 2..60 {
        story.receipt(root, (1, 0), ReceiptOutcome::Kept, nonce);
    }
    story.receipt(root, (1, 0), ReceiptOutcome::Kept, 1);
    story.receipt(root, (3, 6), ReceiptOutcome::Kept, 2);
    story.receipt(root, (3, 5), ReceiptOutcome::AbortedByPerformer, 3);
    story.receipt(root, (3, 5), ReceiptOutcome::AbortedByClient, 4);
    story.told("receipt: kept with a voice and within the budget, broken, aborted, repeated")
}

fn vouches() -> Value {
    let mut story = Story::new(&[0], &[0, 1, 2, 3]);
    let first = story.vouch(0, 1, 300_000, None);
    story.vouch(0, 2, 250_000, Some(3));
    story.vouch(6, 3, 300_000, None);
    story.close(0);
    story.vouch(0, 1, 100_000, None);
    story.say(0, Body::VouchRevoked(VouchRevoked { vouch: first, reason: String::new() }));
    story.close(5);
    story.told("vouch: with and without a voice, replaced, expired, a replaced one revoked")
}

fn answers() -> Value {
    let mut story = Story::new(&[0, 1, 2], &[0, 1, 2, 5]);
    story.vouch(0, 5, 300_000, None);
    let left = story.vouch(1, 5, 123_456, None);
    story.vouch(6, 5, 300_000, None);
    story.close(1);
    story.say(1, Body::VouchRevoked(VouchRevoked { vouch: left, reason: String::new() }));
    story.vouch(2, 5, 200_000, None);
    story.judge(5, Finding::MemberAtFault, 1, 654_321);
    story.judge(5, Finding::MemberAtFault, 1, 100_000);
    story.close(1);
    story.judge(5, Finding::MemberAtFault, 1, 1_000_000);
    story.judge(5, Finding::MemberAtFault, 2, 500_000);
    story.told("vouch_answered: those who vouched when the epoch began, once for each event")
}

fn credentials() -> Value {
    let mut story = Story::new(&[0], &[1, 2, 3]);
    let medic = story.credential(1, "medic", None);
    story.credential(1, "pilot", Some(2));
    let second = story.credential(2, "medic", Some(1));
    story.credential(3, "medic", None);
    story.close(0);
    story.take_credential(medic, 1, false);
    story.credential(3, "medic", None);
    story.close(4);
    story.take_credential(second, 2, true);
    story.take_credential(second, 2, true);
    story.told("credential: issued, renewed, revoked, expired, fraud found after the end")
}

fn claims() -> Value {
    let mut story = Story::new(&[0], &[1, 2, 3, 4]);
    story.judge(1, Finding::ClaimTrue, 1, 0);
    story.judge(2, Finding::ClaimFalseMinor, 2, 0);
    story.judge(3, Finding::ClaimFalseSignificant, 3, 0);
    story.judge(4, Finding::ClaimFalseFraud, 4, 0);
    story.close(30);
    story.judge(1, Finding::ClaimFalseFraud, 1, 0);
    story.told("claim_judged: true, minor, significant, fraud; the first finding counts")
}

fn breaches() -> Value {
    let mut story = Story::new(&[0], &[1, 2, 3, 4, 5]);
    story.judge(1, Finding::BreachContract, 1, 0);
    story.judge(2, Finding::BreachRealm, 2, 0);
    story.judge(3, Finding::BreachAxiom, 3, 0);
    story.judge(4, Finding::ProposalSpam, 4, 0);
    story.prove_equivocation(1, 5, 1);
    story.close(0);
    story.prove_equivocation(2, 5, 1);
    story.prove_equivocation(2, 5, 2);
    story.judge(1, Finding::BreachAxiom, 1, 0);
    story.told("breach, spam, equivocation: once for each event, key and prev")
}

fn reports() -> Value {
    let mut story = Story::new(&[0], &[1, 2, 3, 4, 5]);
    for (reporter, severity) in (1..).zip(Severity::ALL) {
        story.report(reporter, reporter, Some(severity));
    }
    story.report(5, 5, None);
    story.close(0);
    story.report(5, 5, Some(Severity::Critical));
    story.told("anomaly_judged: low, medium, high, critical, false")
}

fn cosignatures() -> Value {
    let mut story = Story::new(&[0], &[1, 2]);
    story.cosign(1, 1);
    story.cosign(1, 2);
    story.close(0);
    story.cosign(1, 3);
    story.close(0);
    story.cosign(1, 4);
    story.prove_contradiction(3, 2, 5);
    story.prove_contradiction(4, 2, 5);
    story.close(1);
    story.prove_contradiction(4, 2, 5);
    story.prove_contradiction(4, 2, 6);
    story.told("cosignature and contradiction: once a day, once for each key, log and epoch")
}

fn governance() -> Value {
    let mut story = Story::new(&[0], &[1, 2, 3]);
    story.vote(1, 1);
    story.vote(1, 2);
    story.vote(2, 1);
    story.close(1);
    story.vote(1, 1);
    story.close_proposal(3, 1, ProposalOutcome::Executed);
    story.close_proposal(3, 2, ProposalOutcome::Defeated);
    story.close_proposal(2, 3, ProposalOutcome::Vetoed);
    story.told("vote and proposal_accepted")
}

fn crossings() -> Value {
    let mut story = Story::new(&[0], &[0, 1, 2]);
    story.join(1, [800_000, 50_000, 576_000, 1_000_000, 123_457, 100_000]);
    story.join(2, [500_000, 400_000, 300_000, 200_000, 900_000, 900_000]);
    story.join(2, [400_000, 500_000, 300_000, 200_000, 900_000, 800_000]);
    story.close(0);
    story.attest(0, 1, R, true);
    story.attest(0, 2, I, false);
    story.join(2, [700_000; 6]);
    story.told("joined: the prior that was brought along")
}

fn controllers() -> Value {
    let mut story = Story::new(&[0, 1], &[0, 1, 100]);
    story.attest(0, 100, R, true);
    story.attest(1, 100, R, true);
    story.close(0);
    story.attest(0, 100, I, true);
    story.attest(1, 100, I, true);
    story.hand_agent_to(0, 1);
    story.told("same root: that of the end of the epoch")
}

/// Many events of all rows among few, by numbers without a pattern.
fn everything() -> Value {
    let mut scatter = Scatter(41);
    let mut below = move |limit: u64| u8::try_from(scatter.below(limit)).expect("a small limit");
    let mut story = Story::new(&[0], &[0, 1, 2, 3, 4, 100]);
    let (mut vouches, mut credentials, mut attestations) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..14 {
        for _ in 0..18 {
            let mut who = || match below(6) {
                5 => 100,
                number => number,
            };
            let (author, mut other) = (who(), who());
            if author == other {
                other = 7;
            }
            let realm = if below(5) == 0 { story.partition } else { story.root };
            let days = (below(3) == 0).then(|| u64::from(below(40)));
            match below(15) {
                0..=2 => {
                    let dimension = Dimension::ALL[usize::from(below(4))];
                    attestations
                        .push((author, story.attest(author, other, dimension, below(4) > 0)));
                }
                3 if !attestations.is_empty() => {
                    let (author, attestation) =
                        attestations[usize::from(below(attestations.len() as u64))];
                    let reason = String::new();
                    let body = AttestationRevoked { attestation, reason };
                    story.say(author, Body::AttestationRevoked(body));
                }
                4 => {
                    let outcome = [
                        ReceiptOutcome::Kept,
                        ReceiptOutcome::Kept,
                        ReceiptOutcome::Broken,
                        ReceiptOutcome::AbortedByPerformer,
                    ][usize::from(below(4))];
                    story.receipt(realm, (author, other), outcome, below(3));
                }
                5 | 6 => {
                    let stake_ppm = 1_000 * u32::from(below(255)) + 1;
                    vouches.push((author, story.vouch(author, other, stake_ppm, days)));
                }
                7 if !vouches.is_empty() => {
                    let (author, vouch) = vouches[usize::from(below(vouches.len() as u64))];
                    let reason = String::new();
                    story.say(author, Body::VouchRevoked(VouchRevoked { vouch, reason }));
                }
                8 => {
                    let name = ["person", "medic"][usize::from(below(2))];
                    credentials.push((other, story.credential(other, name, days)));
                }
                9 if !credentials.is_empty() => {
                    let (subject, credential) =
                        credentials[usize::from(below(credentials.len() as u64))];
                    story.take_credential(credential, subject, below(2) == 0);
                }
                10 | 11 => {
                    let finding = Finding::ALL[usize::from(below(9))];
                    let severity_ppm = 3_000 * u32::from(below(255)) + 1;
                    story.judge(other, finding, below(12), severity_ppm);
                }
                12 => {
                    let severity = Severity::ALL.get(usize::from(below(5))).copied();
                    story.report(other, below(8), severity);
                }
                13 => match below(4) {
                    0 => story.cosign(author, 1 + u64::from(below(5))),
                    1 => story.vote(author, below(4)),
                    2 => story.close_proposal(other, below(8), ProposalOutcome::Executed),
                    _ => {
                        let means = std::array::from_fn(|_| 4_000 * u32::from(below(250)));
                        story.join(other, means);
                    }
                },
                _ => match below(6) {
                    0 => story.prove_equivocation(author, other, below(2)),
                    1 => story.prove_contradiction(author, other, 1 + u64::from(below(2))),
                    2 => story.hand_agent_to(0, below(3)),
                    _ => story.cosign(author, 1 + u64::from(below(5))),
                },
            }
        }
        let days = [0, 0, 1, 3, 20, 200][usize::from(below(6))];
        story.close(days);
    }
    story.told("everything at once")
}
