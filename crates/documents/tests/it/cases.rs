//! Certificates with one link broken each, and what is to be found.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use erynoa_documents::{
    Credential, EVIDENCE_MOST, HISTORY_MOST, Outcome, Present, Trusted, Verification, present,
    verify,
};
use erynoa_events::SigningKey;
use serde_json::{Value, json};

use crate::town::{LOG, ORIGIN, Town, key, person};

/// A document and how it is to be checked.
pub struct Case {
    pub name: &'static str,
    pub document: String,
    pub present: bool,
}

/// The log that is trusted.
pub fn trusted() -> Trusted {
    Trusted { origin: ORIGIN.to_owned(), key: key(LOG).public_key() }
}

fn resigned(credential: &Credential, change: impl FnOnce(&mut Credential)) -> String {
    resigned_by(credential, &key(LOG), change)
}

fn resigned_by(
    credential: &Credential,
    key: &SigningKey,
    change: impl FnOnce(&mut Credential),
) -> String {
    let mut changed = credential.clone();
    change(&mut changed);
    String::from_utf8(changed.sign(key)).unwrap()
}

/// The base64 text with one bit of the byte at `at` (from the end when
/// negative) turned.
fn turned(text: &str, at: isize) -> String {
    let mut bytes = BASE64_STANDARD.decode(text).unwrap();
    let length = isize::try_from(bytes.len()).unwrap();
    let at = usize::try_from(if at < 0 { length + at } else { at }).unwrap();
    bytes[at] ^= 1;
    BASE64_STANDARD.encode(bytes)
}

fn hex_turned(text: &str) -> String {
    let mut bytes = hex::decode(text).unwrap();
    bytes[7] ^= 0x10;
    hex::encode(bytes)
}

/// Every case, the genuine one first; whoever breaks a link holds the log's key,
/// so that the signature of the whole cannot give them away.
pub fn cases(town: &Town) -> Vec<Case> {
    let (credential, signed) = town.certifies(1);
    let genuine = String::from_utf8(signed).unwrap();
    let mut cases = Vec::new();
    let mut add = |name, document| cases.push(Case { name, document, present: true });
    add("genuine", genuine.clone());
    add("cut off", genuine[..genuine.len() / 2].to_owned());
    add("another kind of document", "{\"type\":[\"VerifiableCredential\"]}".to_owned());
    add("a field too many", resigned(&credential, |_| {}).replacen('{', "{\"extra\":1,", 1));
    add(
        "evidence without end",
        resigned(&credential, |c| {
            let item = c.credential_subject.top_evidence[0].clone();
            c.credential_subject.top_evidence = vec![item; EVIDENCE_MOST + 1];
        }),
    );
    add(
        "history without end",
        resigned(&credential, |c| {
            let point = c.credential_subject.history[0].clone();
            c.credential_subject.history = vec![point; HISTORY_MOST + 1];
        }),
    );
    add(
        "a proof without end",
        resigned(&credential, |c| {
            let path = &mut c.evidence[0].entries[0].path;
            *path = vec![path[0].clone(); 65];
        }),
    );
    add("a name changed, not signed again", genuine.replace("Bram", "Brom"));
    add("a number changed, not signed again", genuine.replacen("\"epoch\":", "\"epoch\":1", 1));
    let other = key(7);
    add(
        "issued by another log",
        resigned_by(&credential, &other, |c| {
            c.issuer.id = erynoa_documents::did_key(&other.public_key());
        }),
    );
    add("another origin", resigned(&credential, |c| c.issuer.name = "else.example".to_owned()));
    add(
        "another checkpoint named",
        resigned(&credential, |c| {
            let root = hex_turned(&c.credential_subject.checkpoint_root);
            c.credential_subject.checkpoint_root = root;
        }),
    );
    add(
        "the checkpoint's size changed",
        resigned(&credential, |c| {
            let note = &c.evidence[0].checkpoint;
            let size = c.credential_subject.checkpoint_size;
            let changed = note.replacen(&format!("\n{size}\n"), &format!("\n{}\n", size + 1), 1);
            c.evidence[0].checkpoint = changed;
        }),
    );
    add(
        "an event's signature turned",
        resigned(&credential, |c| {
            let entry = turned(&c.evidence[0].entries[1].entry, -1);
            c.evidence[0].entries[1].entry = entry;
        }),
    );
    add(
        "an event's bytes turned",
        resigned(&credential, |c| {
            let entry = turned(&c.evidence[0].entries[1].entry, 20);
            c.evidence[0].entries[1].entry = entry;
        }),
    );
    add(
        "a proof turned",
        resigned(&credential, |c| {
            let hash = turned(&c.evidence[0].entries[1].path[0], 3);
            c.evidence[0].entries[1].path[0] = hash;
        }),
    );
    add("a position moved", resigned(&credential, |c| c.evidence[0].entries[1].sequence += 1));
    add("another epoch", resigned(&credential, |c| c.credential_subject.epoch += 1));
    add(
        "another state root",
        resigned(&credential, |c| {
            let root = hex_turned(&c.credential_subject.state_root);
            c.credential_subject.state_root = root;
        }),
    );
    add("no end of the epoch", resigned(&credential, |c| drop(c.evidence[0].entries.pop())));
    add(
        "a word against said to be for",
        resigned(&credential, |c| {
            let items = &mut c.credential_subject.top_evidence;
            items.iter_mut().find(|item| !item.positive).unwrap().positive = true;
        }),
    );
    add(
        "other words",
        resigned(&credential, |c| c.credential_subject.top_evidence[0].comment = "Best!".into()),
    );
    add(
        "another subject",
        resigned(&credential, |c| {
            c.credential_subject.id = format!("did:erynoa:self:{}", person(2));
        }),
    );
    add(
        "a value raised",
        resigned(&credential, |c| c.credential_subject.dimensions[0].trust_ppm += 1),
    );
    add("the norm raised", resigned(&credential, |c| c.credential_subject.norm_ppm += 1));
    add("a voice given", resigned(&credential, |c| c.credential_subject.has_voice ^= true));
    add(
        "the trust record turned",
        resigned(&credential, |c| {
            c.evidence[0].trust_record = turned(&c.evidence[0].trust_record, -1);
        }),
    );
    cases.push(Case { name: "without the log of today", document: genuine, present: false });
    cases
}

