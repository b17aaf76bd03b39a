//! What checking an access token costs: at first sight, and when it is
//! remembered. `cargo bench -p erynoa-zitadel`.

use aws_lc_rs::rsa::KeySize;
use erynoa_access::IdentityProvider as _;
use tokio::runtime::Runtime;

#[path = "../tests/it/forge.rs"]
#[expect(dead_code, reason = "the tests forge more")]
mod forge;
#[path = "../tests/it/stand_in.rs"]
#[expect(dead_code, reason = "the tests ask more of the provider")]
mod stand_in;
#[path = "../tests/it/web.rs"]
mod web;

use forge::{Key, access_claims, with};
use stand_in::House;

fn main() {
    divan::main();
}

fn started(key: &Key) -> (Runtime, House) {
    let runtime = Runtime::new().expect("a runtime");
    let house = runtime.block_on(House::new(&[key]));
    (runtime, house)
}

fn key(algorithm: &str) -> Key {
    match algorithm {
        "RS256" => Key::rsa("r", KeySize::Rsa2048),
        "ES256" => Key::ec("e"),
        _ => Key::ed("d"),
    }
}

#[divan::bench]
fn remembered(bencher: divan::Bencher<'_, '_>) {
    let key = key("RS256");
    let (runtime, house) = started(&key);
    let token = key.access(&access_claims(&house.issuer));
    bencher.bench_local(|| runtime.block_on(house.provider.verify_access_token(&token)).is_ok());
}

#[divan::bench(args = ["RS256", "ES256", "EdDSA"])]
fn first_sight(bencher: divan::Bencher<'_, '_>, algorithm: &str) {
    let key = key(algorithm);
    let (runtime, house) = started(&key);
    let mut number = 0_u64;
    bencher
        .with_inputs(|| {
            number += 1;
            key.access(&with(access_claims(&house.issuer), "jti", number.into()))
        })
        .bench_local_refs(|token| {
            runtime.block_on(house.provider.verify_access_token(token)).is_ok()
        });
}
