//! What the template gets to know, as JSON.

use erynoa_documents::{CertificatePage, Page, ReportPage, shown, verification_hash};
use erynoa_kernel::utc_text;
use serde_json::{Value, json};

/// Longest text that is set, characters: the longest that a report holds.
const TEXT_MOST: usize = 4096;

/// Widest run of characters without a place to break a line, in narrow ones: what
/// the narrowest column holds.
const RUN_MOST: usize = 20;

/// How many narrow characters one takes.
fn width(c: char) -> usize {
    let wide = c.is_uppercase() || matches!(c, 'm' | 'w' | '@' | '%') || c >= '\u{2000}';
    1 + usize::from(wide)
}

/// Text of people with places to break its lines, so that no word can leave its
/// column.
fn breakable(text: &str) -> String {
    let mut out = String::new();
    let mut run = 0;
    for c in shown(text, TEXT_MOST).chars() {
        run = if c.is_whitespace() { 0 } else { run + width(c) };
        if run > RUN_MOST {
            out.push('\u{200b}');
            run = width(c);
        }
        out.push(c);
    }
    out
}

/// A name, or what the template says in place of one.
fn name(text: &str) -> Value {
    let text = breakable(text);
    if text.is_empty() { Value::Null } else { text.into() }
}

/// Data of a page.
pub(crate) fn data(page: &Page) -> Value {
    match page {
        Page::Certificate(page) => certificate(page),
        Page::Report(page) => report(page),
    }
}

/// What a template can set: times as text (none when there was none), texts with
/// places to break their lines, numbers as they are.
fn dressed(key: &str, value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            fields.iter().map(|(key, value)| (key.clone(), dressed(key, value))).collect()
        }
        Value::Array(items) => items.iter().map(|item| dressed(key, item)).collect(),
        Value::Number(number) if key.ends_with("Us") => match number.as_u64() {
            None | Some(0) => Value::Null,
            Some(at_us) => utc_text(at_us).into(),
        },
        Value::String(text) => breakable(text).into(),
        other => other.clone(),
    }
}

fn report(page: &ReportPage) -> Value {
    let credential = &page.credential;
    let said = serde_json::to_value(&credential.credential_subject)
        .expect("a report has no maps with other keys than text");
    json!({
        "language": page.language.tag(),
        "origin": shown(&credential.issuer.name, 255),
        "issuer": credential.issuer.id,
        "issued_at": credential.valid_from,
        "hash": verification_hash(&page.signed),
        "verify_url": page.verify_url,
        "report": dressed("", &said),
    })
}

fn certificate(page: &CertificatePage) -> Value {
    let credential = &page.credential;
    let said = &credential.credential_subject;
    let evidence = said.top_evidence.iter().map(|item| {
        json!({
            "kind": item.kind,
            "source": name(&item.source_name),
            "source_did": item.source,
            "dimensions": item.dimensions,
            "domain": breakable(&item.domain),
            "positive": item.positive,
            "comment": breakable(&item.comment),
            "date": utc_text(item.wall_us),
            "effect_ppm": item.effect_ppm,
            "sequence": item.sequence,
            "finality": item.finality,
        })
    });
    json!({
        "language": page.language.tag(),
        "name": name(&said.name),
        "did": said.id,
        "realm": said.realm,
        "realm_name": name(&said.realm_name),
        "context": said.context,
        "norm_ppm": said.norm_ppm,
        "class": said.class,
        "standing_ppm": said.standing_ppm,
        "has_voice": said.has_voice,
        "founder": said.founder,
        "dimensions": said.dimensions,
        "counts": said.counts,
        "history": said.history.iter().map(|point| json!({
            "at_s": point.closed_at_us / 1_000_000,
            "date": utc_text(point.closed_at_us),
            "norm_ppm": point.norm_ppm,
        })).collect::<Vec<_>>(),
        "evidence": evidence.collect::<Vec<_>>(),
        "epoch": said.epoch,
        "closed_at": utc_text(said.closed_at_us),
        "state_root": said.state_root,
        "checkpoint_size": said.checkpoint_size,
        "checkpoint_root": said.checkpoint_root,
        "finality": said.finality,
        "origin": shown(&credential.issuer.name, 255),
        "issuer": credential.issuer.id,
        "issued_at": credential.valid_from,
        "hash": verification_hash(&page.signed),
        "verify_url": page.verify_url,
    })
}
