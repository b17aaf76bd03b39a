//! Vouches and credentials: statements that live until they are replaced,
//! revoked or expire, and that can be looked up.

use std::collections::BTreeMap;

use erynoa_kernel::{EventId, IdentityId, RealmId};

use crate::TrustFold;
use crate::realm::Realm;
use crate::row::{Matter, Once, Row};
use crate::statement::{PartKind, Statement, Status};

/// A vouch or a credential that was given, whatever became of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bond {
    pub(crate) statement: u32,
    /// Those before it of its source and of its subject by [`Side`], as index +
    /// 1; 0 for none.
    pub(crate) previous: [u32; 2],
}

/// The side of a vouch or a credential that somebody is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Who answers, or who states it.
    Gave,
    /// For whom, or whom it is about.
    Got,
}

/// The live vouches and credentials that one member has.
#[derive(Clone, Debug, Default)]
pub(crate) struct Held {
    /// By voucher.
    vouches: BTreeMap<u32, u32>,
    /// By issuer and type.
    credentials: BTreeMap<(u32, u32), u32>,
}

impl Held {
    /// Vouches, by voucher.
    pub(crate) fn vouches(&self) -> impl Iterator<Item = u32> {
        self.vouches.values().copied()
    }

    pub(crate) fn vouch_of(&self, voucher: u32) -> Option<u32> {
        self.vouches.get(&voucher).copied()
    }

    /// What is in the place of a vouch or a credential for this member.
    pub(crate) fn holder(&self, bond: &Statement) -> Option<u32> {
        match bond.kind {
            PartKind::Credential => self.credentials.get(&(bond.source, bond.detail)).copied(),
            _ => self.vouch_of(bond.source),
        }
    }

    /// What counts in the standing of all that the source has given the member
    /// in bonds of this kind: the vouch, or the newest live credential. Else one
    /// issuer alone would open the gate by two types.
    pub(crate) fn in_standing(&self, bond: &Statement, statements: &[Statement]) -> Option<u32> {
        match bond.kind {
            PartKind::Credential => self
                .credentials
                .range((bond.source, 0)..=(bond.source, u32::MAX))
                .map(|(_, &index)| index)
                .max_by_key(|&index| statements[index as usize].age_key()),
            _ => self.vouch_of(bond.source),
        }
    }

    /// Fills the place of a vouch or a credential, or empties it.
    pub(crate) fn set(&mut self, bond: &Statement, holder: Option<u32>) {
        match (bond.kind, holder) {
            (PartKind::Credential, Some(index)) => {
                self.credentials.insert((bond.source, bond.detail), index);
            }
            (PartKind::Credential, None) => {
                self.credentials.remove(&(bond.source, bond.detail));
            }
            (_, Some(index)) => {
                self.vouches.insert(bond.source, index);
            }
            (_, None) => {
                self.vouches.remove(&bond.source);
            }
        }
    }
}

/// Where a vouch or a credential is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StatementState {
    /// In the open epoch.
    Pending,
    /// In force.
    Live,
    /// By a newer one.
    Replaced,
    /// Taken back.
    Revoked,
    /// Its end has come.
    Expired,
}

impl From<Status> for StatementState {
    fn from(status: Status) -> Self {
        match status {
            Status::Pending => Self::Pending,
            Status::Live => Self::Live,
            Status::Replaced => Self::Replaced,
            Status::Revoked => Self::Revoked,
            Status::Expired => Self::Expired,
        }
    }
}

/// One vouch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VouchView {
    /// The vouch event.
    pub event: EventId,
    /// Its position in the log.
    pub sequence: u64,
    /// Who answers.
    pub voucher: IdentityId,
    /// For whom.
    pub member: IdentityId,
    /// 1 to 300 000.
    pub stake_ppm: u32,
    /// What it adds to the member's prestige, micro-units, in its own epoch; 0
    /// while pending.
    pub weight: u64,
    /// Where it is in its life.
    pub state: StatementState,
    /// Whether the voucher answers: they had a voice when its epoch closed, and
    /// another root than the member.
    pub answerable: bool,
    /// Time that its author gave, microseconds.
    pub wall_us: u64,
    /// When it ends, microseconds.
    pub expires_at_us: Option<u64>,
}

/// One credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialView {
    /// The `credential_issued` event.
    pub event: EventId,
    /// Its position in the log.
    pub sequence: u64,
    /// Who states it.
    pub issuer: IdentityId,
    /// Whom it is about.
    pub subject: IdentityId,
    /// `[a-z0-9-]{1,64}`
    pub credential_type: String,
    /// Where it is in its life.
    pub state: StatementState,
    /// Revoked because of fraud.
    pub fraud: bool,
    /// Time that its author gave, microseconds.
    pub wall_us: u64,
    /// When it ends, microseconds.
    pub expires_at_us: Option<u64>,
}

impl TrustFold {
    /// Every vouch that `who` gave or got, newest arrival first, those that have
    /// ended included; only those that stand in the log before the position
    /// `before`, when one is given. To go on after one of the list costs no more
    /// than to begin.
    pub fn vouches(
        &self,
        realm: &RealmId,
        who: &IdentityId,
        side: Side,
        before: Option<u64>,
    ) -> impl Iterator<Item = VouchView> {
        self.bonds_of(realm, who, side, before)
            .filter(|(_, statement)| statement.kind == PartKind::Vouch)
            .map(|(realm, statement)| vouch(realm, statement))
    }

