//! What is fitted: options, their names resolved once against a law and observations.

use super::identified::unidentified;
use super::{Fit, FitOptions, Unidentified};
use crate::objective::{Coordinates, Objective, Rho, Role};
use crate::{Observations, Result};

/// Options, observations, and the coordinates that follow from both.
#[derive(Debug)]
pub(crate) struct Problem<'a> {
    options: &'a FitOptions,
    observations: &'a Observations,
    /// Not centred yet: that is the objective's.
    pub(crate) coordinates: Coordinates,
    /// Parameters that the inputs cannot tell, whatever the losses: they are not free.
    pub(crate) unidentified: Vec<Unidentified>,
}

impl<'a> Problem<'a> {
    /// # Errors
    /// When what is fixed, tied or bounded makes no sense, or the observations lack an input of the law.
    pub(crate) fn new(options: &'a FitOptions, observations: &'a Observations) -> Result<Self> {
        let coordinates = options.coordinates()?;
        let unidentified = unidentified(options, &coordinates, observations)?;
        Self { options, observations, coordinates, unidentified }.held()
    }

    /// Holds what is not identified: in the middle of its range, or with the coefficient that it cannot be told from.
    fn held(mut self) -> Result<Self> {
        let mut roles = self.coordinates.roles().to_vec();
        for Unidentified { parameter, like } in &self.unidentified {
            let place = self.coordinates.place(parameter)?;
            roles[place] = match like {
                Some(like) => Role::Tied(self.coordinates.place(like)?),
                None => {
                    let own = &self.options.law.spec().parameters[place];
                    Role::Fixed(0.5 * (own.low + own.high))
                }
            };
        }
        self.coordinates.restrict(roles);
        Ok(self)
    }

    /// What is minimised with some ρ.
    pub(crate) fn objective(self, rho: Rho) -> Result<Objective> {
        Objective::new(self.coordinates, self.observations, rho, self.options.residual)
    }
}

impl FitOptions {
    /// The law's coordinates, with what is fixed, tied and bounded.
    pub(super) fn coordinates(&self) -> Result<Coordinates> {
        let mut coordinates = Coordinates::new(&self.law);
        coordinates.restrict(self.roles(&coordinates)?);
        coordinates.confine(self.box_of(&coordinates)?);
        Ok(coordinates)
    }
}

impl Fit {
    /// What was fitted.
    pub(crate) fn problem(&self) -> Result<Problem<'_>> {
        let (options, observations) = (&self.options, &self.rows);
        let (coordinates, unidentified) = (options.coordinates()?, self.unidentified.clone());
        Problem { options, observations, coordinates, unidentified }.held()
    }
}
