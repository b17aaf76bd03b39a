//! DID resolution, held against DID Core 1.0 and DID Resolution.

use erynoa_events::{Body, KeyPurpose};
use erynoa_identity::{DID_JSON, ResolutionError, resolve};
use erynoa_kernel::{Did, IdentityId, Namespace, PublicKey, RealmId};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::world::{
    HOUR_US, START_US, Who, World, added, creation, ended, handed, key, recovered, revoked, who,
};

fn did_of(namespace: Namespace, number: u32) -> String {
    Did { namespace, identity: who(namespace, number).id }.to_string()
}

/// Rules of DID Core 1.0 for a document, as far as ours uses them: §5.1 to §5.3.
fn assert_document(document: &Value, did: &str) {
    let object = document.as_object().expect("§4: a map");
    assert_eq!(object["@context"][0], "https://www.w3.org/ns/did/v1", "§6.3.1: first context");
    assert_eq!(object["id"], did, "§5.1.1");
    if let Some(controller) = object.get("controller") {
        let text = controller.as_str().expect("§5.1.2: a DID");
        assert!(text.starts_with("did:erynoa:") && text.parse::<Did>().is_ok());
    }
    assert!(!object.contains_key("alsoKnownAs"));
    let methods = object["verificationMethod"].as_array().expect("§5.2: a set of maps");
    let mut ids = Vec::new();
    for method in methods {
        let id = method["id"].as_str().expect("§5.2: a DID URL");
        let (before, fragment) = id.split_once('#').expect("with a fragment");
        assert_eq!(before, did);
        assert!(!fragment.is_empty() && fragment.bytes().all(|b| b.is_ascii_alphanumeric()));
        assert_eq!(method["controller"], did, "§5.2: required");
        assert_eq!(method["type"], "Multikey", "§5.2: exactly one type");
        let multibase = method["publicKeyMultibase"].as_str().expect("a Multikey's value");
        let bytes = bs58::decode(multibase.strip_prefix('z').expect("base58btc")).into_vec();
        let bytes = bytes.expect("base58btc");
        assert_eq!((&bytes[..2], bytes.len()), (&[0xed, 0x01][..], 34), "an Ed25519 key");
        ids.push(id);
    }
    let distinct: std::collections::BTreeSet<_> = ids.iter().collect();
    assert_eq!(distinct.len(), ids.len(), "§5.2: ids are unique");
    for relationship in ["authentication", "assertionMethod", "capabilityInvocation"] {
        let names = object[relationship].as_array().expect("§5.3: a set");
        for name in names {
            assert!(ids.contains(&name.as_str().expect("a DID URL")), "§5.3: refers to a method");
        }
    }
    let known = [
        "@context",
        "id",
        "controller",
        "verificationMethod",
        "authentication",
        "assertionMethod",
        "capabilityInvocation",
    ];
    assert!(object.keys().all(|name| known.contains(&name.as_str())));
}

/// Rules of DID Core 1.0 §7.1 for a result.
fn assert_result(result: &Value, did: &str) {
    let metadata = &result["didResolutionMetadata"];
    match metadata.get("error") {
        None => {
            assert_eq!(metadata["contentType"], DID_JSON);
            assert_document(&result["didDocument"], did);
        }
        Some(error) => {
            let names = ["invalidDid", "notFound", "methodNotSupported"];
            assert!(names.contains(&error.as_str().expect("§7.1.2: a keyword")));
            assert_eq!(result["didDocument"], Value::Null);
            assert_eq!(result["didDocumentMetadata"], json!({}), "§7.1: empty on failure");
        }
    }
}

#[test]
fn a_person_resolves_to_their_live_keys_by_purpose() {
    let mut world = World::new();
    let mut body = creation(Namespace::SelfHood, None);
    body.recovery_key = Some(key(90));
    let anna = world.born(1, body).expect("a person");
    world.says(anna, added(key(2), &[KeyPurpose::SignIn])).expect("a key");
    world.says(anna, added(key(3), &[KeyPurpose::Assertion])).expect("a key");
    world.says(anna, revoked(key(3))).expect("a live key");
    let did = did_of(Namespace::SelfHood, 1);
    let result = resolve(&world.directory, &did).to_json();
    assert_result(&result, &did);
    let count = |name: &str| result["didDocument"][name].as_array().map(Vec::len);
    assert_eq!(count("verificationMethod"), Some(3));
    assert_eq!(count("authentication"), Some(2));
    assert_eq!(count("assertionMethod"), Some(1));
    assert_eq!(count("capabilityInvocation"), Some(1));
    assert_eq!(result["didDocument"].get("controller"), None);
}

