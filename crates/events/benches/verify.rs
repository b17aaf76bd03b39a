//! Verification against its raw limit, and the tree.
//!
//! `cargo bench -p erynoa-events`. Every figure is events (or leaves) a second
//! of one core; the ratio to look at is `event` to `raw` of the same run.

use bytes::Bytes;
use divan::Bencher;
use divan::counter::ItemsCount;
use ed25519_zebra as zebra;
use erynoa_events::{
    Attestation, Body, Dimension, Event, LogState, Polarity, SigningKey, Tree, VerifiedEvent,
    event_message, from_own_log, leaf_hash, sign_event, verify, verify_batch,
};
use erynoa_kernel::{Coordinate, IdentityId, Namespace, RealmId};

fn main() {
    divan::main();
}

const BATCH: usize = 256;

fn key(number: usize) -> SigningKey {
    SigningKey::from_seed([number.to_le_bytes()[0]; 32])
}

/// An attestation with a short comment; every key signs once.
fn event(number: usize) -> VerifiedEvent {
    let identity = |number| IdentityId::of(Namespace::SelfHood, &key(number).public_key());
    let event = Event {
        author: identity(number),
        realm: RealmId::root_of(&key(0).public_key()),
        coordinate: Coordinate { wall_us: 1_700_000_000_000_000 + number as u64, counter: 0 },
        prev: None,
        parents: Vec::new(),
        body: Body::Attestation(Attestation {
            subject: identity(number + 1),
            dimension: Dimension::Reliability,
            polarity: Polarity::Positive,
            domain: String::new(),
            comment: "delivered in time".into(),
            expires_at_us: None,
        }),
    };
    sign_event(&event, &key(number)).expect("well-formed")
}

fn entries() -> Vec<Bytes> {
    (0..BATCH).map(|number| event(number).entry().clone()).collect()
}

/// What the signatures of [`entries`] are over, for the raw limit.
fn raw() -> Vec<(zebra::VerificationKeyBytes, zebra::Signature, Vec<u8>)> {
    (0..BATCH)
        .map(|number| {
            let message = event_message(&erynoa_events::encode_event(event(number).event()));
            let signature = key(number).sign(&message);
            let key = zebra::VerificationKeyBytes::from(*key(number).public_key().as_bytes());
            (key, zebra::Signature::from_bytes(signature.as_bytes()), message)
        })
        .collect()
}

#[divan::bench]
fn event_single(bencher: Bencher<'_, '_>) {
    let entry = event(1).entry().clone();
    bencher.counter(ItemsCount::new(1_usize)).bench(|| verify(entry.clone()));
}

#[divan::bench]
fn raw_single(bencher: Bencher<'_, '_>) {
    let (key, signature, message) = raw().swap_remove(1);
    bencher.counter(ItemsCount::new(1_usize)).bench(|| {
        zebra::VerificationKey::try_from(key).and_then(|key| key.verify(&signature, &message))
    });
}

#[divan::bench]
fn event_batch_256(bencher: Bencher<'_, '_>) {
    bencher.counter(ItemsCount::new(BATCH)).with_inputs(entries).bench_values(verify_batch);
}

#[divan::bench]
fn raw_batch_256(bencher: Bencher<'_, '_>) {
    let items = raw();
    bencher.counter(ItemsCount::new(BATCH)).bench(|| {
        let mut batch = zebra::batch::Verifier::new();
        for (key, signature, message) in &items {
            batch.queue((*key, *signature, message));
        }
        batch.verify(Coefficients(1))
    });
}

#[divan::bench]
fn decode_of_own_log(bencher: Bencher<'_, '_>) {
    let entry = event(1).entry().clone();
    bencher.counter(ItemsCount::new(1_usize)).bench(|| from_own_log(entry.clone()));
}

#[divan::bench]
fn sign(bencher: Bencher<'_, '_>) {
    let (event, key) = (event(1).event().clone(), key(1));
    bencher.counter(ItemsCount::new(1_usize)).bench(|| sign_event(&event, &key));
}

#[divan::bench]
fn apply_to_log_state(bencher: Bencher<'_, '_>) {
    let events: Vec<_> = (0..BATCH).map(event).collect();
    let log_key = key(0).public_key();
    bencher.counter(ItemsCount::new(BATCH)).bench(|| {
        let mut log = LogState::new(log_key);
        for event in &events {
            log.apply(event);
        }
        log.size()
    });
}

#[divan::bench]
fn tree_push(bencher: Bencher<'_, '_>) {
    const LEAVES: usize = 100_000;
    let leaves: Vec<_> = (0..LEAVES).map(|number| leaf_hash(&number.to_le_bytes())).collect();
    bencher.counter(ItemsCount::new(LEAVES)).bench(|| {
        let mut tree = Tree::new();
        for leaf in &leaves {
            tree.push(*leaf);
        }
        tree.size()
    });
}

#[divan::bench]
fn tree_inclusion_proof(bencher: Bencher<'_, '_>) {
    let mut tree = Tree::new();
    for number in 0..100_003_u32 {
        tree.push(leaf_hash(&number.to_le_bytes()));
    }
    bencher.counter(ItemsCount::new(1_usize)).bench(|| tree.inclusion(4_711, 100_003));
}

/// A cheap generator for the raw limit alone: it proves nothing.
struct Coefficients(u64);

impl rand_core::TryRng for Coefficients {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok((self.try_next_u64()? >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        Ok(self.0)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        for chunk in bytes.chunks_mut(8) {
            let word = self.try_next_u64()?.to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Coefficients {}