/// What the log of today says about the sample.
pub fn today(town: &Town) -> Present {
    let (credential, _) = town.certifies(1);
    let mut later = Town::sample();
    later.attests(
        0,
        2,
        erynoa_events::Dimension::Prestige,
        erynoa_events::Polarity::Positive,
        "Still here.",
    );
    later.passes_days(1);
    present(&later.home, &later.head(), &credential.credential_subject)
}

/// What is found, as the vectors hold it.
pub fn told(found: &Verification) -> Value {
    let steps: Vec<Value> = found
        .steps
        .iter()
        .map(|(step, outcome)| match outcome {
            Outcome::Passed => json!([step.name(), "passed", ""]),
            Outcome::Failed { code, .. } => json!([step.name(), "failed", code]),
            Outcome::NotPossible { code, .. } => json!([step.name(), "not_possible", code]),
        })
        .collect();
    json!({ "verdict": found.verdict().name(), "steps": steps, "hash": found.verification_hash })
}

/// The test vectors that every implementation answers alike.
pub fn vectors() -> Value {
    let town = Town::sample();
    let now = today(&town);
    let cases: Vec<Value> = cases(&town)
        .into_iter()
        .map(|case| {
            let present = case.present.then_some(&now);
            let found = verify(case.document.as_bytes(), Some(&trusted()), present);
            json!({
                "name": case.name,
                "document": case.document,
                "present": case.present,
                "found": told(&found),
            })
        })
        .collect();
    json!({
        "log": { "origin": ORIGIN, "public_key": hex::encode(key(LOG).public_key().as_bytes()) },
        "present": {
            "checkpoint": now.checkpoint,
            "consistency": now.consistency.iter().map(hex::encode).collect::<Vec<_>>(),
            "gone": now.gone,
        },
        "cases": cases,
    })
}
