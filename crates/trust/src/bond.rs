//! Vouches and credentials: statements that live until they are replaced,
//! revoked or expire, and that can be looked up.

use std::collections::BTreeMap;

use erynoa_kernel::{EventId, IdentityId, RealmId};
use rustc_hash::FxHashMap;

use crate::TrustFold;
use crate::realm::Realm;
use crate::row::{Matter, Once, Row};
use crate::statement::{PartKind, Statement, Status};

/// Whose one live statement it is. Vouches have the type 0, credentials the
/// index of their type's label, which is never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Bond {
    realm: u32,
    subject: u32,
    type_label: u32,
    source: u32,
}

/// Type of vouches.
const VOUCHES: u32 = 0;

impl Bond {
    pub(crate) fn of(statement: &Statement) -> Self {
        let type_label = match statement.kind {
            PartKind::Credential => statement.detail,
            _ => VOUCHES,
        };
        let Statement { realm, subject, source, .. } = *statement;
        Self { realm, subject, type_label, source }
    }

    fn pair(&self) -> (u32, u32, u32) {
        (self.realm, self.source, self.subject)
    }

    pub(crate) fn vouch(realm: u32, source: u32, subject: u32) -> Self {
        Self { realm, subject, type_label: VOUCHES, source }
    }
}

/// All vouches and credentials.
#[derive(Debug, Default)]
pub(crate) struct Bonds {
    /// The live ones.
    live: BTreeMap<Bond, u32>,
    /// Live credentials by realm, issuer and subject, oldest first.
    credentials: FxHashMap<(u32, u32, u32), Vec<u32>>,
    /// All there ever were, by realm and whose they are, in log order.
    said_by: FxHashMap<(u32, u32), Vec<u32>>,
    said_about: FxHashMap<(u32, u32), Vec<u32>>,
}

impl Bonds {
    pub(crate) fn note(&mut self, index: u32, statement: &Statement) {
        let Statement { realm, source, subject, .. } = *statement;
        self.said_by.entry((realm, source)).or_default().push(index);
        self.said_about.entry((realm, subject)).or_default().push(index);
    }

    pub(crate) fn holder(&self, bond: Bond) -> Option<u32> {
        self.live.get(&bond).copied()
    }

    /// What counts in the standing of all that the source has given the subject
    /// in bonds of this kind: the vouch, or the newest live credential. Else one
    /// issuer alone would open the gate by two types.
    pub(crate) fn in_standing(&self, bond: Bond) -> Option<u32> {
        match bond.type_label {
            VOUCHES => self.holder(bond),
            _ => self.credentials.get(&bond.pair())?.last().copied(),
        }
    }

    pub(crate) fn insert(&mut self, index: u32, statements: &[Statement]) {
        let bond = Bond::of(&statements[index as usize]);
        self.live.insert(bond, index);
        if bond.type_label != VOUCHES {
            let age_key = |index: u32| statements[index as usize].age_key();
            let live = self.credentials.entry(bond.pair()).or_default();
            let position = live.partition_point(|&other| age_key(other) < age_key(index));
            live.insert(position, index);
        }
    }

    pub(crate) fn remove(&mut self, index: u32, bond: Bond) {
        self.live.remove(&bond);
        if let Some(live) = self.credentials.get_mut(&bond.pair())
            && bond.type_label != VOUCHES
        {
            live.retain(|&other| other != index);
        }
    }

    /// Live vouches for a member, by voucher.
    pub(crate) fn vouches_for(&self, realm: u32, member: u32) -> impl Iterator<Item = u32> {
        self.live_of_type(realm, member, VOUCHES)
    }

