//! The index of files on PostgreSQL.

use std::collections::BTreeMap;

use async_trait::async_trait;
use erynoa_kernel::{RealmId, StoreError};
use erynoa_storage::{
    Bin, BucketName, Change, ChangeError, Entry, FOLDERS_MOST, File, FileAccess, FileId, FileIndex,
    FilePage, FileQuery, Folder, Holder, Leftover, Link, LinkId, LinkQuery, ObjectKey, Order,
    OwnerId, Scope, Seen, Share, Upload, UploadQuery, Usage, UsageQuery, Write, plan,
};
use sqlx::{PgConnection, PgExecutor, PgPool};

use crate::number::bound;
use crate::store::answered;
use crate::transaction::{Work, transact};

/// Files, uploads and links in a [`PgStore`](crate::PgStore).
#[derive(Clone, Debug)]
pub struct PgFiles(PgPool);

impl PgFiles {
    pub(crate) const fn new(pool: PgPool) -> Self {
        Self(pool)
    }
}

fn damaged(what: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("{what} is damaged").into())
}

fn holder_key(holder: &Holder) -> Vec<u8> {
    match holder {
        Holder::Person(owner) => [&[1], owner.as_bytes().as_slice()].concat(),
        Holder::Realm(realm) => [&[2], realm.as_bytes().as_slice()].concat(),
    }
}

fn share_key(share: &Share) -> Vec<u8> {
    match share {
        Share::Everything => vec![0],
        Share::Holder(holder) => [&[1], holder_key(holder).as_slice()].concat(),
        Share::Bucket(bucket) => [&[2], bucket.as_str().as_bytes()].concat(),
    }
}

/// The holder in the key of its share.
fn holder_in(share: &[u8]) -> Option<Holder> {
    match share {
        [1, 1, owner @ ..] => Some(Holder::Person(OwnerId::from_bytes(owner.try_into().ok()?))),
        [1, 2, realm @ ..] => Some(Holder::Realm(RealmId::from_bytes(realm.try_into().ok()?))),
        _ => None,
    }
}

/// The share in its key.
pub(crate) fn share_in(key: &[u8]) -> Option<Share> {
    match key {
        [0] => Some(Share::Everything),
        [1, ..] => holder_in(key).map(Share::Holder),
        [2, name @ ..] => {
            let name = std::str::from_utf8(name).ok()?;
            BucketName::new(name).ok().map(Share::Bucket)
        }
        _ => None,
    }
}

fn read_file(record: &[u8]) -> Result<File, sqlx::Error> {
    match Entry::from_record(record) {
        Some(Entry::File(file)) => Ok(file),
        _ => Err(damaged("a file")),
    }
}

fn read_upload(record: &[u8]) -> Result<Upload, sqlx::Error> {
    match Entry::from_record(record) {
        Some(Entry::Upload(upload)) => Ok(upload),
        _ => Err(damaged("an upload")),
    }
}

async fn find(pool: impl PgExecutor<'_>, id: &FileId) -> Result<Option<Entry>, sqlx::Error> {
    let key = id.as_bytes().as_slice();
    let record = sqlx::query_scalar!("SELECT record FROM file_entries WHERE id = $1", key)
        .fetch_optional(pool)
        .await?;
    let Some(record) = record else { return Ok(None) };
    let entry = Entry::from_record(&record).filter(|entry| entry.id() == *id);
    entry.map(Some).ok_or_else(|| damaged(&format!("file {id}")))
}

async fn links(pool: impl PgExecutor<'_>, query: LinkQuery) -> Result<Vec<Link>, sqlx::Error> {
    let (mut id, mut token, mut file, mut expired_by) = (None, None, None, None);
    match &query {
        LinkQuery::Id(link) => id = Some(link.as_bytes().as_slice()),
        LinkQuery::Token(hash) => token = Some(hash.as_slice()),
        LinkQuery::To(to) => file = Some(to.as_bytes().as_slice()),
        LinkQuery::ExpiredBy(at_us) => expired_by = Some(bound(*at_us)),
    }
    let most = bound(LinkQuery::MOST as u64);
    let records =
        sqlx::query_file_scalar!("queries/links_list.sql", id, token, file, expired_by, most)
            .fetch_all(pool)
            .await?;
    let links = records.iter().map(|record| Link::from_record(record));
    links.map(|link| link.ok_or_else(|| damaged("a link"))).collect()
}

