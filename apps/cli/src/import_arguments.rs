//! Verbs that bring many events at once.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::choices::LoadMode;

#[derive(Debug, Subcommand)]
pub(crate) enum ImportCommand {
    /// Ratings as attestations: CSV of rater, ratee, rating −10…10, Unix time.
    ///
    /// Each person becomes an identity whose key is derived from --seed, each
    /// rating an attestation of reliability at its real date. Anybody who knows
    /// the seed can sign for these people: it is for demonstrations. Run again,
    /// it goes on where it stopped.
    Ratings(RatingsArguments),
    /// Write the key file of somebody whom `import ratings` has brought.
    Person(PersonArguments),
}

#[derive(Debug, Args)]
pub(crate) struct PersonArguments {
    /// Number of the person in the imported file.
    pub(crate) number: u32,
    /// Text that all keys are derived from.
    #[arg(long, default_value = "bitcoin-otc")]
    pub(crate) seed: String,
    /// Where to write the key; default: the key file of --key.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct RatingsArguments {
    /// The CSV file.
    pub(crate) file: PathBuf,
    /// Text that all keys are derived from.
    #[arg(long, default_value = "bitcoin-otc")]
    pub(crate) seed: String,
    /// Names become "<prefix> <number>".
    #[arg(long, default_value = "OTC")]
    pub(crate) prefix: String,
    /// Person who becomes operator and founder of the root realm.
    #[arg(long, default_value_t = 1)]
    pub(crate) founder: u32,
    /// The one-time link, or its token, that the first start of the server
    /// printed; needed until the installation is claimed.
    #[arg(long, value_name = "LINK")]
    pub(crate) claim: Option<String>,
    /// Name of the root realm when it is claimed.
    #[arg(long, default_value = "Bitcoin OTC")]
    pub(crate) realm_name: String,
}

#[derive(Debug, Args)]
pub(crate) struct LoadArguments {
    /// What to measure.
    #[arg(long, value_enum, default_value_t = LoadMode::All)]
    pub(crate) mode: LoadMode,
    /// Requests in flight.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) clients: u16,
    /// Longest time of one measurement.
    #[arg(long, default_value_t = 10)]
    pub(crate) seconds: u64,
    /// Events signed beforehand for each writing measurement.
    #[arg(long, default_value_t = 50_000)]
    pub(crate) events: u32,
    /// TCP connections that the clients share.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) connections: u16,
    /// The one-time link, or its token, if the installation is not claimed yet.
    #[arg(long, value_name = "LINK")]
    pub(crate) claim: Option<String>,
}
