//! A first sweep: no run is there yet, and a guess at the law says what sweeps would tell.

use super::collinear::{collinear, on_a_line};
use super::layouts::{Draft, Region};
use super::precision::Precision;
use super::pruned;
use super::trials::{Simulated, Trials};
use super::{Decision, Expected, FirstRuns, FirstRunsOptions, Layout, SweepDesign};
use crate::answer::AllocationOptions;
use crate::bootstrap::Ensemble;
use crate::fit::Fit;
use crate::law::Input;
use crate::{Error, Result};

/// One in so many of the simulations serves to compare designs, and all of them to say what the best promises.
const COMPARED: usize = 4;

impl Fit {
    /// Which runs to train first, if the law is about as this one says: a fit of other runs, or [published constants](Self::of_constants).
    ///
    /// Layouts are isoFLOP grids centred on N*, ladders of fixed tokens per parameter, and random sweeps. The best of each kind by linear
    /// theory (the inverse of JᵀJ) is scored by simulation. Losses are those of the law with normal noise of ln L, and the fit is
    /// [`fit_scaling_law`](crate::fit_scaling_law) with a bootstrap. What a design promises is the median length of the intervals. No
    /// run is above its cap or beyond 4 times N* of its budget to either side, and the cheapest costs at least a hundredth of the dearest.
    ///
    /// A law that reads how runs were pruned gets sweeps of which half of the runs are sparse, over one window or three, with one
    /// sparsity or two.
    ///
    /// ```
    /// use nbar::{Fit, law::by_name};
    /// use nbar::design::FirstRunsOptions;
    /// let constants = [("E", 1.7), ("A", 400.0), ("B", 410.0), ("alpha", 0.34), ("beta", 0.28)];
    /// let guess = Fit::of_constants(by_name("chinchilla")?, &constants)?;
    /// let first = guess.first_runs(&FirstRunsOptions::new(1e22, 1e20).with_simulations(20))?;
    /// let best = &first.designs[first.chosen];
    /// assert!(best.flops <= 1e20 && best.runs.iter().all(|run| run.flops <= 2.5e19));
    /// assert!(best.params.width.is_finite() && best.collinear.is_none());
    /// assert!(best.table().starts_with("run,params,tokens,loss\n"));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When an option is out of its range, the target is not beyond the runs, the budget pays for no such sweep, the law has no best run
    /// of a budget or reads what a first sweep does not set, or no design tells the decision; when an observer stops it.
    pub fn first_runs(&self, options: &FirstRunsOptions) -> Result<FirstRuns> {
        options.validate()?;
        self.check_readable()?;
        let guess = Ensemble::without_draws(self.clone());
        let free = self.options.free_parameters();
        if options.runs < free + 2 {
            let problem =
                format!("is too few for the {} free parameters of the {} law", free, self.law().spec().name);
            return Err(Error::option(
                "new_runs",
                options.runs,
                &problem,
                format!("give at least {}", free + 2),
            ));
        }
        let target = guess.frontier(&[options.target_flops], &AllocationOptions::default())?.swap_remove(0);
        let region = Region::of(&guess, options, options.largest())?;
        let drafts = region.drafts();
        if drafts.is_empty() {
            return Err(region.too_small());
        }
        let (params, tokens) = (target.average_params.estimate, target.tokens.estimate);
        let precision = Precision::of(self, options, (params, tokens))?;
        let mut found = precision.best(drafts)?;
        let open = pruned::open(self, &found[0])?;
        if !open.is_empty() {
            found = pruned::pruned(&found);
            let hidden = found.last().map_or(Ok(Vec::new()), |last| pruned::open(self, last))?;
            if !hidden.is_empty() {
                let problem =
                    format!("no first sweep tells {} of this law, whatever the losses", hidden.join(" and "));
                let remedy = "leave out terms of what these designs do not set, and terms that are the same";
                return Err(Error::unanswerable("first runs", problem, remedy));
            }
        }
        if !options.given.is_empty() {
            found.push(Draft::given(&options.given));
        }
        let truths = [params.ln(), target.loss.estimate.ln()];
        let trials = Trials::of(self, &found, options, (truths, &open))?;
        let few = options.simulations.div_ceil(COMPARED);
        // Fits of runs on a line take ten times as long, and end anywhere.
        let all: Vec<usize> = (0..found.len()).filter(|k| on_a_line(&found[*k].runs).is_none()).collect();
        let mut simulated = trials.run(&all, few, all.len() * few + options.simulations)?.into_iter();
        let of = |(k, draft)| match all.contains(&k) {
            true => simulated.next().map(|simulated| design(draft, simulated)),
            false => Some(design(draft, Simulated::none(&open))),
        };
        let mut designs: Vec<SweepDesign> = found.into_iter().enumerate().filter_map(of).collect();
        let decided = |design: &SweepDesign| match options.decision {
            Decision::Params => design.params.width,
            Decision::Loss => design.loss.width,
        };
        let score = |design: &SweepDesign| {
            let worst = |of: f64, (_, own): &(String, Expected)| of.max(own.width);
            // What dense runs cannot tell comes first.
            let hidden = design.pruning.iter().fold(0.0, worst);
            if design.layout == Layout::Given || design.collinear.is_some() {
                return f64::INFINITY;
            }
            if open.is_empty() { decided(design) } else { hidden }
        };
        let chosen = (0..designs.len()).min_by(|a, b| score(&designs[*a]).total_cmp(&score(&designs[*b])));
        let chosen = chosen.filter(|chosen| score(&designs[*chosen]).is_finite()).ok_or_else(|| {
            let what = if open.is_empty() { options.decision.to_string() } else { open.join(" and ") };
            let problem =
                format!("no design of this budget tells {what}: half of the simulated fits have no answer");
            let remedy = match open.is_empty() {
                true => "give a larger budget or more runs, or a smaller target; or fewer parameters, as `law=tied` has",
                false => "give a larger budget, more runs or less noise, or a guess in which pruning costs more",
            };
            Error::unanswerable("first runs", problem, remedy)
        })?;
        // Of several designs one is the best by luck too: what it promises comes from sweeps that did not choose it.
        let again = trials.run(&[chosen], options.simulations, 0)?.swap_remove(0);
        let SweepDesign { layout, summary, runs, .. } = designs.swap_remove(chosen);
        designs.push(design(Draft { layout, summary, runs }, again));
        let last = designs.len() - 1;
        designs.swap(chosen, last);
        let spec = self.law().spec();
        Ok(FirstRuns {
            law: spec.formula.to_string(),
            parameters: spec
                .parameters
                .iter()
                .map(|p| p.name.to_string())
                .zip(self.parameters.clone())
                .collect(),
            target_flops: options.target_flops,
            target_params: params,
            target_tokens: tokens,
            target_loss: target.loss.estimate,
            budget: options.budget,
            max_run_flops: options.largest(),
            noise: options.noise,
            decision: options.decision,
            seed: options.seed,
            level: options.level,
            designs,
            chosen,
        })
    }

    /// Refuses laws that read what a first sweep does not set.
    fn check_readable(&self) -> Result<()> {
        let known = |input: &&Input| {
            !matches!(input, Input::UniqueTokens | Input::Group(_) | Input::Column(_) | Input::Flops)
        };
        let spec = self.law().spec();
        let reading = match spec.inputs.iter().find(|input| !known(input)) {
            Some(Input::Flops) if spec.inputs.len() == 1 => {
                "compute alone, which has no best size".to_owned()
            }
            Some(Input::Flops) | None => return Ok(()),
            Some(input) => format!("{input}, which these designs do not set"),
        };
        let problem = format!("the {} law reads {reading}", spec.name);
        Err(Error::unanswerable(
            "first runs",
            problem,
            "guess a law of parameters and tokens, such as chinchilla",
        ))
    }
}

fn design(draft: Draft, simulated: Simulated) -> SweepDesign {
    let Draft { layout, summary, runs } = draft;
    let flops = runs.iter().map(|run| run.flops).sum();
    let Simulated { params, loss, pruning, simulations, unanswered } = simulated;
    let collinear = collinear(&runs);
    SweepDesign { layout, summary, runs, flops, params, loss, pruning, simulations, unanswered, collinear }
}
