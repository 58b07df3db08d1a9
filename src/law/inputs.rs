//! The one place that answers what laws read, of the rows of a sweep and of a run that has not been trained.

use super::by_group::ByGroup;
use super::{Input, Kind, LawSpec};
use crate::schedule::Known;
use crate::schedule::course::NODES;
use crate::{Error, Observations, Result, Size, Trajectory};

impl Input {
    /// Its one value of each row; none where a row does not give it, and of a course, which is no single value.
    pub(crate) fn column(&self, rows: &Observations) -> Option<Vec<f64>> {
        let of_size_or_length =
            matches!(self, Input::Params | Input::Tokens | Input::InitialParams | Input::FinalParams);
        if rows.is_flops_alone() && of_size_or_length {
            return None;
        }
        match self {
            Input::Params => Some(rows.params()),
            Input::Tokens => Some(rows.tokens()),
            Input::UniqueTokens => rows.unique_tokens(),
            Input::InitialParams => Some(rows.initial_params()),
            Input::FinalParams => rows.has_final_params().then(|| rows.final_params()),
            Input::Flops => return Some(rows.flops().collect()),
            Input::Course | Input::Unhealed => None,
            Input::Group(name) => return rows.is_of_group(name),
            Input::Column(name) => rows.column(name),
        }
        .map(<[f64]>::to_vec)
    }
}

/// The refusal of a sweep that does not give an input.
fn not_in_sweep(input: &Input) -> Error {
    if matches!(input, Input::Params | Input::Tokens | Input::InitialParams | Input::Course | Input::Unhealed)
    {
        let missing_from = "the sweep does not give: it has FLOPs alone";
        let remedy = "fit a law of compute (`law=compute`), or add the columns params and tokens";
        return Error::missing("the law", input.to_string(), missing_from, remedy);
    }
    let (missing_from, remedy) = match input {
        Input::Column(name) => (
            "the observations do not give",
            format!("add the column {name:?} to the table, or mend its name in the law"),
        ),
        Input::Group(_) => ("the sweep does not tell", "add the column group".to_owned()),
        Input::FinalParams => {
            ("not every run of the sweep gives", "add the column final_params, or the schedules".to_owned())
        }
        _ => ("not every row of the sweep gives", format!("add the column {input}")),
    };
    Error::missing("the law", input.to_string(), missing_from, remedy)
}

/// The refusal of a run that has not been trained and does not give an input.
fn not_in_run(law: &str, input: &Input) -> Error {
    let remedy = match input {
        Input::UniqueTokens => "give `unique_tokens`, how many different tokens it sees",
        Input::Group(_) => {
            "ask one group (`group=NAME`), where the question takes one; else fit its runs alone (`filter: COLUMN=NAME` when fitting)"
        }
        Input::Column(_) => {
            "ask `nbar predict` about the runs of a table with that column, or fit a law without it"
        }
        _ => "fit a law without it, or ask Ensemble::estimate for the law's loss at inputs of your own",
    };
    // A formula is its own name.
    let law = match ByGroup::law_of_name(law) {
        Some(one) => format!("the {one} law by groups"),
        None if law.contains(' ') => format!("the law '{law}'"),
        None => format!("the {law} law"),
    };
    Error::missing(law, input.to_string(), "the run does not give", remedy)
}

