//! Which statement counts for what counts once.

use crate::fold::index32;
use crate::row::Once;
use crate::tag_index::{TagIndex, tag_of};

/// Names in the order in which they were first taken, each with who holds it.
#[derive(Debug, Default)]
pub(crate) struct Names {
    index: TagIndex,
    taken: Vec<(Once, u32)>,
}

impl Names {
    pub(crate) fn contains(&self, name: &Once) -> bool {
        let same = |position: u32| self.taken[position as usize].0 == *name;
        self.index.find(tag_of(name), same).is_some()
    }

    /// Looks at the place of a name. See [`crate::close::AHEAD`].
    pub(crate) fn look(&self, name: &Once) -> usize {
        self.index.look(tag_of(name))
    }

    /// Gives a free name to `statement`; of a name that is taken the holder.
    pub(crate) fn take(&mut self, name: Once, statement: u32) -> Option<&mut u32> {
        let same = |position: u32| self.taken[position as usize].0 == name;
        match self.index.find_or_insert(tag_of(&name), index32(self.taken.len()), same) {
            Some(position) => Some(&mut self.taken[position as usize].1),
            None => {
                self.taken.push((name, statement));
                None
            }
        }
    }
}
