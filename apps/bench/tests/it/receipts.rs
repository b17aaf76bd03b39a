//! Receipts in the protocol's fold let in whom the mill says.

use erynoa_bench::attacks::Town;
use erynoa_bench::dataset::{DAY_US, FOUNDER};
use erynoa_bench::fold_rule::FoldedTown;
use erynoa_bench::insiders::{Receipts, Start, WAVE_DAY, receipts_mill};
use erynoa_bench::rule::Scene;
use erynoa_events::{Body, Receipt, ReceiptOutcome};
use erynoa_kernel::{EventId, PublicKey, Signature};

use crate::data::bitcoin_otc;

fn kept(folded: &FoldedTown, performer: u32, client: u32, number: usize) -> Body {
    let terms = format!("{performer} for {client}, number {number}");
    Body::Receipt(Receipt {
        performer: folded.identity(performer),
        client: folded.identity(client),
        outcome: ReceiptOutcome::Kept,
        description: String::new(),
        nonce: [0; 16],
        terms_hash: *EventId::of(terms.as_bytes()).as_bytes(),
        countersigner_key: PublicKey::from_bytes([0; 32]),
        countersignature: Signature::from_bytes([0; 64]),
    })
}

/// How many of `lifted` newcomers have a voice after `insiders` top members
/// with unused budgets have each signed `each` receipts with every one.
fn lifted(town: &Town, insiders: usize, lifted: usize, each: usize) -> usize {
    let people = town.stranger(lifted) as usize;
    let at_us = (WAVE_DAY - 1) * DAY_US;
    let mut folded =
        FoldedTown::of(&Scene { ratings: &town.history, people, founder: FOUNDER, at_us });
    let day = WAVE_DAY * DAY_US;
    for &insider in &town.top[..insiders] {
        for newcomer in (0..lifted).map(|index| town.stranger(index)) {
            for number in 0..each {
                let receipt = kept(&folded, newcomer, insider, number);
                folded.say(insider, day, receipt);
            }
        }
    }
    folded.close(day);
    (0..lifted).filter(|&index| folded.standing_ppm(town.stranger(index)) >= 300_000).count()
}

#[test]
fn one_corrupt_member_opens_no_gate_by_signing_twice() {
    let town = Town::new(&bitcoin_otc());
    assert_eq!(lifted(&town, 1, 20, 2), 0);
    assert_eq!(lifted(&town, 2, 40, 1), 40);
    let mill = |start| receipts_mill(&town, Receipts::OncePerClient, start).0;
    assert_eq!((mill(Start::Corrupt(1)), mill(Start::Corrupt(2))), (0, 40));
}
