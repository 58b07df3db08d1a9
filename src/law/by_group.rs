//! One law for several groups of runs, some of its parameters shared.

use super::{Input, Law, Parameter, PowerSum, Term};
use crate::{Error, Result};

/// What the names of such laws begin with.
const PREFIX: &str = "by-group:";

/// Where the parameters of one group stand among those of the law of all groups.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Places {
    /// Of the shared ones the place, of each other the place of the first group's.
    first: Vec<(usize, bool)>,
}

impl Places {
    fn of(law: &PowerSum, shared: &[String], groups: usize) -> Self {
        let mut next = 0;
        let place = |parameter: &Parameter| {
            let is_shared = shared.iter().any(|name| *name == parameter.name);
            let place = next;
            next += if is_shared { 1 } else { groups };
            (place, is_shared)
        };
        Self { first: law.spec().parameters.iter().map(place).collect() }
    }

    /// The place of a parameter of a group.
    fn get(&self, parameter: usize, group: usize) -> usize {
        let (place, is_shared) = self.first[parameter];
        place + if is_shared { 0 } else { group }
    }
}

/// A law of which every group of runs has parameters of its own but for those that are shared: what is fitted together, and how to take it
/// apart.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ByGroup {
    /// The law of one group.
    pub(crate) law: PowerSum,
    /// The groups, the baseline first.
    pub(crate) groups: Vec<String>,
    /// The names of the shared parameters, in the order of the law.
    pub(crate) shared: Vec<String>,
    places: Places,
}

impl ByGroup {
    /// # Errors
    /// When the law is no sum of powers, has no parameter of a name, or there are not two groups at least.
    pub(crate) fn new(
        law: &dyn Law,
        mut groups: Vec<String>,
        shared: &[String],
        baseline: Option<&str>,
    ) -> Result<Self> {
        let Some(table) = law.as_power_sum() else {
            let problem = "is no sum of powers, and has no form by groups";
            let remedy = "fit chinchilla, tied, averaged, sparse, schedule or compute by groups";
            return Err(Error::option("law", &law.spec().name, problem, remedy));
        };
        let names: Vec<&str> = law.spec().parameters.iter().map(|p| &*p.name).collect();
        if let Some(unknown) = shared.iter().find(|name| !names.contains(&name.as_str())) {
            return Err(Error::unknown("share", unknown, &names.join(", ")));
        }
        if groups.len() < 2 {
            let problem = "has one value on all runs";
            return Err(Error::option("group", "", problem, "name a column that sorts the runs into groups"));
        }
        if let Some(baseline) = baseline {
            let Some(place) = groups.iter().position(|group| group == baseline) else {
                return Err(Error::unknown("baseline", baseline, &groups.join(", ")));
            };
            let first = groups.remove(place);
            groups.insert(0, first);
        }
        let shared: Vec<String> = names
            .iter()
            .filter(|name| shared.iter().any(|s| s == *name))
            .map(|name| (*name).to_owned())
            .collect();
        let places = Places::of(table, &shared, groups.len());
        Ok(Self { law: table.clone(), groups, shared, places })
    }

    /// The one of a name that [`name`](Self::name) wrote, for these groups; none of other names.
    pub(crate) fn of_name(name: &str, groups: Vec<String>) -> Option<Result<Self>> {
        let (law, rest) = name.strip_prefix(PREFIX)?.split_once(':')?;
        let (shared, baseline) = rest.split_once(':')?;
        let shared: Vec<String> =
            shared.split('+').filter(|name| !name.is_empty()).map(str::to_owned).collect();
        Some(super::by_name(law).and_then(|law| Self::new(&*law, groups, &shared, Some(baseline))))
    }

    /// The name of the law that a law by groups of this name is of; none of other names.
    pub(super) fn law_of_name(name: &str) -> Option<&str> {
        Some(name.strip_prefix(PREFIX)?.split_once(':')?.0)
    }

    fn name(&self) -> String {
        format!("{PREFIX}{}:{}:{}", self.law.spec().name, self.shared.join("+"), self.groups[0])
    }

