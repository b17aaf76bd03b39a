//! Records as stores and backups keep them: fields in a fixed order, each as
//! length u32 BE ‖ bytes. What is absent is an empty field.

use erynoa_kernel::{IdentityId, PublicKey};

use crate::{
    Account, AccountId, AccountStatus, Invitation, ProviderSubject, RefreshHash, Roles, Session,
    SessionId, SignInMethod,
};

/// Appends one field.
pub(crate) fn put(record: &mut Vec<u8>, field: &[u8]) {
    let length = u32::try_from(field.len()).expect("no field comes near 4 GiB");
    record.extend_from_slice(&length.to_be_bytes());
    record.extend_from_slice(field);
}

/// The fields of a record, in their order.
pub(crate) struct Fields<'a>(pub(crate) &'a [u8]);

impl<'a> Fields<'a> {
    pub(crate) fn take(&mut self) -> Option<&'a [u8]> {
        let (length, rest) = self.0.split_first_chunk()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (field, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(field)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take()?.try_into().ok()
    }

    /// `None` inside for an empty field.
    pub(crate) fn optional<const N: usize>(&mut self) -> Option<Option<[u8; N]>> {
        match self.take()? {
            [] => Some(None),
            field => Some(Some(field.try_into().ok()?)),
        }
    }

    pub(crate) fn number(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    pub(crate) fn text(&mut self) -> Option<String> {
        String::from_utf8(self.take()?.to_vec()).ok()
    }

    /// The value, when nothing is left.
    pub(crate) fn end<T>(self, value: T) -> Option<T> {
        self.0.is_empty().then_some(value)
    }
}

impl Account {
    /// The account as a record.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut record = Vec::with_capacity(256);
        put(&mut record, self.id.as_bytes());
        put(&mut record, self.identity.as_ref().map_or(&[], |id| id.as_bytes().as_slice()));
        match &self.subject {
            Some(subject) => {
                put(&mut record, subject.issuer.as_bytes());
                put(&mut record, subject.subject.as_bytes());
            }
            None => (0..2).for_each(|_| put(&mut record, &[])),
        }
        for text in [&self.email, &self.name, &self.language] {
            put(&mut record, text.as_bytes());
        }
        put(&mut record, &[self.roles.bits(), self.status as u8]);
        match &self.invitation {
            Some(invitation) => {
                put(&mut record, &invitation.token_hash);
                put(&mut record, &invitation.expires_at_us.to_be_bytes());
            }
            None => (0..2).for_each(|_| put(&mut record, &[])),
        }
        for number in [self.created_at_us, self.updated_at_us, self.last_seen_at_us, self.version] {
            put(&mut record, &number.to_be_bytes());
        }
        record
    }

    /// What [`Self::to_bytes`] wrote; `None` when it is damaged.
    #[must_use]
    pub fn from_bytes(record: &[u8]) -> Option<Self> {
        let mut fields = Fields(record);
        let id = AccountId::from_bytes(fields.array()?);
        let identity = fields.optional()?.map(IdentityId::from_bytes);
        let (issuer, subject) = (fields.text()?, fields.text()?);
        let subject = (!issuer.is_empty()).then_some(ProviderSubject { issuer, subject });
        let (email, name, language) = (fields.text()?, fields.text()?, fields.text()?);
        let [roles, status] = fields.array()?;
        let invitation = match (fields.optional()?, fields.optional()?) {
            (Some(token_hash), Some(expires)) => {
                Some(Invitation { token_hash, expires_at_us: u64::from_be_bytes(expires) })
            }
            (None, None) => None,
            _ => return None,
        };
        let account = Self {
            id,
            identity,
            subject,
            email,
            name,
            language,
            roles: Roles::from_bits(roles)?,
            status: AccountStatus::ALL.into_iter().find(|known| *known as u8 == status)?,
            invitation,
            created_at_us: fields.number()?,
            updated_at_us: fields.number()?,
            last_seen_at_us: fields.number()?,
            version: fields.number()?,
        };
        fields.end(account)
    }
}

const DEVICE_KEY: u8 = 1;
const OIDC: u8 = 2;

