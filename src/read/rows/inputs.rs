//! Columns that laws read by name.

use super::Assembler;
use crate::Result;
use crate::read::cells::{self, Range, Refusal};
use crate::read::row::Rows;

impl Assembler {
    /// Keeps the columns of these names that there are.
    pub(in crate::read) fn with_inputs(mut self, names: &[String]) -> Self {
        let place = |name: &String| self.columns.headers().iter().position(|header| header == name);
        let found = names.iter().filter_map(|name| Some((place(name)?, name.clone())));
        let (places, names): (Vec<usize>, Vec<String>) = found.unzip();
        self.inputs = (places, names.into());
        self
    }

    /// What the row has in them.
    pub(super) fn inputs(&self, row: &impl Rows) -> Result<Vec<f64>> {
        let read = |(column, name): (&usize, &String)| {
            let refuse = |mut refusal: Refusal| {
                let or = format!(
                    ", or, if the law's {name} is a parameter, say so: `law=... where {name}=0.1..10`"
                );
                refusal.remedy.push_str(&or);
                self.refuse_cell(row, *column, refusal)
            };
            cells::number(row.cell(*column), Range::Any, name).map_err(refuse)
        };
        self.inputs.0.iter().zip(self.inputs.1.iter()).map(read).collect()
    }
}
