//! The Bitcoin OTC web of trust (`testdata/bitcoin-otc`), as ratings and
//! labels. Kumar et al., ICDM 2016 and WSDM 2018.

use std::collections::BTreeMap;
use std::path::Path;

use erynoa_kernel::day_of;

/// Microseconds of a day.
pub const DAY_US: u64 = 86_400_000_000;
/// Who founded the network, and the realm.
pub const FOUNDER: u32 = 1;
/// Founder's rating from which on somebody belongs to the first circle, whose
/// ratings made the labels (Kumar et al. 2018).
const FIRST_CIRCLE: i8 = 5;

/// One person's word about another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rating {
    /// Who rates.
    pub rater: u32,
    /// Whom.
    pub ratee: u32,
    /// −10 to 10, never 0.
    pub value: i8,
    /// Microseconds since the Unix epoch.
    pub at_us: u64,
}

impl Rating {
    /// Whether it speaks for the ratee.
    #[must_use]
    pub fn is_positive(&self) -> bool {
        self.value > 0
    }

    /// Day since the Unix epoch.
    #[must_use]
    pub fn day(&self) -> u64 {
        day_of(self.at_us)
    }
}

/// Ratings in order of time, and who turned out to be what.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// Ascending by time; at most one a pair.
    pub ratings: Vec<Rating>,
    /// Person → fraudulent.
    pub labels: BTreeMap<u32, bool>,
}

impl Dataset {
    /// Reads both files of a folder.
    ///
    /// # Errors
    /// A sentence that names the file and the line.
    pub fn load(folder: &Path) -> Result<Self, String> {
        let ratings = lines(&folder.join("soc-sign-bitcoinotc.csv"), |fields| {
            let [rater, ratee, value, seconds] = fields else { return None };
            let (seconds, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
            let micros = format!("{fraction:0<6}");
            Some(Rating {
                rater: rater.parse().ok()?,
                ratee: ratee.parse().ok()?,
                value: value.parse().ok()?,
                at_us: seconds.parse::<u64>().ok()? * 1_000_000
                    + micros.get(..6)?.parse::<u64>().ok()?,
            })
        })?;
        let labels = lines(&folder.join("bitcoinotc-labels.csv"), |fields| {
            let [person, label] = fields else { return None };
            Some((person.parse().ok()?, label.parse::<i32>().ok()? < 0))
        })?;
        Ok(Self::new(ratings, labels.into_iter().collect()))
    }

    /// Puts ratings into their order.
    #[must_use]
    pub fn new(mut ratings: Vec<Rating>, labels: BTreeMap<u32, bool>) -> Self {
        ratings.sort_by_key(|rating| rating.at_us);
        Self { ratings, labels }
    }

    /// Ratings before a day.
    #[must_use]
    pub fn before(&self, day: u64) -> &[Rating] {
        &self.ratings[..self.ratings.partition_point(|rating| rating.day() < day)]
    }

    /// Ratings from a day on and before another.
    #[must_use]
    pub fn between(&self, from: u64, to: u64) -> &[Rating] {
        &self.before(to)[self.before(from).len()..]
    }

    /// One more than the greatest number of a person.
    #[must_use]
    pub fn people(&self) -> usize {
        people_of(&self.ratings)
    }

    /// The founder and those whom the founder rated 5 or better, ascending.
    #[must_use]
    pub fn first_circle(&self) -> Vec<u32> {
        let mut circle: Vec<u32> = self
            .ratings
            .iter()
            .filter(|rating| rating.rater == FOUNDER && rating.value >= FIRST_CIRCLE)
            .map(|rating| rating.ratee)
            .collect();
        circle.push(FOUNDER);
        circle.sort_unstable();
        circle.dedup();
        circle
    }
}

/// One more than the greatest number of a person in some ratings.
#[must_use]
pub fn people_of(ratings: &[Rating]) -> usize {
    let greatest = ratings.iter().map(|rating| rating.rater.max(rating.ratee)).max();
    greatest.map_or(0, |greatest| greatest as usize + 1)
}

fn lines<T>(path: &Path, read: impl Fn(&[&str]) -> Option<T>) -> Result<Vec<T>, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.is_empty())
        .map(|(number, line)| {
            let fields: Vec<&str> = line.split(',').map(str::trim).collect();
            read(&fields).ok_or_else(|| {
                format!("{}, line {}: `{line}` is no row", path.display(), number + 1)
            })
        })
        .collect()
}
