//! Sizes of pages.

/// Number of entries on one page, 1 to 100, 20 unless asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageSize(u32);

/// A page size above 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("page_size is 1 to 100, or 0 for 20")]
pub struct PageError;

impl PageSize {
    /// The size asked for; 0 means 20.
    ///
    /// # Errors
    /// Above 100.
    pub const fn new(asked: u32) -> Result<Self, PageError> {
        match asked {
            0 => Ok(Self(20)),
            1..=100 => Ok(Self(asked)),
            _ => Err(PageError),
        }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> usize {
        self.0 as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_size_is_one_to_a_hundred_and_twenty_unless_asked() {
        let size = |asked| PageSize::new(asked).map(PageSize::get);
        assert_eq!(
            [size(0), size(1), size(100), size(101)],
            [Ok(20), Ok(1), Ok(100), Err(PageError)]
        );
    }
}
