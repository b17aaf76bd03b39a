//! Holds an Erynoa server against implementations of the C2SP specifications
//! that are not ours, in both directions. Used by `scripts/transparency.sh`.
//!
//! ```text
//! transparency-check keys NAME FILE                    makes the key of a log: signer and verifier key, a line each
//! transparency-check read URL LOG_KEY STATE [KEY…]     reads the whole log; every KEY must have cosigned
//! transparency-check witness NAME LOG_KEY FILE         is a witness of the log; writes its address and key
//! transparency-check ask URL WITNESS_KEY FILE first    has a log of its own cosigned, with every refusal
//! transparency-check ask URL WITNESS_KEY FILE again    after a restart
//! ```

mod ask;
mod read;
mod web;
mod witness;

/// Whatever goes wrong, in words.
pub type Outcome<T> = Result<T, String>;

/// Says what failed.
pub fn why<E: std::fmt::Display>(what: &str) -> impl Fn(E) -> String {
    move |error| format!("{what}: {error}")
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match &arguments[..] {
        ["keys", name, file] => ask::make_keys(name, file),
        ["read", url, log, state, witnesses @ ..] => read::read(url, log, state, witnesses),
        ["witness", name, log, file] => witness::serve(name, log, file),
        ["ask", url, key, file, "first"] => ask::first(url, key, file),
        ["ask", url, key, file, "again"] => ask::again(url, key, file),
        _ => Err("see the top of src/main.rs for what to say".to_owned()),
    };
    if let Err(error) = outcome {
        eprintln!("transparency-check: {error}");
        std::process::exit(1);
    }
}
