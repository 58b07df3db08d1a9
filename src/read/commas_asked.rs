//! What refused rows tell of the commas in their file.

use super::commas::{Commas, WHICH, told_by};
use super::fields::Field;

/// Rows that are refused for their commas, and what their cells tell.
#[derive(Debug, Default)]
pub(super) struct CommasAsked {
    /// Rows whose remedy is to say what commas mark.
    rows: usize,
    decimals: bool,
    thousands: bool,
    /// Whether a loss has a comma that may mark either: no loss is in thousands.
    has_loss: bool,
}

impl CommasAsked {
    /// Notes what the remedy of a refused row is, where that is to say what commas mark.
    pub(super) fn note_remedy(&mut self, remedy: &str) {
        self.rows += usize::from(remedy.contains("`commas="));
        self.decimals |= remedy.contains("`commas=decimal`");
        self.thousands |= remedy.contains("`commas=thousands`");
    }

    /// Notes what the cell of a field in a refused row tells.
    pub(super) fn note(&mut self, field: Field, cell: &str) {
        match told_by(cell) {
            Some(Commas::Thousands) => self.thousands = true,
            Some(_) => self.decimals = true,
            None => self.has_loss |= field == Field::Loss && cell.contains(','),
        }
    }

    /// What to do about all of these rows, among `all` that are refused; none where it is not for commas that any is refused.
    pub(super) fn remedy(&self, all: usize) -> Option<String> {
        let say = |commas: Commas| match all == self.rows {
            true => format!("say it of all of them: `commas={commas}`"),
            false => format!("first say what commas mark: `commas={commas}`"),
        };
        (self.rows > 0).then(|| match (self.decimals, self.thousands) {
            (true, true) => {
                "commas mark thousands in some cells and decimals in others: mend them in the file".to_owned()
            }
            (true, false) => say(Commas::Decimal),
            (false, true) if !self.has_loss => say(Commas::Thousands),
            (false, _) => format!("say what commas mark: {WHICH}"),
        })
    }
}