    /// Live credentials of one type, by issuer.
    fn live_of_type(&self, realm: u32, subject: u32, type_label: u32) -> impl Iterator<Item = u32> {
        let first = Bond { realm, subject, type_label, source: 0 };
        let last = Bond { source: u32::MAX, ..first };
        self.live.range(first..=last).map(|(_, &statement)| statement)
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
    /// Every vouch for `member`, newest arrival first, those that have ended
    /// included.
    #[must_use]
    pub fn vouches_for(&self, realm: &RealmId, member: &IdentityId) -> Vec<VouchView> {
        self.bonds_of(realm, member, &self.bonds.said_about, PartKind::Vouch)
            .map(|(realm, statement)| vouch(realm, statement))
            .collect()
    }

    /// Every vouch of `voucher`, newest arrival first, those that have ended
    /// included.
    #[must_use]
    pub fn vouches_by(&self, realm: &RealmId, voucher: &IdentityId) -> Vec<VouchView> {
        self.bonds_of(realm, voucher, &self.bonds.said_by, PartKind::Vouch)
            .map(|(realm, statement)| vouch(realm, statement))
            .collect()
    }

    /// The vouches for `member` that were live when the last epoch closed.
    #[must_use]
    pub fn live_vouches(&self, realm: &RealmId, member: &IdentityId) -> Vec<VouchView> {
        self.locate(realm, member)
            .into_iter()
            .flat_map(|(realm, member)| self.bonds.vouches_for(realm, member))
            .map(|index| self.statements[index as usize])
            .map(|statement| vouch(&self.realms[statement.realm as usize], &statement))
            .collect()
    }

    /// Whether somebody with a voice answers for `member` as of the last closed
    /// epoch.
    #[must_use]
    pub fn is_vouched(&self, realm: &RealmId, member: &IdentityId) -> bool {
        self.locate(realm, member).is_some_and(|(realm, member)| {
            self.bonds
                .vouches_for(realm, member)
                .any(|index| is_answerable(&self.statements[index as usize]))
        })
    }

    /// Every credential about `subject`, newest arrival first, those that have
    /// ended included.
    #[must_use]
    pub fn credentials_of(&self, realm: &RealmId, subject: &IdentityId) -> Vec<CredentialView> {
        self.bonds_of(realm, subject, &self.bonds.said_about, PartKind::Credential)
            .map(|(realm, statement)| self.credential(realm, statement))
            .collect()
    }

    /// Every credential that `issuer` issued, newest arrival first, those that
    /// have ended included.
    #[must_use]
    pub fn credentials_by(&self, realm: &RealmId, issuer: &IdentityId) -> Vec<CredentialView> {
        self.bonds_of(realm, issuer, &self.bonds.said_by, PartKind::Credential)
            .map(|(realm, statement)| self.credential(realm, statement))
            .collect()
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
        let Some((realm, subject)) = self.locate(realm, subject) else {
            return false;
        };
        let Some(&label) = self.label_index.get(credential_type) else {
            return false;
        };
        self.bonds.live_of_type(realm, subject, label).any(|index| {
            let expires_at_us = self.statements[index as usize].expires_at_us;
            expires_at_us == 0 || expires_at_us > at_us
        })
    }

    fn bonds_of<'a>(
        &'a self,
        realm: &RealmId,
        id: &IdentityId,
        index: &'a FxHashMap<(u32, u32), Vec<u32>>,
        kind: PartKind,
    ) -> impl Iterator<Item = (&'a Realm, &'a Statement)> {
        self.locate(realm, id)
            .and_then(|place| index.get(&place))
            .into_iter()
            .flatten()
            .rev()
            .map(|&index| &self.statements[index as usize])
            .filter(move |statement| statement.kind == kind)
            .map(|statement| (&self.realms[statement.realm as usize], statement))
    }

    /// Indexes of a realm and of a member of it.
    fn locate(&self, realm: &RealmId, id: &IdentityId) -> Option<(u32, u32)> {
        let realm = *self.realm_by_id.get(realm)?;
        Some((realm, self.realms[realm as usize].find(id)?))
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
            fraud: self.once.contains_key(&fraud),
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
