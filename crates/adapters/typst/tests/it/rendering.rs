//! What the PDF carries, and what it does with text of people.

use erynoa_documents::contract::{credential, key, page, page_of, report_page, reports, trusted};
use erynoa_documents::{
    AUDIT_LINES_MOST, COMMENT_MOST, COMMENTS_MOST, DOCUMENT_MOST_BYTES, EvidenceItem, Language,
    PROPOSALS_MOST, Page, RULES_MOST, Report, VOTES_MOST, Verdict, seal, verify,
};
use erynoa_trust::{Context, PartKind};
use erynoa_typst::TypstRenderer;
use typst::layout::{Abs, Frame, FrameItem, Point};
use typst_layout::PagedDocument;

erynoa_documents::document_renderer_contract!(TypstRenderer::new());

/// All text of the pages, in the order in which it is set.
pub fn text_of(document: &PagedDocument) -> String {
    fn walk(frame: &Frame, out: &mut String) {
        for (_, item) in frame.items() {
            match item {
                FrameItem::Group(group) => walk(&group.frame, out),
                FrameItem::Text(text) => out.push_str(&text.text),
                _ => {}
            }
        }
        out.push(' ');
    }
    let mut out = String::new();
    for page in document.pages() {
        walk(&page.frame, &mut out);
    }
    out.replace('\u{200b}', "")
}

fn text(page: impl Into<Page>) -> String {
    text_of(&TypstRenderer::new().pages(&page.into()).unwrap())
}

#[test]
fn the_pdf_is_for_archives_and_readers_of_every_kind() {
    let pdf = TypstRenderer::new().render_here(&page("Bram Øster").into()).unwrap();
    let has = |what: &str| pdf.windows(what.len()).any(|window| window == what.as_bytes());
    assert!(has("pdfaid:part"), "PDF/A says so in its metadata");
    assert!(has("pdfuaid:part"), "PDF/UA too");
    assert!(has("/MarkInfo"), "and it is tagged");
}

#[test]
fn every_byte_class_of_the_pdf_is_under_its_seal() {
    let pdf = TypstRenderer::new().render_here(&page("Bram Øster").into()).unwrap();
    let sealed = seal(&pdf, &key()).unwrap();
    let places =
        ["%PDF-1", "/Page", "stream\n", "EmbeddedFile", "ERYNOA-SEAL", "startxref", "%%EOF"];
    for place in places {
        let at = sealed.windows(place.len()).position(|w| w == place.as_bytes());
        let mut changed = sealed.clone();
        changed[at.unwrap() + place.len() - 1] ^= 1;
        let found = verify(&changed, Some(&trusted()), None);
        assert_eq!(found.verdict(), Verdict::Refused, "{place}");
    }
}

#[test]
fn the_page_says_what_the_certificate_says_in_both_languages() {
    let english = text(page_of(credential(), Language::En));
    let german = text(page_of(credential(), Language::De));
    for (words, page) in [
        (["Trust certificate", "Reliability", "Kept the change.", "Hafenstadt"], &english),
        (["Vertrauenszertifikat", "Verlässlichkeit", "Kept the change.", "Hafenstadt"], &german),
    ] {
        for word in words {
            assert!(page.contains(word), "{word} in {page}");
        }
    }
    let said = credential().credential_subject;
    let tenths = said.dimensions[0].trust_ppm / 1000;
    let value = |mark: &str| format!("{}{mark}{}", tenths / 10, tenths % 10);
    assert!(english.contains(&format!("{}%", value("."))), "{english}");
    assert!(german.contains(&format!("{}\u{a0}%", value(","))), "{german}");
    for page in [english, german] {
        assert!(page.contains(&said.id) && page.contains(&said.state_root), "{page}");
        assert!(page.contains("https://town.example/platform/verify"));
    }
}

#[test]
fn everything_that_a_certificate_can_say_has_a_word() {
    let mut credential = credential();
    let said = &mut credential.credential_subject;
    let sample = said.top_evidence[0].clone();
    said.top_evidence = PartKind::ALL
        .into_iter()
        .map(|kind| EvidenceItem { kind: kind.name().to_owned(), ..sample.clone() })
        .collect();
    let mut names: Vec<&str> = PartKind::ALL.iter().map(|kind| kind.name()).collect();
    let classes = ["newcomer", "established", "trusted", "veteran"];
    let finalities = ["validated", "witnessed", "anchored", "eternal"];
    names.extend(classes.iter().chain(&finalities));
    for (index, context) in Context::ALL.into_iter().enumerate() {
        credential.credential_subject.context = context.name().to_owned();
        credential.credential_subject.class = classes[index % 4].to_owned();
        credential.credential_subject.finality = finalities[index % 4].to_owned();
        names.push(context.name());
        let page = text(page_of(credential.clone(), Language::De));
        for name in &names {
            assert!(!page.contains(name), "{name} has no German word");
        }
    }
}

#[test]
fn a_report_says_what_it_holds_in_both_languages() {
    for report in reports() {
        let (kind, title) = (report.kind(), report.title().to_owned());
        let english = text(report_page(report.clone(), Language::En));
        let german = text(report_page(report, Language::De));
        let (en, de) = match kind {
            "realm" => ("Realm report", "Realm-Bericht"),
            "minutes" => ("Minutes", "Protokoll"),
            _ => ("Audit report", "Prüfbericht"),
        };
        assert!(english.contains(en) && english.contains(&title), "{english}");
        assert!(german.contains(de) && german.contains(&title), "{german}");
        for name in
            ["min_trust", "governance_times", "timelock", "executed", "invitation", "strict"]
        {
            assert!(!german.contains(name), "{name} has no German word in {kind}");
        }
    }
}

