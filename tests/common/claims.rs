//! A law that hides that it is a table of terms, and claims what it is told to.

use std::sync::Arc;

use nbar::law::{Evaluation, Law, LawSpec, Parameter, Scale, Separable};

/// Nothing is claimed but what is set here.
#[derive(Debug, Clone)]
pub(crate) struct Claims {
    pub(crate) law: Arc<dyn Law>,
    /// That of the law, perhaps with other parameters.
    pub(crate) spec: LawSpec,
    /// That it is separable, with its first five parameters.
    pub(crate) separable: bool,
}

impl Claims {
    pub(crate) fn nothing(law: &Arc<dyn Law>) -> Self {
        Self { law: Arc::clone(law), spec: without_claims(law.spec()), separable: false }
    }

    /// Something about the parameter at a place.
    pub(crate) fn claim(mut self, place: usize, of: impl FnOnce(Parameter) -> Parameter) -> Self {
        self.spec.parameters[place] = of(self.spec.parameters[place].clone());
        self
    }

    /// That the parameters at these places are coefficients.
    pub(crate) fn linear(self, places: &[usize]) -> Self {
        let coefficient = |p: Parameter| Parameter::coefficient(p.name, p.low, p.high);
        places.iter().fold(self, |law, place| law.claim(*place, coefficient))
    }
}

/// What a law says of itself, but for what its parameters can do.
pub(crate) fn without_claims(spec: &LawSpec) -> LawSpec {
    let mut spec = spec.clone();
    for p in &mut spec.parameters {
        *p = match p.scale {
            Scale::Linear => Parameter::linear(p.name.clone(), p.low, p.high),
            _ => Parameter::log(p.name.clone(), p.low, p.high),
        };
    }
    spec
}

impl Law for Claims {
    fn spec(&self) -> &LawSpec {
        &self.spec
    }
    fn separable(&self, parameters: &[f64], inputs: &[f64]) -> Option<Separable> {
        let &[e, a, b, alpha, beta, ..] = parameters else { return None };
        let [a, b] = [a * inputs[0].powf(-alpha), b * inputs[1].powf(-beta)];
        self.separable.then_some(Separable { e, a, b, alpha, beta })
    }
    fn evaluate(&self, theta: &[f64], inputs: &[&[f64]], out: Evaluation<'_>) {
        self.law.evaluate(theta, inputs, out);
    }
}
