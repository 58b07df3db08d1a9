//! Arguments about parameters that are fixed, tied or bounded, and about weights.

use nbar::observation::PowerWeight;
use nbar::units::{format_quantity, parse_quantity};
use nbar::{Error, FitOptions, Observations, ReadOptions, Result};

/// What a parameter may be.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct RestrictionArgs {
    /// Give a parameter a value instead of fitting it: E=1.69; again, or separated by commas, for more
    #[arg(long, value_name = "NAME=VALUE", value_delimiter = ',', value_parser = fixed, allow_hyphen_values = true)]
    fix: Vec<(String, f64)>,
    /// Give two parameters one value, which is fitted: alpha=beta
    #[arg(long, value_name = "NAME=NAME", value_delimiter = ',', value_parser = tied)]
    tie: Vec<(String, String)>,
    /// Keep a parameter within a range, ends included: beta=0.1..1, beta=0.1.. or beta=..1
    #[arg(long, value_name = "NAME=LEAST..MOST", value_delimiter = ',', value_parser = bounded)]
    bound: Vec<(String, [f64; 2])>,
}

impl RestrictionArgs {
    pub(crate) fn restrict(&self, mut options: FitOptions) -> FitOptions {
        for (name, value) in &self.fix {
            options = options.with_fixed(name, *value);
        }
        for (name, other) in &self.tie {
            options = options.with_tied(name, other);
        }
        for (name, [least, most]) in &self.bound {
            options = options.with_bound(name, *least..=*most);
        }
        options
    }
}

/// Reads a parameter and its value.
fn fixed(text: &str) -> Result<(String, f64), String> {
    let Some((name, value)) = text.split_once('=') else {
        return Err("write a parameter and its value, as in E=1.69".to_owned());
    };
    Ok((name.trim().to_owned(), parse_quantity(value).map_err(|e| e.to_string())?))
}

/// Reads two parameters.
fn tied(text: &str) -> Result<(String, String), String> {
    let Some((name, other)) = text.split_once('=') else {
        return Err("write two parameters, as in alpha=beta".to_owned());
    };
    Ok((name.trim().to_owned(), other.trim().to_owned()))
}

/// Reads a parameter and its range.
fn bounded(text: &str) -> Result<(String, [f64; 2]), String> {
    let Some((name, (least, most))) = text.split_once('=').and_then(|(n, r)| Some((n, r.split_once("..")?)))
    else {
        return Err("write a parameter and its range, as in beta=0.1..1, beta=0.1.. or beta=..1".to_owned());
    };
    let end = |end: &str, open: f64| match end.trim() {
        "" => Ok(open),
        end => parse_quantity(end).map_err(|e| e.to_string()),
    };
    Ok((name.trim().to_owned(), [end(least, f64::NEG_INFINITY)?, end(most, f64::INFINITY)?]))
}

/// How rows are weighted.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct WeightArgs {
    /// Weigh rows: by a power of flops, params, tokens, loss or another count (flops:0.5, mean 1), or by a column of the
    /// table [default: its column weight, if it has one]
    #[arg(long, value_name = "QUANTITY:POWER|COLUMN", value_parser = weight)]
    weight: Option<Weight>,
}

#[derive(Debug, Clone)]
enum Weight {
    Power(PowerWeight),
    Column(String),
}

/// Reads a quantity and its power, or the name of a column.
fn weight(text: &str) -> Result<Weight> {
    if text.contains(':') { text.parse().map(Weight::Power) } else { Ok(Weight::Column(text.to_owned())) }
}

impl WeightArgs {
    /// Reads the column of weights, if one is named.
    pub(crate) fn read(&self, options: ReadOptions) -> ReadOptions {
        match &self.weight {
            Some(Weight::Column(column)) => options.with_column("weight", column),
            _ => options,
        }
    }

    pub(crate) fn weigh(&self, observations: Observations) -> Result<Observations> {
        match &self.weight {
            Some(Weight::Power(by)) => observations.with_power_weights(*by),
            Some(Weight::Column(column)) if observations.weight().is_none() => Err(Error::missing(
                "a weighted fit",
                "a weight for every row",
                format!("the column '{column}' does not give"),
                "fill it, or leave `weight` out",
            )),
            _ => Ok(observations),
        }
    }
}

/// Lines that say what weights were used and how losses were made from curves; empty where all rows count alike and each loss
/// is that of a row.
pub(crate) fn data_lines(observations: &Observations) -> String {
    let mut lines = String::new();
    if let Some((how, weight)) = observations.weighting().zip(observations.weight()) {
        let least = weight.iter().copied().fold(f64::INFINITY, f64::min);
        let most = weight.iter().copied().fold(0.0, f64::max);
        let (least, most) = (format_quantity(least, 3), format_quantity(most, 3));
        lines = format!("weights: {how}, from {least} to {most}\n");
    }
    if let Some(from) = observations.loss_from() {
        lines.push_str(&format!("loss: {from}\n"));
    }
    lines
}

/// Puts what was fixed, tied, bounded and weighted, and how losses were made from curves, into a result, by the names that a saved fit has for it.
pub(crate) fn record(result: &mut serde_json::Value, options: &FitOptions, observations: &Observations) {
    let Some(fields) = result.as_object_mut() else { return };
    fields.extend(nbar::report::restrictions(options));
    fields.extend(observations.weighting().map(|how| ("weights".to_owned(), how.into())));
    let loss_at = observations.loss_from().and_then(|from| serde_json::to_value(from).ok());
    fields.extend(loss_at.map(|from| ("loss_at".to_owned(), from)));
}