/// The usage of these shares, in this order; one without anything is empty.
async fn usage_of(
    pool: impl PgExecutor<'_>,
    shares: Vec<Share>,
) -> Result<Vec<(Share, Usage)>, sqlx::Error> {
    if shares.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<Vec<u8>> = shares.iter().map(share_key).collect();
    let rows = sqlx::query!(
        "SELECT share, record FROM file_usage WHERE share = ANY ($1)",
        keys.as_slice()
    )
    .fetch_all(pool)
    .await?;
    let mut stored = BTreeMap::new();
    for row in rows {
        let usage = Usage::from_record(&row.record).ok_or_else(|| damaged("a usage"))?;
        stored.insert(row.share, usage);
    }
    let usage = keys.iter().map(|key| stored.get(key).copied().unwrap_or_default());
    Ok(shares.into_iter().zip(usage).collect())
}

async fn largest(
    pool: impl PgExecutor<'_>,
    most: usize,
) -> Result<Vec<(Share, Usage)>, sqlx::Error> {
    let rows = sqlx::query!(
        "SELECT share, record FROM file_usage WHERE get_byte(share, 0) = 1 \
         ORDER BY bytes DESC, share LIMIT $1",
        bound(most as u64)
    )
    .fetch_all(pool)
    .await?;
    rows.iter()
        .map(|row| {
            let found = holder_in(&row.share).zip(Usage::from_record(&row.record));
            let (holder, usage) = found.ok_or_else(|| damaged("the usage of a holder"))?;
            Ok((Share::Holder(holder), usage))
        })
        .collect()
}

async fn see(connection: &mut PgConnection, change: &Change) -> Result<Seen, sqlx::Error> {
    let link = match change.link() {
        Some(id) => links(&mut *connection, LinkQuery::Id(id)).await?.pop(),
        None => None,
    };
    let entry = match change.entry(link.as_ref()) {
        Some(id) => find(&mut *connection, &id).await?,
        None => None,
    };
    let to_file = match change {
        Change::RemoveFile { id, .. } => links(&mut *connection, LinkQuery::To(*id)).await?,
        _ => Vec::new(),
    };
    let usage = usage_of(connection, change.shares(entry.as_ref())).await?;
    Ok(Seen { entry, link, links: to_file, usage: usage.into_iter().collect() })
}

// Numbers in columns are bounds: what is exact stands in the record.
async fn write_entry(connection: &mut PgConnection, entry: &Entry) -> Result<(), sqlx::Error> {
    let (owner, access, name, folder, size, created_at_us) = match entry {
        Entry::Upload(u) => (u.owner, u.access, &u.name, &u.folder, u.size, u.created_at_us),
        Entry::File(f) => (f.owner, f.access, &f.name, &f.folder, f.size, f.created_at_us),
    };
    let (media, binned_at_us, expires_at_us) = match entry {
        Entry::Upload(upload) => (None, None, Some(bound(upload.expires_at_us))),
        Entry::File(file) => {
            let media = i16::from(file.media_type.media() as u8);
            (Some(media), file.binned_at_us.map(bound), None)
        }
    };
    let id = entry.id();
    sqlx::query_file!(
        "queries/entry_write.sql",
        id.as_bytes().as_slice(),
        holder_key(&entry.holder()),
        owner.as_bytes().as_slice(),
        i16::from(access as u8),
        folder.as_str(),
        name.folded(),
        media,
        bound(size),
        bound(created_at_us),
        binned_at_us,
        expires_at_us,
        entry.to_record()
    )
    .execute(connection)
    .await
    .map(drop)
}

async fn delete_entry(connection: &mut PgConnection, id: &FileId) -> Result<(), sqlx::Error> {
    sqlx::query!("DELETE FROM file_entries WHERE id = $1", id.as_bytes().as_slice())
        .execute(connection)
        .await
        .map(drop)
}

/// Of a link that is stored, only how often it was opened changes.
async fn write_link(connection: &mut PgConnection, link: &Link) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO file_links (id, file, token_hash, created_at_us, expires_at_us, record) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO UPDATE SET record = excluded.record",
        link.id.as_bytes().as_slice(),
        link.file.as_bytes().as_slice(),
        link.token_hash.as_slice(),
        bound(link.created_at_us),
        link.expires_at_us.map(bound),
        link.to_record()
    )
    .execute(connection)
    .await
    .map(drop)
}

async fn delete_link(connection: &mut PgConnection, id: &LinkId) -> Result<(), sqlx::Error> {
    sqlx::query!("DELETE FROM file_links WHERE id = $1", id.as_bytes().as_slice())
        .execute(connection)
        .await
        .map(drop)
}

