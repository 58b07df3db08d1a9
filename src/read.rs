//! Tables and logs of training runs, read into sweeps and validated.
//!
//! A sweep table has a row for each checkpoint:
//!
//! | column | what | unit |
//! |---|---|---|
//! | `params` | parameters that may be pruned, before any pruning | count |
//! | `tokens` | tokens seen; may be left out for dense runs that give `flops` (6 N D) | count |
//! | `loss` | cross-entropy | nats a token |
//! | `run` | name; the rows of one run are its loss curve; without it each row is a run | |
//! | `step` | optimiser steps done | count |
//! | `unique_tokens` | different tokens among those seen | count |
//! | `weight` | weight in the objective | |
//! | `group` | what the run belongs to: a corpus, a family | |
//! | `fixed_params` | parameters that are never pruned, added to `params`; 0 when left out | count |
//! | `schedule`, `final_sparsity`, `initial_sparsity`, `prune_start`, `prune_end`, `prune_unit`, `prune_every`, `prune_power` | the pruning schedule, see [`Schedule::from_fields`](crate::Schedule::from_fields) | |
//! | `average_params`, `final_params` | N̄ and the count left, fixed ones included, where known outright | count |
//! | `lr_schedule`, `lr_floor`, `lr_warmup`, `lr_decay` | how the learning rate falls: constant, cosine (the default), linear or wsd; its end over its peak (or `lr_end`, the rate at the end, beside `learning_rate`), 0 when left out; shares of the run that warm-up takes, and the decay of wsd | fraction |
//! | `learning_rate`, `vocabulary`, `planned_tokens`, `planned_steps` | what [`inspect`](mod@crate::inspect) goes by; cells that are no numbers count as empty | count |
//!
//! | `tokens_per_step`, `batch_size` (sequences a step), `sequence_length`, `samples` | tell the tokens where they are not given: steps × tokens a step, or samples × sequence length | count |
//!
//! All but the first three are optional. What a run has only once (`params`, `fixed_params`, `group` and the
//! schedule) must be the same on all of its rows. Names of columns are compared without case, spaces, hyphens,
//! underscores, slashes and points; common other names are known (`val_loss`; `N` and `D` too), and
//! [`Sweep::mapping`] says what was taken for what. Where two columns could be meant and neither has the field's own
//! name, the table is refused until [`ReadOptions::with_column`] chooses. Any other column can be used in
//! [`ReadOptions::filter`] only. Names tell units too: of a perplexity the logarithm is taken, GFLOPs are multiplied,
//! and bits a byte are refused without [`ReadOptions::bytes_per_token`].
//!
//! [`Sweep::from_path`] recognises besides what training tools write. Such logs have rows without a loss, which are passed over and counted; evaluation losses go before training losses; [`Sweep::sources`] says as what
//! each file was read. What a file does not say of its runs comes from [`ReadOptions`].

mod alike;
mod assemble;
mod batches;
mod cells;
mod columns;
mod commas;
mod commas_asked;
mod counted;
mod curve;
mod cut;
mod doubtful;
mod draft;
mod drawn;
mod facts;
mod fields;
mod filter;
mod first;
mod folder;
mod format;
mod front;
mod given;
mod held;
mod labels;
mod layers;
mod layout;
mod lines;
mod measure;
mod measured;
mod options;
mod points;
mod progress;
mod ramped;
mod records;
mod repeats;
mod restart;
mod row;
mod rows;
mod run_table;
mod scale;
mod schedule_fields;
mod settings;
mod small;
mod source;
mod splits;
mod table;
mod text;
mod titled;
mod told;
mod trajectories;
mod unit_row;
mod unread;
mod window_units;
mod wrong;

use std::io::Read;
use std::path::Path;

pub use commas::Commas;
pub use measured::{Measured, MeasuredTable};
pub use options::ReadOptions;
pub(crate) use points::Unfinished;
pub use points::{Point, PointTable};

