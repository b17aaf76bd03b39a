//! What those who run the installation want to know.

use crate::{
    Bin, File, FileQuery, Order, Scope, Share, Sight, Storage, StorageError, Usage, UsageQuery,
};

/// How much is stored, and by whom.
#[derive(Clone, Debug)]
pub struct Overview {
    /// Of everybody.
    pub usage: Usage,
    /// The largest holders.
    pub holders: Vec<(Share, Usage)>,
    /// The largest files.
    pub biggest: Vec<File>,
}

impl Storage {
    /// The largest holders and files, and the usage of all.
    ///
    /// # Errors
    /// `Store`.
    pub async fn overview(&self, most: usize) -> Result<Overview, StorageError> {
        let query = FileQuery {
            scope: Scope::All,
            bin: Bin::Either,
            sight: Sight::EVERYTHING,
            folder: None,
            name_part: String::new(),
            media: None,
            order: Order::Largest,
            after: None,
            limit: most,
        };
        Ok(Overview {
            usage: self.usage_of(Share::Everything).await?,
            holders: self.index.usage(UsageQuery::Largest(most)).await?,
            biggest: self.index.list_files(&query).await?.files,
        })
    }
}
