//! Who may do what with a file: one pure rule.

use erynoa_kernel::RealmId;

use crate::{File, FileAccess, OwnerId};

/// What somebody wants to do with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// To know that it is there, and what is known about it.
    See,
    /// To read its bytes, or copy them.
    Read,
    /// To rename, move or restore it, to change who may read it, to make, see
    /// and revoke links.
    Edit,
    /// To move it to the bin or delete it for good.
    Delete,
}

/// Somebody who looks at one file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Viewer {
    /// Who it is; `None` = nobody is signed in.
    pub account: Option<OwnerId>,
    /// Whether they are a member of the file's realm.
    pub is_member: bool,
    /// Whether they run the installation.
    pub is_operator: bool,
    /// Whether they have a link to the file that is good now.
    pub has_link: bool,
}

/// Whoever calls, before a file is known.
#[derive(Clone, Copy)]
pub struct Caller<'a> {
    /// Who it is; `None` = nobody is signed in.
    pub account: Option<OwnerId>,
    /// Whether they run the installation.
    pub is_operator: bool,
    /// Whether they are a member of a realm.
    pub is_member: &'a (dyn Fn(&RealmId) -> bool + Sync),
}

impl Caller<'_> {
    /// The caller, looking at `file`.
    #[must_use]
    pub fn viewer(&self, file: &File) -> Viewer {
        Viewer {
            account: self.account,
            is_member: file.realm.as_ref().is_some_and(self.is_member),
            is_operator: self.is_operator,
            has_link: false,
        }
    }
}

/// Whether `viewer` may do `action` with `file`.
///
/// The owner may do everything. Others read as far as the file's access goes,
/// and never what is in the bin. Operators see what is known about any file and
/// may delete it, for they answer for the installation; its bytes they read
/// only where anybody else in their place might.
#[must_use]
pub fn may(action: Action, file: &File, viewer: &Viewer) -> bool {
    if viewer.account == Some(file.owner) {
        return true;
    }
    let reads = file.binned_at_us.is_none()
        && match file.access {
            FileAccess::Private => false,
            FileAccess::Members => viewer.is_member,
            FileAccess::Link => viewer.is_member || viewer.has_link,
            FileAccess::Public => true,
        };
    match action {
        Action::See => reads || viewer.is_operator,
        Action::Read => reads,
        Action::Edit => false,
        Action::Delete => viewer.is_operator,
    }
}
