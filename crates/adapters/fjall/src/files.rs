//! The index of files on Fjall.

use std::ops::Bound;
use std::sync::Arc;

use async_trait::async_trait;
use erynoa_kernel::StoreError;
use erynoa_storage::{
    Change, ChangeError, Entry, File, FileAccess, FileId, FileIndex, FilePage, FileQuery, Leftover,
    Link, LinkId, LinkQuery, Scope, Seen, Share, Upload, UploadQuery, Usage, UsageQuery, Write,
    plan,
};
use fjall::OwnedWriteBatch;

use crate::error::{corrupt, driver};
use crate::keys::files as keys;
use crate::store::Inner;

/// Files, uploads and links in a [`FjallStore`](crate::FjallStore).
#[derive(Clone)]
pub struct FjallFiles(Arc<Inner>);

impl std::fmt::Debug for FjallFiles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("FjallFiles").field(&self.0.path).finish()
    }
}

fn failed(error: fjall::Error) -> StoreError {
    driver("read or write a file's record", error)
}

/// Reads and writes within one call. Writers hold [`Inner::files_writer`].
impl Inner {
    fn entry(&self, id: &FileId) -> Result<Option<Entry>, StoreError> {
        let Some(record) = self.state.get(keys::entry(id)).map_err(failed)? else {
            return Ok(None);
        };
        let entry = Entry::from_record(&record).filter(|entry| entry.id() == *id);
        entry.map(Some).ok_or_else(|| corrupt(format!("the record of file {id} is damaged")))
    }

    fn link(&self, id: &LinkId) -> Result<Option<Link>, StoreError> {
        let Some(record) = self.state.get(keys::link(id)).map_err(failed)? else {
            return Ok(None);
        };
        let link = Link::from_record(&record).filter(|link| link.id == *id);
        link.map(Some).ok_or_else(|| corrupt(format!("the record of link {id} is damaged")))
    }

    fn usage(&self, share: &Share) -> Result<Option<Usage>, StoreError> {
        let Some(record) = self.state.get(keys::usage(share)).map_err(failed)? else {
            return Ok(None);
        };
        Usage::from_record(&record)
            .map(Some)
            .ok_or_else(|| corrupt(format!("the usage of {share:?} is damaged")))
    }

    /// The ids at the ends of all keys with this prefix.
    fn ids_under(
        &self,
        prefix: Vec<u8>,
    ) -> impl Iterator<Item = Result<[u8; 16], StoreError>> + use<> {
        self.state.prefix(prefix).map(|item| {
            let key = item.key().map_err(failed)?;
            keys::last_id(&key).ok_or_else(|| corrupt("a key of a file is damaged"))
        })
    }

    fn links_to(&self, file: &FileId) -> Result<Vec<Link>, StoreError> {
        let mut links = Vec::new();
        for id in self.ids_under(keys::links_to(file)) {
            links.extend(self.link(&LinkId::from_bytes(id?))?);
        }
        Ok(links)
    }

