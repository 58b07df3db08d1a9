//! Files that are sweeps of their own, each with the options that it has a use for.

use nbar::{Error, Result, Sweep};

use super::{ObservationArgs, SweepArgs};

impl SweepArgs {
    /// Each file as a sweep of its own.
    pub(crate) fn read_apart(&self, observed: &ObservationArgs, names: &[String]) -> Result<Vec<Sweep>> {
        let one = |file: &String, own: &Self| {
            Self { files: vec![file.clone()], ..own.clone() }.read(observed, names.to_vec())
        };
        let mut read: Vec<Result<Sweep>> = self.files.iter().map(|file| one(file, self)).collect();
        // What one file has no use for may be said of another.
        let mut own = vec![self.clone(); read.len()];
        while let Some((at, field)) = idle_in_some(&read) {
            own[at].clear(&field);
            read[at] = one(&self.files[at], &own[at]);
        }
        read.into_iter().collect()
    }

    /// Leaves an option out.
    fn clear(&mut self, field: &str) {
        match field {
            "run_params" => self.run_params = None,
            "tokens_per_step" => self.tokens_per_step = None,
            "sequence_length" => self.sequence_length = None,
            "bytes_per_token" => self.bytes_per_token = None,
            "schedule" => self.shape = None,
            "prune_unit" => self.unit = None,
            "commas" => self.commas = None,
            _ => (self.prune_window, self.unit, self.shape) = (None, None, None),
        }
    }
}

/// A file that has no use for an option which another has, and the option.
fn idle_in_some(read: &[Result<Sweep>]) -> Option<(usize, String)> {
    let idle = |read: &Result<Sweep>| match read {
        Err(Error::Option { field, problem, .. })
            if problem.contains("has no effect") || problem.contains("is of no use") =>
        {
            Some(field.to_string())
        }
        _ => None,
    };
    let fields: Vec<Option<String>> = read.iter().map(idle).collect();
    let at = fields.iter().position(|own| own.is_some() && fields.iter().any(|other| other != own))?;
    Some((at, fields[at].clone()?))
}