    /// The vouches for `member` that were live when the last epoch closed.
    #[must_use]
    pub fn live_vouches(&self, realm: &RealmId, member: &IdentityId) -> Vec<VouchView> {
        let Some((realm, member)) = self.member(realm, member) else {
            return Vec::new();
        };
        let vouches = member.held.iter().flat_map(|held| held.vouches());
        vouches.map(|index| vouch(realm, &self.statements[index as usize])).collect()
    }

    /// Whether somebody with a voice answers for `member` as of the last closed
    /// epoch.
    #[must_use]
    pub fn is_vouched(&self, realm: &RealmId, member: &IdentityId) -> bool {
        let held = self.member(realm, member).and_then(|(_, member)| member.held.as_ref());
        held.is_some_and(|held| {
            held.vouches().any(|index| is_answerable(&self.statements[index as usize]))
        })
    }

    /// Every credential that `who` issued or has, as [`Self::vouches`].
    pub fn credentials(
        &self,
        realm: &RealmId,
        who: &IdentityId,
        side: Side,
        before: Option<u64>,
    ) -> impl Iterator<Item = CredentialView> {
        self.bonds_of(realm, who, side, before)
            .filter(|(_, statement)| statement.kind == PartKind::Credential)
            .map(|(realm, statement)| self.credential(realm, statement))
    }

    /// Whether `subject` holds a credential of the type in this very realm,
    /// live since the last closed epoch and not expired at `at_us`.
    #[must_use]
    pub fn holds_credential(
        &self,
        realm: &RealmId,
        subject: &IdentityId,
        credential_type: &str,
        at_us: u64,
    ) -> bool {
        let Some(held) = self.member(realm, subject).and_then(|(_, member)| member.held.as_ref())
        else {
            return false;
        };
        let Some(&label) = self.label_index.get(credential_type) else {
            return false;
        };
        held.credentials.iter().filter(|((_, type_label), _)| *type_label == label).any(
            |(_, &index)| {
                let expires_at_us = self.statements[index as usize].expires_at_us;
                expires_at_us == 0 || expires_at_us > at_us
            },
        )
    }

    /// What somebody gave or got, newest arrival first.
    fn bonds_of(
        &self,
        realm: &RealmId,
        who: &IdentityId,
        side: Side,
        before: Option<u64>,
    ) -> impl Iterator<Item = (&Realm, &Statement)> {
        let before = before.unwrap_or(u64::MAX);
        let bond = |index: u32| Some(self.bonds[index.checked_sub(1)? as usize]);
        let first = self.bond_before(realm, who, side, before);
        first.into_iter().flat_map(move |(realm, first)| {
            std::iter::successors(bond(first), move |last| bond(last.previous[side as usize]))
                .map(|bond| &self.statements[bond.statement as usize])
                .skip_while(move |statement| statement.sequence >= before)
                .map(move |statement| (realm, statement))
        })
    }

    /// Where to begin in somebody's list, as index + 1: after the bond at the
    /// position `before` when it is of the list, else with the newest.
    fn bond_before(
        &self,
        realm: &RealmId,
        who: &IdentityId,
        side: Side,
        before: u64,
    ) -> Option<(&Realm, u32)> {
        let realm_index = *self.realm_by_id.get(realm)?;
        let realm = &self.realms[realm_index as usize];
        let index = realm.find(who)?;
        let statement = |bond: &Bond| &self.statements[bond.statement as usize];
        let last = self.bonds.binary_search_by_key(&before, |bond| statement(bond).sequence);
        let last = last.ok().map(|position| &self.bonds[position]).filter(|bond| {
            let Statement { realm, source, subject, .. } = *statement(bond);
            (realm, [source, subject][side as usize]) == (realm_index, index)
        });
        let newest = realm.members[index as usize].bonds[side as usize];
        Some((realm, last.map_or(newest, |bond| bond.previous[side as usize])))
    }

    fn credential(&self, realm: &Realm, statement: &Statement) -> CredentialView {
        let fraud = Once::event(Matter::Fraud, Row::CREDENTIAL_FRAUD, &statement.id);
        CredentialView {
            event: statement.id,
            sequence: statement.sequence,
            issuer: realm.members[statement.source as usize].id,
            subject: realm.members[statement.subject as usize].id,
            credential_type: self.labels[statement.detail as usize].to_string(),
            state: statement.status.into(),
            fraud: self.once.contains(&fraud),
            wall_us: statement.coordinate.wall_us,
            expires_at_us: ends_at(statement),
        }
    }
}

fn vouch(realm: &Realm, statement: &Statement) -> VouchView {
    VouchView {
        event: statement.id,
        sequence: statement.sequence,
        voucher: realm.members[statement.source as usize].id,
        member: realm.members[statement.subject as usize].id,
        stake_ppm: statement.detail,
        weight: statement.weight,
        state: statement.status.into(),
        answerable: is_answerable(statement),
        wall_us: statement.coordinate.wall_us,
        expires_at_us: ends_at(statement),
    }
}

/// Whether the voucher answers for what the member does.
pub(crate) fn is_answerable(vouch: &Statement) -> bool {
    vouch.voiced && !vouch.same_root
}

fn ends_at(statement: &Statement) -> Option<u64> {
    (statement.expires_at_us != 0).then_some(statement.expires_at_us)
}
