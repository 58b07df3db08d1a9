//! Options that told what a table does not.

use super::super::fields::Field;
use super::super::row::Rows;
use super::Assembler;

impl Assembler {
    /// Notes that a field was needed of a run which only an option says.
    pub(super) fn used(&self, place: usize, field: Field, (row, run): (&impl Rows, &str)) {
        if self.columns.cell(field, row).is_empty() && self.given.only_option_says(run, field) {
            self.mark_used(place, field);
        }
    }

    /// Notes that an option said a field.
    pub(super) fn mark_used(&self, place: usize, field: Field) {
        let mut uses = self.uses.get();
        uses[place] = Some(field);
        self.uses.set(uses);
    }

    /// The options that were of use.
    pub(in crate::read) fn uses(&self) -> Vec<&'static str> {
        let name = |field: Field| if field == Field::Params { "run_params" } else { field.name() };
        self.uses.get().into_iter().flatten().map(name).collect()
    }
}
