//! Vouches, credentials and judgements.

use erynoa_events::{Body, EventKind, VerifiedEvent, from_own_log};
use erynoa_kernel::{EventId, IdentityId, Problem, RealmId};
use erynoa_proto::api::v1 as api;
use erynoa_trust::{CredentialView, Side, StatementState, VouchView};

use crate::app::{event_id, identity_id, invalid, known, realm_id};
use crate::cursor::{Cursor, page_size};
use crate::ledger::{Ledger, Matter, Models};

const fn state(state: StatementState) -> api::StatementState {
    match state {
        StatementState::Pending => api::StatementState::Pending,
        StatementState::Live => api::StatementState::Live,
        StatementState::Replaced => api::StatementState::Replaced,
        StatementState::Revoked => api::StatementState::Revoked,
        StatementState::Expired => api::StatementState::Expired,
    }
}

const fn has_ended(state: StatementState) -> bool {
    !matches!(state, StatementState::Pending | StatementState::Live)
}

/// One side of a statement, where it is asked for.
fn party(models: &Models, text: &str, field: &'static str) -> Result<Option<IdentityId>, Problem> {
    if text.is_empty() {
        return Ok(None);
    }
    let id = identity_id(text, field)?;
    known(models, &id, field)?;
    Ok(Some(id))
}

/// A page of `all`, which comes newest first, by log position.
fn page<T>(
    all: impl IntoIterator<Item = T>,
    sequence_of: impl Fn(&T) -> u64,
    cursor: &Cursor,
    page_token: &str,
    size: usize,
) -> Result<(Vec<T>, String), Problem> {
    let before = cursor.decode(page_token)?.unwrap_or(u64::MAX);
    let mut rest: Vec<T> =
        all.into_iter().filter(|one| sequence_of(one) < before).take(size + 1).collect();
    let more = rest.len() > size;
    rest.truncate(size);
    let token = match rest.last() {
        Some(last) if more => cursor.encode(sequence_of(last)),
        _ => String::new(),
    };
    Ok((rest, token))
}

/// The events at these positions, decoded.
async fn events(ledger: &Ledger, sequences: &[u64]) -> Result<Vec<VerifiedEvent>, Problem> {
    let entries = ledger.entries(sequences).await?;
    entries.into_iter().map(|entry| from_own_log(entry).map_err(Problem::internal)).collect()
}

pub(super) async fn vouches(
    ledger: &Ledger,
    request: &api::ListVouchesRequest,
) -> Result<api::ListVouchesResponse, Problem> {
    let (found, next_page_token) = {
        let models = ledger.read();
        let realm = realm_id(&models, &request.realm)?;
        let size = page_size(request.page_size)?;
        let member = party(&models, &request.member, "member")?;
        let voucher = party(&models, &request.voucher, "voucher")?;
        let (who, side) = match (member, voucher) {
            (Some(member), _) => (member, Side::Got),
            (None, Some(voucher)) => (voucher, Side::Gave),
            (None, None) => {
                return Err(invalid("member", "name the member, the voucher or both".to_owned()));
            }
        };
        let cursor = cursor_of(
            b"vouches",
            &realm,
            &[&request.member, &request.voucher],
            request.include_ended,
        );
        let before = cursor.decode(&request.page_token)?;
        let asked = models.trust.vouches(&realm, &who, side, before).filter(|vouch| {
            voucher.is_none_or(|voucher| vouch.voucher == voucher)
                && (request.include_ended || !has_ended(vouch.state))
        });
        page(asked, |vouch: &VouchView| vouch.sequence, &cursor, &request.page_token, size)?
    };
    let sequences: Vec<u64> = found.iter().map(|vouch| vouch.sequence).collect();
    let events = events(ledger, &sequences).await?;
    let models = ledger.read();
    let vouches = found.iter().zip(&events).map(|(vouch, event)| api::VouchRecord {
        id: vouch.event.to_string(),
        voucher: models.directory.did_text(&vouch.voucher),
        voucher_name: models.directory.name_of(&vouch.voucher).to_owned(),
        member: models.directory.did_text(&vouch.member),
        member_name: models.directory.name_of(&vouch.member).to_owned(),
        stake_ppm: vouch.stake_ppm,
        weight: vouch.weight,
        state: state(vouch.state).into(),
        comment: match &event.event().body {
            Body::Vouch(body) => body.comment.clone(),
            _ => String::new(),
        },
        wall_us: vouch.wall_us,
        expires_at_us: vouch.expires_at_us.unwrap_or_default(),
    });
    Ok(api::ListVouchesResponse { vouches: vouches.collect(), next_page_token })
}

