//! A look at the manifests of Fjall's keyspaces before Fjall opens them.
//!
//! Each keyspace has a small file that lists its tables, and a file `current`
//! with that file's number and XXH3-128 checksum. Fjall 3 does not compare the
//! checksum yet; it asserts on some of what it reads, and a damaged manifest
//! then ends the whole process. Here it ends in an error.

use std::fs;
use std::path::Path;

use erynoa_kernel::StoreError;
use xxhash_rust::xxh3::xxh3_128;

use crate::error::{corrupt, file};

/// Refuses a database with a damaged manifest.
pub(crate) fn check(database: &Path) -> Result<(), StoreError> {
    let keyspaces = database.join("keyspaces");
    let failed = |error| file(&format!("read the manifests in {}", keyspaces.display()), error);
    for keyspace in keyspaces.read_dir().map_err(failed)? {
        let folder = keyspace.map_err(failed)?.path();
        let current = fs::read(folder.join("current")).map_err(failed)?;
        let whole = match current.split_first_chunk() {
            Some((number, rest)) => {
                let manifest = folder.join(format!("v{}", u64::from_le_bytes(*number)));
                let bytes = fs::read(&manifest).map_err(failed)?;
                // The last byte says: XXH3.
                rest == [xxh3_128(&bytes).to_le_bytes().as_slice(), &[0]].concat()
            }
            None => false,
        };
        if !whole {
            return Err(corrupt(format!(
                "the manifest of tables in {} is damaged; restore a backup or copy the log from a \
                 follower",
                folder.display()
            )));
        }
    }
    Ok(())
}
