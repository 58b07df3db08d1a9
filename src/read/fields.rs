//! The fields of tables and the names that columns give them.

use std::collections::HashMap;
use std::sync::OnceLock;

/// Names of a field; aliases are normalised, and parted by spaces.
#[derive(Debug)]
pub(super) struct FieldInfo {
    /// Its name in the table.
    pub(super) name: &'static str,
    /// Other names that mean the field and nothing else.
    aliases: &'static str,
    /// Names that may mean something else.
    weak_aliases: &'static str,
}

impl FieldInfo {
    pub(super) fn is_alias(&self, name: &str) -> bool {
        self.aliases.split_whitespace().any(|alias| alias == name)
    }

    /// Its aliases, and the weak ones, for many names to be compared with.
    pub(super) fn all_aliases(&self) -> [Vec<&'static str>; 2] {
        [self.aliases, self.weak_aliases].map(|names| names.split_whitespace().collect())
    }

    pub(super) fn is_weak_alias(&self, name: &str) -> bool {
        self.weak_aliases.split_whitespace().any(|alias| alias == name)
    }
}

/// The fields, each with its names, in one order.
macro_rules! fields {
    ($($field:ident $name:literal $aliases:literal $weak_aliases:literal;)*) => {
        /// A field of a table.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Field {
            $($field),*
        }

        /// One entry for each [`Field`], in the same order.
        const FIELDS: [FieldInfo; [$($name),*].len()] = [
            $(FieldInfo { name: $name, aliases: $aliases, weak_aliases: $weak_aliases }),*
        ];

        const EVERY: [Field; FIELDS.len()] = [$(Field::$field),*];
    };
}