    /// Every file that could be of this scope.
    fn files(&self, scope: &Scope) -> impl Iterator<Item = Result<File, StoreError>> + use<'_> {
        let prefix = match scope {
            Scope::Of(holder) => keys::files_of(holder),
            Scope::Public => vec![keys::PUBLIC],
            Scope::All => vec![keys::ENTRIES],
        };
        self.ids_under(prefix).filter_map(|id| {
            match id.and_then(|id| self.entry(&FileId::from_bytes(id))) {
                Ok(Some(Entry::File(file))) => Some(Ok(file)),
                Ok(_) => None,
                Err(error) => Some(Err(error)),
            }
        })
    }

    fn see(&self, change: &Change) -> Result<Seen, StoreError> {
        let link = change.link().map(|id| self.link(&id)).transpose()?.flatten();
        let entry = change.entry(link.as_ref());
        let entry = entry.map(|id| self.entry(&id)).transpose()?.flatten();
        let links = match change {
            Change::RemoveFile { id, .. } => self.links_to(id)?,
            _ => Vec::new(),
        };
        let mut seen = Seen { link, links, ..Seen::default() };
        for share in change.shares(entry.as_ref()) {
            if let Some(usage) = self.usage(&share)? {
                seen.usage.insert(share, usage);
            }
        }
        Ok(Seen { entry, ..seen })
    }

    pub(crate) fn write_files(&self, batch: &mut OwnedWriteBatch, write: &Write) {
        match write {
            Write::Entry { before, after } => {
                for key in before.iter().flat_map(indexes) {
                    batch.remove(&self.state, key);
                }
                match (before, after) {
                    (_, Some(after)) => {
                        batch.insert(&self.state, keys::entry(&after.id()), after.to_record());
                    }
                    (Some(before), None) => batch.remove(&self.state, keys::entry(&before.id())),
                    (None, None) => {}
                }
                for key in after.iter().flat_map(indexes) {
                    batch.insert(&self.state, key, []);
                }
            }
            Write::Link { after: Some(link), .. } => {
                batch.insert(&self.state, keys::link(&link.id), link.to_record());
                batch.insert(&self.state, keys::token(&link.token_hash), *link.id.as_bytes());
                batch.insert(&self.state, keys::link_to(&link.file, &link.id), []);
            }
            Write::Link { before, after: None } => {
                if let Some(link) = before {
                    batch.remove(&self.state, keys::link(&link.id));
                    batch.remove(&self.state, keys::token(&link.token_hash));
                    batch.remove(&self.state, keys::link_to(&link.file, &link.id));
                }
            }
            Write::Usage(share, usage) if usage.is_empty() => {
                batch.remove(&self.state, keys::usage(share));
            }
            Write::Usage(share, usage) => {
                batch.insert(&self.state, keys::usage(share), usage.to_record());
            }
            Write::Leftover(leftover) => {
                batch.insert(&self.state, keys::leftover(leftover), []);
            }
            Write::NoLeftover(leftover) => batch.remove(&self.state, keys::leftover(leftover)),
        }
    }

    fn find_links(&self, query: LinkQuery) -> Result<Vec<Link>, StoreError> {
        let mut links = match query {
            LinkQuery::Id(id) => self.link(&id)?.into_iter().collect(),
            LinkQuery::To(file) => self.links_to(&file)?,
            LinkQuery::Token(hash) => {
                let id = self.state.get(keys::token(&hash)).map_err(failed)?;
                let id = id
                    .map(|id| {
                        keys::last_id(&id).ok_or_else(|| corrupt("a link's token is damaged"))
                    })
                    .transpose()?;
                match id {
                    Some(id) => self.link(&LinkId::from_bytes(id))?.into_iter().collect(),
                    None => Vec::new(),
                }
            }
            LinkQuery::ExpiredBy(_) => {
                let mut expired = Vec::new();
                for id in self.ids_under(vec![keys::LINKS]) {
                    let link = self.link(&LinkId::from_bytes(id?))?;
                    expired.extend(link.filter(|link| query.asks_for(link)));
                }
                expired
            }
        };
        links.sort_by_key(|link| (link.created_at_us, link.id));
        links.truncate(LinkQuery::MOST);
        Ok(links)
    }

    fn find_usage(&self, query: UsageQuery) -> Result<Vec<(Share, Usage)>, StoreError> {
        match query {
            UsageQuery::Of(shares) => shares
                .into_iter()
                .map(|share| {
                    let usage = self.usage(&share)?.unwrap_or_default();
                    Ok((share, usage))
                })
                .collect(),
            UsageQuery::Largest(most) => {
                let mut holders = Vec::new();
                for item in self.state.prefix(keys::HOLDERS_USAGE) {
                    let (key, record) = item.into_inner().map_err(failed)?;
                    let found = keys::holder_in(&key).zip(Usage::from_record(&record));
                    let (holder, usage) =
                        found.ok_or_else(|| corrupt("the usage of a holder is damaged"))?;
                    holders.push((Share::Holder(holder), usage));
                }
                Ok(UsageQuery::largest(holders.into_iter(), most))
            }
        }
    }
}

