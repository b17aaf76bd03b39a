//! The ports of the stores on PostgreSQL 15 and later.
//!
//! Nothing depends on extensions. Several processes may use one database: the
//! order of the log is exact, because each appends under the lock of one row
//! after having read what the others have added.

mod accounts;
mod audit;
mod error;
mod files;
mod log;
mod notifications;
mod number;
mod records;
mod sessions;
mod store;
mod transaction;
mod witness_book;
mod workflows;

pub use accounts::PgAccounts;
pub use audit::PgAudit;
pub use files::PgFiles;
pub use log::PgEventLog;
pub use notifications::PgNotifications;
pub use records::PgRecords;
pub use sessions::PgSessions;
pub use store::{PgConfig, PgStore};
pub use witness_book::PgWitnessBook;
pub use workflows::PgRuns;
