//! How a table of new runs, or of measured losses, is read.

use nbar::read::Commas;
use nbar::{Error, ReadOptions, Result};

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct TableArgs {
    /// Columns of the table to read instead of those recognised: params_millions=size
    #[arg(long, value_name = "FIELD=COLUMN,...", help_heading = "Input", display_order = 100)]
    columns: Option<String>,
    /// What commas in its numbers mark: decimal (2,51), decimal-dots-thousands (1.234,5 and 1.234) or thousands (1,234)
    #[arg(long, value_name = "WHAT", help_heading = "Input", display_order = 101)]
    commas: Option<Commas>,
}

impl TableArgs {
    pub(crate) fn options(&self) -> Result<ReadOptions> {
        let mut options = ReadOptions::default();
        if let Some(columns) = &self.columns {
            options = options.with_columns(columns)?;
        }
        options.commas = self.commas;
        Ok(options)
    }

    /// Refuses what is said of a table where there is none.
    pub(crate) fn refuse_without_table(&self) -> Result<()> {
        let commas = self.commas.map(|commas| ("commas", commas.to_string()));
        let said = commas.or_else(|| Some(("columns", self.columns.clone()?)));
        said.map_or(Ok(()), |(option, value)| {
            let problem = "is of a table of runs, and there is none";
            Err(Error::option(option, value, problem, "leave it out, or name the table (`from`)"))
        })
    }
}
