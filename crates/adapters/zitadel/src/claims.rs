//! What the claims of a verified token must say, by the kind of token
//! (OpenID Connect Core §3.1.3.7, RFC 9068 §4, Back-Channel Logout §2.6).

use erynoa_access::{ProviderClaims, ProviderError, ProviderLogout, Role};
use serde_json::Value;

use crate::config::OidcConfig;
use crate::jws::Claims;

/// By how much clocks may differ.
pub(crate) const LEEWAY_US: u64 = 60_000_000;

/// Longest `iss`, `sub`, `sid`, `nonce`, name and address.
const TEXT_MOST_BYTES: usize = 512;

/// Latest moment that is understood: the end of the year 9999, s.
const LATEST_S: u64 = 253_402_300_799;

const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Claims that only ID tokens have. An ID token must not do as an access token.
const OF_ID_TOKENS: [&str; 4] = ["nonce", "at_hash", "c_hash", "s_hash"];

const fn refused<T>(reason: &'static str) -> Result<T, ProviderError> {
    Err(ProviderError::TokenInvalid(reason))
}

/// Refuses a `typ` that is not one of these; older providers leave it out.
pub(crate) fn check_kind(kind: Option<&str>, allowed: &[&str]) -> Result<(), ProviderError> {
    match kind {
        Some(kind) if !allowed.contains(&kind) => refused("typ is of another kind of token"),
        _ => Ok(()),
    }
}

fn text<'a>(claims: &'a Claims, name: &str) -> Result<Option<&'a str>, ProviderError> {
    match claims.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.len() <= TEXT_MOST_BYTES => Ok(Some(text)),
        Some(_) => refused("a claim is not a text or too long"),
    }
}

/// A text that is shown to people: one line of at most [`TEXT_MOST_BYTES`].
fn shown(claims: &Claims, name: &str) -> String {
    let text = claims.get(name).and_then(Value::as_str).unwrap_or("");
    let mut shown = String::new();
    for letter in text.trim().chars().filter(|letter| !letter.is_control()) {
        if shown.len() + letter.len_utf8() > TEXT_MOST_BYTES {
            break;
        }
        shown.push(letter);
    }
    shown
}

fn moment_us(claims: &Claims, name: &str) -> Result<Option<u64>, ProviderError> {
    match claims.get(name) {
        None => Ok(None),
        Some(value) => match value.as_u64() {
            Some(seconds) if seconds <= LATEST_S => Ok(Some(seconds * 1_000_000)),
            _ => refused("a time is not in whole seconds since 1970"),
        },
    }
}

/// `iat` and `exp`, when they and `nbf` allow now.
fn times(claims: &Claims, now_us: u64) -> Result<(u64, u64), ProviderError> {
    let Some(issued_us) = moment_us(claims, "iat")? else { return refused("no iat") };
    let Some(expires_us) = moment_us(claims, "exp")? else { return refused("no exp") };
    let latest_us = now_us.saturating_add(LEEWAY_US);
    if now_us >= expires_us.saturating_add(LEEWAY_US) {
        return refused("expired");
    }
    if issued_us > latest_us {
        return refused("issued in the future");
    }
    if moment_us(claims, "nbf")?.is_some_and(|not_before_us| not_before_us > latest_us) {
        return refused("not valid yet");
    }
    Ok((issued_us, expires_us))
}

fn issuer(claims: &Claims, config: &OidcConfig) -> Result<(), ProviderError> {
    if text(claims, "iss")? == Some(&config.issuer) { Ok(()) } else { refused("iss") }
}

fn audiences(claims: &Claims) -> Result<Vec<&str>, ProviderError> {
    let audiences = match claims.get("aud") {
        Some(Value::String(audience)) => vec![audience.as_str()],
        Some(Value::Array(list)) => {
            let Some(list) = list.iter().map(Value::as_str).collect::<Option<Vec<_>>>() else {
                return refused("aud");
            };
            list
        }
        _ => return refused("aud"),
    };
    Ok(audiences)
}

fn subject(claims: &Claims) -> Result<String, ProviderError> {
    match text(claims, "sub")? {
        Some(subject) if !subject.is_empty() => Ok(subject.to_owned()),
        _ => refused("no sub"),
    }
}