fields! {
    Run "run" "runid runname" "name model modelname id experiment experimentid";
    Params "params"
        "param nparams numparams parameters nparameters numparameters paramcount parametercount modelsize modelparams \
        totalparams nonembeddingparams nonembeddingparameters nonembedding nnonembedding numnonembedding initialparams \
        totalparameters modelparameters trainableparams numtrainableparams nparamsnonembedding \
        nparametersnonembedding numparametersnonembedding nonembparams nonembedparams paramsnonembedding paramsnonemb nnonemb nnonembed \
        nnoemb nnoembed noembparams paramsnoemb modelparamcount nummodelparams nummodelparameters initparams \
        paramsinit paramsinitial startparams paramsstart paramsatstart startingparams initialparameters parametersinitial initialparamcount"
        "n n0 ninit ninitial nstart";
    Tokens "tokens"
        "token ntokens numtokens tokencount traintokens trainingtokens totaltokens tokensseen seentokens numtokensseen \
        tokensprocessed trainedtokens numinputtokensseen trainnuminputtokensseen consumedtokens tokensconsumed \
        throughputtotaltokens dtokens tokensd ntraintokens numtraintokens ntrainingtokens numtrainingtokens tokenstrained trainedtokencount ntokensseen"
        "d";
    Loss "loss"
        "valloss validloss evaluationloss finalvalloss celoss validationloss evalloss testloss finalloss crossentropy \
        crossentropyloss lossnats nll nllloss devloss heldoutloss valcrossentropy evalcrossentropy \
        validationcrossentropy validationlmloss logperplexity logppl lnperplexity lnppl"
        "trainloss trainingloss traincrossentropy traincrossentropyloss trainceloss reducedtrainloss \
        trainreducedtrainloss globalavgloss lmloss l";
    Step "step"
        "steps nsteps numsteps trainsteps trainingsteps totalsteps globalstep trainglobalstep trainerglobalstep \
        iteration iterations iters niters numiters niterations numiterations totaliters totaliterations updates nupdates numupdates \
        optimizersteps optimsteps gradientsteps numtrainsteps numtrainingsteps currentstep currentsteps curstep cursteps"
        "iter";
    Flops "flops"
        "totalflops flop nflops numflops totalflop trainingflop trainflops trainingflops totaltrainingflops totaltrainflops traintotalflops compute totalcompute \
        trainingcompute computebudget flopsbudget flopbudget budgetflops gflops totalgflops throughputtotalgflops throughputtotaltraininggflops \
        eflops exaflops exaflop eflop zflops zettaflops zflop pflopdays pflopsdays petaflopdays petaflopsdays pfdays"
        "c";
    UniqueTokens "unique_tokens"
        "nuniquetokens numuniquetokens uniqtokens tokensunique uniquetraintokens uniquetrainingtokens uniqued dunique distincttokens tokensdistinct \
        differenttokens ntokensunique"
        "";
    Weight "weight" "weights sampleweight" "";
    Group "group" "" "";
    FixedParams "fixed_params" "nfixedparams numfixedparams fixedparameters unprunableparams" "";
    Schedule "schedule" "pruneschedule pruningschedule sparsityschedule" "";
    FinalSparsity "final_sparsity" "targetsparsity endsparsity finaldensity targetdensity" "sparsity";
    InitialSparsity "initial_sparsity" "initsparsity startsparsity initialdensity initdensity startdensity" "";
    PruneStart "prune_start"
        "pruningstart prunebegin pruningbegin prunestartstep prunestartsteps prunestartiter prunestartiters prunestartiteration \
        prunestarttoken prunestarttokens prunestartfraction prunestartfrac pruningstartstep pruningstartsteps pruningstartiter \
        pruningstartiters pruningstartiteration pruningstarttoken pruningstarttokens pruningstartfraction pruningstartfrac \
        prunebeginstep prunebeginsteps prunebeginiter prunebeginiters prunebeginiteration prunebegintoken prunebegintokens \
        prunebeginfraction prunebeginfrac pruningbeginstep pruningbeginsteps pruningbeginiter pruningbeginiters \
        pruningbeginiteration pruningbegintoken pruningbegintokens pruningbeginfraction pruningbeginfrac"
        "";
    PruneEnd "prune_end"
        "pruningend prunestop pruningstop pruneendstep pruneendsteps pruneenditer pruneenditers pruneenditeration pruneendtoken \
        pruneendtokens pruneendfraction pruneendfrac pruningendstep pruningendsteps pruningenditer pruningenditers \
        pruningenditeration pruningendtoken pruningendtokens pruningendfraction pruningendfrac prunestopstep prunestopsteps \
        prunestopiter prunestopiters prunestopiteration prunestoptoken prunestoptokens prunestopfraction prunestopfrac \
        pruningstopstep pruningstopsteps pruningstopiter pruningstopiters pruningstopiteration pruningstoptoken \
        pruningstoptokens pruningstopfraction pruningstopfrac"
        "";
    PruneUnit "prune_unit" "pruningunit" "";
    PruneEvery "prune_every"
        "pruningevery prunefrequency pruningfrequency pruneeverystep pruneeverysteps pruneeveryiter pruneeveryiters \
        pruneeveryiteration pruneeverytoken pruneeverytokens pruneeveryfraction pruneeveryfrac pruningeverystep \
        pruningeverysteps pruningeveryiter pruningeveryiters pruningeveryiteration pruningeverytoken pruningeverytokens \
        pruningeveryfraction pruningeveryfrac"
        "";
    PrunePower "prune_power" "pruningpower" "";
    AverageParams "average_params"
        "avgparams averageparameters meanparams nbar navg averageparam averagedparams naverage nmean \
        naveraged paramsaverage paramsavg paramsmean paramsaveraged nparamsavg nparamsaverage nparamsmean avgnparams \
        averagenparams meannparams avgparameters meanparameters parametersaverage parametersavg parametersmean \
        averageparamcount avgparamcount meanparamcount paramcountavg paramcountaverage paramcountmean averageparametercount meanparametercount timeaveragedparams \
        timeavgparams paramsbar"
        "";
    FinalParams "final_params"
        "finalparameters nfinal remainingparams paramsfinal paramsend endparams finaln nend endn lastparams paramslast \
        nparamsfinal finalnparams finalparamcount paramcountfinal paramsatend endparameters parametersfinal \
        parametersend"
        "";
    LearningRate "learning_rate"
        "lr learningrates peaklr lrpeak maxlr lrmax peaklearningrate maxlearningrate learningratepeak learningratemax optimlr optimlearningrate \
        optimizerlr optimizerlearningrate"
        "";
    Vocabulary "vocabulary" "vocab vocabsize vocabularysize nvocab" "";
    PlannedTokens "planned_tokens" "maxtokens targettokens tokenbudget" "";
    PlannedSteps "planned_steps" "maxsteps targetsteps trainiters maxiters maxiteration maxiterations trainiterations" "";
    // How the learning rate falls: its shape, its end over its peak, and shares of the run.
    LrSchedule "lr_schedule" "learningrateschedule lrschedulertype lrdecaystyle" "";
    LrFloor "lr_floor"
        "minlrratio minlrrate lrschedulerkwargsminlrrate lrminratio minlrfrac minlrfraction lrminfrac minlrfactor alphaf scheduleralphaf"
        "finallrfrac finallrfraction finallrratio";
    // The rate at the end itself.
    LrEnd "lr_end"
        "minlr lrmin minlearningrate learningratemin lrschedulerkwargsminlr"
        "";
    LrWarmup "lr_warmup" "warmupratio lrwarmupfraction" "";
    LrDecay "lr_decay" "" "";
    // Whether a run came to its end: finished, crashed, failed, killed or running.
    State "state" "runstate" "status";
    TokensPerStep "tokens_per_step"
        "tokensperbatch batchtokens batchsizetokens batchsizeintokens globalbatchtokens globalbatchsizetokens globalbatchsizeintokens \
        trainbatchtokens trainbatchsizetokens globaltrainbatchsizetokens tokensperglobalbatch tokensperiteration tokensperiter \
        tokensperupdate tokensstep tokstep tokperstep tokensiter"
        "";
    SequenceLength "sequence_length"
        "seqlength seqlen maxseqlen maxseqlength maxsequencelength trainseqlen contextlength blocksize nctx ctx ctxlen ctxlength contextlen npositions" "";
    // Sequences a step.
    BatchSize "batch_size" "globalbatchsize trainbatchsize globaltrainbatchsize gbs globalbs sequencesperbatch seqsperbatch sequencesperstep seqsperstep \
        batchsizesequences batchsizeseqs batchsequences batchseqs" "";
    Samples "samples"
        "consumedsamples consumedtrainsamples samplesseen sequences sequencesseen numsequences nsequences trainsequences examplesseen \
        trainedexamples"
        "";
    // D over N.
    TokensPerParam "tokens_per_param"
        "tokensperparameter tokensparam tokensparameter tokensparams tokperparam tokparam tokensparamratio tokensparameterratio \
        tokentoparamratio tokenparamratio tpp dn dnratio"
        "";
    // Which runs share noise: any column, and only if it is asked for.
    Cluster "cluster" "" "";
    // What a log of counts has in place of `params`, and no sweep table has.
    ActiveParams "params" "parameters activeparams" "";
    Nonzero "nonzero" "nonzeros nnz nonzeroparams" "";
    Sparsity "sparsity" "" "";
}