impl LawSpec {
    /// The columns that [`Law::evaluate`](super::Law::evaluate) gets of these observations.
    ///
    /// ```
    /// use nbar::{Observations, law::{Law, RepeatedData, chinchilla}};
    /// let observations = Observations::new(vec![1e8], vec![2e9], vec![3.2])?;
    /// assert_eq!(chinchilla().spec().columns(&observations)?, [[1e8], [2e9]]);
    /// assert!(RepeatedData::default().spec().columns(&observations).is_err());
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::MissingInput`] when the observations do not give an input.
    pub fn columns(&self, observations: &Observations) -> Result<Vec<Vec<f64>>> {
        self.read(observations, not_in_sweep)
    }

    /// Refuses observations that do not give an input, without making the columns.
    ///
    /// # Errors
    /// As [`columns`](Self::columns).
    pub(crate) fn check_inputs(&self, observations: &Observations) -> Result<()> {
        self.inputs.iter().try_for_each(|input| match input {
            Input::Course | Input::Unhealed if observations.is_flops_alone() => Err(not_in_sweep(input)),
            Input::Course => observations.nodes(0).map(drop),
            Input::Unhealed => observations.unhealed().map(drop),
            _ => input.column(observations).map(drop).ok_or_else(|| not_in_sweep(input)),
        })
    }

    /// The same of a run that has not been trained, N being of this size and its FLOPs 6 N̄ D unless they are given.
    ///
    /// # Errors
    /// [`Error::MissingInput`] when the run does not give an input.
    pub(crate) fn of_run(
        &self,
        run: &Trajectory,
        size: Size,
        unique_tokens: Option<f64>,
        flops: Option<f64>,
        columns: &[(String, f64)],
    ) -> Result<Vec<f64>> {
        let mut row = Observations::unmeasured(size.of(run), run.tokens()).with_param_counts(
            vec![run.initial_params()],
            vec![run.average_params()],
            vec![run.final_params()],
        )?;
        if let Some(unique) = unique_tokens {
            row = row.with_unique_tokens(vec![unique])?;
        }
        if let Some(flops) = flops {
            if !flops.is_finite() {
                let remedy = "ask for fewer parameters or tokens";
                return Err(Error::value("FLOPs of the run", flops, "are not finite", remedy));
            }
            row = row.with_flops(vec![flops])?;
        }
        for (name, value) in columns.iter().filter(|(name, _)| self.reads_column(name)) {
            row = row.with_column(name, vec![*value])?;
        }
        if run.known != Known::Course {
            // Its counts are all that it gives.
        } else if self.inputs.contains(&Input::Course) {
            row = row.with_trajectories(std::slice::from_ref(run))?;
        } else if self.inputs.contains(&Input::Unhealed) {
            row = row.with_unhealed(vec![run.unhealed()]);
        }
        Ok(self.read(&row, |input| not_in_run(&self.name, input))?.concat())
    }

    /// Whether it reads a column of this name.
    pub(crate) fn reads_column(&self, name: &str) -> bool {
        self.inputs.iter().any(|input| matches!(input, Input::Column(own) if **own == *name))
    }

    /// Refuses a run of which FLOPs alone are known, where the law reads anything else.
    pub(crate) fn check_flops_alone(&self) -> Result<()> {
        let other = self.inputs.iter().find(|input| **input != Input::Flops);
        other.map_or(Ok(()), |input| {
            let remedy = "give `params` and `tokens` in place of `flops`";
            let law = format!("the {} law", self.name);
            Err(Error::missing(law, input.to_string(), "FLOPs alone do not give", remedy))
        })
    }

    fn read(&self, rows: &Observations, missing: impl Fn(&Input) -> Error) -> Result<Vec<Vec<f64>>> {
        let mut columns = Vec::with_capacity(self.layout().count());
        for input in &self.inputs {
            if *input == Input::Course && !rows.is_flops_alone() {
                let nodes = (0..NODES).map(|node| Ok(rows.nodes(node)?.unzip()));
                let (shares, counts): (Vec<_>, Vec<_>) =
                    nodes.collect::<Result<Vec<_>>>()?.into_iter().unzip();
                columns.extend(counts.into_iter().chain(shares));
            } else if *input == Input::Unhealed && !rows.is_flops_alone() {
                let unhealed = rows.unhealed()?;
                let cut = |v: &f64| f64::from(u8::from(*v > 0.0));
                let indicator = unhealed.iter().map(cut).collect();
                columns.push(unhealed.into_iter().map(|v| if v > 0.0 { v } else { 1.0 }).collect());
                columns.push(indicator);
            } else {
                columns.push(input.column(rows).ok_or_else(|| missing(input))?);
            }
        }
        Ok(columns)
    }

    /// The columns that [`Law::evaluate`](super::Law::evaluate) gets, in order: whose input each is, and of which kind.
    pub(crate) fn layout(&self) -> impl Iterator<Item = (&Input, Kind)> {
        self.inputs.iter().flat_map(|input| input.kinds().iter().map(move |kind| (input, *kind)))
    }
}