#[test]
fn a_key_is_written_as_in_the_example_of_did_key() {
    let bytes = hex::decode("2e6fcce36701dc791488e0d0b1745cc1e33a4c1c9fcc41c63bd343dbbe0970e6");
    let key = PublicKey::from_bytes(bytes.expect("hex").try_into().expect("32 bytes"));
    let anna = Who { id: IdentityId::of(Namespace::SelfHood, &key), key };
    let mut world = World::new();
    let body = Body::IdentityCreated(creation(Namespace::SelfHood, None));
    world.says(anna, body).expect("a person");
    let did = Did { namespace: Namespace::SelfHood, identity: anna.id }.to_string();
    let document = resolve(&world.directory, &did).document.expect("it is there");
    let method = &document["verificationMethod"][0];
    assert_eq!(method["publicKeyMultibase"], "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK");
    assert_eq!(method["id"], format!("{did}#2e6fcce36701dc79"));
}

#[test]
fn metadata_say_when_it_was_created_and_changed_and_by_which_event() {
    let mut world = World::new();
    let anna = world.person(1);
    let did = did_of(Namespace::SelfHood, 1);
    let metadata = |world: &World| resolve(&world.directory, &did).document_metadata;
    let created = world.directory.find(&anna.id).expect("there").created.0.to_string();
    // 1 700 000 000 s, checked with `date -u`.
    assert_eq!(
        metadata(&world),
        json!({ "created": "2023-11-14T22:13:20Z", "versionId": created })
    );
    world.now_us = START_US + 86_400 * 1_000_000 + 999_999;
    let change = world.says(anna, added(key(2), &[KeyPurpose::SignIn])).expect("a key");
    assert_eq!(
        metadata(&world),
        json!({
            "created": "2023-11-14T22:13:20Z",
            "updated": "2023-11-15T22:13:20Z",
            "versionId": change.to_string(),
        })
    );
    let end = world.says(anna, ended(anna.id)).expect("itself");
    assert_eq!(metadata(&world)["deactivated"], true);
    assert_eq!(metadata(&world)["versionId"], end.to_string());
}

#[test]
fn dates_are_those_of_the_gregorian_calendar() {
    // Each checked with `date -u -d @SECONDS`.
    for (seconds, text) in [
        (0, "1970-01-01T00:00:00Z"),
        (951_782_399, "2000-02-28T23:59:59Z"),
        (951_782_400, "2000-02-29T00:00:00Z"),
        (951_868_800, "2000-03-01T00:00:00Z"),
        (1_709_164_800, "2024-02-29T00:00:00Z"),
        (1_735_689_599, "2024-12-31T23:59:59Z"),
        (4_107_542_400, "2100-03-01T00:00:00Z"),
        (4_107_542_399, "2100-02-28T23:59:59Z"),
        (253_402_300_799, "9999-12-31T23:59:59Z"),
    ] {
        let mut world = World::new();
        world.now_us = seconds * 1_000_000;
        world.person(1);
        let result = resolve(&world.directory, &did_of(Namespace::SelfHood, 1));
        assert_eq!(result.document_metadata["created"], text);
    }
}

#[test]
fn an_ended_identity_resolves_to_a_document_without_keys() {
    let mut world = World::new();
    let anna = world.person(1);
    world.says(anna, ended(anna.id)).expect("itself");
    let did = did_of(Namespace::SelfHood, 1);
    let result = resolve(&world.directory, &did).to_json();
    assert_result(&result, &did);
    assert_eq!(result["didDocument"]["verificationMethod"], json!([]));
    assert_eq!(result["didDocumentMetadata"]["deactivated"], true);
}