#[test]
fn the_longest_report_fits_its_bounds() {
    let [realm, minutes, audit] = reports();
    let (Report::Realm(mut realm), Report::Minutes(mut minutes), Report::Audit(mut audit)) =
        (realm, minutes, audit)
    else {
        panic!("the samples are in this order")
    };
    realm.rules = realm.rules.iter().cycle().take(RULES_MOST).cloned().collect();
    realm.proposals = realm.proposals.iter().cycle().take(PROPOSALS_MOST).cloned().collect();
    minutes.votes = minutes.votes.iter().cycle().take(VOTES_MOST).cloned().collect();
    for vote in &mut minutes.votes {
        vote.comment = "w".repeat(COMMENT_MOST);
    }
    minutes.comments = minutes.comments.iter().cycle().take(COMMENTS_MOST).cloned().collect();
    audit.lines = audit.lines.iter().cycle().take(AUDIT_LINES_MOST).cloned().collect();
    for report in [Report::Realm(realm), Report::Minutes(minutes), Report::Audit(audit)] {
        let kind = report.kind();
        let pdf = TypstRenderer::new().render_here(&report_page(report, Language::De).into());
        let pdf = pdf.unwrap_or_else(|error| panic!("{kind}: {error}"));
        let sealed = seal(&pdf, &key()).unwrap();
        assert!(sealed.len() <= DOCUMENT_MOST_BYTES, "{kind}: {} bytes", sealed.len());
        assert_eq!(verify(&sealed, Some(&trusted()), None).verdict(), Verdict::Genuine, "{kind}");
    }
}

#[test]
fn markup_in_names_and_comments_is_text() {
    let nasty = "#eval(\"1\") *bold* _x_ $x$ #read(\"/etc/passwd\") <b> \\ ` [ ]";
    let mut credential = credential();
    credential.credential_subject.name = nasty.to_owned();
    credential.credential_subject.top_evidence[0].comment = nasty.to_owned();
    let shown = text(page_of(credential, Language::En));
    let squeezed = |text: &str| text.replace(char::is_whitespace, "");
    assert_eq!(squeezed(&shown).matches(&squeezed(nasty)).count(), 2, "{shown}");
}

#[test]
fn names_of_any_length_and_script_are_set_within_their_bound() {
    let renderer = TypstRenderer::new();
    let names = [
        "x".repeat(10_000),
        "ä ".repeat(5_000),
        "דנה כהן מהנמל הישן".to_owned(),
        "محمد بن عبد الله".to_owned(),
        "A\u{202e}gpj.exe\u{0}\u{7}\u{1b}[31m".to_owned(),
        "李小龙 👩‍👩‍👧‍👦".to_owned(),
        String::new(),
    ];
    for name in names {
        let pages = renderer.pages(&page(&name).into()).unwrap();
        assert!(pages.pages().len() <= 4, "{} pages", pages.pages().len());
        let shown = text_of(&pages);
        assert!(shown.chars().count() < 20_000, "the name is bounded");
        assert!(!shown.contains(['\u{202e}', '\u{0}', '\u{1b}']));
    }
    assert!(text(page("דנה כהן")).contains("דנה"), "the script is set, not dropped");
}

/// Where the lines of text lie on each page: page, baseline, left and right.
fn lines_of(document: &PagedDocument) -> Vec<(usize, Abs, Abs, Abs)> {
    fn walk(frame: &Frame, at: Point, page: usize, out: &mut Vec<(usize, Abs, Abs, Abs)>) {
        for (offset, item) in frame.items() {
            let at = at + *offset;
            match item {
                FrameItem::Group(group) => walk(&group.frame, at, page, out),
                FrameItem::Text(text) => out.push((page, at.y, at.x, at.x + text.width())),
                _ => {}
            }
        }
    }
    let mut out = Vec::new();
    for (number, page) in document.pages().iter().enumerate() {
        walk(&page.frame, Point::zero(), number, &mut out);
    }
    out
}

#[test]
fn no_text_lies_over_other_text_however_wide_it_is() {
    for wide in ["W", "m", "ẞ", "M.", "@", "x"] {
        let wide = wide.repeat(240);
        let mut credential = credential();
        let said = &mut credential.credential_subject;
        said.name.clone_from(&wide);
        said.realm_name.clone_from(&wide);
        for item in &mut said.top_evidence {
            item.source_name.clone_from(&wide);
            item.comment.clone_from(&wide);
            item.domain = "m".repeat(64);
        }
        let document =
            TypstRenderer::new().pages(&page_of(credential, Language::De).into()).unwrap();
        let lines = lines_of(&document);
        for (index, (page, y, left, right)) in lines.iter().enumerate() {
            for (other_page, other_y, other_left, other_right) in &lines[index + 1..] {
                let same_line = page == other_page && (*y - *other_y).abs() < Abs::pt(3.0);
                let over = (*right).min(*other_right) - (*left).max(*other_left);
                assert!(
                    !(same_line && over > Abs::pt(0.5)),
                    "{} on page {page}",
                    wide.chars().next().unwrap()
                );
            }
        }
    }
}