fn person(
    claims: &Claims,
    config: &OidcConfig,
    (issued_at_us, expires_at_us): (u64, u64),
) -> Result<ProviderClaims, ProviderError> {
    let verified = claims.get("email_verified") == Some(&Value::Bool(true));
    let roles = match claims.get(&config.roles_claim) {
        Some(Value::Object(roles)) => {
            roles.keys().filter_map(|name| Role::from_name(name)).collect()
        }
        Some(Value::Array(roles)) => {
            roles.iter().filter_map(Value::as_str).filter_map(Role::from_name).collect()
        }
        _ => erynoa_access::Roles::NONE,
    };
    let locale = shown(claims, "locale").to_ascii_lowercase();
    let language = locale.split(['-', '_']).next().filter(|tag| matches!(*tag, "en" | "de"));
    Ok(ProviderClaims {
        issuer: config.issuer.clone(),
        subject: subject(claims)?,
        email: if verified { shown(claims, "email") } else { String::new() },
        name: shown(claims, "name"),
        roles,
        language: language.unwrap_or_default().to_owned(),
        session: text(claims, "sid")?.map(str::to_owned),
        nonce: text(claims, "nonce")?.map(str::to_owned),
        issued_at_us,
        expires_at_us,
    })
}

/// Claims of an ID token that was issued to `client_id`.
pub(crate) fn of_id_token(
    claims: &Claims,
    config: &OidcConfig,
    client_id: &str,
    now_us: u64,
) -> Result<ProviderClaims, ProviderError> {
    issuer(claims, config)?;
    if !config.client_ids.iter().any(|known| known == client_id) {
        return refused("not one of our clients");
    }
    let audiences = audiences(claims)?;
    if !audiences.contains(&client_id) {
        return refused("aud");
    }
    match text(claims, "azp")? {
        Some(party) if party != client_id => return refused("azp"),
        None if audiences.len() > 1 => return refused("several audiences and no azp"),
        _ => {}
    }
    if claims.contains_key("events") {
        return refused("an event is no ID token");
    }
    person(claims, config, times(claims, now_us)?)
}

/// Claims of an access token, or of what introspection says about one.
pub(crate) fn of_access_token(
    claims: &Claims,
    config: &OidcConfig,
    now_us: u64,
) -> Result<ProviderClaims, ProviderError> {
    issuer(claims, config)?;
    let audiences = audiences(claims)?;
    let accepted = config.accepted_audiences();
    if !audiences.iter().any(|audience| accepted.iter().any(|known| known == audience)) {
        return refused("aud");
    }
    // With several audiences `aud` alone does not say to whom it was issued.
    let party = text(claims, "azp")?;
    let known = |party: &str| config.client_ids.iter().any(|client| client == party);
    match party.or(text(claims, "client_id")?.filter(|_| audiences.len() > 1)) {
        Some(party) if !known(party) => return refused("azp"),
        None if audiences.len() > 1 => return refused("several audiences and no azp"),
        _ => {}
    }
    if claims.contains_key("events") || OF_ID_TOKENS.iter().any(|name| claims.contains_key(*name)) {
        return refused("no access token");
    }
    person(claims, config, times(claims, now_us)?)
}

/// A logout token, with its id and its end, µs.
pub(crate) fn of_logout_token(
    claims: &Claims,
    config: &OidcConfig,
    now_us: u64,
) -> Result<(ProviderLogout, String, u64), ProviderError> {
    issuer(claims, config)?;
    let audiences = audiences(claims)?;
    if !audiences.iter().any(|audience| config.client_ids.iter().any(|client| client == audience)) {
        return refused("aud");
    }
    let (_, expires_us) = times(claims, now_us)?;
    let event = claims.get("events").and_then(|events| events.get(LOGOUT_EVENT));
    if !event.is_some_and(Value::is_object) {
        return refused("not the event of a logout");
    }
    if claims.contains_key("nonce") {
        return refused("a logout token has no nonce");
    }
    let Some(id) = text(claims, "jti")?.filter(|id| !id.is_empty()) else {
        return refused("no jti");
    };
    let named = |name| text(claims, name).map(|text| text.filter(|text| !text.is_empty()));
    let (subject, session) = (named("sub")?, named("sid")?);
    if subject.is_none() && session.is_none() {
        return refused("neither sub nor sid");
    }
    let logout = ProviderLogout {
        issuer: config.issuer.clone(),
        subject: subject.map(str::to_owned),
        session: session.map(str::to_owned),
    };
    Ok((logout, id.to_owned(), expires_us))
}
