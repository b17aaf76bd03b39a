//! Sessions of people: looking at them and ending them.

use std::collections::HashMap;

use erynoa_access::{
    Access, Account, AccountId, AccountKey, Session, SessionId, SessionSet, authorise,
};
use erynoa_kernel::{Kind, Problem};
use erynoa_proto::api::v1 as api;
use serde_json::json;

use super::user_id;
use crate::app::{App, Caller, invalid};
use crate::cursor::{Cursor, page_size};

/// Sessions of one account or of all, newest first.
///
/// # Errors
/// `FORBIDDEN` when they are another's and the caller no operator;
/// `VALIDATION_ERROR`, `PAGE_TOKEN_INVALID`.
pub(crate) async fn list_sessions(
    app: &App,
    caller: &Caller,
    request: &api::ListSessionsRequest,
) -> Result<api::ListSessionsResponse, Problem> {
    let own = caller.principal.account;
    let of = match request.user_id.as_str() {
        "" if request.all => None,
        "" => Some(own),
        text => Some(user_id(text, "user_id")?),
    };
    if of != Some(own) {
        authorise(Some(&caller.principal), Access::Operator)?;
    }
    let size = page_size(request.page_size)?;
    let whose = of.map(|id| id.to_string()).unwrap_or_default();
    let cursor = Cursor::of(&[b"sessions", whose.as_bytes()]);
    let before = cursor.decode_position(&request.page_token)?;
    let mut sessions = app.sessions.list(of, before, size + 1).await?;
    let more = sessions.len() > size;
    sessions.truncate(size);
    let next =
        sessions.last().filter(|_| more).map(|last| cursor.encode_position(&last.position()));
    let mut people: HashMap<AccountId, Option<Account>> = HashMap::new();
    let mut described = Vec::with_capacity(sessions.len());
    for session in &sessions {
        let id = session.account;
        if let std::collections::hash_map::Entry::Vacant(entry) = people.entry(id) {
            entry.insert(app.accounts.find(&AccountKey::Id(id)).await?);
        }
        let person = people.get(&id).and_then(Option::as_ref);
        described.push(describe(app, session, person, caller));
    }
    Ok(api::ListSessionsResponse { sessions: described, next_page_token: next.unwrap_or_default() })
}

fn describe(
    app: &App,
    session: &Session,
    person: Option<&Account>,
    caller: &Caller,
) -> api::UserSession {
    let key = session.method.public_key();
    api::UserSession {
        id: session.id.to_string(),
        user_id: session.account.to_string(),
        method: session.method.name().to_owned(),
        public_key: key.map(|key| key.as_bytes().to_vec()).unwrap_or_default(),
        user_agent: session.user_agent.clone(),
        address: session.address.clone(),
        created_at_us: session.created_at_us,
        refreshed_at_us: session.refreshed_at_us,
        expires_at_us: session.expires_at_us,
        current: session.id == caller.principal.session_id,
        user_name: person.map(|person| app.name_of(person)).unwrap_or_default(),
        did: person.map(|person| app.did_of(person)).unwrap_or_default(),
    }
}

/// Ends a session.
///
/// # Errors
/// `NOT_FOUND`; `FORBIDDEN` when it is another's and the caller no operator.
pub(crate) async fn revoke_session(app: &App, caller: &Caller, id: &str) -> Result<(), Problem> {
    let id: SessionId = id
        .parse()
        .map_err(|_| invalid("id", "a session is 32 lower-case hexadecimal digits".to_owned()))?;
    let unknown = || Problem::new(Kind::NotFound, "NOT_FOUND", "there is no such session");
    let session = app.sessions.find(&id).await?.ok_or_else(|| unknown().field("id"))?;
    let own = session.account == caller.principal.account;
    if !own {
        authorise(Some(&caller.principal), Access::Operator)?;
    }
    app.sessions.delete(&SessionSet::One(id)).await?;
    if !own {
        let details = json!({ "session": id.to_string() });
        app.audit(caller, "session.revoke", session.account.to_string(), details).await?;
    }
    Ok(())
}
