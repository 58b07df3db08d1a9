//! What the first row of each run says of it, which the others must repeat.

/// Texts of the first row of each run, in one text.
#[derive(Debug, Default)]
pub(super) struct FirstRows {
    text: String,
    /// Where the texts of each run begin.
    starts: Vec<usize>,
    /// How long each is; as many for every run.
    lengths: Vec<u32>,
    each: usize,
}

impl FirstRows {
    /// Nothing yet; `each` texts a run.
    pub(super) fn new(each: usize) -> Self {
        Self { each, ..Self::default() }
    }

    /// Adds the texts of the next run.
    pub(super) fn add<'a>(&mut self, cells: impl Iterator<Item = &'a str>) {
        if self.each > 0 {
            self.starts.push(self.text.len());
        }
        for cell in cells {
            self.text.push_str(cell);
            self.lengths.push(cell.len() as u32);
        }
    }

    /// The texts of a run.
    pub(super) fn of(&self, run: usize) -> impl Iterator<Item = &str> {
        let lengths = &self.lengths[run * self.each..][..self.each];
        let mut end = self.starts.get(run).copied().unwrap_or_default();
        lengths.iter().map(move |length| {
            let start = end;
            end += *length as usize;
            &self.text[start..end]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::FirstRows;

    #[test]
    fn texts_are_those_that_were_added() {
        let mut rows = FirstRows::new(2);
        rows.add(["1B", ""].into_iter());
        rows.add(["", "c4, é"].into_iter());
        assert_eq!(rows.of(0).collect::<Vec<_>>(), ["1B", ""]);
        assert_eq!(rows.of(1).collect::<Vec<_>>(), ["", "c4, é"]);
        let mut none = FirstRows::new(0);
        none.add([].into_iter());
        assert_eq!(none.of(0).count(), 0);
    }
}