#[test]
fn an_agent_names_its_present_controller() {
    let mut world = World::new();
    let anna = world.person(1);
    let bert = world.person(2);
    let agent = world.agent(10, anna);
    let did = did_of(Namespace::Spirit, 10);
    let controller = |world: &World| {
        let result = resolve(&world.directory, &did).to_json();
        assert_result(&result, &did);
        result["didDocument"]["controller"].clone()
    };
    assert_eq!(controller(&world), did_of(Namespace::SelfHood, 1));
    world.says(anna, handed(agent.id, bert)).expect("its controller");
    assert_eq!(controller(&world), did_of(Namespace::SelfHood, 2));
}

#[test]
fn what_does_not_resolve_says_why_by_the_names_of_the_specification() {
    let mut world = World::new();
    world.person(1);
    let known = did_of(Namespace::SelfHood, 1);
    let uid = &known["did:erynoa:self:".len()..];
    let upper = known.to_uppercase();
    for (did, error) in [
        (did_of(Namespace::SelfHood, 2), ResolutionError::NotFound),
        (format!("did:erynoa:guild:{uid}"), ResolutionError::NotFound),
        (format!("did:erynoa:nobody:{uid}"), ResolutionError::InvalidDid),
        (format!("{known} "), ResolutionError::InvalidDid),
        (format!("{known}#key"), ResolutionError::InvalidDid),
        (upper, ResolutionError::InvalidDid),
        (uid.to_owned(), ResolutionError::InvalidDid),
        (String::new(), ResolutionError::InvalidDid),
        ("did:".to_owned(), ResolutionError::InvalidDid),
        ("did:web:".to_owned(), ResolutionError::InvalidDid),
        ("did:web:a/b".to_owned(), ResolutionError::InvalidDid),
        ("did:Web:a".to_owned(), ResolutionError::InvalidDid),
        ("did:web:erynoa.example".to_owned(), ResolutionError::MethodNotSupported),
        ("did:key:z6Mk".to_owned(), ResolutionError::MethodNotSupported),
    ] {
        let result = resolve(&world.directory, &did);
        assert_eq!(result.document, Err(error), "{did}");
        assert_result(&result.to_json(), &did);
        assert_eq!(result.to_json()["didResolutionMetadata"]["error"], error.name());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// K6, K7: whatever happens, every DID that was created resolves, to itself,
    /// with a document that holds, created by the same event.
    #[test]
    fn a_created_did_resolves_for_ever(
        steps in prop::collection::vec((0u32..6, 0u32..6, 0u8..8), 1..60),
    ) {
        let mut world = World::new();
        let mut created: Vec<(String, String)> = Vec::new();
        let mut fresh = 500;
        let namespace = |number: u32| match number {
            0..3 => Namespace::SelfHood,
            _ => Namespace::Spirit,
        };
        for (one, other, what) in steps {
            let (a, b) = (who(namespace(one), one), who(namespace(other), other));
            fresh += 1;
            let controller = (one >= 3).then_some(b);
            let result = match what {
                0 | 1 => {
                    let mut body = creation(namespace(one), controller);
                    body.recovery_key = Some(key(100 + one));
                    body.recovery_delay_s = 3_600;
                    world.says(a, Body::IdentityCreated(body))
                }
                2 => world.says(a, added(key(fresh), &[KeyPurpose::Assertion])),
                3 => world.says(a, revoked(key(other))),
                4 => world.says(a, handed(b.id, who(Namespace::SelfHood, 0))),
                5 => world.says(a, ended(b.id)),
                6 => {
                    let event = world.event(a.id, RealmId::NULL, recovered(key(fresh), None));
                    world.submit(&event, key(100 + one))
                }
                _ => {
                    world.close(world.now_us + HOUR_US);
                    continue;
                }
            };
            if let (Ok(event), 0 | 1) = (&result, what) {
                created.push((did_of(namespace(one), one), event.to_string()));
            }
            for (did, by) in &created {
                let resolved = resolve(&world.directory, did);
                prop_assert!(resolved.document.is_ok());
                assert_result(&resolved.to_json(), did);
                let identity = did.parse::<Did>().expect("a DID").identity;
                let found = world.directory.find(&identity).expect("permanent");
                prop_assert_eq!(&found.created.0.to_string(), by);
            }
        }
        let distinct: std::collections::BTreeSet<_> = created.iter().map(|(did, _)| did).collect();
        prop_assert_eq!(distinct.len(), created.len(), "each is created once");
    }
}
