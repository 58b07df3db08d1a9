//! Published fits refitted: the objective at the published coefficients, beside its minimum.
//!
//! A ratio above 1 says that the published point is not the optimum of that objective on these rows; the remark says what is
//! known about why. Objectives are sums of Huber's ρ over residuals of ln L, where not said otherwise.
#![allow(clippy::print_stdout)] // Printing is what an example is for.

#[path = "replicate/published.rs"]
mod published;

use nbar::{FitOptions, Result, fit_scaling_law};

fn main() -> Result<()> {
    println!("| fit | rows | published | ours | published / ours | remark |\n|---|---|---|---|---|---|");
    let mut coefficients = String::new();
    for one in published::all() {
        let law = nbar::law::by_name(one.law)?;
        let observations = one.observations()?;
        let mut options = FitOptions::default().with_law(law.clone()).with_rho(one.rho);
        let named = |values: &[f64]| {
            law.spec().parameters.iter().map(|p| &*p.name).zip(values.to_vec()).collect::<Vec<_>>()
        };
        for (name, value) in one.parameters.iter().flat_map(|values| named(values)) {
            if one.given.contains(&name) {
                options = options.with_fixed(name, value);
            }
        }
        let fit = fit_scaling_law(&observations, &options)?;
        let rows = observations.len();
        let scale = if one.mean { 1.0 / rows as f64 } else { 1.0 };
        let theirs = one.objective(law.as_ref(), &observations)?;
        let cell = |value: Option<f64>| value.map_or("-".to_owned(), |v| format!("{:.7e}", v * scale));
        let ratio = theirs.map_or("-".to_owned(), |theirs| format!("{:.6}", theirs / fit.objective));
        let (published, ours) = (cell(theirs), cell(Some(fit.objective)));
        println!("| {} | {rows} | {published} | {ours} | {ratio} | {} |", one.name, one.remark);
        let line = |values: &[f64]| {
            named(values).iter().map(|(n, v)| format!("{n} {v:.5}")).collect::<Vec<_>>().join(", ")
        };
        coefficients += &format!("\n{}\n", one.name);
        if let Some(values) = &one.parameters {
            coefficients += &format!("  compared:  {}\n", line(values));
        }
        coefficients += &format!("  ours:      {}\n", line(&fit.parameters));
    }
    println!("{coefficients}");
    Ok(())
}
