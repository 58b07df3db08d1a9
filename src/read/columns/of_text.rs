//! Losses that have more in them than the text's own, which stands beside them: `valid_loss` and `valid_nll_loss`.

use super::super::fields::Field;
use super::super::measure::{Measure, is_of_start, words};
use super::recognise::{is_made, says_evaluation};
use super::{Columns, chosen};
use crate::Result;
use crate::run::MappedBy;

const LOSS: &str = "loss";
/// What tools call the text's own loss beside one of label smoothing.
const OWN: &str = "nll";
/// The same beside one to which that of a gate of experts is added.
const INNER: &str = "inner";

impl Columns {
    /// The column of the text's own loss beside one of the same name that has more in it.
    pub(super) fn own_of_text(&self, index: usize) -> Option<usize> {
        let before = self.normal[index].strip_suffix(LOSS)?;
        let of = |own: &str| {
            let rest = |name: &str| {
                Some(name.strip_suffix(LOSS)?.strip_suffix(own)? == before).filter(|is_own| *is_own)
            };
            self.normal.iter().position(|name| rest(name).is_some())
        };
        of(OWN).or_else(|| of(INNER).filter(|_| self.headers.iter().any(|header| is_of_gate(header))))
    }

    /// The same columns, each once, with the text's own losses in place of those that have more in them.
    pub(super) fn take_own(&self, found: &mut Vec<usize>, free: impl Fn(&usize) -> bool) {
        let own = |index: usize| self.own_of_text(index).filter(&free).unwrap_or(index);
        let mut taken = Vec::with_capacity(found.len());
        for index in found.drain(..).map(own) {
            if !taken.contains(&index) {
                taken.push(index);
            }
        }
        *found = taken;
    }

    /// Columns of bits a byte, or a character, of an evaluation, which no field has.
    pub(in crate::read) fn bits_of_evaluation(&self) -> Vec<usize> {
        let is_bits = |index: &usize| {
            let header = &self.headers[*index];
            self.field_of(*index).is_none()
                && !self.not.contains(&(Field::Loss, *index))
                && says_evaluation(header)
                && matches!(
                    Measure::of(Field::Loss, header),
                    Measure::BitsPerByte | Measure::BitsPerCharacter
                )
                && !is_made(header)
                && !is_of_start(header)
        };
        (0..self.headers.len()).filter(is_bits).collect()
    }

    /// In a log, takes bits a byte of an evaluation in place of losses of training where the bytes of a token are known, and asks for them elsewhere.
    pub(super) fn take_bits_of_evaluation(&mut self, bytes_per_token: Option<f64>) -> Result<()> {
        let is_open = self.log && !self.is_chosen(Field::Loss) && !self.off.contains(&Field::Loss);
        let Some(index) = self.index(Field::Loss).filter(|_| is_open) else { return Ok(()) };
        let loss = &self.headers[index];
        if Measure::of(Field::Loss, loss) != Measure::Plain || says_evaluation(loss) {
            return Ok(());
        }
        let Some(&bits) = self.bits_of_evaluation().first() else { return Ok(()) };
        if bytes_per_token.is_some() {
            self.by_field[Field::Loss as usize] = Some((bits, MappedBy::Alias));
            return Ok(());
        }
        let problem = format!("an evaluation is measured here, and '{loss}' is of training");
        let remedy = format!(
            "to read the evaluation, give the mean bytes of a token of its text (`bytes_per_token=4.2`); to read training, say `columns: {}`",
            chosen(Field::Loss.name(), loss)
        );
        Err(self.refuse_column(bits, &problem, &remedy))
    }

    /// What to say where the text's own loss is read in place of another.
    pub(super) fn note_of_own(&self) -> Option<String> {
        let own = self.index(Field::Loss).filter(|_| !self.is_chosen(Field::Loss))?;
        let is_whole = |index: &usize| self.own_of_text(*index) == Some(own);
        let whole = (0..self.headers.len()).find(is_whole)?;
        let [own, whole] = [own, whole].map(|index| &self.headers[index]);
        Some(format!(
            "'{own}' is read, and not '{whole}', which may have more in it than the loss of the text"
        ))
    }

    /// What to say of losses that a person chose, and whose name says that training begins with them.
    pub(super) fn note_of_start(&self) -> Option<String> {
        let name = &self.headers[self.index(Field::Loss)?];
        is_of_start(name).then(|| {
            format!(
                "'{name}' seems to be the loss at the beginning of each run: its tokens were not seen by then"
            )
        })
    }
}

/// Whether a name is that of the loss of a gate of experts.
fn is_of_gate(header: &str) -> bool {
    let words = words(header);
    ["gate", LOSS].iter().all(|own| words.iter().any(|word| word == own))
}