/// The keys that lead to an entry, besides its own.
fn indexes(entry: &Entry) -> Vec<Vec<u8>> {
    match entry {
        Entry::Upload(upload) => vec![keys::upload(&upload.id)],
        Entry::File(file) => {
            let mut found = vec![keys::file_of(&file.holder(), &file.id)];
            if file.access == FileAccess::Public {
                found.push(keys::public(&file.id));
            }
            found
        }
    }
}

impl FjallFiles {
    pub(crate) const fn new(store: Arc<Inner>) -> Self {
        Self(store)
    }
}

#[async_trait]
impl FileIndex for FjallFiles {
    async fn find(&self, id: &FileId) -> Result<Option<Entry>, StoreError> {
        let id = *id;
        self.0.run(move |store| store.entry(&id)).await
    }

    async fn list_files(&self, query: &FileQuery) -> Result<FilePage, StoreError> {
        let query = query.clone();
        self.0.run(move |store| query.select(store.files(&query.scope))).await
    }

    async fn list_uploads(
        &self,
        query: UploadQuery,
        after: Option<FileId>,
        limit: usize,
    ) -> Result<Vec<Upload>, StoreError> {
        self.0
            .run(move |store| {
                let from = match after {
                    Some(after) => Bound::Excluded(keys::upload(&after)),
                    None => Bound::Included(vec![keys::UPLOADS]),
                };
                let to = Bound::Excluded(vec![keys::UPLOADS + 1]);
                let mut uploads = Vec::new();
                for item in store.state.range((from, to)) {
                    if uploads.len() >= limit {
                        break;
                    }
                    let key = item.key().map_err(failed)?;
                    let id = keys::last_id(&key).ok_or_else(|| corrupt("a key of an upload"))?;
                    if let Some(Entry::Upload(upload)) = store.entry(&FileId::from_bytes(id))? {
                        uploads.extend(Some(upload).filter(|upload| query.asks_for(upload)));
                    }
                }
                Ok(uploads)
            })
            .await
    }

    async fn list_links(&self, query: LinkQuery) -> Result<Vec<Link>, StoreError> {
        self.0.run(move |store| store.find_links(query)).await
    }

    async fn list_leftovers(
        &self,
        after: Option<&Leftover>,
        limit: usize,
    ) -> Result<Vec<Leftover>, StoreError> {
        let from = match after {
            Some(after) => Bound::Excluded(keys::leftover(after)),
            None => Bound::Included(vec![keys::LEFTOVERS]),
        };
        let to = Bound::Excluded(vec![keys::LEFTOVERS + 1]);
        self.0
            .run(move |store| {
                store
                    .state
                    .range((from, to))
                    .take(limit)
                    .map(|item| {
                        let key = item.key().map_err(failed)?;
                        keys::leftover_in(&key).ok_or_else(|| corrupt("a leftover is damaged"))
                    })
                    .collect()
            })
            .await
    }

    async fn usage(&self, query: UsageQuery) -> Result<Vec<(Share, Usage)>, StoreError> {
        self.0.run(move |store| store.find_usage(query)).await
    }

    async fn apply(&self, change: Change) -> Result<Option<Entry>, ChangeError> {
        let done = self
            .0
            .run(move |store| {
                let _writer = store.files_writer();
                let writes = match plan(&change, &store.see(&change)?) {
                    Ok(writes) => writes,
                    Err(refused) => return Ok(Err(refused)),
                };
                let mut batch = store.batch();
                for write in &writes {
                    store.write_files(&mut batch, write);
                }
                batch.commit().map_err(failed)?;
                Ok(Ok(Write::outcome(writes)))
            })
            .await;
        done?
    }
}
