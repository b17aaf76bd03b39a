//! What a delegation allows (protocol §4).

use std::fmt;
use std::str::FromStr;

use erynoa_events::{Body, Dimension, Event, MAX_DELEGATION_DEPTH, MAX_NAME_BYTES};

/// One thing that a delegate may do. Parses from its exact text form alone, at
/// most 128 bytes, so that there is one way to write each.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Capability {
    /// `*`: everything.
    All,
    /// `read:PATH`
    Read(Scope),
    /// `write:PATH`
    Write(Scope),
    /// `execute:ACTION`, an action being a path such as `receipt`.
    Execute(Scope),
    /// `attest:DIMENSION,…`, in the order of the trust vector.
    Attest(Dimensions),
    /// `delegate:N`: hand on, with at most N further links.
    Delegate(u8),
}

/// Segments of letters, digits, `.`, `_` and `-` with `/` between them, with or
/// without one before them. The last may be `*`: everything below.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope(String);

/// A set of dimensions, not empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dimensions(u8);

/// Text that is no capability.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a capability is *, read:PATH, write:PATH, execute:ACTION, attest:DIMENSION,… or delegate:0 to 5"
)]
pub struct CapabilityParseError;

impl Scope {
    /// Equal, or a prefix that ends in `/*` at a segment border.
    fn implies(&self, other: &Self) -> bool {
        self == other
            || self
                .0
                .strip_suffix('*')
                .is_some_and(|prefix| prefix.ends_with('/') && other.0.starts_with(prefix))
    }

    fn is_segment(segment: &str) -> bool {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        !matches!(segment, "" | "." | "..") && segment.bytes().all(allowed)
    }
}

impl FromStr for Scope {
    type Err = CapabilityParseError;

    fn from_str(text: &str) -> Result<Self, CapabilityParseError> {
        let relative = text.strip_prefix('/').unwrap_or(text);
        let is_below = relative.len() < text.len() && relative == "*";
        let named = relative.strip_suffix("/*").unwrap_or(relative);
        if is_below || named.split('/').all(Self::is_segment) {
            return Ok(Self(text.to_owned()));
        }
        Err(CapabilityParseError)
    }
}

impl Dimensions {
    /// In the order of the trust vector.
    pub fn iter(self) -> impl Iterator<Item = Dimension> {
        Dimension::ALL.into_iter().filter(move |d| self.0 & Self::bit(*d) != 0)
    }

    const fn bit(dimension: Dimension) -> u8 {
        1 << dimension.index()
    }
}

impl FromStr for Dimensions {
    type Err = CapabilityParseError;

    fn from_str(text: &str) -> Result<Self, CapabilityParseError> {
        let mut bits = 0;
        for name in text.split(',') {
            let dimension = Dimension::ALL
                .into_iter()
                .find(|d| d.name() == name)
                .ok_or(CapabilityParseError)?;
            // Ascending, each once: the new bit is above all others.
            if bits >= Self::bit(dimension) {
                return Err(CapabilityParseError);
            }
            bits |= Self::bit(dimension);
        }
        Ok(Self(bits))
    }
}

impl Capability {
    /// Whether whoever may do `self` may do `other`.
    #[must_use]
    pub fn implies(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::All, _) => true,
            (Self::Read(a), Self::Read(b))
            | (Self::Write(a), Self::Write(b))
            | (Self::Execute(a), Self::Execute(b)) => a.implies(b),
            (Self::Attest(a), Self::Attest(b)) => a.0 & b.0 == b.0,
            (Self::Delegate(a), Self::Delegate(b)) => a >= b,
            _ => false,
        }
    }

    /// What an agent needs to author an event; `None` for events that it may
    /// always author: those about identities, and those that take its own back.
    #[must_use]
    pub fn required_for(event: &Event) -> Option<Self> {
        match &event.body {
            Body::IdentityCreated(_)
            | Body::KeyAdded(_)
            | Body::KeyRevoked(_)
            | Body::ControllerSet(_)
            | Body::IdentityDeactivated(_)
            | Body::IdentityRecovered(_)
            | Body::AttestationRevoked(_)
            | Body::VouchRevoked(_)
            | Body::DelegationRevoked(_)
            | Body::RealmLeft(_) => None,
            Body::Attestation(attestation) => {
                Some(Self::Attest(Dimensions(Dimensions::bit(attestation.dimension))))
            }
            // The new link itself and those that may follow it.
            Body::Delegation(delegation) => {
                Some(Self::Delegate(delegation.max_depth.saturating_add(1)))
            }
            other => Some(Self::Execute(Scope(other.kind().name().to_owned()))),
        }
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("*"),
            Self::Read(scope) => write!(f, "read:{}", scope.0),
            Self::Write(scope) => write!(f, "write:{}", scope.0),
            Self::Execute(scope) => write!(f, "execute:{}", scope.0),
            Self::Delegate(links) => write!(f, "delegate:{links}"),
            Self::Attest(dimensions) => {
                let names: Vec<&str> = dimensions.iter().map(Dimension::name).collect();
                write!(f, "attest:{}", names.join(","))
            }
        }
    }
}

impl FromStr for Capability {
    type Err = CapabilityParseError;

    fn from_str(text: &str) -> Result<Self, CapabilityParseError> {
        if text == "*" {
            return Ok(Self::All);
        }
        if text.len() > MAX_NAME_BYTES {
            return Err(CapabilityParseError);
        }
        let (kind, rest) = text.split_once(':').ok_or(CapabilityParseError)?;
        match kind {
            "read" => rest.parse().map(Self::Read),
            "write" => rest.parse().map(Self::Write),
            "execute" => rest.parse().map(Self::Execute),
            "attest" => rest.parse().map(Self::Attest),
            "delegate" => match rest.as_bytes() {
                [digit @ b'0'..=b'9'] if digit - b'0' <= MAX_DELEGATION_DEPTH => {
                    Ok(Self::Delegate(digit - b'0'))
                }
                _ => Err(CapabilityParseError),
            },
            _ => Err(CapabilityParseError),
        }
    }
}
