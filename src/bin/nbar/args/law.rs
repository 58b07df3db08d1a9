//! What is fitted, and how.

use nbar::fit::Prior;
use nbar::law::{NAMES, by_name};
use nbar::optimize::Starts;
use nbar::units::parse_quantity;
use nbar::{Error, FitOptions, Observations, Residual, Result, Rho, Size, Sweep};

use super::parse::quantity;
use super::sweep::ObservationArgs;
use crate::host;
use crate::progress::observer;
use crate::warn;

/// The laws that are known, a line each.
pub(crate) fn laws() -> String {
    let law = |name: &&str| Some(format!("\n  {name}: {}", by_name(name).ok()?.spec().formula));
    let own = "\n  or a formula: 'E + A/N^alpha + K*lr^gamma where gamma=0.01..2', of N, D, columns by name, and parameters";
    format!("Laws:{}{own}", NAMES.iter().filter_map(law).collect::<String>())
}

/// Laws that are separated by commas: those in parentheses and quotes, and between what a formula says of its names, separate none.
pub(crate) fn split_laws(list: &str) -> Vec<&str> {
    let (mut laws, mut from, mut depth, mut is_quoted) = (Vec::new(), 0, 0i32, false);
    for (at, letter) in list.char_indices() {
        is_quoted ^= letter == '"';
        if is_quoted {
            continue;
        }
        depth += i32::from("([".contains(letter)) - i32::from(")]".contains(letter));
        let says_more = || {
            let (name, _) = list[at + 1..].split_once('=').unwrap_or_default();
            list[from..at].contains(" where ")
                && !name.trim().is_empty()
                && name.trim().chars().all(|c| c.is_alphanumeric() || c == '_')
        };
        if letter == ',' && depth == 0 && !says_more() {
            laws.push(list[from..at].trim());
            from = at + 1;
        }
    }
    laws.push(list[from..].trim());
    laws
}

/// What is fitted to the sweep, and how.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct LawArgs {
    #[command(flatten)]
    pub(crate) observed: ObservationArgs,
    /// Law to fit: see nbar fit --help; or a formula of N, D and columns: 'E + A/N^alpha + B/D^beta'
    #[arg(long, default_value = "chinchilla", help_heading = "Law")]
    law: String,
    /// Parameter count that is N: average, initial, final, geometric, harmonic or power:P
    #[arg(long, default_value = "average", allow_hyphen_values = true, help_heading = "Law")]
    size: Size,
    #[command(flatten)]
    restrictions: RestrictionArgs,
    #[command(flatten)]
    search: SearchArgs,
    /// Where the search starts: screened (the best cells of two grids), hoffmann (the 4,500 published points) or random:COUNT
    #[arg(long, default_value = "screened", help_heading = "Search")]
    starts: Starts,
}

/// What is minimised, and on how many threads.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Search")]
pub(crate) struct SearchArgs {
    /// What a residual counts for: huber:DELTA, laplace, squared, or asymmetric:FACTOR, which hugs the lower envelope
    /// [default: huber:1e-3]
    #[arg(long)]
    rho: Option<Rho>,
    /// Huber's delta, in units of ln L (with --on loss, of L): short for --rho huber:DELTA
    #[arg(long, default_value = "1e-3", value_parser = quantity, allow_hyphen_values = true, conflicts_with = "rho")]
    delta: f64,
    /// What residuals are differences of: ln-loss or loss
    #[arg(long, default_value = "ln-loss")]
    on: Residual,
    /// Threads, 0 for one a processor; results do not depend on it
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u16).range(..=512))]
    jobs: u16,
}

/// What parameters may be.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Law")]
pub(crate) struct RestrictionArgs {
    /// Parameters that are given instead of fitted: E=1.69; again, or separated by commas, for more
    #[arg(long, value_name = "NAME=VALUE", value_parser = listed(fixed), allow_hyphen_values = true)]
    fix: Vec<Listed<(String, f64)>>,
    /// Pairs of parameters that have one value, which is fitted: alpha=beta
    #[arg(long, value_name = "NAME=NAME", value_parser = listed(tied))]
    tie: Vec<Listed<(String, String)>>,
    /// Ranges of parameters, ends included: beta=0.1..1, beta=0.1.. or beta=..1
    #[arg(long, value_name = "NAME=LEAST..MOST", value_parser = listed(bounded))]
    bound: Vec<Listed<(String, [f64; 2])>>,
    /// What is known of parameters beforehand: E=1.5+-0.1 (one standard deviation), or by a factor, A=400x/1.5
    #[arg(long, value_name = "NAME=CENTRE+-S", value_parser = listed(known))]
    prior: Vec<Listed<(String, Prior)>>,
}

impl LawArgs {
    pub(crate) fn observations(&self, sweep: &Sweep) -> Result<Observations> {
        sweep.observations(&self.observed.options().with_size(self.size))
    }

