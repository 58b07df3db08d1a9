//! How a run is pruned: one set of flags, and its translation.

use nbar::answer::RunShape;
use nbar::schedule::ScheduleFields;
use nbar::{Error, Network, Result, Schedule};

use super::parse::{Position, position, share};

/// The flags of [`RampArgs`] and [`ScheduleArgs`] that describe a schedule.
pub(crate) const SCHEDULE_FLAGS: [&str; 8] =
    ["shape", "final_sparsity", "initial_sparsity", "start", "end", "every", "power", "unit"];

/// Along what curve a run is pruned.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Schedule")]
pub(crate) struct RampArgs {
    /// How sparsity rises: dense, constant, one_shot, linear, cubic, polynomial, geometric or cosine [default: dense]
    #[arg(long)]
    pub(crate) shape: Option<String>,
    /// Where pruning starts, in --unit: 2500, 20B, 0.25 or 25%
    #[arg(long, value_name = "X", value_parser = position, allow_hyphen_values = true)]
    start: Option<Position>,
    /// Where pruning ends, in --unit
    #[arg(long, value_name = "X", value_parser = position, allow_hyphen_values = true)]
    end: Option<Position>,
    /// Distance between cuts, in --unit; without it the ramp is smooth
    #[arg(long, value_name = "X", value_parser = position, allow_hyphen_values = true)]
    every: Option<Position>,
    /// Unit of --start, --end and --every: token, step, fraction (of all tokens) or compute (of all FLOPs)
    #[arg(long)]
    pub(crate) unit: Option<String>,
    /// Power of the polynomial ramp [default: 3]
    #[arg(long, value_name = "P", value_parser = share, allow_hyphen_values = true)]
    power: Option<f64>,
}

/// How a run is pruned, and how far.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Schedule")]
pub(crate) struct ScheduleArgs {
    #[command(flatten)]
    pub(crate) ramp: RampArgs,
    /// Sparsity when pruning ends, in [0, 1): 0.8 leaves a fifth
    #[arg(long, value_name = "S", value_parser = share, allow_hyphen_values = true)]
    pub(crate) final_sparsity: Option<f64>,
    /// Sparsity when training starts [default: 0]
    #[arg(long, value_name = "S", value_parser = share, allow_hyphen_values = true)]
    initial_sparsity: Option<f64>,
    /// Parameters that are never pruned, added to N(t): embeddings, norms
    #[arg(long, value_name = "N", default_value = "0", value_parser = share, allow_hyphen_values = true)]
    pub(crate) fixed_params: f64,
}

impl RampArgs {
    fn fields(&self) -> Result<ScheduleFields> {
        let places = [("prune_start", self.start), ("prune_end", self.end), ("prune_every", self.every)];
        let absolute = self.unit.as_deref().is_some_and(|unit| unit.starts_with(['t', 's', 'T', 'S']));
        for (name, place) in places {
            place.map_or(Ok(()), |place| place.fits(name, absolute))?;
        }
        let value = |place: Option<Position>| place.map(|place| place.value);
        Ok(ScheduleFields {
            schedule: self.shape.clone(),
            prune_start: value(self.start),
            prune_end: value(self.end),
            prune_unit: self.unit.clone(),
            prune_every: value(self.every),
            prune_power: self.power,
            ..ScheduleFields::default()
        })
    }

    /// Refuses what is not read of a dense run.
    fn refuse_unread(&self) -> Result<()> {
        let shown = |place: &Position| place.value.to_string();
        let given = [
            ("prune_start", self.start.as_ref().map(shown)),
            ("prune_end", self.end.as_ref().map(shown)),
            ("prune_every", self.every.as_ref().map(shown)),
            ("prune_unit", self.unit.clone()),
            ("prune_power", self.power.map(|power| power.to_string())),
        ];
        given.into_iter().find_map(|(name, value)| Some((name, value?))).map_or(Ok(()), |(name, value)| {
            let remedy = "leave it out, or say how the run is pruned (`shape`, `final_sparsity`)";
            Err(Error::option(name, value, "is not read of a dense run", remedy))
        })
    }

    /// The fields but for the distance between cuts, and that in steps, whatever the unit.
    pub(crate) fn in_steps(&self) -> Result<(ScheduleFields, Option<u64>)> {
        let fields = Self { every: None, ..self.clone() }.fields()?;
        let Some(every) = self.every else { return Ok((fields, None)) };
        if every.value >= 1.0 && every.value.fract() == 0.0 && !every.percent {
            return Ok((fields, Some(every.value as u64)));
        }
        let value = if every.percent { format!("{}%", 100.0 * every.value) } else { every.value.to_string() };
        let remedy = "give one, whatever the unit of `prune_start` and `prune_end`";
        Err(Error::option("prune_every", value, "is no whole number of steps", remedy))
    }
}

impl ScheduleArgs {
    /// What the flags say, as the columns of a table's row.
    pub(crate) fn fields(&self) -> Result<ScheduleFields> {
        Ok(self.with_sparsities(self.ramp.fields()?))
    }

    /// The same but for the distance between cuts, and that in steps, whatever the unit.
    pub(crate) fn in_steps(&self) -> Result<(ScheduleFields, Option<u64>)> {
        let (fields, every) = self.ramp.in_steps()?;
        Ok((self.with_sparsities(fields), every))
    }

    fn with_sparsities(&self, fields: ScheduleFields) -> ScheduleFields {
        let (final_sparsity, initial_sparsity) = (self.final_sparsity, self.initial_sparsity);
        ScheduleFields { final_sparsity, initial_sparsity, ..fields }
    }

    pub(crate) fn schedule(&self) -> Result<Schedule> {
        let schedule = Schedule::from_fields(&self.fields()?)?;
        if schedule == Schedule::Dense {
            self.ramp.refuse_unread()?;
        }
        Ok(schedule)
    }

    pub(crate) fn network(&self, prunable: f64) -> Network {
        Network::new(prunable).with_fixed(self.fixed_params)
    }

    /// The shape of runs whose size and length are not given.
    pub(crate) fn shape(&self) -> Result<RunShape> {
        self.without_fixed()?;
        RunShape::new(&self.schedule()?)
    }

    /// Refuses parameters that are never pruned: of runs of one shape all counts go together.
    pub(crate) fn without_fixed(&self) -> Result<()> {
        if self.fixed_params == 0.0 {
            return Ok(());
        }
        Err(Error::unanswerable(
            "--fixed-params",
            "runs of this question have one shape at every size, so that no fixed number of parameters can be kept from pruning",
            "leave it out, or ask nbar predict of a run of known size and length",
        ))
    }
}
