//! Batch sizes that change, from a file; and what a batch of one device is multiplied by.

use std::path::Path;

use super::cells::{Range, number};
use super::fields::normalise;
use super::records::Records;
use super::row::Rows;
use super::text::{is_in, last};
use super::{scale, source};
use crate::Result;
use crate::error::Location;
use crate::schedule::BatchRamp;

/// Names of what a batch of one device is multiplied by to be a step's.
const MULTIPLIERS: &str = "accum accumulate accumulation ga accsteps gradacc gradaccsteps gradaccum gradaccumsteps gradientaccumulation \
     gradientaccumulationsteps accumulategradbatches accumulationsteps accumsteps microsteps microbatches nummicrobatches numgpus ngpus ngpu \
     gpus gpucount worldsize numdevices ndevices devices dp dataparallelsize dpsize dpworldsize dpdegree ddpsize dpshard numnodes nnodes nodes \
     numprocesses nprocesses processes numreplicas replicas ranks numranks chips nchips numchips tpus tpucores updatefreq itersize naccum gpusused gas \
     hosts nhosts numhosts dataparallel ddp world slurmntasks ntasks gasteps accelerators \
     naccelerators numaccelerators fsdp fsdpsize hsdp dataparallelshards dataparallelreplicas cards ncards numcards batchesperstep subbatches \
     numsubbatches";
/// Devices, and what may stand before or behind them in a name of how many there are.
const DEVICES: &str = "gpus gpu tpus tpu npus npu chips accelerators a100 a100s h100 h100s h200 h200s";
const COUNTED: &str = "num n count total per node nodes host";
use crate::units;

impl BatchRamp {
    /// Reads rows of a step and the tokens a step from it on, under a header or without one.
    ///
    /// # Errors
    /// When the file cannot be read, holds anything else, and as for [`new`](Self::new).
    pub fn from_path(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let name = path.display().to_string();
        let source = source::detect(&name, source::open(path)?)?.csv(&name)?;
        let mut records = Records::of(&name, source);
        let mut pieces = Vec::new();
        let (mut first, mut units) = (true, [1.0; 2]);
        while records.advance()? {
            let is_header = first && units::number(records.cell(0)).is_none();
            first = false;
            let place = Location::in_file(&name).line(records.line());
            if records.len() != 2 {
                let problem = format!("{} cells", records.len());
                return Err(place.refuse(problem, "write a step and the tokens a step from it on"));
            }
            if is_header {
                let is_swapped = normalise(records.cell(0)).contains("token")
                    && normalise(records.cell(1)).contains("step");
                if is_swapped {
                    return Err(place.refuse("the steps stand last", "write the step first, then its tokens"));
                }
                units = [0, 1].map(|index| scale::without_unit(records.cell(index)).1);
                continue;
            }
            let cell = |index: usize, column: &str, range| {
                let cell = scale::in_unit(records.cell(index), units[index]);
                number(&cell, range, column).map_err(|r| r.at(place.clone().column(column)))
            };
            pieces.push((cell(0, "step", Range::NonNegative)?, cell(1, "tokens", Range::Positive)?));
        }
        Self::new(pieces)
    }
}

/// Whether a name is of what a batch is multiplied by to be a step's.
pub(super) fn is_multiplier(header: &str) -> bool {
    let lower = last(header).to_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    // One word is that of a device: `gpu` may be its name.
    let is_count = words.len() > 1 || lower.ends_with('s') || lower.starts_with('#') || lower.ends_with("00");
    let counts_devices = is_count
        && words.iter().any(|word| is_in(DEVICES, word))
        && words.iter().all(|word| is_in(DEVICES, word) || is_in(COUNTED, word));
    counts_devices || is_in(MULTIPLIERS, normalise(&lower).trim_matches('#'))
}