use crate::Result;
use crate::run::Sweep;
use assemble::{assemble, assemble_table};
pub(crate) use fields::meant_by;
use front::Front;
use layout::Layout;
use records::{Records, header};

impl Sweep {
    /// Reads a table of comma-, semicolon- or tab-separated values from a file.
    ///
    /// ```
    /// let sweep = nbar::Sweep::from_csv_path("data/chinchilla.csv")?;
    /// assert_eq!(sweep.len(), 245);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the file cannot be read, is not a table, or holds what no law can be fitted to; the message names
    /// file, line and column, and what to do.
    pub fn from_csv_path(path: impl AsRef<Path>) -> Result<Self> {
        Self::from_csv_path_with(path, &ReadOptions::default())
    }

    /// Reads a table from a file, as `options` say.
    ///
    /// # Errors
    /// As [`from_csv_path`](Self::from_csv_path); besides, when the options name a column that is not there,
    /// or leave no row.
    pub fn from_csv_path_with(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Self> {
        let path = path.as_ref();
        Self::from_csv_reader(&path.display().to_string(), source::open(path)?, options)
    }

    /// Reads a table from a text; `name` is what messages call it.
    ///
    /// ```
    /// let sweep = nbar::Sweep::from_csv_str("runs.csv", "run,params,tokens,loss\na,1B,20B,2.51\n")?;
    /// assert_eq!(sweep.runs()[0].params, 1e9);
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`from_csv_path`](Self::from_csv_path).
    pub fn from_csv_str(name: &str, text: &str) -> Result<Self> {
        Self::from_csv_reader(name, text.as_bytes(), &ReadOptions::default())
    }

    /// Reads a table from anything that can be read, such as the standard input; `name` is what messages call
    /// it.
    ///
    /// # Errors
    /// As [`from_csv_path_with`](Self::from_csv_path_with).
    pub fn from_csv_reader(name: &str, reader: impl Read, options: &ReadOptions) -> Result<Self> {
        let source = source::detect(name, reader)?.csv(name)?;
        let mut records = Records::of(name, source);
        let headers = header(name, &mut records)?;
        assemble(name, headers, records, Layout::default(), options)
    }

    /// Reads a file of any known format, which its content tells.
    ///
    /// ```
    /// let sweep = nbar::Sweep::from_path("data/gemstones_hot.csv")?;
    /// assert_eq!((sweep.len(), sweep.sources()[0].format()), (22, "sweep table, CSV"));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the file cannot be read, is of no known format, lacks what only options or a table of runs can tell,
    /// or holds what no law can be fitted to; the message names file, line and column, and what to do.
    pub fn from_path(path: impl AsRef<Path>) -> Result<Self> {
        Self::from_path_with(path, &ReadOptions::default())
    }

    /// Reads a file of any known format, or the files of a folder, as `options` say. Of a folder that holds what a tool writes
    /// for each run (`trainer_state.json`, `metrics.jsonl`) these are read, else its tables and logs. Each run that only
    /// its file names is called by that file, or by its folder.
    ///
    /// # Errors
    /// As [`from_path`](Self::from_path).
    pub fn from_path_with(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Self> {
        let path = path.as_ref();
        if path.is_dir() {
            return folder::read(path, options);
        }
        Self::from_reader(&path.display().to_string(), source::open(path)?, options)
    }

    /// Reads any known format from anything that can be read, such as the standard input; `name` is what messages
    /// call it, and the run where the format holds one without a name.
    ///
    /// # Errors
    /// As [`from_path`](Self::from_path).
    pub fn from_reader(name: &str, reader: impl Read, options: &ReadOptions) -> Result<Self> {
        match front::open(name, reader)? {
            Front::Table(table, layout) => assemble_table(name, table, layout, options),
            Front::Rows(headers, records, layout) if !curve::may_be(&headers, options) => {
                assemble(name, headers, records, layout, options)
            }
            Front::Rows(headers, mut records, layout) => {
                let table = front::gather(name, &headers, &mut records)?;
                assemble_table(name, table, layout, options)
            }
        }
    }
}
