//! Laws of [`DocumentRenderer`]. Hang all of them on an adapter with
//! [`document_renderer_contract!`](crate::document_renderer_contract), whose
//! factory is an expression that gives a renderer. The samples are for other
//! tests of an adapter, too.

use std::sync::Arc;
use std::time::Duration;

use erynoa_events::SigningKey;

use crate::{
    AuditCount, AuditLine, AuditReport, Bounds, CertificatePage, CommentLine, Credential,
    DocumentError, DocumentRenderer, Language, Minutes, ProposalLine, RealmReport, Report,
    ReportCredential, ReportPage, RuleLine, RuleSaid, TallyLine, Trusted, Verdict, VoteLine,
    attachment, is_pdf, seal, verify,
};

/// Longest that anybody waits for an answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// The key of the sample's log.
#[must_use]
pub fn key() -> SigningKey {
    SigningKey::from_seed([201; 32])
}

/// The log that has issued the sample.
#[must_use]
pub fn trusted() -> Trusted {
    Trusted { origin: "town.example/log".to_owned(), key: key().public_key() }
}

/// The genuine certificate of the test vectors.
#[must_use]
pub fn credential() -> Credential {
    let vectors = include_str!("../../../proto/testdata/certificates.json");
    let vectors: serde_json::Value = serde_json::from_str(vectors).expect("the vectors are JSON");
    let document = vectors["cases"][0]["document"].as_str().expect("the first case is genuine");
    Credential::read(document.as_bytes()).expect("the first case is genuine").credential
}

/// The page of a credential.
#[must_use]
pub fn page_of(credential: Credential, language: Language) -> CertificatePage {
    let signed = credential.sign(&key());
    let verify_url = "https://town.example/platform/verify".to_owned();
    CertificatePage { credential, signed, verify_url, language }
}

/// The sample as if it were about somebody with this name.
#[must_use]
pub fn page(name: &str) -> CertificatePage {
    let mut credential = credential();
    credential.credential_subject.name = name.to_owned();
    page_of(credential, Language::En)
}

/// A report of each kind, in the order realm, minutes, audit log.
#[must_use]
pub fn reports() -> [Report; 3] {
    let bounds =
        Bounds { epoch: 42, closed_at_us: 1_700_000_000_000_000, state_root: "ab".repeat(32) };
    let rule = |id: &str, said, inherited| RuleLine {
        id: id.to_owned(),
        said,
        origin: if inherited { "Hafenstadt" } else { "Bootswerft" }.to_owned(),
        inherited,
        future: false,
        overruled: false,
    };
    let times = RuleSaid::GovernanceTimes { discussion_s: 172_800, voting_s: 7_200, timelock_s: 0 };
    let proposal = ProposalLine {
        event: "cd".repeat(32),
        title: "Ein neuer Steg für die Werft".to_owned(),
        kind: "treasury".to_owned(),
        phase: "executed".to_owned(),
        created_at_us: 1_699_000_000_000_000,
    };
    let realm = RealmReport {
        realm: "ef".repeat(32),
        name: "Bootswerft".to_owned(),
        description: "Wer hier baut, baut gut.".to_owned(),
        path: vec!["Hafenstadt".to_owned()],
        partition: false,
        created_at_us: 1_690_000_000_000_000,
        founders: vec!["Ada Brückner".to_owned(), "Bram Øster".to_owned()],
        members: 17,
        children: vec!["Segelmacherei".to_owned()],
        child_count: 1,
        join_policy: "invitation".to_owned(),
        isolation: "strict".to_owned(),
        min_trust_ppm: 300_000,
        rules: vec![
            rule("entry", RuleSaid::MinTrust { norm_ppm: 300_000 }, true),
            rule("times", times.clone(), false),
            rule("judges", RuleSaid::Judges { names: vec!["Ada Brückner".to_owned()] }, false),
        ],
        rule_count: 3,
        proposals: vec![proposal],
        proposal_count: 31,
        used: [12, 3_400, 5_600, 1],
        limits: [10_000, 10_000_000, 1_000_000, 1_000],
        bounds: bounds.clone(),
    };
    let vote = |name: &str, votes, comment: &str| VoteLine {
        voter: "did:erynoa:self:sample".to_owned(),
        name: name.to_owned(),
        votes,
        veto: false,
        norm_ppm: 512_345,
        comment: comment.to_owned(),
    };
    let minutes = Minutes {
        event: "cd".repeat(32),
        realm: "ef".repeat(32),
        realm_name: "Bootswerft".to_owned(),
        title: "Ein neuer Steg für die Werft".to_owned(),
        text: "Der alte Steg ist morsch. Wir bauen einen neuen aus Eiche.".to_owned(),
        proposal_kind: "treasury".to_owned(),
        phase: "executed".to_owned(),
        proposer: "Ada Brückner".to_owned(),
        set: vec![times],
        removed: vec!["old-rule".to_owned()],
        member: String::new(),
        admit: false,
        times_us: [1_699_000_000_000_000, 1_699_000_100_000_000, 1_699_200_000_000_000, 0, 0],
        tally: TallyLine {
            votes_for: 4_000_000,
            votes_against: 512_345,
            voters: 2,
            eligible: 9,
            share_ppm: 886_456,
            threshold_ppm: 500_000,
            turnout_ppm: 222_222,
            quorum_ppm: 200_000,
            veto_ppm: 0,
            veto_threshold_ppm: 330_000,
        },
        votes: vec![vote("Ada Brückner", 8, "Höchste Zeit."), vote("Bram Øster", -1, "")],
        vote_count: 2,
        comments: vec![CommentLine {
            name: "Cleo".to_owned(),
            text: "Eiche ist teuer, hält aber.".to_owned(),
            wall_us: 1_699_100_000_000_000,
        }],
        comment_count: 1,
        bounds,
    };
    let entry = |sequence, action: &str| AuditLine {
        sequence,
        at_us: 1_699_000_000_000_000,
        actor: "Olga Operator".to_owned(),
        action: action.to_owned(),
        target: "0f".repeat(16),
    };
    let audit = AuditReport {
        since_us: 0,
        until_us: 1_700_000_000_000_000,
        intact: true,
        broken_at: 0,
        entries: 2,
        head: "12".repeat(32),
        matching: 2,
        counts: vec![
            AuditCount { action: "user.invite".to_owned(), count: 1 },
            AuditCount { action: "user.disable".to_owned(), count: 1 },
        ],
        lines: vec![entry(1, "user.disable"), entry(0, "user.invite")],
    };
    [Report::Realm(realm), Report::Minutes(minutes), Report::Audit(audit)]
}

