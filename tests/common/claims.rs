//! A law that hides that it is a table of terms, and claims what it is told to.

use std::sync::Arc;

use nbar::law::{Evaluation, Input, Law, Parameter, Scaling, Separable};

/// Nothing is claimed but what is set here.
#[derive(Debug, Clone)]
pub(crate) struct Claims {
    pub(crate) law: Arc<dyn Law>,
    /// Those of the law, perhaps with other ranges.
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) linear: Vec<usize>,
    pub(crate) scalings: Vec<Scaling>,
    /// That it is separable, with its first five parameters.
    pub(crate) separable: bool,
}

impl Claims {
    pub(crate) fn nothing(law: &Arc<dyn Law>) -> Self {
        let parameters = law.parameters().to_vec();
        Self { law: Arc::clone(law), parameters, linear: Vec::new(), scalings: Vec::new(), separable: false }
    }
}

impl Law for Claims {
    fn name(&self) -> &str {
        self.law.name()
    }
    fn formula(&self) -> &str {
        self.law.formula()
    }
    fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }
    fn inputs(&self) -> Vec<Input> {
        self.law.inputs()
    }
    fn linear(&self) -> &[usize] {
        &self.linear
    }
    fn scalings(&self) -> Vec<Scaling> {
        self.scalings.clone()
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
