//! Columns that laws read by name.

use super::Assembler;
use crate::Result;
use crate::read::cells::{self, Range, Refusal};
use crate::read::fields::normalise;
use crate::read::row::Rows;

impl Assembler {
    /// Keeps the columns of these names that there are. A name that is nearly that of a column is not taken for a parameter.
    pub(in crate::read) fn with_inputs(mut self, names: &[String]) -> Result<Self> {
        let headers = self.columns.headers();
        let place = |name: &String| headers.iter().position(|header| header == name);
        let (found, others): (Vec<&String>, Vec<&String>) =
            names.iter().partition(|name| place(name).is_some());
        for name in others {
            let Some(column) = headers.iter().position(|header| is_nearly(header, name)) else { continue };
            let problem = format!("the law has {name}, which would be a parameter beside this column");
            let written = match &headers[column] {
                plain if plain.chars().all(|c| c.is_alphanumeric() || c == '_') => plain.clone(),
                other => format!("\"{other}\""),
            };
            let remedy = format!(
                "write {written} in the law; or, if {name} is a parameter, say so: `law=... where {name}=0.1..10`"
            );
            return Err(self.columns.refuse_column(column, &problem, &remedy));
        }
        let (places, names): (Vec<usize>, Vec<String>) =
            found.into_iter().filter_map(|name| Some((place(name)?, name.clone()))).unzip();
        self.inputs = (places, names.into());
        Ok(self)
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

/// Whether two names differ in case, in signs between words or in a plural alone.
fn is_nearly(header: &str, name: &str) -> bool {
    const SHORTEST: usize = 3;
    let [header, name] = [header, name].map(normalise);
    let root = |name: &str| name.strip_suffix('s').unwrap_or(name).to_owned();
    name.len() >= SHORTEST && root(&header) == root(&name)
}
