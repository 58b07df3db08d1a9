//! Parameters that cannot be told from infinity, where the law has a limit.

use super::{Fit, Freedom, PERFECT};
use crate::Result;
use crate::objective::{End, chi_squared, profile_scale};
use crate::optimize::{Distance, Polisher};

/// Level of the test by which runs tell a parameter from infinity: its 95 % interval then ends well before.
const SURE: f64 = 0.99;

impl Fit {
    /// The parameter that these runs do not tell from infinity, if there is one: where the likelihood of the law at its limit, with all
    /// else free, is not surely less, by Wilks' test. Rows of one run count as one.
    pub(super) fn ran_to(&self) -> Result<Option<(usize, End)>> {
        let bounded = |name: &str| self.options.bounds.iter().any(|(bounded, _)| bounded == name);
        let parameters = self.law().spec().parameters.iter().enumerate();
        let asked = parameters.filter(|(_, p)| {
            p.limits.is_some() && self.freedom(&p.name) == Freedom::Free && !bounded(&p.name)
        });
        let ends = asked.flat_map(|(place, _)| [(place, End::Lower), (place, End::Upper)]);
        let most = self.objective + self.slack();
        let mut best = None;
        for (place, end) in ends {
            let objective = self.problem()?.at_limit(place, end).objective(self.options.rho)?;
            let start = objective.coordinates().natural_to_free(&self.parameters);
            let there = Polisher::new(&objective).polish(&objective, &start, Distance::Near);
            let found = objective.reported(&there.theta, there.objective);
            if found <= best.map_or(most, |(_, least)| least) {
                best = Some(((place, end), found));
            }
        }
        Ok(best.map(|(limit, _)| limit))
    }

    /// How much higher an objective may be that the runs do not surely tell from this one.
    fn slack(&self) -> f64 {
        if self.is_perfect() {
            return PERFECT * self.rows.mean_weight();
        }
        let rows = self.rows.len() as f64;
        let scale = profile_scale(self.of_rows(), &self.rows, self.options.rho);
        0.5 * chi_squared(SURE) * scale * rows / self.rows.run_count().max(1) as f64
    }

    /// What the law is where a parameter runs off to, if these runs do not tell it from there: for the order of a mean, "the final count".
    pub(crate) fn limit_of(&self, parameter: &str) -> Option<&'static str> {
        let known = self.unidentified.iter().find(|u| u.parameter == parameter)?;
        let [low, high] = self.law().spec().parameters.iter().find(|p| p.name == parameter)?.limits?;
        known.limit.map(|end| if end == End::Lower { low } else { high })
    }
}