async fn write_usage(
    connection: &mut PgConnection,
    share: &Share,
    usage: &Usage,
) -> Result<(), sqlx::Error> {
    let key = share_key(share);
    let written = if usage.is_empty() {
        sqlx::query!("DELETE FROM file_usage WHERE share = $1", key).execute(connection).await
    } else {
        sqlx::query!(
            "INSERT INTO file_usage (share, bytes, record) VALUES ($1, $2, $3) \
             ON CONFLICT (share) DO UPDATE SET bytes = excluded.bytes, record = excluded.record",
            key,
            bound(usage.bytes),
            usage.to_record()
        )
        .execute(connection)
        .await
    };
    written.map(drop)
}

pub(crate) async fn write(connection: &mut PgConnection, write: &Write) -> Result<(), sqlx::Error> {
    match write {
        Write::Entry { after: Some(entry), .. } => write_entry(connection, entry).await,
        Write::Entry { before: Some(entry), after: None } => {
            delete_entry(connection, &entry.id()).await
        }
        Write::Link { after: Some(link), .. } => write_link(connection, link).await,
        Write::Link { before: Some(link), after: None } => delete_link(connection, &link.id).await,
        Write::Entry { before: None, after: None } | Write::Link { before: None, after: None } => {
            Ok(())
        }
        Write::Usage(share, usage) => write_usage(connection, share, usage).await,
        Write::Leftover(leftover) => sqlx::query!(
            "INSERT INTO file_leftovers (bucket, object, since_us) VALUES ($1, $2, $3) \
             ON CONFLICT DO NOTHING",
            leftover.bucket.as_str(),
            leftover.key.as_str(),
            bound(leftover.since_us)
        )
        .execute(connection)
        .await
        .map(drop),
        Write::NoLeftover(leftover) => sqlx::query!(
            "DELETE FROM file_leftovers WHERE bucket = $1 AND object = $2 AND since_us = $3",
            leftover.bucket.as_str(),
            leftover.key.as_str(),
            bound(leftover.since_us)
        )
        .execute(connection)
        .await
        .map(drop),
    }
}

#[async_trait]
impl Work for Change {
    type Output = Result<Option<Entry>, ChangeError>;

    async fn run(&self, connection: &mut PgConnection) -> Result<Self::Output, sqlx::Error> {
        // Nearly every change counts in the share of everything, so they would
        // lose against each other. In a queue none does: what a transaction
        // sees begins after this statement.
        sqlx::query!("LOCK TABLE file_usage IN SHARE ROW EXCLUSIVE MODE")
            .execute(&mut *connection)
            .await?;
        let writes = match plan(self, &see(&mut *connection, self).await?) {
            Ok(writes) => writes,
            Err(refused) => return Ok(Err(refused)),
        };
        for planned in &writes {
            write(&mut *connection, planned).await?;
        }
        Ok(Ok(Write::outcome(writes)))
    }
}

/// What both queries of a list ask for.
struct Covered {
    holder: Option<Vec<u8>>,
    access: Option<i16>,
    out_of_bin: bool,
    binned_until_us: Option<i64>,
    owner: Option<Vec<u8>>,
    least: Option<i16>,
}

impl Covered {
    fn by(query: &FileQuery) -> Self {
        let number = |access| i16::from(access as u8);
        let (holder, access) = match &query.scope {
            Scope::Of(holder) => (Some(holder_key(holder)), None),
            Scope::Public => (None, Some(number(FileAccess::Public))),
            Scope::All => (None, None),
        };
        let (out_of_bin, binned_until_us) = match query.bin {
            Bin::Out => (true, None),
            Bin::In(until_us) => (false, Some(bound(until_us))),
            Bin::Either => (false, None),
        };
        Self {
            holder,
            access,
            out_of_bin,
            binned_until_us,
            owner: query.sight.owner.map(|owner| owner.as_bytes().to_vec()),
            least: query.sight.least.map(number),
        }
    }

    async fn files(
        &self,
        connection: &mut PgConnection,
        query: &FileQuery,
    ) -> Result<Vec<File>, sqlx::Error> {
        let order: i16 = match query.order {
            Order::Id => 0,
            Order::Name => 1,
            Order::Newest => 2,
            Order::Largest => 3,
        };
        let after = query.after.as_ref();
        let after_number = after.map(|after| match query.order {
            Order::Newest | Order::Largest => -bound(u64::MAX - after.number),
            Order::Name | Order::Id => bound(after.number),
        });
        let records = sqlx::query_file_scalar!(
            "queries/files_list.sql",
            self.holder.as_deref(),
            self.access,
            self.out_of_bin,
            self.binned_until_us,
            self.owner.as_deref(),
            self.least,
            query.folder.as_ref().map(Folder::as_str),
            query.name_part,
            query.media.map(|media| i16::from(media as u8)),
            order,
            after.map(|after| after.name.as_str()),
            after_number,
            after.map(|after| after.id.as_bytes().as_slice()),
            bound(query.limit as u64)
        )
        .fetch_all(connection)
        .await?;
        records.iter().map(|record| read_file(record)).collect()
    }