    /// The law of all groups.
    pub(crate) fn whole(&self) -> PowerSum {
        let mut parameters = Vec::new();
        for parameter in &self.law.spec().parameters {
            let own = |name: String| Parameter { name: name.into(), ..parameter.clone() };
            match self.shared.iter().any(|name| *name == parameter.name) {
                true => parameters.push(own(parameter.name.to_string())),
                false => {
                    parameters
                        .extend(self.groups.iter().map(|group| own(format!("{}[{group}]", parameter.name))));
                }
            }
        }
        let is_shared =
            |place: usize| self.shared.iter().any(|name| *name == self.law.spec().parameters[place].name);
        let mut terms = Vec::new();
        for term in self.law.terms() {
            let common = is_shared(term.coefficient) && term.factors.iter().all(|f| is_shared(f.exponent));
            let of = |group: usize| {
                let mut own: Term = term.clone();
                own.coefficient = self.places.get(term.coefficient, group);
                own.factors
                    .iter_mut()
                    .for_each(|factor| factor.exponent = self.places.get(factor.exponent, group));
                own
            };
            if common {
                terms.push(of(0));
            } else {
                let one =
                    |(place, name): (usize, &String)| of(place).within(Input::Group(name.clone().into()));
                terms.extend(self.groups.iter().enumerate().map(one));
            }
        }
        let shared = match self.shared.len() {
            0 => "nothing shared".to_owned(),
            _ => format!("{} shared", self.shared.join(", ")),
        };
        let formula = format!("{}, by group: {shared}", self.law.spec().formula);
        PowerSum::new(self.name(), formula, parameters, terms)
    }

    /// The parameters of a group, from those of all.
    pub(crate) fn own(&self, group: usize, all: &[f64]) -> Vec<f64> {
        (0..self.law.spec().parameters.len())
            .map(|parameter| all[self.places.get(parameter, group)])
            .collect()
    }

    /// The parameters of all, from those of each group; the shared ones are the first's.
    pub(crate) fn together(&self, each: &[Vec<f64>]) -> Vec<f64> {
        let mut all = Vec::new();
        for (parameter, (_, is_shared)) in self.places.first.iter().enumerate() {
            match is_shared {
                true => all.push(each[0][parameter]),
                false => all.extend(each.iter().map(|own| own[parameter])),
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::chinchilla;

    fn two(shared: &[&str]) -> ByGroup {
        let shared: Vec<String> = shared.iter().map(|s| (*s).to_owned()).collect();
        ByGroup::new(&chinchilla(), vec!["a".to_owned(), "b".to_owned()], &shared, Some("b")).unwrap()
    }

    #[test]
    fn each_group_has_its_own_law_and_what_is_shared_is_there_once() {
        let by_group = two(&["beta", "alpha"]);
        let whole = by_group.whole();
        let names: Vec<&str> = whole.spec().parameters.iter().map(|p| &*p.name).collect();
        assert_eq!(names, ["E[b]", "E[a]", "A[b]", "A[a]", "B[b]", "B[a]", "alpha", "beta"]);
        let all = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 0.5, 0.25];
        assert_eq!(
            [by_group.own(0, &all), by_group.own(1, &all)],
            [[1.0, 3.0, 5.0, 0.5, 0.25], [2.0, 4.0, 6.0, 0.5, 0.25]]
        );
        assert_eq!(by_group.together(&[by_group.own(0, &all), by_group.own(1, &all)]), all);
        // Inputs: the indicators of both groups and what the terms read.
        let values = |input: &Input| match input {
            Input::Group(name) => f64::from(u8::from(name == "a")),
            Input::Params => 16.0,
            _ => 81.0,
        };
        let inputs: Vec<f64> = whole.spec().inputs.iter().map(values).collect();
        let own = chinchilla().loss(&by_group.own(1, &all), &[16.0, 81.0]);
        assert!((whole.loss(&all, &inputs) / own - 1.0).abs() < 1e-14);
        let again =
            ByGroup::of_name(&whole.spec().name, vec!["a".to_owned(), "b".to_owned()]).unwrap().unwrap();
        assert_eq!(again, by_group);
    }

    #[test]
    fn a_law_that_shares_everything_is_the_law() {
        let whole = two(&["E", "A", "B", "alpha", "beta"]).whole();
        assert_eq!((whole.terms().len(), whole.spec().parameters.len()), (3, 5));
        assert_eq!(whole.spec().inputs, chinchilla().spec().inputs);
    }
}