impl Field {
    /// How many there are.
    pub(super) const COUNT: usize = FIELDS.len();

    /// Those of a sweep table that are found by name.
    pub(super) const SWEEP: &[Field] = EVERY.split_at(Field::Cluster as usize).0;

    /// Those of a schedule.
    pub(super) const SCHEDULE: &[Field] =
        EVERY.split_at(Field::AverageParams as usize).0.split_at(Field::Schedule as usize).1;

    /// Those that say how the learning rate falls.
    pub(super) const DECAY: [Field; 4] = [Field::LrSchedule, Field::LrFloor, Field::LrWarmup, Field::LrDecay];

    /// What tells tokens of a run that does not give them.
    pub(super) const RATES: [Field; 4] =
        [Field::TokensPerStep, Field::SequenceLength, Field::BatchSize, Field::Samples];

    /// What a table of runs may tell besides what a run has only once.
    pub(super) const OF_A_RUN: [Field; 3] = [Field::UniqueTokens, Field::PlannedTokens, Field::PlannedSteps];

    /// What a run has only once: the same on all of its rows.
    pub(super) fn facts() -> impl Iterator<Item = Field> {
        let first = [Field::Params, Field::FixedParams, Field::Group];
        let last = [Field::TokensPerStep, Field::SequenceLength, Field::BatchSize, Field::Cluster];
        first.into_iter().chain(Field::SCHEDULE.iter().copied()).chain(Field::DECAY).chain(last)
    }

    /// Whether it is a number of parameters, tokens, steps, samples or FLOPs.
    pub(super) fn is_amount(self) -> bool {
        let more = [Field::Step, Field::Samples, Field::Flops, Field::BatchSize, Field::SequenceLength];
        self.is_count() || more.contains(&self)
    }

    /// Whether it is a sparsity.
    pub(super) fn is_sparsity(self) -> bool {
        matches!(self, Field::FinalSparsity | Field::InitialSparsity)
    }