pub(super) async fn credentials(
    ledger: &Ledger,
    request: &api::ListCredentialsRequest,
) -> Result<api::ListCredentialsResponse, Problem> {
    let (found, next_page_token, realm) = {
        let models = ledger.read();
        let realm = realm_id(&models, &request.realm)?;
        let size = page_size(request.page_size)?;
        let subject = party(&models, &request.subject, "subject")?;
        let issuer = party(&models, &request.issuer, "issuer")?;
        let (who, side) = match (subject, issuer) {
            (Some(subject), _) => (subject, Side::Got),
            (None, Some(issuer)) => (issuer, Side::Gave),
            (None, None) => {
                return Err(invalid("subject", "name the subject, the issuer or both".to_owned()));
            }
        };
        let cursor = cursor_of(
            b"credentials",
            &realm,
            &[&request.subject, &request.issuer],
            request.include_ended,
        );
        let before = cursor.decode(&request.page_token)?;
        let asked = models.trust.credentials(&realm, &who, side, before).filter(|credential| {
            issuer.is_none_or(|issuer| credential.issuer == issuer)
                && (request.include_ended || !has_ended(credential.state))
        });
        let sequence_of = |credential: &CredentialView| credential.sequence;
        let (found, token) = page(asked, sequence_of, &cursor, &request.page_token, size)?;
        (found, token, realm)
    };
    let sequences: Vec<u64> = found.iter().map(|credential| credential.sequence).collect();
    let events = events(ledger, &sequences).await?;
    let models = ledger.read();
    let credentials = found.iter().zip(&events).map(|(credential, event)| {
        let (claim, content_hash) = match &event.event().body {
            Body::CredentialIssued(body) => (body.claim.clone(), body.content_hash),
            _ => (String::new(), None),
        };
        api::CredentialRecord {
            id: credential.event.to_string(),
            issuer: models.directory.did_text(&credential.issuer),
            issuer_name: models.directory.name_of(&credential.issuer).to_owned(),
            subject: models.directory.did_text(&credential.subject),
            subject_name: models.directory.name_of(&credential.subject).to_owned(),
            r#type: credential.credential_type.clone(),
            claim,
            content_hash: content_hash.map(Vec::from).unwrap_or_default(),
            state: state(credential.state).into(),
            fraud: credential.fraud,
            wall_us: credential.wall_us,
            expires_at_us: credential.expires_at_us.unwrap_or_default(),
            realm: realm.to_string(),
        }
    });
    Ok(api::ListCredentialsResponse { credentials: credentials.collect(), next_page_token })
}

pub(super) async fn judgements(
    ledger: &Ledger,
    request: &api::ListJudgementsRequest,
) -> Result<api::ListJudgementsResponse, Problem> {
    let (found, next_page_token) = {
        let models = ledger.read();
        let realm = realm_id(&models, &request.realm)?;
        let size = page_size(request.page_size)?;
        let subject = party(&models, &request.subject, "subject")?;
        let target = match request.target.as_str() {
            "" => None,
            text => Some(event_id(text, "target")?),
        };
        let cursor = cursor_of(b"judgements", &realm, &[&request.subject, &request.target], false);
        match target {
            Some(target) => {
                let all = decisions_about(&models, &realm, subject, &target);
                page(all, |sequence| *sequence, &cursor, &request.page_token, size)?
            }
            None => {
                let before = cursor.decode(&request.page_token)?.unwrap_or(u64::MAX);
                let asked = (Matter::Judgement, Some(realm), subject);
                let all = models.docket.newest(&models.log, asked, before, size + 1);
                page(all, |sequence| *sequence, &cursor, &request.page_token, size)?
            }
        }
    };
    let events = events(ledger, &found).await?;
    let models = ledger.read();
    let judgements = events.iter().filter_map(|event| {
        let said = event.event();
        let Body::Judgement(body) = &said.body else { return None };
        Some(api::JudgementRecord {
            id: event.id().to_string(),
            judge: models.directory.did_text(&said.author),
            judge_name: models.directory.name_of(&said.author).to_owned(),
            subject: models.directory.did_text(&body.subject),
            subject_name: models.directory.name_of(&body.subject).to_owned(),
            finding: body.finding as i32 + 1,
            target: body.target.to_string(),
            severity_ppm: body.severity_ppm,
            reason: body.reason.clone(),
            wall_us: said.coordinate.wall_us,
        })
    });
    Ok(api::ListJudgementsResponse { judgements: judgements.collect(), next_page_token })
}

/// Positions of the judgements of one event, newest first.
fn decisions_about(
    models: &Models,
    realm: &RealmId,
    subject: Option<IdentityId>,
    target: &EventId,
) -> Vec<u64> {
    let all = models.decisions.get(target).map(Vec::as_slice).unwrap_or_default();
    let fits = |sequence: &u64| {
        models.log.at(*sequence).is_some_and(|event| {
            event.kind == EventKind::Judgement
                && event.realm == *realm
                && subject.is_none_or(|subject| event.subject == Some(subject))
        })
    };
    all.iter().rev().copied().filter(fits).collect()
}

fn cursor_of(name: &[u8], realm: &RealmId, texts: &[&String; 2], ended: bool) -> Cursor {
    let [one, other] = texts.map(String::as_bytes);
    Cursor::of(&[name, realm.as_bytes(), one, other, &[u8::from(ended)]])
}
