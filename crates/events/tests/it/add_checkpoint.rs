//! Bodies of `add-checkpoint` are those of C2SP `tlog-witness`.

use erynoa_events::{AddCheckpoint, MAX_PROOF_LINES};
use proptest::prelude::*;

const NOTE: &str = "log.example\n5\nAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM=\n\n\u{2014} a b\n";
const HASH: &str = "AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM=";

#[test]
fn a_body_is_the_old_size_the_proof_an_empty_line_and_the_note() {
    let first = AddCheckpoint { old_size: 0, proof: Vec::new(), note: NOTE };
    assert_eq!(first.to_string(), format!("old 0\n\n{NOTE}"));
    let next = AddCheckpoint { old_size: 3, proof: vec![[3; 32], [3; 32]], note: NOTE };
    assert_eq!(next.to_string(), format!("old 3\n{HASH}\n{HASH}\n\n{NOTE}"));
}

#[test]
fn bodies_of_another_form_are_refused() {
    for body in [
        String::new(),
        NOTE.to_owned(),
        format!("old\n\n{NOTE}"),
        format!("old 03\n\n{NOTE}"),
        format!("old +3\n\n{NOTE}"),
        format!("old -1\n\n{NOTE}"),
        format!("old 18446744073709551616\n\n{NOTE}"),
        format!("Old 3\n\n{NOTE}"),
        format!("old 3 \n\n{NOTE}"),
        format!("old 3\r\n\r\n{NOTE}"),
        format!("old 3\n{}\n\n{NOTE}", HASH.trim_end_matches('=')),
        format!("old 3\n{HASH} \n\n{NOTE}"),
        format!("old 3\nAwMD\n\n{NOTE}"),
        format!("\nold 3\n\n{NOTE}"),
    ] {
        assert_eq!(AddCheckpoint::parse(&body), None, "{body:?}");
    }
}

#[test]
fn a_proof_has_at_most_63_lines() {
    let body = |lines: usize| format!("old 3\n{}\n{NOTE}", format!("{HASH}\n").repeat(lines));
    let most = body(MAX_PROOF_LINES);
    assert_eq!(AddCheckpoint::parse(&most).expect("within the bound").proof.len(), 63);
    assert_eq!(AddCheckpoint::parse(&body(MAX_PROOF_LINES + 1)), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_body_reads_back(
        old_size: u64,
        proof in prop::collection::vec(any::<[u8; 32]>(), 0..=MAX_PROOF_LINES),
        note in "\\PC*(\n\\PC*){0,6}\n?",
    ) {
        let body = AddCheckpoint { old_size, proof, note: &note };
        let text = body.to_string();
        prop_assert_eq!(AddCheckpoint::parse(&text), Some(body));
    }

    #[test]
    fn any_text_that_is_read_is_written_back_the_same(text in "(old [0-9]{1,3})?\n?\\PC*(\n\\PC*){0,6}\n?") {
        if let Some(read) = AddCheckpoint::parse(&text) {
            prop_assert_eq!(read.to_string(), text);
        }
    }
}
