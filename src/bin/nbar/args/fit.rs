//! The saved fit that is asked, and at what level.

use std::io::Read;
use std::path::{Path, PathBuf};

use nbar::report::Report;
use nbar::{BootstrapOptions, Ensemble, Error, Result};

use super::parse::{level, share};
use crate::host::host;
use crate::progress::observer;
use crate::table::Format;

/// The saved fit that is asked.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Input", next_display_order = 1)]
pub(crate) struct SavedFitArgs {
    /// Fit saved with nbar fit -o; - is stdin
    #[arg(value_name = "FIT.json", display_order = 0)]
    pub(crate) fit: PathBuf,
}

/// Whether answers carry the bend of the runs away from the law.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct BendArgs {
    /// Whether intervals allow for the bend of the runs away from the law: on or off
    #[arg(long, value_name = "on|off", default_value = "on", value_parser = on_off, help_heading = "Intervals")]
    pub(crate) bend: OnOff,
}

/// A switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OnOff(pub(crate) bool);

fn on_off(text: &str) -> Result<OnOff, String> {
    match text {
        "on" => Ok(OnOff(true)),
        "off" => Ok(OnOff(false)),
        _ => Err("it is on or off".to_owned()),
    }
}

/// The level of the answer's intervals, and the form of the answer.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct AnswerArgs {
    /// Level of the intervals, between 0 and 1 [default: that of the fit]
    #[arg(long, value_parser = level, allow_hyphen_values = true, help_heading = "Intervals")]
    level: Option<f64>,
    /// Group of which the question is, of a fit by groups
    #[arg(long, value_name = "NAME", help_heading = "Input")]
    group: Option<String>,
    #[command(flatten)]
    bend: BendArgs,
    #[command(flatten)]
    decay: DecayArgs,
    /// Form of the output: text, json, csv (in full precision) or md
    #[arg(long, value_enum, default_value_t, hide_possible_values = true, help_heading = "Output")]
    pub(crate) format: Format,
}

/// Flags of [`DecayArgs`].
pub(crate) const DECAY_FLAGS: [&str; 4] = ["lr_schedule", "lr_floor", "lr_warmup", "lr_decay"];

/// How the learning rate of new runs falls, for the law that reads it.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Schedule")]
struct DecayArgs {
    /// How the learning rate falls, for `schedule`: constant, cosine, linear or wsd [default: cosine]
    #[arg(long, value_name = "SHAPE", requires = "fit")]
    lr_schedule: Option<String>,
    /// Learning rate at the end over its peak [default: 0]
    #[arg(long, value_name = "X", value_parser = share, allow_hyphen_values = true, requires = "fit")]
    lr_floor: Option<f64>,
    /// Share of the run that warm-up takes [default: 0]
    #[arg(long, value_name = "X", value_parser = share, allow_hyphen_values = true, requires = "fit")]
    lr_warmup: Option<f64>,
    /// Share of the run over which wsd falls
    #[arg(long, value_name = "X", value_parser = share, allow_hyphen_values = true, requires = "fit")]
    lr_decay: Option<f64>,
}

impl DecayArgs {
    fn apply(&self, ensemble: Ensemble) -> Result<Ensemble> {
        let shares = [self.lr_floor, self.lr_warmup];
        if self.lr_schedule.is_none() && shares.iter().chain([&self.lr_decay]).all(Option::is_none) {
            return Ok(ensemble);
        }
        let [floor, warmup] = shares.map(|share| share.unwrap_or(0.0));
        ensemble.with_lr_schedule(
            self.lr_schedule.as_deref().unwrap_or("cosine"),
            floor,
            warmup,
            self.lr_decay,
        )
    }
}

/// The level and the seed of intervals that are yet to be drawn.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Intervals")]
pub(crate) struct DrawArgs {
    /// Level of the intervals, between 0 and 1
    #[arg(long, default_value = "0.95", value_parser = level, allow_hyphen_values = true)]
    pub(crate) level: f64,
    /// Seed of all draws
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
}

impl DrawArgs {
    /// So many replicates.
    pub(crate) fn options(&self, replicates: usize) -> BootstrapOptions {
        BootstrapOptions::default().with_replicates(replicates).with_level(self.level).with_seed(self.seed)
    }
}

impl AnswerArgs {
    /// The group that is asked.
    pub(crate) fn group(&self) -> Option<&str> {
        self.group.as_deref()
    }

    /// The draws of a saved fit, with intervals of this level.
    pub(crate) fn load(&self, path: &Path) -> Result<Ensemble> {
        self.of_group(self.decay.apply(load(path)?)?)
    }

    /// The draws of all groups of a saved fit.
    pub(crate) fn load_whole(&self, path: &Path) -> Result<Ensemble> {
        self.decay.apply(load(path)?)
    }

    /// Those of the group that is asked, with intervals of this level.
    pub(crate) fn of_group(&self, mut ensemble: Ensemble) -> Result<Ensemble> {
        if let Some(group) = &self.group {
            ensemble = ensemble.of_group(group)?;
        }
        ensemble.options.bend &= self.bend.bend.0;
        match self.level {
            Some(level) => ensemble.at_level(level),
            None => Ok(ensemble),
        }
    }
}

/// A saved fit, as answers take it; `-` is stdin.
pub(crate) fn load(path: &Path) -> Result<Ensemble> {
    let mut ensemble = match report(path)? {
        Report::Ensemble(ensemble) => ensemble,
        Report::Point(fit) => Ensemble::without_draws(fit),
    };
    ensemble.fit.options.observer = observer();
    Ok(ensemble)
}

/// Two saved fits, at once where both are files.
pub(crate) fn load_both([first, second]: [&Path; 2]) -> Result<[Ensemble; 2]> {
    if host().is_some() {
        return Ok([load(first)?, load(second)?]);
    }
    let (own, other) = std::thread::scope(|scope| {
        let other = scope.spawn(|| load(second));
        (load(first), other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    Ok([own?, other?])
}

/// A saved fit; `-` is stdin.
pub(crate) fn report(path: &Path) -> Result<Report> {
    let held = host().and_then(|host| host.fit(path.to_str()?));
    if let Some(report) = held {
        Ok(report)
    } else if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().read_to_end(&mut bytes);
        read.map_err(|source| Error::read("<stdin>", source))?;
        Report::from_json("<stdin>", &bytes)
    } else {
        Report::load(path)
    }
}
