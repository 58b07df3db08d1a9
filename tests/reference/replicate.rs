//! The published fits of examples/06_replicate.rs: no published point lies below our minimum.

use nbar::{FitOptions, Result, fit_scaling_law};

#[allow(dead_code)] // The example prints more.
#[path = "../../examples/replicate/published.rs"]
mod published;

#[test]
fn no_published_point_lies_below_our_minimum() -> Result<()> {
    let (all, mut compared) = (published::all(), 0);
    for one in &all {
        let law = nbar::law::by_name(one.law)?;
        let observations = one.observations()?;
        let mut options = FitOptions::default().with_law(law.clone()).with_rho(one.rho);
        for (p, value) in law.spec().parameters.iter().zip(one.parameters.iter().flatten()) {
            if one.given.contains(&p.name.as_ref()) {
                options = options.with_fixed(&p.name, *value);
            }
        }
        let fit = fit_scaling_law(&observations, &options)?;
        if let Some(theirs) = one.objective(law.as_ref(), &observations)? {
            assert!(fit.objective <= theirs * (1.0 + 1e-9), "{}: {} {theirs}", one.name, fit.objective);
            compared += 1;
        }
    }
    // One sweep is published without coefficients.
    assert_eq!(compared, all.len() - 1);
    Ok(())
}