/// The page of a report.
#[must_use]
pub fn report_page(report: Report, language: Language) -> ReportPage {
    let origin = trusted().origin;
    let (credential, signed) =
        ReportCredential::issue(report, &origin, &key(), 1_700_000_100_000_000);
    let verify_url = "https://town.example/platform/verify".to_owned();
    ReportPage { credential, signed, verify_url, language }
}

/// Law: what a document carries is its report, byte for byte, and sealed it is
/// genuine; without the seal, or with another word in it, it is not.
pub async fn a_document_carries_its_report(renderer: impl DocumentRenderer) {
    for report in reports() {
        let page = report_page(report.clone(), Language::De);
        let signed = page.signed.clone();
        let pdf = renderer.render(page.into()).await.expect("the sample is rendered");
        assert_eq!(attachment(&pdf).expect("something is attached"), signed);
        assert_eq!(verify(&pdf, Some(&trusted()), None).verdict(), Verdict::Refused);
        let sealed = seal(&pdf, &key()).expect("a PDF has an end");
        let found = verify(&sealed, Some(&trusted()), None);
        assert_eq!(found.verdict(), Verdict::Genuine, "{:#?}", found.steps);
        assert_eq!(found.report, Some(report));
        let mut changed = signed;
        let at = changed.windows(7).position(|w| w == b"town.ex").expect("it names its log");
        changed[at] = b'T';
        assert_eq!(verify(&changed, Some(&trusted()), None).verdict(), Verdict::Refused);
    }
}

/// Law: what a document carries is its certificate, byte for byte, and sealed it
/// is genuine.
pub async fn a_document_carries_its_certificate(renderer: impl DocumentRenderer) {
    for language in [Language::En, Language::De] {
        let page = page_of(credential(), language);
        let signed = page.signed.clone();
        let pdf = renderer.render(page.into()).await.expect("the sample is rendered");
        assert_eq!(attachment(&pdf).expect("something is attached"), signed);
        let sealed = seal(&pdf, &key()).expect("a PDF has an end");
        let found = verify(&sealed, Some(&trusted()), None);
        assert_eq!(found.verdict(), Verdict::Genuine, "{:#?}", found.steps);
    }
}

/// Law: the same page gives the same bytes.
pub async fn the_same_page_gives_the_same_bytes(renderer: impl DocumentRenderer) {
    let one = renderer.render(page("Ada").into()).await.expect("the sample is rendered");
    let again = renderer.render(page("Ada").into()).await.expect("the sample is rendered");
    assert!(one == again);
}

/// Law: no name, of whatever length and script, keeps a page from being set.
pub async fn no_name_keeps_a_page_from_being_set(renderer: impl DocumentRenderer) {
    let names = [
        "x".repeat(10_000),
        "ä ".repeat(5_000),
        "דנה כהן מהנמל הישן".to_owned(),
        "محمد بن عبد الله".to_owned(),
        "A\u{202e}gpj.exe\u{0}\u{7}\u{1b}[31m".to_owned(),
        "李小龙 👩‍👩‍👧‍👦".to_owned(),
        "#panic() */ //".to_owned(),
        String::new(),
    ];
    for name in names {
        let page = page(&name);
        let signed = page.signed.clone();
        let pdf = renderer.render(page.into()).await.expect("any name is rendered");
        assert!(is_pdf(&pdf));
        assert_eq!(attachment(&pdf).expect("something is attached"), signed);
    }
}

/// Law: many at once are set, or told that it takes too long; nobody waits for
/// ever.
pub async fn many_at_once_all_get_an_answer(renderer: impl DocumentRenderer) {
    let renderer = Arc::new(renderer);
    let tasks: Vec<_> = (0..6)
        .map(|number| {
            let renderer = Arc::clone(&renderer);
            tokio::spawn(
                async move { renderer.render(page(&format!("Person {number}")).into()).await },
            )
        })
        .collect();
    for task in tasks {
        let answer = tokio::time::timeout(PATIENCE, task).await.expect("an answer in time");
        let answer = answer.expect("rendering does not panic");
        assert!(matches!(answer, Ok(_) | Err(DocumentError::Timeout)), "{:?}", answer.err());
    }
}

/// Hangs every law on an adapter.
#[macro_export]
macro_rules! document_renderer_contract {
    ($factory:expr) => {
        $crate::document_renderer_contract!(@laws $factory;
            a_document_carries_its_certificate
            a_document_carries_its_report
            the_same_page_gives_the_same_bytes
            no_name_keeps_a_page_from_being_set
            many_at_once_all_get_an_answer
        );
    };
    (@laws $factory:expr; $($law:ident)*) => {
        mod contract_of_document_renderer {
            use super::*;

            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $law() {
                    $crate::contract::$law($factory).await;
                }
            )*
        }
    };
}
