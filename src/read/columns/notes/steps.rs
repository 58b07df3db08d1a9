//! Whether a step has as many tokens as its batch says.

use super::super::Columns;
use super::super::remedies::chosen;
use crate::read::fields::Field;
use crate::read::row::Rows;
use crate::read::unread::Unread;

/// The column by which a step is longer or shorter than its batch and what is wrong with it, and a remedy.
type WrongStep = ((usize, String), String);

impl Columns {
    /// What says that a row's steps are longer or shorter than its batch, whose `sizes` are these; `give` is what else a person can do.
    pub(in crate::read) fn wrong_step(
        &self,
        unread: &Unread,
        row: &impl Rows,
        sizes: [&str; 2],
        give: &str,
    ) -> Option<WrongStep> {
        let field = self.size_of_step();
        let size = self.header(field);
        let pair = chosen(field.name(), size);
        if let Some(ramp) = unread.ramp(|column| row.cell(column), &sizes) {
            let remedy = format!(
                "give the tokens of each run, in a column `tokens`; if all its steps are alike, say `columns: {pair}`"
            );
            return Some((ramp, remedy));
        }
        if let Some(multiplier) = unread.multiplier(|column| row.cell(column), size) {
            let give = if field == Field::TokensPerStep { "" } else { give };
            let remedy = format!("{give}if '{size}' is a whole step's, say so: `columns: {pair}`");
            return Some((multiplier, remedy));
        }
        let problem = unread.may_count_tokens(sizes)?;
        let of_tokens = chosen(Field::TokensPerStep.name(), size);
        let remedy = format!(
            "if it is tokens, say `columns: {of_tokens},{}=`; if it is sequences, say `columns: {pair}`",
            Field::SequenceLength.name()
        );
        Some(((self.index(Field::BatchSize)?, problem), remedy))
    }

    /// The field that says how large a step is.
    pub(in crate::read) fn size_of_step(&self) -> Field {
        match self.index(Field::TokensPerStep) {
            Some(_) => Field::TokensPerStep,
            None => Field::BatchSize,
        }
    }

    /// What is wrong with a cell of the column of schedules that may be the learning rate's, and a remedy.
    pub(in crate::read) fn schedule_of_rate(&self, unread: &Unread, row: &impl Rows) -> Option<[String; 2]> {
        const NAMES: [&str; 2] = ["schedule", "scheduler"];
        let index = self.index(Field::Schedule).filter(|_| !self.is_chosen(Field::Schedule))?;
        let is_open = NAMES.contains(&&*self.normal[index]) && self.index(Field::LrSchedule).is_none();
        let cell = row.cell(index);
        if !unread.may_be_of_rate(cell) || !is_open {
            return None;
        }
        let is_of_rate = |name: &String| {
            let words = ["learningrate", "lrwarmup", "peaklr", "maxlr", "minlr", "lrmax", "lrmin", "lrpeak"];
            // A run may be dense at first, too.
            name == "lr" || name.starts_with("warmup") || words.iter().any(|word| name.contains(word))
        };
        let rate = &self.headers[self.normal.iter().position(is_of_rate)?];
        let pair = chosen(Field::Schedule.name(), &self.headers[index]);
        Some([
            format!("'{cell}' may be the schedule of the learning rate, as '{rate}' stands beside it"),
            format!(
                "if it says how the run is pruned, say `columns: {pair}`; if not, say `columns: schedule=`"
            ),
        ])
    }
}