    async fn folders(
        &self,
        connection: &mut PgConnection,
        within: &Folder,
    ) -> Result<Vec<Folder>, sqlx::Error> {
        let front = format!("{}/", within.as_str().trim_end_matches('/'));
        let paths = sqlx::query_file_scalar!(
            "queries/folders_list.sql",
            self.holder.as_deref(),
            self.access,
            self.out_of_bin,
            self.binned_until_us,
            self.owner.as_deref(),
            self.least,
            front,
            bound(FOLDERS_MOST as u64)
        )
        .fetch_all(connection)
        .await?;
        let folders = paths.iter().map(|path| Folder::new(path));
        folders.map(|folder| folder.map_err(|_| damaged("a folder"))).collect()
    }
}

#[async_trait]
impl FileIndex for PgFiles {
    async fn find(&self, id: &FileId) -> Result<Option<Entry>, StoreError> {
        answered("find a file", find(&self.0, id)).await
    }

    async fn list_files(&self, query: &FileQuery) -> Result<FilePage, StoreError> {
        let covered = Covered::by(query);
        answered("list files", async {
            // Files and folders of one moment.
            let moment = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
            let mut transaction = self.0.begin_with(moment).await?;
            let files = covered.files(&mut transaction, query).await?;
            let folders = match &query.folder {
                Some(within) if query.after.is_none() => {
                    covered.folders(&mut transaction, within).await?
                }
                _ => Vec::new(),
            };
            transaction.commit().await?;
            Ok(FilePage { files, folders })
        })
        .await
    }

    async fn list_uploads(
        &self,
        query: UploadQuery,
        after: Option<FileId>,
        limit: usize,
    ) -> Result<Vec<Upload>, StoreError> {
        let (owner, expired_by) = match &query {
            UploadQuery::Of(owner) => (Some(owner.as_bytes().as_slice()), None),
            UploadQuery::ExpiredBy(at_us) => (None, Some(bound(*at_us))),
        };
        answered("list uploads", async {
            let records = sqlx::query_file_scalar!(
                "queries/uploads_list.sql",
                owner,
                expired_by,
                after.as_ref().map(|after| after.as_bytes().as_slice()),
                bound(limit as u64)
            )
            .fetch_all(&self.0)
            .await?;
            records.iter().map(|record| read_upload(record)).collect()
        })
        .await
    }

    async fn list_links(&self, query: LinkQuery) -> Result<Vec<Link>, StoreError> {
        answered("list links", links(&self.0, query)).await
    }

    async fn list_leftovers(
        &self,
        after: Option<&Leftover>,
        limit: usize,
    ) -> Result<Vec<Leftover>, StoreError> {
        answered("list leftovers", async {
            let rows = sqlx::query!(
                "SELECT bucket, object, since_us FROM file_leftovers \
                 WHERE $1::TEXT IS NULL OR (bucket, object, since_us) > ($1, $2::TEXT, $3::BIGINT) \
                 ORDER BY bucket, object, since_us LIMIT $4",
                after.map(|after| after.bucket.as_str()),
                after.map(|after| after.key.as_str()),
                after.map(|after| bound(after.since_us)),
                bound(limit as u64)
            )
            .fetch_all(&self.0)
            .await?;
            rows.iter()
                .map(|row| {
                    Ok(Leftover {
                        bucket: BucketName::new(&row.bucket).map_err(|_| damaged("a leftover"))?,
                        key: ObjectKey::new(&row.object).map_err(|_| damaged("a leftover"))?,
                        since_us: u64::try_from(row.since_us).map_err(|_| damaged("a leftover"))?,
                    })
                })
                .collect()
        })
        .await
    }

    async fn usage(&self, query: UsageQuery) -> Result<Vec<(Share, Usage)>, StoreError> {
        match query {
            UsageQuery::Of(shares) => {
                answered("read how much is stored", usage_of(&self.0, shares)).await
            }
            UsageQuery::Largest(most) => {
                answered("find the largest holders", largest(&self.0, most)).await
            }
        }
    }

    async fn apply(&self, change: Change) -> Result<Option<Entry>, ChangeError> {
        transact(&self.0, "change a file", &change).await?
    }
}