impl Session {
    /// The session, and the hash of its present refresh token, as a record.
    #[must_use]
    pub fn to_bytes(&self, current: &RefreshHash) -> Vec<u8> {
        let mut record = Vec::with_capacity(256);
        put(&mut record, self.id.as_bytes());
        put(&mut record, self.account.as_bytes());
        put(&mut record, self.identity.as_ref().map_or(&[], |id| id.as_bytes().as_slice()));
        match &self.method {
            SignInMethod::DeviceKey(key) => {
                put(&mut record, &[DEVICE_KEY]);
                put(&mut record, key.as_bytes());
            }
            SignInMethod::Oidc { provider_session } => {
                put(&mut record, &[OIDC]);
                put(&mut record, provider_session.as_deref().unwrap_or_default().as_bytes());
            }
        }
        put(&mut record, self.user_agent.as_bytes());
        put(&mut record, self.address.as_bytes());
        for number in [self.created_at_us, self.refreshed_at_us, self.expires_at_us] {
            put(&mut record, &number.to_be_bytes());
        }
        put(&mut record, current.as_bytes());
        record
    }

    /// What [`Self::to_bytes`] wrote; `None` when it is damaged.
    #[must_use]
    pub fn from_bytes(record: &[u8]) -> Option<(Self, RefreshHash)> {
        let mut fields = Fields(record);
        let id = SessionId::from_bytes(fields.array()?);
        let account = AccountId::from_bytes(fields.array()?);
        let identity = fields.optional()?.map(IdentityId::from_bytes);
        let method = match fields.array()? {
            [DEVICE_KEY] => SignInMethod::DeviceKey(PublicKey::from_bytes(fields.array()?)),
            [OIDC] => {
                let session = fields.text()?;
                SignInMethod::Oidc { provider_session: (!session.is_empty()).then_some(session) }
            }
            _ => return None,
        };
        let session = Self {
            id,
            account,
            identity,
            method,
            user_agent: fields.text()?,
            address: fields.text()?,
            created_at_us: fields.number()?,
            refreshed_at_us: fields.number()?,
            expires_at_us: fields.number()?,
        };
        let current = RefreshHash::from_bytes(fields.array()?);
        fields.end((session, current))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::option::of;
    use proptest::prelude::*;

    fn accounts() -> impl Strategy<Value = Account> {
        let who = (
            any::<[u8; 16]>(),
            of(any::<[u8; 32]>()),
            of((".{1,9}", ".{0,9}")),
            of((any::<[u8; 32]>(), any::<u64>())),
        );
        let what = (".{0,9}", ".{0,9}", ".{0,2}", 0_u8..8, 0_usize..3, any::<[u64; 4]>());
        (who, what).prop_map(|((id, identity, subject, invitation), what)| {
            let (email, name, language, roles, status, numbers) = what;
            Account {
                id: AccountId::from_bytes(id),
                identity: identity.map(IdentityId::from_bytes),
                subject: subject.map(|(issuer, subject)| ProviderSubject { issuer, subject }),
                email,
                name,
                language,
                roles: Roles::from_bits(roles).expect("three roles"),
                status: AccountStatus::ALL[status],
                invitation: invitation
                    .map(|(token_hash, expires_at_us)| Invitation { token_hash, expires_at_us }),
                created_at_us: numbers[0],
                updated_at_us: numbers[1],
                last_seen_at_us: numbers[2],
                version: numbers[3],
            }
        })
    }

    fn sessions() -> impl Strategy<Value = Session> {
        let method = prop_oneof![
            any::<[u8; 32]>().prop_map(|key| SignInMethod::DeviceKey(PublicKey::from_bytes(key))),
            of(".{1,9}").prop_map(|provider_session| SignInMethod::Oidc { provider_session }),
        ];
        let ids = (any::<[u8; 16]>(), any::<[u8; 16]>(), of(any::<[u8; 32]>()));
        (ids, method, ".{0,9}", ".{0,9}", any::<[u64; 3]>()).prop_map(
            |((id, account, identity), method, user_agent, address, numbers)| Session {
                id: SessionId::from_bytes(id),
                account: AccountId::from_bytes(account),
                identity: identity.map(IdentityId::from_bytes),
                method,
                user_agent,
                address,
                created_at_us: numbers[0],
                refreshed_at_us: numbers[1],
                expires_at_us: numbers[2],
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn records_read_back_and_no_part_of_one_is_a_record(
            account in accounts(),
            session in sessions(),
            refresh: [u8; 32],
        ) {
            let refresh = RefreshHash::from_bytes(refresh);
            let bytes = account.to_bytes();
            prop_assert_eq!(Account::from_bytes(&bytes), Some(account));
            let stored = session.to_bytes(&refresh);
            prop_assert_eq!(Session::from_bytes(&stored), Some((session, refresh)));
            for end in 0..bytes.len() {
                prop_assert_eq!(Account::from_bytes(&bytes[..end]), None);
            }
            for end in 0..stored.len() {
                prop_assert_eq!(Session::from_bytes(&stored[..end]), None);
            }
            prop_assert_eq!(Account::from_bytes(&[&bytes[..], &[0]].concat()), None);
        }
    }
}
