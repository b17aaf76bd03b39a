//! Codes and their pages are the same list.

use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn every_code_of_the_server_has_a_page() {
    let codes = [
        erynoa_access::CODES,
        erynoa_api_gateway::CODES,
        erynoa_documents::CODES,
        erynoa_events::CODES,
        erynoa_execution::CODES,
        erynoa_identity::CODES,
        erynoa_local_auth::CODES,
        erynoa_moving::CODES,
        erynoa_notifications::CODES,
        erynoa_realms::CODES,
        erynoa_storage::CODES,
        erynoa_workflows::CODES,
    ]
    .concat();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors");
    let pages: BTreeSet<String> = std::fs::read_dir(&folder)
        .unwrap()
        .filter_map(|entry| {
            let name = entry.unwrap().file_name().into_string().unwrap();
            name.strip_suffix(".md").map(str::to_owned)
        })
        .collect();
    let missing: BTreeSet<&str> =
        codes.iter().map(|(code, _)| *code).filter(|code| !pages.contains(*code)).collect();
    assert!(missing.is_empty(), "docs/errors lacks {missing:?}");
}
