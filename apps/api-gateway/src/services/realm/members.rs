//! The members of a realm, page by page. The root has everybody, so that places
//! are looked at in stretches: nobody waits longer than one of them takes.

use std::ops::Range;

use erynoa_kernel::{IdentityId, Problem};
use erynoa_proto::api::v1 as api;
use erynoa_realms::{Member, MemberState, Realm};
use erynoa_trust::Context;

use super::{MAX_QUERY, existing, member_count, member_state};
use crate::app::invalid;
use crate::cursor::{Cursor, page_size};
use crate::ledger::{Ledger, Models};

/// Places that are looked at under one lock.
const STRETCH: usize = 1024;

/// A member as listed: who, what they are, since when.
type Listed = (IdentityId, MemberState, u64);

fn listed(member: &Member) -> Listed {
    (member.identity, member.state, member.since_us)
}

/// Everybody who is, or was, a member: founders first, then in the order of
/// joining. Places stay what they are, because both are only added to.
struct Roll<'a> {
    models: &'a Models,
    realm: &'a Realm,
    include_former: bool,
}

impl<'a> Roll<'a> {
    /// Of the realm that keeps the members of this one.
    fn of(models: &'a Models, text: &str, include_former: bool) -> Result<Self, Problem> {
        let realm = existing(models, text)?;
        // A partition has the members of the realm that it is a part of.
        let home = models.realms.trust_realm(&realm.id).unwrap_or(realm.id);
        let realm = models.realms.find(&home).unwrap_or(realm);
        Ok(Self { models, realm, include_former })
    }

    fn is_root(&self) -> bool {
        self.realm.depth() == 0
    }

    /// Places, those included where nobody is shown.
    fn places(&self) -> usize {
        let others = if self.is_root() {
            self.models.directory.len()
        } else {
            self.realm.members.appeared() as usize
        };
        self.realm.founders.len() + others
    }

    /// How many are shown.
    fn total(&self) -> u64 {
        match (self.include_former, self.is_root()) {
            (true, true) => self.models.directory.len() as u64,
            (true, false) => u64::from(self.realm.members.known()),
            (false, _) => u64::from(member_count(self.models, self.realm)),
        }
    }

    fn at(&self, place: usize) -> Option<Listed> {
        let founders = &self.realm.founders;
        if let Some(founder) = founders.get(place) {
            let founder = self.realm.members.find(founder).map(listed);
            return founder.filter(|(_, state, _)| *state == MemberState::Founder);
        }
        let place = place - founders.len();
        let found = if self.is_root() {
            // Of the root only founders and those excluded are kept by name.
            let identity = self.models.directory.iter().nth(place)?;
            let id = identity.did.identity;
            (id, self.models.realms.member_state(&self.realm.id, &id), identity.created.1)
        } else {
            listed(self.realm.members.iter().nth(place)?)
        };
        match found.1 {
            MemberState::Founder | MemberState::None => None,
            MemberState::Member => Some(found),
            MemberState::Left | MemberState::Banned => self.include_former.then_some(found),
        }
    }

    fn encode(&self, (id, state, since_us): Listed) -> api::Member {
        let glance = self.models.trust.glance(&self.realm.id, &id);
        api::Member {
            identity: self.models.directory.did_text(&id),
            name: self.models.directory.name_of(&id).to_owned(),
            state: member_state(state).into(),
            since_us,
            norm_ppm: glance.norm_ppm(Context::Default),
            verified: self.models.is_verified(&self.realm.id, &id),
            has_voice: glance.has_voice,
        }
    }
}

/// A page that is being filled.
struct Page {
    query: String,
    start: usize,
    size: usize,
    members: Vec<api::Member>,
    /// Where the next page begins.
    next: Option<usize>,
    matches: u64,
}

impl Page {
    /// Whether nothing more is to be looked at. What a search finds is counted
    /// to the end.
    const fn is_done(&self) -> bool {
        self.query.is_empty() && self.next.is_some()
    }

    fn look(&mut self, roll: &Roll<'_>, places: Range<usize>) {
        for place in places {
            if self.is_done() {
                return;
            }
            let Some(found) = roll.at(place) else { continue };
            let name = roll.models.directory.name_of(&found.0);
            if !self.query.is_empty() && !name.to_lowercase().contains(&self.query) {
                continue;
            }
            self.matches += 1;
            if place < self.start {
                continue;
            }
            if self.members.len() < self.size {
                self.members.push(roll.encode(found));
            } else if self.next.is_none() {
                self.next = Some(place);
            }
        }
    }
}

pub(super) async fn list(
    ledger: &Ledger,
    request: &api::ListMembersRequest,
) -> Result<api::ListMembersResponse, Problem> {
    if request.query.len() > MAX_QUERY {
        return Err(invalid("query", format!("a search is at most {MAX_QUERY} bytes")));
    }
    let size = page_size(request.page_size)?;
    let (cursor, places, total) = {
        let models = ledger.read();
        let roll = Roll::of(&models, &request.realm, request.include_former)?;
        let cursor = Cursor::of(&[
            b"members",
            roll.realm.id.as_bytes(),
            request.query.as_bytes(),
            &[u8::from(request.include_former)],
        ]);
        (cursor, roll.places(), roll.total())
    };
    let start = cursor.decode(&request.page_token)?.unwrap_or_default();
    let start = usize::try_from(start).unwrap_or(usize::MAX);
    let mut page = Page {
        query: request.query.to_lowercase(),
        start,
        size,
        members: Vec::new(),
        next: None,
        matches: 0,
    };
    let mut at = if page.query.is_empty() { start.min(places) } else { 0 };
    while at < places && !page.is_done() {
        let end = places.min(at + STRETCH);
        {
            let models = ledger.read();
            let roll = Roll::of(&models, &request.realm, request.include_former)?;
            page.look(&roll, at..end);
        }
        at = end;
        tokio::task::yield_now().await;
    }
    Ok(api::ListMembersResponse {
        total: if page.query.is_empty() { total } else { page.matches },
        members: page.members,
        next_page_token: page.next.map(|next| cursor.encode(next as u64)).unwrap_or_default(),
    })
}
