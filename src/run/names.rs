//! Where in a list each name stands.

use std::hash::{BuildHasher, RandomState};

use smol_str::SmolStr;

/// Slots at first; their number is always a power of two.
const FEWEST: usize = 16;
/// A slot without a name.
const EMPTY: (u32, u32) = (0, u32::MAX);

/// Where in a list each name stands. The names stay in the list, so that one costs eight bytes a slot here.
#[derive(Debug)]
pub(crate) struct Names {
    hasher: RandomState,
    /// Hash and place of each name, in the slot that its hash says or the next that was free.
    slots: Vec<(u32, u32)>,
    len: usize,
}

impl Default for Names {
    fn default() -> Self {
        Self { hasher: RandomState::new(), slots: vec![EMPTY; FEWEST], len: 0 }
    }
}

impl Names {
    /// Room for so many names.
    pub(crate) fn with_capacity(names: usize) -> Self {
        let slots = (names + names / 3 + 2).next_power_of_two().max(FEWEST);
        Self { slots: vec![EMPTY; slots], ..Self::default() }
    }

    /// The place of a name that is there already. One that is not is added, at `place`; `at` gives the name at a place.
    pub(crate) fn find_or_add<'a>(
        &mut self,
        name: &str,
        place: usize,
        at: impl Fn(usize) -> &'a str,
    ) -> Option<usize> {
        let hash = self.hasher.hash_one(name) as u32;
        let mut slot = self.slot(hash);
        while self.slots[slot] != EMPTY {
            let (known, place) = self.slots[slot];
            if known == hash && at(place as usize) == name {
                return Some(place as usize);
            }
            slot = self.next(slot);
        }
        self.slots[slot] = (hash, place as u32);
        self.len += 1;
        if 4 * self.len > 3 * self.slots.len() {
            self.grow();
        }
        None
    }

    /// The first name of a list that was there before.
    pub(crate) fn repeated(list: &[SmolStr]) -> Option<&str> {
        let mut names = Self::with_capacity(list.len());
        let mut each = list.iter().map(SmolStr::as_str).enumerate();
        each.find_map(|(place, name)| names.find_or_add(name, place, |place| &list[place]).map(|_| name))
    }

    fn grow(&mut self) {
        let twice = vec![EMPTY; 2 * self.slots.len()];
        for entry in std::mem::replace(&mut self.slots, twice).into_iter().filter(|entry| *entry != EMPTY) {
            let mut slot = self.slot(entry.0);
            while self.slots[slot] != EMPTY {
                slot = self.next(slot);
            }
            self.slots[slot] = entry;
        }
    }

    fn slot(&self, hash: u32) -> usize {
        hash as usize & (self.slots.len() - 1)
    }

    fn next(&self, slot: usize) -> usize {
        (slot + 1) & (self.slots.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use smol_str::{SmolStr, format_smolstr};

    use super::Names;

    #[test]
    fn names_are_found_where_they_were_added() {
        let list: Vec<SmolStr> = (0..1000).map(|i| format_smolstr!("run {i}")).collect();
        for mut names in [Names::default(), Names::with_capacity(list.len())] {
            for known in [false, true] {
                for (place, name) in list.iter().enumerate() {
                    let found = names.find_or_add(name, place, |place| &list[place]);
                    assert_eq!(found, known.then_some(place));
                }
            }
        }
        assert_eq!(Names::repeated(&list), None);
        assert_eq!(Names::repeated(&[&list[..], &list[7..9]].concat()), Some("run 7"));
    }
}