    /// Whether it says something of pruning, which a dense run has not got.
    pub(super) fn is_of_pruning(self) -> bool {
        Self::SCHEDULE.contains(&self)
            || [Field::FixedParams, Field::AverageParams, Field::FinalParams].contains(&self)
    }

    /// Whether it is a share of a whole.
    pub(super) fn is_share(self) -> bool {
        self.is_sparsity()
            || [Field::PruneStart, Field::PruneEnd].contains(&self)
            || [Field::LrFloor, Field::LrWarmup, Field::LrDecay].contains(&self)
    }

    /// Whether it is a number of parameters or tokens.
    pub(super) fn is_count(self) -> bool {
        matches!(
            self,
            Field::Params
                | Field::Tokens
                | Field::UniqueTokens
                | Field::FixedParams
                | Field::AverageParams
                | Field::FinalParams
                | Field::PlannedTokens
                | Field::TokensPerStep
        )
    }

    /// Its names.
    pub(super) fn info(self) -> &'static FieldInfo {
        &FIELDS[self as usize]
    }

    /// Its name in the table.
    pub(super) fn name(self) -> &'static str {
        self.info().name
    }

    /// The field of a sweep table that goes by `name`, aliases included.
    pub(super) fn named(name: &str) -> Option<Field> {
        static FIELDS: OnceLock<HashMap<String, Field>> = OnceLock::new();
        let fields = FIELDS.get_or_init(|| {
            let mut fields = HashMap::new();
            for field in Field::SWEEP {
                let [aliases, weak_aliases] = field.info().all_aliases();
                let aliases = aliases.into_iter().chain(weak_aliases).map(str::to_owned);
                for name in [normalise(field.info().name)].into_iter().chain(aliases) {
                    fields.entry(name).or_insert(*field);
                }
            }
            fields
        });
        fields.get(&normalise(name)).copied()
    }
}

/// A name without case, spaces, hyphens, underscores, slashes and points.
pub(super) fn normalise(name: &str) -> String {
    let normal: String = name
        .chars()
        .filter(|c| !matches!(c, ' ' | '-' | '_' | '/' | '.'))
        .flat_map(char::to_lowercase)
        .collect();
    // An N with a bar above it.
    if normal.contains('\u{304}') { normal.replace("n\u{304}", "nbar") } else { normal }
}

/// What a column of this name would be, in the words of a table, where a law could mean it: also where one letter of a long name is wrong.
pub(crate) fn meant_by(name: &str) -> Option<&'static str> {
    const COLUMNS: [Field; 13] = [
        Field::Params,
        Field::Tokens,
        Field::UniqueTokens,
        Field::Flops,
        Field::AverageParams,
        Field::FinalParams,
        Field::LearningRate,
        Field::Step,
        Field::BatchSize,
        Field::SequenceLength,
        Field::Samples,
        Field::TokensPerParam,
        Field::Vocabulary,
    ];
    const LONG: usize = 5;
    let name = normalise(name);
    let is_meant = |field: &&Field| {
        let own = normalise(field.name());
        field.info().is_alias(&name) || own == name || (own.len() >= LONG && edit_distance(&own, &name) <= 1)
    };
    COLUMNS.iter().find(is_meant).map(|field| field.name())
}

/// Levenshtein's distance: the least number of letters to insert, delete or replace.
pub(super) fn edit_distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, letter) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for j in 0..right.len() {
            let replaced = diagonal + usize::from(letter != right[j]);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edit_distance_counts_single_letter_changes() {
        assert_eq!(edit_distance("params", "params"), 0);
        assert_eq!(edit_distance("parms", "params"), 1);
        assert_eq!(edit_distance("kitten", "sitting"), 3);
        assert_eq!(edit_distance("", "loss"), 4);
    }

    #[test]
    fn aliases_are_normalised_and_name_one_field_of_a_sweep_table() {
        let mut names: Vec<String> = Vec::new();
        for field in Field::SWEEP {
            let info = field.info();
            names.push(normalise(info.name));
            names.extend(info.aliases.split_whitespace().map(str::to_owned));
            names.extend(info.weak_aliases.split_whitespace().map(str::to_owned));
            assert_eq!(Field::named(info.name), Some(*field));
        }
        for name in &names {
            assert_eq!(*name, normalise(name), "aliases are stored normalised");
            assert_eq!(names.iter().filter(|other| *other == name).count(), 1, "{name} is unique");
        }
    }
}
