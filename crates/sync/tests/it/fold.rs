//! What a node folds its log into.

use std::collections::HashMap;
use std::rc::Rc;

use bytes::Bytes;
use erynoa_events::{Admitted, Body, LogState, VerifiedEvent, from_own_log, verify};
use erynoa_kernel::PublicKey;
use erynoa_replica::{Batch, Replica};

/// Entries whose form and signatures were checked once in this world: the
/// verdict is a pure function of the bytes, so every node shares it. Only
/// looked up, never walked through.
#[derive(Default)]
pub(crate) struct Genuine(HashMap<Bytes, Result<Rc<VerifiedEvent>, String>>);

impl Genuine {
    pub(crate) fn event(&mut self, entry: &Bytes) -> Result<Rc<VerifiedEvent>, String> {
        let check = || verify(entry.clone()).map(Rc::new).map_err(|error| error.to_string());
        self.0.entry(entry.clone()).or_insert_with(check).clone()
    }
}

/// The state of one log.
pub(crate) enum Fold {
    /// Judges and folds everything.
    Full(Box<Replica>),
    /// Checks signatures only, so that a world can have many.
    Light(Box<LogState>),
}

impl Fold {
    pub(crate) fn new(key: PublicKey, full: bool) -> Self {
        if full {
            Self::Full(Box::new(Replica::new(key)))
        } else {
            Self::Light(Box::new(LogState::new(key)))
        }
    }

    pub(crate) fn log(&self) -> &LogState {
        match self {
            Self::Full(replica) => &replica.log,
            Self::Light(log) => log,
        }
    }

    pub(crate) fn replica(&self) -> Option<&Replica> {
        match self {
            Self::Full(replica) => Some(replica),
            Self::Light(_) => None,
        }
    }

    pub(crate) fn replica_mut(&mut self) -> Option<&mut Replica> {
        match self {
            Self::Full(replica) => Some(replica),
            Self::Light(_) => None,
        }
    }

    /// Takes in an entry of a stranger. After an error what was folded is
    /// to be forgotten.
    pub(crate) fn follow(&mut self, entry: &Bytes, genuine: &mut Genuine) -> Result<(), String> {
        let event = genuine.event(entry)?;
        match self {
            Self::Light(log) => log.apply(&event),
            Self::Full(replica) => {
                match Batch::over(replica, u64::MAX).judge(&event) {
                    Ok(Admitted::New { .. }) => {}
                    Ok(Admitted::Duplicate { .. }) => return Err("it stands there already".into()),
                    Err(error) => return Err(error.to_string()),
                }
                if let Body::EpochClosed(closed) = &event.event().body {
                    let outcome = replica.close(closed.closed_at_us);
                    Replica::compare(&outcome, closed).map_err(|error| error.to_string())?;
                }
                replica.apply(&event);
            }
        }
        Ok(())
    }

    /// Takes in an entry of our own, whatever it says.
    pub(crate) fn take_own(&mut self, entry: &Bytes) {
        let event = from_own_log(entry.clone()).expect("what we wrote can be read");
        match self {
            Self::Light(log) => log.apply(&event),
            Self::Full(replica) => replica.apply(&event),
        }
    }
}