    /// Those of two sweeps. How FLOPs of pruned runs are counted makes no difference to dense ones beside them.
    pub(crate) fn observations_of_both(&self, sweeps: [&Sweep; 2]) -> Result<[Observations; 2]> {
        let is_dense = |of: &Result<Observations>| matches!(of, Err(Error::Option { field, .. }) if &**field == "flops_count");
        let each = sweeps.map(|sweep| self.observations(sweep));
        let plain = |sweep: &Sweep| {
            let mut options = self.observed.options().with_size(self.size);
            options.flops_count = None;
            sweep.observations(&options)
        };
        match each {
            [first, Ok(second)] if is_dense(&first) => Ok([plain(sweeps[0])?, second]),
            [Ok(first), second] if is_dense(&second) => Ok([first, plain(sweeps[1])?]),
            [first, second] => Ok([first?, second?]),
        }
    }

    /// Names that the law may read of a table.
    pub(crate) fn names(&self) -> Result<Vec<String>> {
        host::may_read(&self.law)
    }

    pub(crate) fn fit_options(&self) -> Result<FitOptions> {
        let law = host::law(&self.law)?;
        // Compute, as other laws and papers write it.
        if !NAMES.contains(&&*self.law) && law.spec().parameters.iter().any(|own| own.name == "C") {
            warn("C in this formula is a parameter, and is fitted; for compute write flops");
        }
        let options = FitOptions::default().with_law(law).with_starts(self.starts.clone());
        Ok(self.restrictions.restrict(self.search.apply(options)))
    }
}

impl SearchArgs {
    pub(crate) fn apply(&self, options: FitOptions) -> FitOptions {
        let rho = self.rho.unwrap_or(Rho::Huber { delta: self.delta });
        let options = options.with_rho(rho).with_residual(self.on).with_jobs(usize::from(self.jobs));
        options.with_observer(observer())
    }
}

impl RestrictionArgs {
    pub(crate) fn restrict(&self, mut options: FitOptions) -> FitOptions {
        for (name, value) in self.fix.iter().flat_map(|listed| &listed.0) {
            options = options.with_fixed(name, *value);
        }
        for (name, other) in self.tie.iter().flat_map(|listed| &listed.0) {
            options = options.with_tied(name, other);
        }
        for (name, [least, most]) in self.bound.iter().flat_map(|listed| &listed.0) {
            options = options.with_bound(name, *least..=*most);
        }
        for (name, prior) in self.prior.iter().flat_map(|listed| &listed.0) {
            options = options.with_prior(name, *prior);
        }
        options
    }
}

/// What one use of a flag lists.
#[derive(Debug, Clone)]
struct Listed<T>(Vec<T>);

/// Reads a list, whose commas between brackets separate nothing: they are of the names of groups.
fn listed<T>(one: fn(&str) -> Result<T, String>) -> impl Fn(&str) -> Result<Listed<T>, String> + Clone {
    move |text| split(text, ',').into_iter().map(one).collect::<Result<_, _>>().map(Listed)
}

/// A text parted where a letter stands outside brackets.
fn split(text: &str, by: char) -> Vec<&str> {
    let mut depth = 0i32;
    text.split(|letter| {
        depth += i32::from(letter == '[') - i32::from(letter == ']');
        letter == by && depth <= 0
    })
    .collect()
}

/// What stands before the first `=` outside brackets, and after it.
fn split_once(text: &str) -> Option<(&str, &str)> {
    let name = split(text, '=')[0];
    Some((name, text[name.len()..].strip_prefix('=')?))
}

/// Reads a parameter and its value.
pub(crate) fn fixed(text: &str) -> Result<(String, f64), String> {
    let (name, value) = split_once(text).ok_or("write a parameter and its value, as in E=1.69")?;
    Ok((name.trim().to_owned(), parse_quantity(value).map_err(|e| e.to_string())?))
}

/// Reads a parameter and what is known of it.
fn known(text: &str) -> Result<(String, Prior), String> {
    let (name, prior) = split_once(text).ok_or("write a parameter and its prior, as in E=1.5+-0.1")?;
    Ok((name.trim().to_owned(), prior.parse().map_err(|e: nbar::Error| e.to_string())?))
}

/// Reads two parameters.
fn tied(text: &str) -> Result<(String, String), String> {
    let (name, other) = split_once(text).ok_or("write two parameters, as in alpha=beta")?;
    Ok((name.trim().to_owned(), other.trim().to_owned()))
}

/// Reads a parameter and its range.
fn bounded(text: &str) -> Result<(String, [f64; 2]), String> {
    let split = split_once(text).and_then(|(name, range)| Some((name, range.split_once("..")?)));
    let (name, (least, most)) =
        split.ok_or("write a parameter and its range, as in beta=0.1..1, beta=0.1.. or beta=..1")?;
    let end = |end: &str, open: f64| match end.trim() {
        "" => Ok(open),
        end => parse_quantity(end).map_err(|e| e.to_string()),
    };
    Ok((name.trim().to_owned(), [end(least, f64::NEG_INFINITY)?, end(most, f64::INFINITY)?]))
}
